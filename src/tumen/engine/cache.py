"""Compiled code is kept on disk under a name made from all it was compiled from.

numba keeps a compiled function as long as its own file is unchanged, though what it calls in other files may have
changed. So the folder is named by a hash of every source of engine and mechanism, the numba version and the processor.
"""

from __future__ import annotations

import hashlib
import os
import platform
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import llvmlite.binding
import numba

from tumen.mechanism.elementary import FAST
from tumen.mechanism.single import SingleCompiler


def fingerprint() -> str:
    """A hash of the sources of engine and mechanism, numba's version and the processor's name and features."""
    package = Path(__file__).parent.parent
    digest = hashlib.sha256()
    for room in ("engine", "mechanism"):
        for source in sorted((package / room).glob("*.py")):
            digest.update(source.name.encode() + source.read_bytes())
    digest.update((package / "theories.py").read_bytes())
    machine = (numba.__version__, platform.machine(), llvmlite.binding.get_host_cpu_name())
    digest.update(repr(machine).encode() + llvmlite.binding.get_host_cpu_features().flatten().encode())
    return digest.hexdigest()[:16]


def folder() -> Path:
    """Where compiled code is kept: TUMEN_CACHE, or the user's cache folder."""
    base = os.environ.get("TUMEN_CACHE") or os.environ.get("XDG_CACHE_HOME")
    return Path(base or Path.home() / ".cache") / "tumen" / fingerprint()


numba.config.CACHE_DIR = str(folder())  # type: ignore[attr-defined]  # read by numba when a function is declared with cache=True


def ready() -> bool:
    """Whether the kernel has been compiled before on this machine, from these sources."""
    return any(folder().rglob("kernel.month*.nbi"))


def compiled(function: Callable[..., Any]) -> Any:
    """Compile an engine function on first use and keep the result; it releases the interpreter's lock while it runs."""
    return numba.njit(function, nogil=True, cache=True, error_model="numpy")


def inner(function: Callable[..., Any]) -> Any:
    """Compile a part of the kernel into whatever calls it, with multiply and add allowed to be one step."""
    return numba.njit(function, nogil=True, error_model="numpy", fastmath=FAST, pipeline_class=SingleCompiler)


@lru_cache(maxsize=64)
def handed_in(function: Any, signature: Any) -> Any:
    """Compile a theory's function to a fixed signature, so that the kernel can be handed any without recompiling.

    Functions from outside this package are not kept on disk: what they call may change unseen.
    """
    plain = getattr(function, "py_func", function)
    ours = plain.__module__.split(".")[0] == "tumen"
    return numba.cfunc(signature, cache=ours, error_model="numpy", fastmath=FAST, pipeline_class=SingleCompiler)(plain)
