"""What scenarios and settings say without effect is told with its place."""

from __future__ import annotations

import pytest

from tumen.case import Case, check, load
from tumen.case.idle import idle_changes, idle_settings

from .conftest import Workshop

HEAD = "title: t\nbecause: b\n"


@pytest.mark.parametrize("name", ["toyland", "north_korea"])
def test_every_change_of_the_shipped_scenarios_does_something(name: str) -> None:
    """In some history: what holds already in the base may change another."""
    assert list(idle_changes(load(name))) == []


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("changes:\n  fee: {value: 300, from: 2050-01-01}\n", "scenarios/new.yaml:4, changes.fee: changes nothing"),
        (
            "changes:\n  rations: {multiply: 2, from: 2040-01-01}\n",
            "changes.rations: changes nothing from 1990-01 to 2015-12",
        ),
        ("changes:\n  enlistment_age: {value: 17, from: 1995-01-01}\n", "changes.enlistment_age: changes nothing"),
        (
            "changes:\n  drafted: {values: {1992-01-01: 0.5, 2060-01-01: 1}}\n",
            "changes.drafted: its value from 2060-01 on",
        ),
        (
            "changes:\n  drafted: {values: {1992-01-01: 0.5, 1993-01-01: 0.5}}\n",
            "its value from 1993-01 on changes nothing",
        ),
        ("closure: {1995-01-01: fixed_strength}\n", "scenarios/new.yaml, closure: changes nothing"),
        ("neutralise: [intake_share]\n", None),
        ("changes:\n  drafted: {values: {1992-01-01: 0.5, 1993-01-01: 0.6}}\n", None),
        ("changes:\n  strength: {multiply: 0.5, from: 2010-01-01}\n", None),
    ],
)
def test_a_change_without_effect_is_told(body: str, told: str | None, workshop: Workshop) -> None:
    workshop.write("scenarios/new.yaml", HEAD + body)
    found = [warning for warning in check(workshop.load()).warnings if "changes nothing" in warning]
    assert len(found) == (told is not None)
    assert told is None or told in found[0]


def test_a_setting_without_effect_is_told(toyland: Case) -> None:
    settings = ["discharge_leeway=12", "fee=900@2000-01", "enlistment_age=17@1995"]
    said = list(idle_settings(toyland.world(settings=settings)))
    assert [line.partition(" changes nothing")[0] for line in said] == [
        "setting 'discharge_leeway=12'",
        "setting 'enlistment_age=17@1995'",
    ]
    assert list(idle_settings(toyland.world(settings=["discharge_leeway=6"]))) == []
