"""Compiled code is keyed by all sources: numba alone would run old code after an edit in another file."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import tumen
from tumen.engine import kernel
from tumen.engine.cache import folder

#: A function compiled like the kernel, which calls `draws.bits`, in another file than its own.
_PROBE = """
from tumen.engine.cache import compiled
from tumen.engine.draws import bits

@compiled
def probe(key):
    return bits(key, 8, 0)
"""
#: Prints what the probe and the compiled function of a theory, which calls `elementary.logistic`, make of something.
_ASK = """
import numpy as np
from numba import njit
from tumen.engine import loop
from tumen.engine.probe import probe
from tumen.model.theories import get

attempt, _ = loop.functions(get("push_pull"), np.float64)

@njit
def called(function, out, nothing, parameters):
    function(out, nothing, nothing, nothing, nothing, nothing, nothing, nothing, parameters)

out = np.empty(1)
called(attempt, out, np.zeros(1), np.ones(5))
print(probe(np.uint64(7)), out[0])
"""
_EDITS = {
    "engine/draws.py": (
        "return mix(mix(uint64(key)) + place * _GOLDEN)",
        "return mix(mix(uint64(key)) + place * _GOLDEN + uint64(1))",
    ),
    "model/elementary.py": ("return 1.0 / (1.0 + exp(-x))", "return 0.5 / (1.0 + exp(-x))"),
}
_FINGERPRINT = "return digest.hexdigest()[:16]"


def edit(package: Path, name: str, old: str, new: str) -> None:
    text = (package / name).read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{name} no longer says {old}"
    (package / name).write_text(text.replace(old, new), encoding="utf-8")


def ask(source: Path, cache: Path) -> tuple[int, float]:
    """What a fresh process makes of the sources there."""
    env = os.environ | {"PYTHONPATH": str(source), "TUMEN_CACHE": str(cache), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([sys.executable, "-c", _ASK], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    drawn, rate = done.stdout.split()
    return int(drawn), float(rate)


def test_the_kernel_is_kept_under_the_fingerprint() -> None:
    place = folder()
    assert place is not None and Path(kernel.month.stats.cache_path).is_relative_to(place)


@pytest.mark.slow
def test_an_edit_in_another_file_is_seen(tmp_path: Path) -> None:
    package = tmp_path / "src" / "tumen"
    shutil.copytree(Path(tumen.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__", "north_korea"))
    (package / "engine" / "probe.py").write_text(_PROBE, encoding="utf-8")
    cache = tmp_path / "cache"
    edit(package, "engine/cache.py", _FINGERPRINT, 'return "one name for all"')
    before = ask(package.parent, cache)
    for name, (old, new) in _EDITS.items():
        edit(package, name, old, new)
    assert ask(package.parent, cache) == before, "numba has become wiser: is the fingerprint still needed?"
    edit(package, "engine/cache.py", 'return "one name for all"', _FINGERPRINT)
    after = ask(package.parent, cache)
    assert after[0] != before[0]
    assert after[1] == pytest.approx(before[1] / 2)


#: Prints whether numba's own settings survive an import of the engine, where the kernel is kept, and a number.
_IMPORTED = """
import numba
before = numba.config.CACHE_DIR, getattr(numba.config, "CACHE_LOCATOR_CLASSES", None)
from tumen.engine import kernel
import numpy as np
after = numba.config.CACHE_DIR, getattr(numba.config, "CACHE_LOCATOR_CLASSES", None)
print(before == after)
print(kernel.month.stats.cache_path)
from tumen.engine.probe import probe
print(probe(np.uint64(7)))
"""


def started(program: str, package: Path, *unset: str, **env: str) -> subprocess.CompletedProcess[str]:
    """What a fresh process says."""
    held = {name: value for name, value in os.environ.items() if name not in unset}
    held |= {"PYTHONPATH": str(package.parent), "PYTHONDONTWRITEBYTECODE": "1"} | env
    return subprocess.run([sys.executable, "-c", program], env=held, capture_output=True, text=True, check=False)


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A copy of the sources with the probe."""
    made = tmp_path / "src" / "tumen"
    shutil.copytree(Path(tumen.__file__).parent, made, ignore=shutil.ignore_patterns("__pycache__", "north_korea"))
    (made / "engine" / "probe.py").write_text(_PROBE, encoding="utf-8")
    return made


def test_numba_keeps_its_settings_and_ours_are_kept_apart(package: Path, tmp_path: Path) -> None:
    done = started(_IMPORTED, package, TUMEN_CACHE=str(tmp_path / "ours"), NUMBA_CACHE_DIR=str(tmp_path / "theirs"))
    assert done.returncode == 0, done.stderr
    same, place, _ = done.stdout.split()
    assert same == "True"
    assert Path(place).is_relative_to(tmp_path / "ours")
    assert list((tmp_path / "ours").rglob("probe.probe*.nbc"))
    assert not list(tmp_path.rglob("theirs")), "nothing of ours is kept where the user's own functions are"


def test_a_cache_that_cannot_be_written_costs_the_cache_and_not_the_run(package: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    done = started(_IMPORTED, package, TUMEN_CACHE=str(tmp_path / "file"))
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[:2] == ["True", "None"]
    assert done.stderr.count("compiled code is not kept") == 1
    assert "set TUMEN_CACHE" in done.stderr
    assert not list(tmp_path.rglob("*.nbi")), "nor is it kept anywhere else"


def test_a_disk_that_fills_up_costs_the_cache_and_not_the_run(package: Path, tmp_path: Path) -> None:
    full = "import numba.core.caching as c\ndef save(*given): raise OSError(28, 'No space left on device')\n"
    full += "c.IndexDataCacheFile.save = save\n"
    done = started(full + _IMPORTED, package, TUMEN_CACHE=str(tmp_path / "ours"))
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("compiled code is not kept") == 1
    assert "No space left on device" in done.stderr


def test_a_user_without_a_home_can_run(package: Path) -> None:
    nobody = "import pwd\ndef unknown(uid): raise KeyError(uid)\npwd.getpwuid = unknown\n"
    done = started(nobody + _IMPORTED, package, "HOME", "TUMEN_CACHE", "XDG_CACHE_HOME")
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("the home folder is unknown") == 1
