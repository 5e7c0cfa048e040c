"""Compiled code is keyed by all sources: numba alone would run old code after an edit in another file."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import tumen

#: Prints what the compiled `kernel.gather` and the compiled function of a theory make of fixed arguments. The first
#: calls `draws.bits`, the second `keys.logistic`: both in other files than their own.
_ASK = """
import numpy as np
from numba import njit
from tumen.case import load
from tumen.engine import kernel, loop
from tumen.engine.feedback import none
from tumen.engine.month import law
from tumen.engine.opening import open_window
from tumen.engine.session import sample
from tumen.engine.state import FLOWS, rows
from tumen.theories import get, program

theory = get("push_pull")
world = load("toyland").world()
world = world.within(world.start, 2)
made = program(world, theory)
people = rows(sample(world, 40, 1), 1, np.float64, False, len(made.states))
open_window(made, people)
desk = kernel.desk(np.float64, 3, 4, len(FLOWS))
count = kernel.gather(0, people.key.size, people, law(made, 0, none(made)), desk)
attempt, _ = loop.functions(theory, np.float64)

@njit
def called(function, out, nothing, theta):
    function(out, nothing, nothing, nothing, nothing, nothing, nothing, theta)

out = np.empty(1)
called(attempt, out, np.zeros(1), np.ones(5))
print(desk.work[kernel.SHOCKED, :count].sum(), out[0])
"""
_EDITS = {
    "engine/draws.py": (
        "return mix(uint64(key) + place * _GOLDEN)",
        "return mix(uint64(key) + place * _GOLDEN + uint64(1))",
    ),
    "mechanism/keys.py": ("return 1.0 / (1.0 + math.exp(-x))", "return 0.5 / (1.0 + math.exp(-x))"),
}
_FINGERPRINT = "return digest.hexdigest()[:16]"


def edit(package: Path, name: str, old: str, new: str) -> None:
    text = (package / name).read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{name} no longer says {old}"
    (package / name).write_text(text.replace(old, new), encoding="utf-8")


def ask(source: Path, cache: Path) -> tuple[float, float]:
    """What a fresh process makes of the sources there."""
    env = os.environ | {"PYTHONPATH": str(source), "TUMEN_CACHE": str(cache), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([sys.executable, "-c", _ASK], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    shock, rate = map(float, done.stdout.split())
    return shock, rate


@pytest.mark.slow
def test_an_edit_in_another_file_is_seen(tmp_path: Path) -> None:
    package = tmp_path / "src" / "tumen"
    shutil.copytree(Path(tumen.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__", "north_korea"))
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
