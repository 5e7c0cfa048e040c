"""`tumen inputs`: the vocabulary, and what a case states of it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from tumen.case import VOCABULARY, load


def test_the_vocabulary_is_listed_and_searched(tumen: Callable) -> None:
    said = tumen("inputs")
    assert (said.code, said.err) == (0, "") and all(key in said.out for key in VOCABULARY)
    one = tumen("inputs", "service_years")
    assert one.out == "service_years  year, 0 to 40, by sex\n               Length of service\n"
    near = tumen("inputs", "serivce_years")
    assert near.code == 0 and near.out.startswith("no input is called 'serivce_years'; the nearest:\nservice_years ")
    many = tumen("inputs", "marriage")
    assert many.out.startswith("4 inputs by ")
    told = tumen("inputs", "strength", "--json").document
    assert told["case"] is None and told["inputs"][0]["high"] is None, "there is no most of people under arms"
    none = tumen("inputs", "zzzz")
    assert none.code == 2 and "no input is like 'zzzz'" in none.err


def test_with_a_case_values_have_their_places(tumen: Callable, tmp_path: Path) -> None:
    shutil.copytree(load("toyland").folder, tmp_path / "land")
    for case in ("toyland", "land"):
        said = tumen("inputs", case, "fee")
        assert said.code == 0, said.err
        assert "  1996-01-01  50  [NEWSPAPERS; seen]  inputs/keys.yaml:24" in said.out
        assert "variant smugglers (weight 0.25)" in said.out and "MEMOIR: On the river at night" in said.out
        assert "changed by the scenarios dear_river" in said.out
    whole = tumen("inputs", "land")
    assert whole.code == 0 and "inputs/keys.yaml:18: 7 dated values in 2 histories" in whole.out
    some = tumen("inputs", "toyland", "marriage", "-v")
    assert "marriage_age: " in some.out and "escape_marriage_rate: " in some.out and "stated at inputs/" in some.out
    told = tumen("inputs", "toyland", "fee", "--json").document
    assert told["case"] == "toyland" and told["inputs"][0]["histories"][0]["values"][0]["date"] == "1980-01-01"
    wrong = tumen("inputs", "nowhere", "fee")
    assert wrong.code == 2 and "there is no case 'nowhere'" in wrong.err
    near = tumen("inputs", "toylnd")
    assert near.code == 2 and "there is no case 'toylnd'" in near.err and "did you mean toyland?" in near.err
    gone = tumen("inputs", "no/such/folder")
    assert gone.code == 2 and "no input is like" in gone.err
