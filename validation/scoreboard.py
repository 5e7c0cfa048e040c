"""The scoreboard: one row a promise, with how often it was tried and how often it failed."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

SCOREBOARD = Path(__file__).parent / "scoreboard.json"


@dataclass(frozen=True)
class Row:
    """What a check found. `figure` is what was measured, in words; `failed` of `tried` broke the promise."""

    id: int
    promise: str
    tried: int
    failed: int
    figure: str
    seed: int
    seconds: float

    @property
    def line(self) -> str:
        """The row as one line of text."""
        return f"{self.id:>3}  {self.failed} of {self.tried} failed  {self.promise}: {self.figure}  ({self.seconds} s)"


@dataclass(frozen=True)
class Size:
    """How hard a check tries: `tries` things, on `people` rows, over `months` from the window's opening; and refits."""

    tries: int
    people: int = 2000
    months: int = 180
    refits: int = 0


class Watch:
    """Times a check and writes its row."""

    def __init__(self, id: int, promise: str, seed: int) -> None:
        self.id, self.promise, self.seed = id, promise, seed
        self.began = time.perf_counter()

    def row(self, tried: int, failed: int, figure: str) -> Row:
        """The row of the check, which ends here."""
        spent = round(time.perf_counter() - self.began, 1)
        return Row(self.id, self.promise, int(tried), int(failed), figure, self.seed, spent)


def write(rows: Sequence[Row], path: Path = SCOREBOARD) -> None:
    """Write the rows as `{"rows": [...]}`; rows of promises that were not checked now keep their place."""
    kept = {row["id"]: row for row in json.loads(path.read_text(encoding="utf-8"))["rows"]} if path.exists() else {}
    kept |= {row.id: asdict(row) for row in rows}
    ordered = [kept[key] for key in sorted(kept)]
    path.write_text(json.dumps({"rows": ordered}, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
