"""A series against a table of months kept by hand: whatever is done to it, every month has the value it should."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tumen.case import Provenance, Series

ORIGIN = Provenance("file.yaml:1", ("SOURCE",), "seen")
HORIZON = 60
KINDS = ("hold", "linear", "log")


@st.composite
def dated(draw, members=2, most=6):
    """Rows (month, values) in order of time, all within the horizon."""
    months = draw(st.lists(st.integers(0, HORIZON - 1), min_size=1, max_size=most, unique=True))
    numbers = st.floats(0.01, 1000, allow_subnormal=False)
    return [(month, draw(st.lists(numbers, min_size=members, max_size=members))) for month in sorted(months)]


def series_of(rows, between):
    return Series.through([(month, np.array(value), ORIGIN) for month, value in rows], between)


def by_hand(rows, between, member):
    """Month -> value from the definition, one month at a time."""
    table = {}
    for (month, value), (after, target) in pairwise([*rows, (HORIZON, rows[-1][1])]):
        for at in range(month, after):
            share = (at - month) / (after - month)
            begin, end = value[member], target[member]
            if between == "hold" or month == rows[-1][0]:
                table[at] = begin
            elif between == "linear":
                table[at] = begin + share * (end - begin)
            else:
                table[at] = math.exp(math.log(begin) + share * (math.log(end) - math.log(begin)))
    return table


def table_of(series, member):
    months = np.arange(series.start, HORIZON)
    return dict(zip(months.tolist(), series.at(months)[:, member].tolist(), strict=True))


@given(dated(), st.sampled_from(KINDS))
def test_a_series_runs_through_its_dates_as_defined(rows, between):
    series = series_of(rows, between)
    for member in (0, 1):
        assert table_of(series, member) == pytest.approx(by_hand(rows, between, member), rel=1e-9)
        for month, value in rows:
            assert series.one(month)[member] == value[member], "a dated value is met to the bit"


@given(dated(), st.sampled_from(KINDS), st.integers(0, HORIZON - 1))
def test_one_month_and_all_months_agree(rows, between, month):
    series = series_of(rows, between)
    if month >= series.start:
        assert series.one(month).tolist() == series.at(np.arange(series.start, HORIZON))[month - series.start].tolist()


@given(dated(), st.sampled_from(KINDS), st.lists(st.integers(0, HORIZON - 1), max_size=5))
def test_cutting_changes_no_bit(rows, between, cuts):
    series = series_of(rows, between)
    cut = series
    for month in cuts:
        if month > series.start:
            cut = cut.split(month)
    assert table_of(cut, 0) == table_of(series, 0)


@given(dated(), st.sampled_from(KINDS), st.integers(0, HORIZON - 1), st.integers(1, HORIZON), st.floats(0.1, 10))
def test_a_held_span_changes_its_months_and_no_other(rows, between, start, length, value):
    series = series_of(rows, between)
    end = start + length
    changed = table_of(series.held_within(start, end, np.full(2, value), ORIGIN), 1)
    assume(end >= series.start)
    assert changed == table_of(series, 1) | dict.fromkeys(range(start, min(end, HORIZON)), value)


@given(dated(), st.sampled_from(KINDS), st.integers(0, HORIZON - 1))
def test_freezing_keeps_the_past_and_holds_the_future(rows, between, month):
    series = series_of(rows, between)
    if month < series.start:
        return
    frozen = table_of(series.frozen(month), 0)
    before = table_of(series, 0)
    assert {at: value for at, value in frozen.items() if at <= month} == {
        at: value for at, value in before.items() if at <= month
    }
    assert {value for at, value in frozen.items() if at >= month} == {before[month]}


@given(dated(), dated(), st.sampled_from(KINDS))
def test_new_values_replace_all_from_the_first_of_them(rows, new, between):
    series = series_of(rows, between)
    changed = table_of(series.followed_by([(m, np.array(v), ORIGIN) for m, v in new], between), 0)
    first = new[0][0]
    assert {at: v for at, v in changed.items() if at < first} == {
        at: v for at, v in table_of(series, 0).items() if at < first
    }
    assert {at: v for at, v in changed.items() if at >= first} == pytest.approx(by_hand(new, between, 0), rel=1e-9)


@given(dated(), st.sampled_from(KINDS), st.data())
def test_dropping_a_date_is_as_if_it_had_never_been(rows, between, data):
    if len(rows) < 2:
        return
    dropped = data.draw(st.integers(0, len(rows) - 1))
    left = rows[:dropped] + rows[dropped + 1 :]
    changed = series_of(rows, between).without(rows[dropped][0])
    assert table_of(changed, 0) == pytest.approx(table_of(series_of(left, between), 0), rel=1e-9)


@given(dated(), st.sampled_from(KINDS), st.integers(0, HORIZON - 1), st.floats(0.01, 1000))
def test_putting_a_value_in_is_as_if_it_had_always_been(rows, between, month, value):
    changed = series_of(rows, between).with_value(month, np.full(2, value), ORIGIN)
    always = sorted([*(row for row in rows if row[0] != month), (month, [value, value])])
    assert table_of(changed, 1) == pytest.approx(table_of(series_of(always, between), 1), rel=1e-9)


@given(dated(), st.sampled_from(KINDS), st.integers(0, HORIZON - 1), st.integers(1, HORIZON), st.floats(0.01, 1000))
def test_a_member_held_over_a_span_leaves_every_other_bit(rows, between, start, length, value):
    series = series_of(rows, between)
    changed = series.mapped(np.array([value]), [1], ORIGIN, start, start + length)
    assert table_of(changed, 0) == table_of(series, 0)
    before = table_of(series, 1)
    assert table_of(changed, 1) == before | {at: value for at in before if start <= at < start + length}


@given(dated(), st.sampled_from(KINDS), st.integers(0, HORIZON), st.integers(0, HORIZON), st.floats(0.1, 10))
def test_multiplying_scales_the_span_and_nothing_else(rows, between, start, end, factor):
    series = series_of(rows, between)
    changed = table_of(series.multiplied(np.full(2, factor), start, end), 0)
    for month, was in table_of(series, 0).items():
        if start <= month < end:
            assert changed[month] == pytest.approx(was * factor, rel=1e-9)
        else:
            assert changed[month] == was


@given(dated(), st.sampled_from(KINDS))
def test_multiplying_without_bounds_scales_everything(rows, between):
    series = series_of(rows, between)
    changed = series.multiplied(np.array([2.0, 4.0]), None, None)
    assert table_of(changed, 0) == pytest.approx({m: 2 * v for m, v in table_of(series, 0).items()})
    assert table_of(changed, 1) == pytest.approx({m: 4 * v for m, v in table_of(series, 1).items()})


@given(dated(members=3), st.sampled_from(KINDS), st.integers(0, 2), st.floats(0.1, 10))
def test_setting_a_member_leaves_the_others(rows, between, member, value):
    series = series_of(rows, between)
    changed = series.mapped(np.array([value]), [member], ORIGIN)
    for other in range(3):
        if other == member:
            assert set(table_of(changed, other).values()) == {value}
        else:
            assert table_of(changed, other) == table_of(series, other)


@given(dated(), st.sampled_from(("hold", "linear")))
def test_levelling_gives_both_the_mean(rows, between):
    series = series_of(rows, between)
    level = series.levelled(np.mean)
    mean = {m: (v + table_of(series, 1)[m]) / 2 for m, v in table_of(series, 0).items()}
    assert table_of(level, 0) == pytest.approx(mean, rel=1e-9)
    assert table_of(level, 1) == table_of(level, 0)


@given(dated(), st.sampled_from(KINDS), st.integers(1, HORIZON), st.integers(-30, 30))
def test_shifting_moves_what_begins_and_leaves_what_was_before(rows, between, start, by):
    series = series_of(rows, between)
    assume(by and start + min(by, 0) > series.start)
    shifted, before = table_of(series.shifted(start, by), 0), table_of(series, 0)
    for month, value in shifted.items():
        if month < min(start, start + by):
            assert value == before[month]
        elif month < start + by:
            assert value == before[start - 1]
        else:
            was = series.one(month - by)[0]
            assert value == pytest.approx(was, rel=1e-9)
