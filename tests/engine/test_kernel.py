"""One compiled kernel for every theory; a theory written at run time needs no other; an interrupt ends a run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numba
import numpy as np
import pytest

from tumen.engine import kernel
from tumen.model.theories import get, names
from validation.stage import Stage, stage, toyland


def test_every_theory_runs_on_one_compiled_kernel() -> None:
    for name in names():
        stage(toyland(3), 60, name).run()
        stage(toyland(3), 60, name).run(histories=True)
    people, logs = zip(*((signature[2], signature[8]) for signature in kernel.month.signatures), strict=True)
    builds = [
        (str(agents.types[agents.fields.index("capital")].dtype), isinstance(log, numba.types.NoneType))
        for agents, log in zip(people, logs, strict=True)
    ]
    assert len(builds) == len(set(builds)), kernel.month.signatures
    assert {("float64", True), ("float64", False)} <= set(builds)


def by_the_clock(out, will, mobility, capital, aid, sponsor, price, log_rate_offset, hazard_parameters):  # type: ignore[no-untyped-def]
    """A user's theory, in plain Python: everybody tries at a tenth a year."""
    for i in range(out.size):
        out[i] = 0.1


def spendthrift(capital, earnings, shock, support, need, keep):  # type: ignore[no-untyped-def]
    """A user's savings: nothing is ever saved."""
    for i in range(capital.size):
        capital[i] = 0.0


def test_a_theory_written_at_run_time_compiles_no_kernel(small: Stage) -> None:
    small.run()
    before = len(kernel.month.signatures)
    own = replace(get("interplay"), name="clock", attempt_hazard=by_the_clock, capital_step=spendthrift)
    counts = Stage(small.model, small.population, own).run()
    assert len(kernel.month.signatures) == before
    assert (counts.agents.capital == 0).all()
    attempts, able = counts.flow[0, 2].sum(), 0.0
    for state, name in enumerate(small.model.states):
        able += counts.stock[0, state].sum() if name not in ("child", "posted") else 0.0
    left = counts.flow[0, 2].sum()
    assert attempts / (able + left) == pytest.approx(-np.expm1(-0.1 / 12), rel=1e-3)


@pytest.mark.parametrize("threads", [1, 2])
def test_an_interrupt_leaves_by_keyboard_interrupt(small: Stage, threads: int) -> None:
    seen = []

    def interrupted(done: int, total: int) -> None:
        seen.append(done)
        if done == 4:
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        small.run(threads=threads, progress=interrupted)
    assert seen == [1, 2, 3, 4]
    assert small.run(threads=threads).stock.shape[0] == small.model.months  # nothing is left hanging


_LONG_RUN = """
import os, signal, threading, time
from validation.stage import stage, toyland
staged = stage(toyland(180), 60_000)
staged.run(ranges=[(0, 10)])
def press():
    global pressed
    pressed = time.perf_counter()
    os.kill(os.getpid(), signal.SIGINT)
threading.Timer(0.7, press).start()
try:
    staged.run(threads=2, histories=True)
except KeyboardInterrupt:
    print("left", time.perf_counter() - pressed)
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="signals are sent otherwise")
def test_control_c_ends_a_long_run_within_moments() -> None:
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-c", _LONG_RUN], cwd=root, capture_output=True, text=True, check=False)
    word, seconds = done.stdout.split()
    assert word == "left", done.stderr
    assert float(seconds) < 5  # one month of 60,000 people takes a tenth of a second
