"""Promises 1 to 4: same inputs, same bytes; splits, later policies and newcomers change nobody's life."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tumen.case import load
from tumen.simulate.session import sample
from validation.promises import newcomers, partitions, same_bytes, untouched
from validation.stage import Stage, differing, digest, stage, toyland


@pytest.mark.slow
def test_same_inputs_give_the_same_bytes() -> None:
    row = same_bytes.check(same_bytes.SMALL)
    assert row.tried == same_bytes.SMALL.tries
    assert row.failed == 0, row.line


def test_a_digest_sees_one_bit(small: Stage) -> None:
    counts = small.run(histories=True)
    changed = counts.agents.move_residual.copy()
    changed[7] = np.nextafter(changed[7], np.inf)
    other = replace(counts, agents=counts.agents._replace(move_residual=changed))
    assert digest(counts) == digest(small.run(histories=True))
    assert digest(counts) != digest(other)
    assert differing(counts, other) == [".agents.move_residual"]


def test_another_seed_gives_another_answer(small: Stage) -> None:
    assert digest(small.run(seed=1)) != digest(small.run(seed=2))


@settings(max_examples=25)
@given(st.lists(st.floats(0, 1), max_size=20), st.randoms(use_true_random=False), st.integers(1, 2))
def test_partitions_and_their_order_change_no_bit(cuts, random, threads) -> None:
    size = partitions.SMALL
    people = partitions.whole(size.people, size.months)[0].population.size
    ranges = partitions.partition(cuts, [random.random() for _ in range(len(cuts) + 1)], people)
    assert partitions.differences(size, ranges, threads) == []


def test_a_partition_that_loses_people_is_noticed() -> None:
    size = partitions.SMALL
    people = partitions.whole(size.people, size.months)[0].population.size
    assert ".accumulator.stock" in partitions.differences(size, [(0, people - 1)], 1)


def test_single_precision_keeps_its_bits_when_split(small: Stage) -> None:
    size = small.population.size
    whole = small.run(real=np.float32, histories=True, ranges=[(0, size)])
    parts = small.run(real=np.float32, histories=True, ranges=[(100, size), (0, 99), (99, 100)], threads=2)
    assert differing(whole, parts) == []


def test_a_change_leaves_the_months_before_it_as_they_were() -> None:
    row = untouched.check(untouched.SMALL)
    assert row.failed == 0, row.line


def test_a_change_is_seen_from_its_month_on() -> None:
    """Otherwise the test above could not fail."""
    case = load("toyland")
    world = case.world().within(case.start + 96, 36)
    staged = stage(world, 200)
    base = staged.run(histories=True)
    rng = np.random.default_rng(1)
    shifted = replace(world, start=world.start)
    assert untouched.touched(shifted, staged, base, "mobility", 12, rng) == []
    amended = case.world(untouched.from_month(case, "mobility", world.start + 12, [0.9] * 7)).within(world.start, 36)
    now = Stage(untouched.compile_model(amended, staged.theory), staged.population, staged.theory).run(histories=True)
    changed = (now.flow != base.flow).any(axis=(1, 2, 3, 4))
    assert not changed[:12].any()
    assert changed[12]


def test_newcomers_change_nobody() -> None:
    row = newcomers.check(newcomers.SMALL)
    assert row.failed == 0, row.line


@pytest.mark.xfail(reason="the initial share is solved from the agents and is not replayed", strict=True)
def test_newcomers_change_nobody_at_the_start() -> None:
    """Where the initial share lies between its floor and one, it depends on who else is there."""
    staged = stage(toyland(3, newcomers.OPENING), 3000)
    assert newcomers.changed(staged, staged.run(histories=True), np.arange(0, staged.population.size, 2)) == 0


def test_without_replay_newcomers_do_change_others(small: Stage) -> None:
    """People meet through the feedback: with their own, half the people live otherwise than among all."""
    half = Stage(small.model, small.population.take(np.arange(0, small.population.size, 2)), small.theory)
    assert any(
        (a.entry_intensity != b.entry_intensity).any()
        for a, b in zip(small.run().feedback, half.run().feedback, strict=True)
    )


@pytest.mark.parametrize("settings_", [["access.midland=0.9"], ["fee=5000"], ["strength=2000"], ["stalls=0"]])
def test_the_people_are_the_same_in_every_world(settings_: list[str]) -> None:
    assert digest(sample(toyland(24, settings=settings_), 300, 1)) == digest(sample(toyland(24), 300, 1))
