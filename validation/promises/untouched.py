"""Promise 3: a change of one input touches only the lives it is about.

From a month on an input is amended: every bit of the months before stays. If it is amended for one sex, province or
class alone and the feedback of the base run is replayed, people of the others live bit for bit as before.
"""

from __future__ import annotations

from dataclasses import fields

import numpy as np

from tumen.case import CaseError, World, load
from tumen.case.dates import month_text
from tumen.engine.counts import Counts
from tumen.engine.feedback import Feedback
from tumen.model.compiler import compile_model
from validation.promises.newcomers import opening_of
from validation.scoreboard import Row, Size, Watch
from validation.stage import SEED, Stage, arrays, differing, from_month, random_value, stage

ID = 3
SMALL, FULL = Size(tries=84, people=200, months=48), Size(tries=200, people=2000, months=180)
#: The window of the small size lies around the reference date, 2000-01, and the changes before it.
OPENING_SMALL = 96
#: Where the people hold which member of an input's dimension they belong to.
CODES = {"sex": "group", "province": "place", "class": "social_class"}


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


def strangers(world: World, staged: Stage, base: Counts, key: str, month: int, rng: np.random.Generator) -> int:
    """How many people whom an amendment of one member of an input is not about live otherwise, feedback replayed."""
    case = world.case
    given = case.inputs[key]
    member = int(rng.integers(len(given.members)))
    now = np.atleast_1d(world.monthly(key)[month])[[member]]
    (value,) = random_value(case, key, now, rng)
    setting = f"{key}.{given.members[member]}={float(value)!r}@{month_text(world.start + month)}"
    amended = case.world(settings=(setting,)).within(world.start, world.months)
    counts = Stage(compile_model(amended, staged.theory), staged.population, staged.theory).run(
        histories=True, replay=base.feedback
    )
    others = np.flatnonzero(getattr(staged.population, CODES[given.by]) != member)
    other = np.zeros(staged.population.size, bool)
    for (_, then), (_, after) in zip(arrays(base.agents), arrays(counts.agents), strict=True):
        other |= (then != after).reshape(-1, other.size).any(axis=0)
    for event in set(map(tuple, base.log.tolist())) ^ set(map(tuple, counts.log.tolist())):
        other[event[1]] = True
    return int(other[others].sum())


def check(size: Size) -> Row:
    """Random inputs amended in random months; the sampled histories of the months before count, too."""
    watch = Watch(ID, "a policy changes only the lives it touches", SEED)
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
    apart = [key for key in keys if case.inputs[key].by in CODES]
    changed, tried = {}, 0
    with opening_of(staged):
        base = staged.run(histories=True)
        for number in range(min(size.tries, len(apart)) if size == SMALL else size.tries):
            key = str(apart[number % len(apart)])
            try:
                found = strangers(world, staged, base, key, int(rng.integers(1, world.months)), rng)
            except CaseError:
                refused.add(key)
                continue
            tried += 1
            if found:
                changed[key] = found
    which = f": {', '.join(sorted(set(broken.values())))}" if broken else ""
    inputs = min(size.tries, len(keys))
    figure = f"{size.tries} amendments of {inputs} inputs, {len(broken)} change a bit of an earlier month{which}"
    figure += f"; {tried} amendments of one sex, province or class, {len(changed)} change a life of another"
    figure += f": {', '.join(changed)}" if changed else ""
    figure += f"; refused in a sentence: {', '.join(sorted(refused))}" if refused else ""
    return watch.row(size.tries + tried, len(broken) + len(changed), figure)
