"""One run: its flows, the record of how they were made, and the observed arrivals they stand beside."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tumen.errors import shown
from tumen.result import netcdf, tables
from tumen.result.atomic import fresh_folder, write_bytes
from tumen.result.case_copy import held_copy
from tumen.result.errors import ResultError, unreadable, unwritable
from tumen.result.events import Coded, write_events
from tumen.result.names import ARRIVALS, CASE, DRAWS, EVENTS, FLOWS, RECORD, TIMINGS
from tumen.result.record import PASSING, SCHEMA, SEAL, current, digest, file_hashes, named, parse, sealed, unbroken
from tumen.result.target import resolve_target
from tumen.result.verify import checked_bytes, no_result

if TYPE_CHECKING:
    import altair as alt
    import pandas as pd
    import xarray as xr


@dataclass(frozen=True, eq=False, repr=False)
class Result:
    """What a run gave.

    `flows` has the monthly flows and stocks by sex, age and province; `record` says from which case, scenario, theory,
    parameters and seed they came; `observed` has the counts they are compared with (year, sex, persons). `timings` and
    what `record` says of time, memory and threads are kept apart, since two equal runs differ in them. `events` are the
    columns of an event log, if one was asked for. `draws` has the yearly flows of draws of a posterior, if the run has
    any; `flows` are then those of its central draw. `case` are the files of the case by name, a copy of which is saved
    with the rest; None where they are not at hand.
    """

    flows: xr.Dataset
    record: dict[str, Any]
    observed: pd.DataFrame
    timings: dict[str, Any] = field(default_factory=dict)
    events: Mapping[str, Any] | None = None
    folder: Path | None = None
    draws: xr.Dataset | None = None
    case: Mapping[str, bytes] | None = None

    def __repr__(self) -> str:
        record = self.record
        case, theory = (named(record.get(key)) for key in ("case", "theory"))
        window = record.get("window") or {}
        by_sex = {str(sex): float(self.arrivals.sel(sex=sex).sum()) for sex in self.arrivals["sex"].values}
        total = sum(by_sex.values())
        share = f", {by_sex.get('female', 0.0) / total:.1%} women" if total > 0 else ""
        drawn = "" if self.draws is None else f"; {self.draws.sizes['draw']} draws of a posterior beside them"
        return (
            f"<Result of case {case}, theory {theory}, {window.get('start', '?')} to {window.get('end', '?')}; "
            f"agents: {record.get('people', '?')}; "
            f"scenarios: {', '.join(map(str, record.get('scenario') or ())) or 'none'}>\n"
            f"  arrivals: {total:,.0f}{share}{drawn}"
        )

    @property
    def arrivals(self) -> xr.DataArray:
        """Arrivals by month, sex, age and province (persons)."""
        return self.flows["arrivals"]

    @property
    def departures(self) -> xr.DataArray:
        """Departures by month, sex, age and province (persons): those who got out, wherever they are later."""
        return self.flows["departures"]

    def share(self, flow: str = "arrivals") -> xr.DataArray:
        """Women's share of a flow by whole calendar year, of the run itself (draws have their own flows).

        flow: arrivals, departures, attempts, interceptions or repatriations. NaN below one person. Raises ResultError.
        """
        return tables.share_of_women(self.flows, flow)

    def plot(self) -> alt.VConcatChart:
        """Arrivals by sex and women's share of them, model and data: a chart that notebooks show, `tumen.plots`."""
        import tumen

        return tumen.plots.arrivals_by_sex(self)

    def save(self, folder: Path | str) -> Result:
        """Write the result folder, whole or not at all; returns the result as it stands on disk.

        An earlier result of that name is replaced; any other folder is refused, and so is a result in which somebody
        has added or changed a file. Raises `ResultError`.
        """
        target, flows = resolve_target(folder), netcdf.described(self.flows, self.record, _version())
        timings = {**self.timings, **{key: self.record[key] for key in PASSING if key in self.record}}
        timings.setdefault("cpu", cpu())
        with fresh_folder(target) as part:
            write_bytes(part / FLOWS, netcdf.to_bytes(flows))
            if self.draws is not None:
                write_bytes(part / DRAWS, netcdf.to_bytes(self.draws))
            write_bytes(part / ARRIVALS, tables.arrivals_csv(self.flows, self.observed, self.draws))
            if self.events is not None:
                _write_log(part / EVENTS / "events.parquet", self.events)
            for name, content in (self.case or {}).items():
                write_bytes(part / CASE / name, content)
            files = {path.relative_to(part).as_posix(): digest(path) for path in part.rglob("*") if path.is_file()}
            kept = {key: value for key, value in self.record.items() if key not in PASSING}
            record = sealed({"tumen": _version(), **kept, "schema": SCHEMA, "files": files})
            write_bytes(part / TIMINGS, sealed(timings))
            write_bytes(part / RECORD, record)  # last: a folder without it is not a result
        return replace(self, flows=flows, record=parse(record, target / RECORD), timings=timings, folder=target)

    @staticmethod
    def load(folder: Path | str) -> Result:
        """Read a result folder; refuses one whose record, flows, draws or arrivals are not those written."""
        return read(folder)


def read(folder: Path | str) -> Result:
    """Read a result folder; refuses one whose record, flows, draws or arrivals are not those written.

    Raises `ResultError`: no result, a newer schema, a changed or missing file.
    """
    if not isinstance(folder, (str, Path)):
        raise ResultError(
            f"{shown(repr(folder), quote=False)} is no folder", "tumen.read", "the path of a result", "write a path"
        )
    place = Path(folder)
    record = read_record(place)
    hashes = file_hashes(record, place / RECORD)
    flows, arrivals = (checked_bytes(place, name, hashes) for name in (FLOWS, ARRIVALS))
    draws = netcdf.from_bytes(checked_bytes(place, DRAWS, hashes)) if DRAWS in hashes else None
    observed, timings = tables.observed_from_csv(arrivals), read_timings(place)
    case = held_copy(place, hashes)
    return Result(netcdf.from_bytes(flows), record, observed, timings, folder=place, draws=draws, case=case)


def since(result: Result, year: int | None) -> Result:
    """The result without the years before `year`; unchanged where it is None."""
    if year is None:
        return result
    window = {**result.record.get("window", {}), "start": f"{year}-01"}
    return replace(
        result,
        flows=result.flows.sel(month=slice(f"{year}-01-01", None), year=slice(year, None)),
        events=result.events and _events_since(result.events, year),
        draws=None if result.draws is None else result.draws.sel(year=slice(year, None)),
        record={**result.record, "window": window},
    )


def _events_since(events: Mapping[str, Any], year: int) -> dict[str, Any]:
    import numpy as np

    late = np.asarray(events["month"]) >= np.datetime64(f"{year}-01")

    def cut(column: Any) -> Any:
        if isinstance(column, Coded):
            return Coded(column.codes[late], column.words)
        return column[late] if isinstance(column, np.ndarray) else column

    return {name: cut(column) for name, column in events.items()}


def read_record(place: Path) -> dict[str, Any]:
    """The record of a result folder in today's schema; refuses one that was changed after it was written."""
    path = place / RECORD
    try:
        content = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError, ValueError) as error:  # the last one: a NUL in the name
        raise no_result(place) from error
    except OSError as error:
        raise unreadable(error, path) from error
    document = parse(content, path)
    record = current(document, path)
    if not unbroken(content, document):
        raise ResultError(
            "the record was changed after it was written", str(path), "an untouched record", "see tumen verify DIR"
        )
    return record


def read_timings(place: Path) -> dict[str, Any]:
    """How long the run took and on what; nothing where the file is gone, for no number depends on it."""
    path = place / TIMINGS
    timings = parse(path.read_bytes(), path) if path.is_file() else {}
    return {key: value for key, value in timings.items() if key != SEAL}


def cpu() -> str:
    """The kind of processor, for telling whether two runs can be expected to agree to the bit."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:  # not Linux
        lines = []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _write_log(path: Path, events: Mapping[str, Any]) -> None:
    import duckdb

    try:
        write_events(path, events)
    except duckdb.IOException as error:
        raise unwritable(OSError(None, str(error).splitlines()[0]), path) from error


def _version() -> str:
    import tumen

    return tumen.__version__
