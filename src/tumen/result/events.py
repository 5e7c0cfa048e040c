"""The event log: one row for each thing that happened to a person, as Parquet, written by DuckDB."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tumen.result.errors import ResultError

if TYPE_CHECKING:
    import numpy as np

#: column and its type in the file; `month` is the first day of the month
COLUMNS = {
    "person": "int64",
    "month": "datetime64[s]",
    "event": "text",
    "from": "text",
    "to": "text",
    "sex": "text",
    "age": "int16",
    "province": "text",
    "scenario": "text",
    "draw": "int32",
}
_ROWS_A_GROUP = 122_880  # DuckDB's own default, stated so that the bytes do not follow a change of it


@dataclass(frozen=True)
class Coded:
    """A column of words held as numbers: `codes[i]` is the place of row i's word in `words`."""

    codes: np.ndarray
    words: tuple[str, ...]


def write_events(path: Path, columns: Mapping[str, Any]) -> None:
    """Write the log; `columns` has a numpy array or a `Coded` for every name in `COLUMNS`, all of one length.

    A column of one repeated value may be given as that value (`scenario="base", draw=0`). Rows keep their order and the
    same rows give the same bytes. Raises `ResultError` where a column is missing or the lengths differ.
    """
    import duckdb
    import pandas as pd

    unknown = sorted(set(columns) ^ set(COLUMNS))
    if unknown:
        raise ResultError(
            f"the event log's columns differ in '{unknown[0]}'", str(path), ", ".join(COLUMNS), "fix it", 1
        )
    whole = (column for column in columns.values() if _is_column(column))
    rows = {len(column.codes if isinstance(column, Coded) else column) for column in whole}
    if len(rows) != 1:
        raise ResultError("the event log's columns differ in length", str(path), "one length", "fix it", 1)
    length = rows.pop()
    frame = pd.DataFrame({name: _series(columns[name], kind, length) for name, kind in COLUMNS.items()}, copy=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(":memory:", config={"threads": 1, "preserve_insertion_order": True}) as database:
        relation = database.from_df(frame)
        relation.write_parquet(str(path), compression="zstd", row_group_size=_ROWS_A_GROUP)


def _is_column(column: Any) -> bool:
    return isinstance(column, Coded) or (hasattr(column, "__len__") and not isinstance(column, str))


def _series(column: Any, kind: str, length: int) -> Any:
    import numpy as np
    import pandas as pd

    if isinstance(column, Coded):
        return pd.Categorical.from_codes(column.codes, pd.Index(column.words))
    values = column if _is_column(column) else np.repeat(np.asarray([column]), length)
    if kind == "text":
        return pd.Categorical(values)
    return np.asarray(values).astype(kind)
