"""What the README says in numbers is what the package says."""

from __future__ import annotations

import re
from pathlib import Path

from tumen.case import check, load

README = Path(__file__).parent.parent / "README.md"


def test_the_readme_counts_what_is_assumed_as_the_check_does() -> None:
    stated = re.search(
        r"Of the (\d+) numbers .*?, (\d+) are assumed .*?, (\d+) rest on memory", README.read_text(), re.S
    )
    assert stated is not None
    counts = check(load("north_korea")).by_status
    assert [int(number) for number in stated.groups()] == [
        sum(counts.values()),
        counts["assumed"],
        counts["recalled_unconfirmed"],
    ]
