"""Switchers: who leaves in one world and not in the other, the same person by person.

Two worlds with the same people and the same luck differ only in what the scenario changes, so a person who leaves in
one of them alone does so because of it, or because of the markets and networks that it moved. Counts are of sampled
lives, weighted; groups of few lives are not shown.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from tumen import simulate as simulation
from tumen.case import Case, CaseError, Scenario, World
from tumen.infer.posterior import Posterior
from tumen.model.theories import Theory
from tumen.simulate.session import sample

#: Fewer sampled histories than this are not shown.
FEWEST = 5
#: Ages at leaving by which people are grouped: the draft's ages between childhood and middle age.
AGES = {"0-16": (0, 16), "17-26": (17, 26), "27-39": (27, 39), "40 and over": (40, 200)}
#: In which of the two worlds a person leaves.
BOTH, BASE_ONLY, OTHER_ONLY = ("in both", "in the base alone", "in the other world alone")


def switchers(
    case: Case,
    theory: Theory,
    scenarios: Sequence[Scenario],
    found: Posterior,
    *,
    draw: int,
    people: int,
    threads: int = 2,
) -> pd.DataFrame:
    """Who leaves in the base, in the world of some scenarios, or in both, by sex, age and status at leaving.

    draw: of the posterior, whose parameters and history both worlds have; people: sampled histories of each. Columns:
    who (one of the three), grouped_by (sex, age, status), group, lives, persons (weighted); lives and persons are NaN
    where there are fewer than FEWEST lives. Of a person's departures the first counts; age and status of those who
    leave in both are those of the base. Raises CaseError for a case that cannot be run so.
    """
    if not scenarios:
        raise CaseError.single("no scenario is named", "switchers", "a world to compare with", "name one: -s SCENARIO")
    one = found.draw(draw)
    worlds = [case.world(some, one.history, parameters=one.parameters) for some in ((), tuple(scenarios))]
    left = [_leavers(world, theory, people, one.seed, threads) for world in worlds]
    both = left[0].merge(left[1], how="outer", left_index=True, right_index=True, suffixes=("", "_other"))
    here, there = both["sex"].notna(), both["sex_other"].notna()
    who = np.select([here & there, here], [BOTH, BASE_ONLY], OTHER_ONLY)
    told = both.assign(
        who=who, **{name: both[name].where(here, both[f"{name}_other"]) for name in ("sex", "age", "status", "weight")}
    )
    rows = [
        _row(str(who), by, str(group), some)
        for by in ("sex", "age", "status")
        for (who, group), some in told.groupby(["who", by], observed=True)
    ]
    return pd.DataFrame(rows)


def _row(who: str, by: str, group: str, some: pd.DataFrame) -> dict[str, object]:
    enough = len(some) >= FEWEST
    return {
        "who": who,
        "grouped_by": by,
        "group": group,
        "lives": len(some) if enough else np.nan,
        "persons": float(some["weight"].sum()) if enough else np.nan,
    }


def _leavers(world: World, theory: Theory, people: int, seed: int, threads: int) -> pd.DataFrame:
    """The first departure of each person who leaves: sex, age, status, weight, by person."""
    made = simulation.run(world, theory, people=people, seed=seed, threads=threads, events=True)
    drawn = sample(world, people, seed)
    log = made.events
    if log is None:
        raise AssertionError("a run asked for events has them")
    words = {name: np.array(log[name].words)[log[name].codes] for name in ("event", "from", "sex")}
    some = words["event"] == "departure"
    age = np.asarray(log["age"])[some]
    rows = pd.DataFrame(
        {
            "person": np.asarray(log["person"])[some],
            "month": np.asarray(log["month"])[some],
            "sex": words["sex"][some],
            "age": np.select([(age >= low) & (age <= high) for low, high in AGES.values()], list(AGES), ""),
            "status": words["from"][some],
        }
    )
    first = rows.sort_values("month", kind="stable").drop_duplicates("person").set_index("person")
    return first.drop(columns="month").join(pd.Series(drawn.weight, index=drawn.person, name="weight"))
