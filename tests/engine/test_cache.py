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
from tumen.theories import get

attempt, _ = loop.functions(get("push_pull"), np.float64)

@njit
def called(function, out, nothing, theta):
    function(out, nothing, nothing, nothing, nothing, nothing, nothing, theta)

out = np.empty(1)
called(attempt, out, np.zeros(1), np.ones(5))
print(probe(np.uint64(7)), out[0])
"""
_EDITS = {
    "engine/draws.py": (
        "return mix(mix(uint64(key)) + place * _GOLDEN)",
        "return mix(mix(uint64(key)) + place * _GOLDEN + uint64(1))",
    ),
    "mechanism/elementary.py": ("return 1.0 / (1.0 + exp(-x))", "return 0.5 / (1.0 + exp(-x))"),
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
    assert Path(kernel.month.stats.cache_path).is_relative_to(folder())


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
