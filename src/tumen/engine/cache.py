"""Keep compiled code on disk, in a folder named by everything it was compiled from.

numba reuses a compiled function as long as its own file is unchanged, even if a function it calls in another file has
changed. Therefore the folder is named by a hash of all sources of engine and model, the numba version and the
processor. numba's global settings are changed only while one of these functions is declared.
"""

from __future__ import annotations

import hashlib
import os
import platform
import tempfile
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import llvmlite.binding
import numba
from numba.core.caching import FunctionCache
from numba.extending import register_jitable
from platformdirs import user_cache_path

from tumen.model.elementary import FAST
from tumen.model.single import SingleCompiler

#: Settings of numba that say where compiled code is kept.
_SETTINGS = ("CACHE_DIR", "CACHE_LOCATOR_CLASSES")
_declaring = threading.RLock()
#: How the parts of the kernel are compiled.
INNER: dict[str, Any] = {
    "nogil": True,
    "error_model": "numpy",
    "fastmath": FAST,
    "pipeline_class": SingleCompiler,
    "no_cfunc_wrapper": True,
    "_nrt": False,
}
#: The reason why compiled code is not kept, once it has been reported.
_said: list[str] = []


def fingerprint() -> str:
    """Return a hash (16 hex digits) of the sources of engine and model, numba's version and the processor."""
    package = Path(__file__).parent.parent
    digest = hashlib.sha256()
    for room in ("engine", "model"):
        for source in sorted((package / room).glob("*.py")):
            digest.update(source.name.encode() + source.read_bytes())
    machine = (numba.__version__, platform.machine(), llvmlite.binding.get_host_cpu_name())
    digest.update(repr(machine).encode() + llvmlite.binding.get_host_cpu_features().flatten().encode())
    return digest.hexdigest()[:16]


def folder() -> Path | None:
    """Return the folder of compiled code, under TUMEN_CACHE or the user's cache folder; None if neither is known."""
    given = os.environ.get("TUMEN_CACHE")
    try:
        base = Path(given, "tumen") if given else user_cache_path("tumen", appauthor=False)
        return base / fingerprint()
    except RuntimeError:  # a user without a home, as in some containers
        return None


@lru_cache(maxsize=1)
def _usable() -> Path | None:
    """Return the folder if it is writable; otherwise warn once and return None."""
    place = folder()
    if place is None:
        _say("the home folder is unknown")
        return None
    try:
        place.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=place).close()
    except OSError as error:
        _say(f"{place} cannot be written: {error.strerror or error}")
        return None
    return place


def _say(why: str) -> None:
    """Warn once per process that compiled code is not kept."""
    if _said:
        return
    _said.append(why)
    text = f"compiled code is not kept, so every start compiles anew (about a minute) - {why} - "
    warnings.warn(text + "expected a folder that can be written - set TUMEN_CACHE to one", RuntimeWarning, stacklevel=3)


@contextmanager
def _kept_in(place: Path) -> Iterator[None]:
    """Make numba keep the functions declared in this block in `place`."""
    with _declaring:
        before = {name: getattr(numba.config, name, None) for name in _SETTINGS}
        try:
            for name, ours in zip(_SETTINGS, (str(place), "UserProvidedCacheLocator"), strict=True):
                setattr(numba.config, name, ours)
            yield
        finally:
            for name, theirs in before.items():
                setattr(numba.config, name, theirs)


class _Cache(FunctionCache):
    """A disk cache that may fail: a full disk or a damaged file costs a compilation, not the run."""

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Return the compiled function, or None if none can be read."""
        try:
            return super().load_overload(sig, target_context)  # type: ignore[no-untyped-call]
        except Exception as error:  # noqa: BLE001 - a damaged file may raise anything, and compiling always helps
            _say(f"{self.cache_path} cannot be read: {error}")
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        """Store the compiled function if possible."""
        try:
            super().save_overload(sig, data)  # type: ignore[no-untyped-call]
        except OSError as error:
            _say(f"{self.cache_path} cannot be written: {error.strerror or error}")


def ready() -> bool:
    """Return whether the kernel has already been compiled on this machine from these sources."""
    place = folder()
    return place is not None and any(place.rglob("kernel.month*.nbi"))


def compiled(function: Callable[..., Any], allocates: bool = True) -> Any:
    """Compile an engine function on first use and keep the result on disk; it runs without the interpreter's lock.

    allocates: whether it makes arrays. One that does not needs no counts of references, a quarter of what is compiled.
    """
    options: dict[str, Any] = {"nogil": True, "error_model": "numpy", "no_cfunc_wrapper": True, "_nrt": allocates}
    declared, place = numba.njit(function, **options), _usable()
    if place is not None:
        with _kept_in(place):
            declared._cache = _Cache(function)  # type: ignore[no-untyped-call]  # what cache=True does, with our cache
    return declared


def inner(function: Callable[..., Any]) -> Any:
    """Make a function part of the kernel: it is compiled into its callers, with multiply and add possibly fused.

    Unlike `numba.njit` this compiles no wrappers to call it from Python or C, which took a third of the compile time.
    It may make no arrays, as for `compiled` without `allocates`.
    """
    return register_jitable(**INNER)(function)


@lru_cache(maxsize=64)
def handed_in(function: Any, signature: Any) -> Any:
    """Compile a theory's function to a fixed signature, so that the kernel accepts any theory without recompiling.

    Functions from outside this package are not kept on disk, because changes in what they call cannot be detected.
    """
    plain = getattr(function, "py_func", function)
    place = _usable() if plain.__module__.split(".")[0] == "tumen" else None
    if place is not None:
        try:
            with _kept_in(place):
                return _callback(plain, signature, cache=True)
        except OSError as error:
            _say(f"{place} cannot be written: {error.strerror or error}")
    return _callback(plain, signature, cache=False)


def _callback(plain: Any, signature: Any, cache: bool) -> Any:
    options: dict[str, Any] = {"error_model": "numpy", "fastmath": FAST, "pipeline_class": SingleCompiler}
    return numba.cfunc(signature, cache=cache, **options)(plain)
