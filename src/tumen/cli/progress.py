"""How far a run is: a bar for a person who watches, a line now and then for a log, nothing when asked to be quiet."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tumen.cli.output import message, to_terminal

if TYPE_CHECKING:
    from tumen.infer.backtest import BacktestProgress
    from tumen.infer.best_fit import FitProgress
    from tumen.infer.calibration import CalibrationProgress

_SECONDS_BETWEEN_LINES = 10.0


@contextmanager
def steps_run(quiet: bool, unit: str = "months", name: str = "run") -> Iterator[Callable[[int, int], None] | None]:
    """What is to be called after each step, with the steps done and the steps in all; None when quiet.

    unit: what is counted; name: what the bar is called.
    """
    if quiet:
        yield None
    elif to_terminal():
        with _bar(unit) as step:
            yield lambda done, whole: step(name, done, whole)
    else:
        yield _lines(unit)


@contextmanager
def stages_run(unit: str = "months") -> Iterator[Callable[[str, int, int], None]]:
    """What is to be called as work in stages goes on, with what is done now; time left is that of the stage.

    unit: what is counted.
    """
    if to_terminal():
        with _bar(unit) as step:
            yield step
        return
    now, lines = "", _lines(unit)

    def tell(stage: str, done: int, months: int) -> None:
        nonlocal now, lines
        if stage != now:
            message(f"{stage}: {months:,} {unit}")
            now, lines = stage, _lines(unit)
        lines(done, months)

    yield tell


@contextmanager
def _bar(unit: str = "months") -> Iterator[Callable[[str, int, int], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(f"{unit}  {{task.fields[pace]}}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("run", total=None, pace="")
        now, clock = "", _Clock()

        def step(stage: str, done: int, months: int) -> None:
            nonlocal now, clock
            if stage != now:
                now, clock = stage, _Clock()
                progress.reset(task, description=stage)
            pace = clock.pace(done)
            said = f"{pace:,.{int(pace < 10)}f} a second" if pace else ""
            progress.update(task, completed=done, total=months, pace=said)

        yield step


@contextmanager
def drawing() -> Iterator[Callable[[str], None] | None]:
    """What is to be called with the name of each figure before it is drawn; None where nobody watches."""
    if not to_terminal():
        yield None
        return
    from rich.console import Console

    with Console(stderr=True).status("drawing") as status:
        yield lambda name: status.update(f"drawing {name}")


class _Clock:
    """How many a second since it was first told, before which the engine may still be compiling."""

    def __init__(self) -> None:
        self._began: tuple[float, int] | None = None

    def pace(self, done: int) -> float:
        """The pace so far; zero where nothing can be said yet."""
        now = time.monotonic()
        if self._began is None:
            self._began = now, done
            return 0.0
        began, before = self._began
        return (done - before) / max(1e-9, now - began)


def _lines(unit: str = "months") -> Callable[[int, int], None]:
    clock, last = _Clock(), time.monotonic()

    def step(done: int, months: int) -> None:
        nonlocal last
        pace, now = clock.pace(done), time.monotonic()
        if not pace or done == months or now - last < _SECONDS_BETWEEN_LINES:
            return
        last = now
        message(f"{done} of {months} {unit}, {pace:,.1f} a second, {(months - done) / pace:,.0f} s left")

    return step


@contextmanager
def stages_of_many(
    what: str, told: Callable[[Any], str] = lambda said: ""
) -> Iterator[Callable[[FitProgress | CalibrationProgress | BacktestProgress], None]]:
    """What is to be called as a fit or a calibration goes on: one line, renewed on a terminal, else now and then.

    told: what else there is to say of it.
    """

    def line(said: FitProgress | CalibrationProgress | BacktestProgress) -> str:
        left = f"at most {said.seconds_left:,.0f} s left"
        return f"{said.stage}: {told(said)}{said.runs:,} runs of at most {said.most:,}, {left}"

    if to_terminal():
        from rich.console import Console

        with Console(stderr=True).status(what) as status:
            yield lambda said: status.update(line(said))
        return
    last = time.monotonic()

    def tell(said: FitProgress | CalibrationProgress | BacktestProgress) -> None:
        nonlocal last
        if time.monotonic() - last >= _SECONDS_BETWEEN_LINES:
            last = time.monotonic()
            message(line(said))

    yield tell


def cost_of(said: FitProgress) -> str:
    """The cost that a fit has reached, in words before the rest."""
    return f"cost {said.cost:.1f}, " if math.isfinite(said.cost) else ""
