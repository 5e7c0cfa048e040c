"""Every dated value of every shipped case, read again by another reader: in force from its month, not before."""

import pytest
from ruamel.yaml import YAML

from tumen.case import load, shipped

from .conftest import CASES

NAMES = [name for name, _ in shipped()]


def dated_values(name):
    """Input, variant (None: base), and its rows (date, value as written, sources), in order of time."""
    for path in sorted((CASES / name / "inputs").glob("*.yaml")):
        for key, entry in YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8")).items():
            histories = {None: entry["values"]} | {
                variant: given["values"] for variant, given in entry.get("variants", {}).items()
            }
            for variant, values in histories.items():
                rows = sorted((str(date), row["value"], row["source"]) for date, row in values.items())
                yield key, variant, entry.get("between", "hold"), rows


def acts_from(date):
    """The first month of a date as written: the next where its day is after the 15th; read by hand."""
    year, month, day = (int(part) for part in (*date.split("-"), "1")[:3])
    month += day > 15
    return f"{year + (month > 12)}-{1 if month > 12 else month:02d}"


def written(value, members):
    """A value as written, as a list of numbers in the order of the members."""
    if isinstance(value, dict):
        return [value.get(member, value.get("default")) for member in members]
    return [value] * max(1, len(members))


@pytest.mark.parametrize("name", NAMES)
def test_a_value_is_in_force_from_its_date_and_its_forerunner_before(name):
    case = load(name)
    checked = 0
    for key, variant, between, rows in dated_values(name):
        world = case.world(variants={key: variant} if variant else {})
        members = case.inputs[key].members
        for number, (date, value, source) in enumerate(rows):
            expected, date = written(value, members), acts_from(date)
            assert [world.at(key, date)] == expected if not members else world.at(key, date).tolist() == expected
            row = case.inputs[key].rows(variant or "base")[number]
            assert list(row.source) == (source if isinstance(source, list) else [source])
            before = case.month(date) - 1
            if number and between == "hold":
                old = written(rows[number - 1][1], members)
                assert [world.at(key, before)] == old if not members else world.at(key, before).tolist() == old
            if case.start <= case.month(date) <= case.end:
                column = world.monthly(key)[case.month(date) - case.start]
                assert (column.tolist() if members else [float(column)]) == expected
            checked += 1
    assert checked >= len(case.inputs)


@pytest.mark.parametrize("name", NAMES)
def test_the_second_reader_sees_every_input_and_variant(name):
    case = load(name)
    seen = {(key, variant or "base") for key, variant, _, _ in dated_values(name)}
    assert seen == {(key, known) for key, given in case.inputs.items() for known in ("base", *given.variants)}
