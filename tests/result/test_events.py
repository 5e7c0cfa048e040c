"""The event log is one Parquet file with the agreed columns, the same bytes for the same rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

from tests.result.synthetic import flows, observed, record
from tumen.result import Coded, Result, ResultError, verify
from tumen.result.events import COLUMNS, write_events


def columns(rows: int = 1000) -> dict[str, Any]:
    draw = np.random.default_rng(1)
    words = ("serving", "tied", "stall")
    return {
        "person": np.arange(rows),
        "month": np.datetime64("2002-01", "M") + draw.integers(0, 12, rows),
        "event": Coded(draw.integers(0, 2, rows).astype(np.uint8), ("moves", "leaves")),
        "from": Coded(draw.integers(0, 3, rows).astype(np.uint8), words),
        "to": Coded(draw.integers(0, 3, rows).astype(np.uint8), words),
        "sex": Coded(draw.integers(0, 2, rows).astype(np.uint8), ("female", "male")),
        "age": draw.integers(15, 60, rows),
        "province": np.array(["riverside", "coast"])[draw.integers(0, 2, rows)],
        "scenario": "base",
        "draw": 0,
    }


def test_rows_come_back(tmp_path: Path) -> None:
    given = columns()
    write_events(tmp_path / "it's" / "e.parquet", given)
    back = duckdb.from_parquet(str(tmp_path / "it's" / "e.parquet")).df()
    assert list(back.columns) == list(COLUMNS)
    assert (back["person"].to_numpy() == given["person"]).all()
    assert (back["month"].to_numpy() == given["month"].astype("datetime64[s]")).all()
    assert list(back["from"]) == [given["from"].words[code] for code in given["from"].codes]
    assert set(back["scenario"]) == {"base"}
    assert set(back["draw"]) == {0}


def test_the_same_rows_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_events(tmp_path / name, columns(300_000))
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_no_events_is_a_log_too(tmp_path: Path) -> None:
    write_events(tmp_path / "e", columns(0))
    assert duckdb.from_parquet(str(tmp_path / "e")).count("*").fetchall() == [(0,)]


def test_columns_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    short = columns() | {"age": np.arange(3)}
    with pytest.raises(ResultError, match="differ in length"):
        write_events(tmp_path / "e", short)
    with pytest.raises(ResultError, match="columns differ in 'draw'"):
        write_events(tmp_path / "e", {name: column for name, column in columns().items() if name != "draw"})


def test_a_result_keeps_its_log_and_vouches_for_it(tmp_path: Path) -> None:
    Result(flows("2001-01", 12), record(), observed(), events=columns()).save(tmp_path / "run")
    log = tmp_path / "run" / "events" / "events.parquet"
    assert verify(tmp_path / "run").sound
    log.write_bytes(log.read_bytes()[:-1])
    assert [(finding.file, finding.fault) for finding in verify(tmp_path / "run").findings] == [
        ("events/events.parquet", "changed")
    ]
