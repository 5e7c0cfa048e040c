"""`tumen init`: a new case that passes `tumen check`, and what to do with it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path


def test_a_new_case_passes_check_and_says_what_is_next(tumen: Callable, tmp_path: Path) -> None:
    said = tumen("init", "new_land", "--title", "New Land")
    assert (said.code, said.err) == (0, "")
    assert "every number in it is invented" in said.out.splitlines()[0]
    assert "tumen check new_land" in said.out and "tumen run new_land" in said.out
    checked = tumen("check", "new_land")
    assert checked.code == 0 and checked.out.startswith("New Land (new_land, ")
    again = tumen("init", "new_land")
    assert again.code == 2 and "the folder exists and is not empty - 'new_land' - expected " in again.err
    told = tumen("init", "other_land", "--json").document
    assert "case.yaml" in told["files"] and told["folder"] == "other_land"
    assert not any(name.startswith(("posteriors", "fits")) for name in told["files"])
