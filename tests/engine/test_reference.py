"""Promise 6: an independent engine, written from docs/engine.md in plain Python, gives the same histories."""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields, replace
from statistics import NormalDist
from types import SimpleNamespace

import numpy as np
import pytest

from tests.engine.agreement import Agreement, Setup, agreement, compare, random_setup, run_fast
from tests.reference_engine import OTHER_FORMULAS, Feedback, Formulas, leaving, person, reference, rules
from tests.reference_engine.rules import Event
from tumen.case import load
from tumen.engine.counts import Counts
from tumen.model.demography import cohorts
from tumen.model.keys import affordability, interplay
from tumen.simulate.session import sample

#: Worlds, persons and months; validation runs 30 worlds of 2,000 persons.
WORLDS, PERSONS, MONTHS = (int(text) for text in os.environ.get("TUMEN_AGREEMENT", "6,200,90").split(","))


@pytest.fixture(scope="module")
def found() -> list[Agreement]:
    return list(compare(WORLDS, PERSONS, MONTHS, seed=1))


@pytest.mark.slow
def test_the_engines_agree_in_random_worlds(found: list[Agreement]) -> None:
    assert [a.line for a in found if not a.agrees] == []


@pytest.mark.slow
def test_they_agree_to_rounding(found: list[Agreement]) -> None:
    """Far closer than promised: what is left is rounding, that to 2^-28 persons too, and two root finders."""
    for a in found:
        assert max(a.counts.values()) < 4e-8, a.line  # ten times 2^-28
        assert max(a.feedback.values()) < 5e-9, a.line
        assert a.mass < 1e-12, a.line


@pytest.mark.slow
def test_the_worlds_try_everything(found: list[Agreement]) -> None:
    """An event that never happens in them would not be compared."""
    seen: Counter[str] = Counter()
    for a in found:
        seen.update(a.events)
    assert min(seen.values()) >= 3, seen
    met: Counter[str] = Counter()
    for a in found:
        met.update(a.met)
    assert min(met.values()) >= 1, met


# --- the comparison can fail ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ground() -> tuple[Setup, Counts]:
    return next(lively())


def lively() -> Iterator[tuple[Setup, Counts]]:
    """Worlds in which whatever is planted has something to act on: airlifts, families, detention."""
    case = load("toyland")
    for number in range(100):
        setup = random_setup(case, np.random.default_rng([1, number]), 150, 60)
        fast = run_fast(setup)
        gone = fast.flow.sum(axis=(0, 2, 3, 4))
        moved = all(
            any(np.any(getattr(met, part) > 0) for met in fast.feedback) for part in ("airlift", "spouse", "share")
        )
        if setup.theory.name == "interplay" and moved and gone[3] > 50 and fast.agents.tries.sum() > 20:
            yield setup, fast


def against(ground: tuple[Setup, Counts], feedback: object = None) -> Agreement:
    setup, fast = ground
    slow = reference(setup.model, setup.population, setup.formulas, seed=setup.seed, replay=feedback)  # type: ignore[arg-type]
    return agreement(setup, fast, slow, fast)


def test_a_replay_of_the_fast_engine_s_feedback_agrees(ground: tuple[Setup, Counts]) -> None:
    assert against(ground, ground[1].feedback).agrees


def test_a_replay_of_the_reference_s_feedback_agrees(ground: tuple[Setup, Counts]) -> None:
    setup, _ = ground
    slow = reference(setup.model, setup.population, setup.formulas, seed=setup.seed)
    met = [SimpleNamespace(**{name: np.array(value) for name, value in vars(f).items()}) for f in slow.feedback]
    fast = run_fast(setup, replay=met)
    assert agreement(setup, fast, slow, fast).agrees


@pytest.mark.parametrize("part", sorted({f.name for f in fields(Feedback)} - {"off_term", "cohort"}))
def test_feedback_a_little_off_is_noticed(ground: tuple[Setup, Counts], part: str) -> None:
    met = [replace(month, **{part: 1.01 * getattr(month, part)}) for month in ground[1].feedback]
    assert not against(ground, met).agrees


def test_a_term_a_month_off_is_noticed() -> None:
    """In a world in which terms end: in that of the other tests they outlast the window."""
    setup = random_setup(load("toyland"), np.random.default_rng([1, 1]), 150, 60)
    fast = run_fast(setup)
    met = [replace(month, off_term=month.off_term + 1) for month in fast.feedback]
    found = against((setup, fast), met)
    assert found.life_course > 0 or found.log > 0


def savings_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps 4 and 6 change places."""
    save, dated = person.save, person.dated_event

    def swapped(p: person.Person, m: person.Month) -> bool:
        save(p, m, Formulas())
        return dated(p, m)

    monkeypatch.setattr(person, "dated_event", swapped)
    monkeypatch.setattr(person, "save", lambda p, m, theory: None)


def kin_last(monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps 3 and 8 change places."""
    gain, mass = person.gain_kin, leaving.move_mass

    def swapped(p: person.Person, m: person.Month, border: list[float], flow: person.Flow) -> None:
        mass(p, m, border, flow)
        gain(p, m)

    monkeypatch.setattr(person, "gain_kin", lambda p, m: None)
    monkeypatch.setattr(leaving, "move_mass", swapped)


def hazards_as_shares(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hazard is taken for the probability it amounts to."""
    monkeypatch.setattr(leaving, "share_of_time", lambda hazard: min(hazard, 1.0))


def released_with_savings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Released mass comes home without thinning the savings of its layer."""
    mass = leaving.move_mass

    def kept(p: person.Person, m: person.Month, border: list[float], flow: person.Flow) -> None:
        capital = list(p.capital)
        mass(p, m, border, flow)
        p.capital = capital

    monkeypatch.setattr(leaving, "move_mass", kept)


def draw_of_another_event(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sampled histories are intercepted by the draw that chose their transition."""
    draw = leaving.uniform
    swapped = {Event.PASS: Event.FATE}
    monkeypatch.setattr(leaving, "uniform", lambda key, event, ordinal: draw(key, swapped.get(event, event), ordinal))


@pytest.mark.parametrize(
    "plant", [savings_first, kin_last, hazards_as_shares, released_with_savings, draw_of_another_event]
)
def test_a_planted_error_is_noticed(
    ground: tuple[Setup, Counts], monkeypatch: pytest.MonkeyPatch, plant: object
) -> None:
    plant(monkeypatch)  # type: ignore[operator]
    assert not against(ground).agrees


# --- the parts --------------------------------------------------------------------------------------------------------


def test_people_are_drawn_by_the_contract() -> None:
    """Class, physique, earning power and month of death follow from the draws of these names."""
    case = load("toyland")
    world = case.world().within(case.start, 120)
    people, cohort = sample(world, 400, 7), cohorts(case, case.start, case.months)
    shares = [social_class.share for social_class in world.classes]
    for i in range(people.size):
        key = rules.key(7, int(people.person[i]))
        drawn = rules.quasi_uniform(key, Event.CLASS)
        assert people.social_class[i] == sum(drawn >= sum(shares[: c + 1]) for c in range(len(shares) - 1))
        for z, event in ((people.physique[i], Event.PHYSIQUE), (people.power[i], Event.POWER)):
            assert z == pytest.approx(NormalDist().inv_cdf(rules.quasi_uniform(key, event)), rel=1e-9)
        threshold = -math.log(rules.quasi_uniform(key, Event.DEATH))
        curve = cohort.hazard[people.birth[i] - cohort.first, people.group[i]].tolist()  # up to the start of month t
        ends = [t for t in range(max(0, people.birth[i]), case.months) if curve[t + 1] >= threshold]
        assert people.death[i] == (ends[0] if ends else case.months)


def test_the_keys_are_one_formula() -> None:
    """Both engines' affordability and K agree to the accuracy of the normal and the exponential, also at the ends."""
    ends, exponents = [0.0, 1e-9, 0.02, 0.4, 1.0], [-50.0, -5.0, -0.3, -1e-15, 0.0, 1e-3, 0.5, 1.0, 7.0]
    for m in ends:
        for c in ends:
            for r in exponents:
                for a in (0.0, 0.3, 0.5, 1.0):
                    assert rules.interplay(m, c, r, a) == pytest.approx(interplay(m, c, r, a), rel=1e-9, abs=1e-30)
    for means in (0.0, 1.0, 300.0, 1e5):
        for free in (0.0, 0.1, 1.0):
            for sponsor in (0.0, 0.3, 1.0):
                mine = rules.affordability(means, 6.0, 0.7, free, sponsor)
                assert mine == pytest.approx(affordability(means, 6.0, 0.7, free, sponsor), rel=3e-11)


def test_history_tells_every_month(ground: tuple[Setup, Counts]) -> None:
    """The states of all persons month by month add up to the fast engine's stocks."""
    setup, fast = ground
    slow = reference(setup.model, setup.population, setup.formulas, seed=setup.seed, history=True)
    for t, month in enumerate(slow.history):
        for state in range(len(setup.model.states)):
            here = sum(w * sum(p[3]) for w, p in zip(setup.population.weight, month, strict=True) if p[0] == state)
            assert here == pytest.approx(fast.stock[t, state].sum(), rel=1e-9, abs=1e-6)


def test_every_other_theory_has_its_formula() -> None:
    assert set(OTHER_FORMULAS) == {"push_pull", "no_theory"}
