"""Promise 25: no draw sinks a sweep: one that raises, hangs, swells or crashes is set aside and listed."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from unittest import mock

from tumen.experiment import workers
from tumen.experiment.limits import Limits
from tumen.experiment.store import Store
from tumen.experiment.sweep import sweep
from validation.scoreboard import Row, Size, Watch
from validation.stage import SEED
from validation.sweeps import planned

ID = 25
#: `tries` counts units, of which four have a failure planted, one of each kind.
SMALL, FULL = Size(tries=6), Size(tries=24)
#: What units are allowed: those that fail go beyond it at once, those that do not never come near.
SECONDS, MEMORY, TRIED = {SMALL: 4.0, FULL: 20.0}, 0.7, 3
SAID = {
    "raise": "ValueError: planted",
    "hang": "took longer than {:g} s",
    "swell": f"needed more than {MEMORY:.1f} GB of memory",
    "crash": "a process was lost (exit code 7)",
}


def planting(culprits: dict[int, str], marks: str, healthy: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """What stands for `workers.answers`: units of these seeds fail in their way and leave a mark for each try."""

    def answers(sent: Any, specs: Sequence[Any]) -> Any:
        import os
        import uuid
        from pathlib import Path

        kind = culprits.get(specs[0].seed)
        if kind is None:
            return healthy(sent, specs)
        (Path(marks) / f"{specs[0].seed}-{uuid.uuid4().hex}").touch()
        held = list[bytes]()
        while kind == "hang":
            pass
        while kind == "swell":
            held.append(b"x" * 50_000_000)
        if kind == "crash":
            os._exit(7)
        raise ValueError("planted")

    return answers


def check(size: Size) -> Row:
    """Sweeps on two workers; at the tests' size the healthy units are answered without a run, so that 4 s suffice."""
    watch, asked = Watch(ID, "no draw sinks a sweep", SEED), planned(size.tries)
    bad = dict(zip(asked.units, SAID, strict=False))
    culprits = {asked.specs(unit)[0].seed: kind for unit, kind in bad.items()}
    seconds, healthy = SECONDS.get(size, 20.0), workers.answers
    with tempfile.TemporaryDirectory() as folder:
        marks, store = Path(folder) / "marks", Store(Path(folder) / "sweep")
        marks.mkdir()
        if size == SMALL:
            same = _same(asked)
            healthy = lambda sent, specs: same  # noqa: E731 - sent by its code
        with mock.patch.object(workers, "answers", planting(culprits, str(marks), healthy)):
            sweep(asked, store, processes=2, limits=Limits(seconds, MEMORY))
        aside, done = store.aside(), store.done()
        tries = [len(list(marks.glob(f"{seed}-*"))) for seed in culprits]
    unnamed = [kind for unit, kind in bad.items() if aside.get(unit) != SAID[kind].format(seconds)]
    innocent, left = set(aside) - set(bad), set(asked.units) - set(bad) - done
    figure = (
        f"{len(asked.units)} units, {len(bad)} planted ({', '.join(bad.values())}): {len(bad) - len(unnamed)} "
        f"set aside with the reason after {', '.join(map(str, tries))} tries"
        f"{''.join('; not ' + kind for kind in unnamed)}; {len(done)} done, {len(innocent)} innocent set aside"
    )
    failed = len(unnamed) + len(innocent) + len(left - innocent) + sum(count != TRIED for count in tries)
    return watch.row(len(asked.units), failed, figure)


def _same(asked: Any) -> Any:
    """An answer in every world, found once."""
    from tumen.infer.branching import family

    return family(asked.case, asked.theory, asked.specs(asked.units[0])).answers
