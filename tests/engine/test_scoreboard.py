"""The scoreboard: its shape, and that a row replaces only its own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from validation import __main__ as validation
from validation.promises import CHECKS
from validation.scoreboard import Row, write


def test_rows_are_written_in_order_and_replace_their_own(tmp_path: Path) -> None:
    path = tmp_path / "scoreboard.json"
    write([Row(7, "seven", 10, 1, "x", 1, 0.5), Row(2, "two", 4, 0, "y", 1, 0.1)], path)
    write([Row(7, "seven", 20, 0, "z", 1, 0.7)], path)
    rows = json.loads(path.read_text(encoding="utf-8"))["rows"]
    assert [row["id"] for row in rows] == [2, 7]
    assert rows[1] == {"id": 7, "promise": "seven", "tried": 20, "failed": 0, "figure": "z", "seed": 1, "seconds": 0.7}


def test_every_check_has_its_number_and_two_sizes() -> None:
    numbers = [check.ID for check in CHECKS]
    assert numbers == sorted(set(numbers))
    assert all(check.FULL.tries >= check.SMALL.tries for check in CHECKS)


def test_a_number_that_is_no_promise_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert validation.main(["--quick", "99"]) == 2
    assert "expected one of" in capsys.readouterr().err


def test_a_broken_promise_is_written_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        ID = 5
        SMALL = FULL = None

        @staticmethod
        def check(size: object) -> Row:
            return Row(5, "broken", 3, 2, "", 1, 0.0)

    written: list[Row] = []
    monkeypatch.setattr(validation, "CHECKS", (Broken,))
    monkeypatch.setattr(validation, "write", written.extend)
    assert validation.main(["--quick"]) == 1
    assert written[0].failed == 2


def test_the_size_asked_for_is_tried_or_the_full_one(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []

    class Short:
        ID, SMALL, FULL = 3, "small", "full"

        @staticmethod
        def check(size: str) -> Row:
            tried.append(size)
            return Row(3, "sized", 1, 0, "", 1, 0.0)

    class Longer(Short):
        ID, LONG = 4, "long"

    monkeypatch.setattr(validation, "CHECKS", (Short, Longer))
    monkeypatch.setattr(validation, "write", lambda rows: None)
    for asked in ([], ["--quick"], ["--long"]):
        assert validation.main(asked) == 0
    assert tried == ["full", "full", "small", "small", "full", "long"]
