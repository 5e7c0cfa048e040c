"""Promise 5: people are conserved. Every month each person's mass sums to one, and the counts add up to the agents."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tumen.engine.state import AT_HOME, AWAY, FLOWS, HELD, IN_DETENTION, LOST, SCALE
from tumen.model.compiled import AGES
from validation.scoreboard import Row, Size, Watch
from validation.stage import SEED, Stage, each_month, stage, toyland

ID = 5
SMALL, FULL = Size(tries=2, people=1500, months=180), Size(tries=40, people=140_000, months=180)
#: Mass is added up in double precision; what rounding may leave of one after 180 months.
TOLERANCE = 1e-9
_ABROAD = FLOWS.index("abroad")


@dataclass
class Balance:
    """What was looked at and what was found wrong, over the months of a run."""

    staged: Stage
    looked: int = 0
    violations: dict[str, int] = field(default_factory=dict)

    def note(self, name: str, wrong: Any) -> None:
        """Count what is wrong under a name."""
        count = int(np.count_nonzero(wrong))
        if count:
            self.violations[name] = self.violations.get(name, 0) + count

    def look(self, agents: Any, month: int, count: Any) -> None:
        """Hold every person and every count of a month against what must be."""
        states = len(self.staged.model.states)
        unborn, dead = agents.status == states, agents.status == states + 1
        away = agents.away.reshape(-1, agents.key.size)
        parts = (agents.home, agents.held, away, agents.arrived, agents.settled, agents.lost)
        mass = np.concatenate([np.atleast_2d(part) for part in parts])
        total = mass.sum(axis=0)
        self.looked += agents.key.size
        self.note("mass outside [0, 1] or NaN", ~((mass >= -TOLERANCE) & (mass <= 1 + TOLERANCE)).all(axis=0))
        self.note("mass does not sum to 1", ~unborn & ~(np.abs(total - 1) <= TOLERANCE))
        self.note("mass of the unborn", unborn & (total != 0))
        self.note("unborn after birth, or born before", unborn != (agents.birth > month))
        self.note("dead before or alive after the month of death", dead != ((agents.death <= month) & ~unborn))
        self.note("savings below zero or NaN", ~(agents.capital >= 0).all(axis=0))
        self.note("savings of a sampled history below zero or NaN", ~(agents.own_capital >= 0))
        self.histories(agents, unborn, dead, count)
        self.counts(agents, mass, unborn | dead, month, count)

    def histories(self, agents: Any, unborn: Any, dead: Any, count: Any) -> None:
        """Every sampled history is in one place that fits the home life course."""
        self.note("a sampled history away before birth", unborn & (agents.where != AT_HOME))
        self.note("a sampled history after death", dead & (agents.where != LOST))
        living = ~unborn & ~dead
        for name, flow, there in (
            ("sampled histories abroad and their count", _ABROAD, agents.where >= AWAY),
            ("sampled histories held and their count", HELD, agents.where == IN_DETENTION),
        ):
            people = np.rint(agents.weight[living & there] * SCALE).sum() / SCALE
            self.note(name, abs(count.sampled[flow].sum() / SCALE - people) > TOLERANCE * people + 1e-6)

    def counts(self, agents: Any, mass: Any, outside: Any, month: int, count: Any) -> None:
        """By sex and five-year cohort, the people counted at home, held and abroad are those of the agents."""
        groups, places = len(self.staged.model.groups), len(self.staged.model.places)
        age = np.minimum((month - agents.birth) // 12, AGES - 1)
        layers, away = agents.home.shape[0], agents.away.shape[0] * agents.away.shape[1]
        held = slice(layers, 2 * layers)
        abroad = slice(2 * layers, 2 * layers + away)
        tables = {
            "people at home": (count.stock.sum(axis=0), mass[:layers]),
            "people held": (count.flow[HELD], mass[held]),
            "people abroad": (count.flow[_ABROAD], mass[abroad]),
        }
        for name, (table, part) in tables.items():
            counted = table.reshape(groups, AGES, places).sum(axis=2) / SCALE
            expected = np.zeros_like(counted)
            there = ~outside
            np.add.at(expected, (agents.group[there], age[there]), (agents.weight * part.sum(axis=0))[there])
            slack = (agents.key.size * (1 + mass.shape[0])) / SCALE + TOLERANCE * expected
            self.note(f"{name} by sex and age", np.abs(counted - expected) > slack)


def harsh(seed: int) -> list[str]:
    """Settings under which much is going on: many leave, many are caught, many die on the way."""
    rng = np.random.default_rng(seed)
    return [
        f"reference_rate={rng.choice([0.05, 1, 20]):g}",
        f"crossing_success={rng.choice([0.05, 0.5, 1]):g}",
        f"detention={rng.choice([1, 6, 60]):g}",
        f"repatriation_first={rng.choice([0.1, 5]):g}",
        f"repatriation_later={rng.choice([0.1, 5]):g}",
        f"return_home_rate={rng.choice([0, 0.5, 20]):g}",
        f"airlift={rng.choice([0, 3, 1000]):g}",
        f"companion_ratio={rng.choice([0.3, 5]):g}",
        f"companion_ratio_older={rng.choice([0.3, 5]):g}",
        f"spouse_ratio={rng.choice([0, 0.3, 0.95]):g}",
        f"purse_pooling={rng.choice([0, 0.5, 1]):g}",
        f"complementarity={rng.choice([-5, 0, 0.5]):g}",
        f"onward_kin={0 if seed == 1 else 2}",  # nobody with kin arrives, and nobody's mass may be lost for that
    ]


def check(size: Size) -> Row:
    """The first world is toyland as it is, the others are harsh; sampled histories are kept in all."""
    watch = Watch(ID, "persons are conserved", SEED)
    looked, violations = 0, {}
    for number in range(size.tries):
        settings = harsh(number) if number else []
        world = toyland(size.months, settings=["kin_per_arrival=1", *settings])
        balance = Balance(stage(world, size.people, seed=SEED + number))
        with each_month(balance.look):
            balance.staged.run(histories=True, ranges=[(0, balance.staged.population.size)])
        looked += balance.looked
        for name, count in balance.violations.items():
            violations[name] = violations.get(name, 0) + count
    found = "".join(f"; {name}: {count}" for name, count in violations.items())
    figure = f"{looked} person-months in {size.tries} worlds, by person, sex and age{found or ', no violation'}"
    return watch.row(looked, sum(violations.values()), figure)
