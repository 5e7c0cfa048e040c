"""Promise 3, its first half: a change of one input from a month on leaves every bit of the months before it."""

from __future__ import annotations

from dataclasses import fields

import numpy as np

from tumen.case import CaseError, World, load
from tumen.engine.counts import Counts
from tumen.engine.feedback import Feedback
from tumen.model.compiler import compile_model
from validation.scoreboard import Row, Size, Watch
from validation.stage import SEED, Stage, differing, from_month, random_value, stage

ID = 3
SMALL, FULL = Size(tries=84, people=200, months=48), Size(tries=200, people=2000, months=180)
#: The window of the small size lies around the reference date, 2000-01, and the changes before it.
OPENING_SMALL = 96


def before(counts: Counts, month: int) -> dict[str, np.ndarray]:
    """What was counted and met in the months before one."""
    kept = {name: array[:month] for name, array in counts.accumulator._asdict().items()}
    for name in ("coming", "service"):  # whom next month's law will meet
        kept[name] = kept[name][: month - 1]
    for part in fields(Feedback):
        kept[part.name] = np.array([getattr(met, part.name) for met in counts.feedback[:month]])
    return kept | {"log": counts.log[counts.log[:, 0] < month]}


def touched(world: World, staged: Stage, base: Counts, key: str, month: int, rng: np.random.Generator) -> list[str]:
    """The counts before the month that differ once an input is amended from that month on; the people are the same."""
    case = world.case
    value = random_value(case, key, np.atleast_1d(world.monthly(key)[month]), rng)
    amended = case.world(from_month(case, key, world.start + month, value)).within(world.start, world.months)
    counts = Stage(compile_model(amended, staged.theory), staged.population, staged.theory).run(histories=True)
    then, now = before(base, month), before(counts, month)
    return [name for name in then if differing(then[name], now[name])]


def check(size: Size) -> Row:
    """Random inputs amended in random months; the sampled histories of the months before count, too."""
    watch = Watch(ID, "a policy changes only the lives it touches (months before the change)", SEED)
    case = load("toyland")
    opening = OPENING_SMALL if size == SMALL else 0
    world = case.world().within(case.start + opening, size.months)
    staged = stage(world, size.people)
    base = staged.run(histories=True)
    rng = np.random.default_rng(SEED)
    keys = list(rng.permutation(list(case.inputs)))
    broken, refused = {}, set()
    for number in range(size.tries):
        key = str(keys[number % len(keys)])
        month = int(rng.integers(1, world.months))
        try:
            if touched(world, staged, base, key, month, rng):
                broken[number] = key
        except CaseError:  # an input that may not change within the window
            refused.add(key)
    which = f": {', '.join(sorted(set(broken.values())))}" if broken else ""
    inputs = min(size.tries, len(keys))
    figure = f"{size.tries} amendments of {inputs} inputs, {len(broken)} change a bit of an earlier month{which}"
    figure += f"; refused in a sentence: {', '.join(sorted(refused))}" if refused else ""
    return watch.row(size.tries, len(broken), figure)
