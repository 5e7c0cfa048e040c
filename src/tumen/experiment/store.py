"""Where a sweep keeps what it has done: a folder, or any address that fsspec knows, one Parquet file a unit.

A unit is one draw and seed in all worlds. Parquet, because DuckDB reads all files as one table wherever they lie and
writes them without a further package. Files on this machine are written whole or not at all; elsewhere a file is one
object, which its store puts whole.
"""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from tumen.case import SEXES, CaseError
from tumen.infer.observables import Observables
from tumen.infer.run_cache import Refusal
from tumen.result.atomic import replace_file
from tumen.simulate.assemble import AGE_GROUPS

DESIGN, UNITS, ASIDE = "design.json", "units", "aside"
SCHEMA = 1
#: What a row of a unit holds: flows by age, stocks and interceptions where `age` is `all`; or why there is no run.
COLUMNS = (
    "world VARCHAR, draw INTEGER, seed INTEGER, year INTEGER, sex VARCHAR, age VARCHAR, arrivals FLOAT, "
    "departures FLOAT, abroad FLOAT, intercepted FLOAT, refused VARCHAR"
)


@dataclass(frozen=True, order=True)
class Unit:
    """One draw, by its number in the posterior, and one seed, in all worlds."""

    draw: int
    seed: int

    @property
    def name(self) -> str:
        """The stem of its file.

        >>> Unit(7, 0).name
        'draw-000007-seed-000'
        """
        return f"draw-{self.draw:06d}-seed-{self.seed:03d}"

    @staticmethod
    def named(stem: str) -> Unit | None:
        """The unit of a file's stem; None where it is the name of none."""
        found = re.fullmatch(r"draw-(\d{6,})-seed-(\d{3,})", stem)
        return Unit(int(found[1]), int(found[2])) if found else None


class Store:
    """A sweep's results at an address."""

    def __init__(self, address: str | Path) -> None:
        """Raises CaseError where the address leads to no file system."""
        import fsspec  # type: ignore[import-untyped]

        self.address = str(address)
        try:
            self._files, self._root = fsspec.core.url_to_fs(self.address)
        except (ValueError, ImportError, OSError) as error:
            raise CaseError.single(
                f"nothing can be kept there: {error}",
                self.address,
                "a folder, or an address that fsspec knows, as s3://BUCKET/FOLDER",
                "correct it, or install the package that the message names",
            ) from None
        self._here = "file" in np.atleast_1d(self._files.protocol).tolist()

    def open(self, identity: str, said: dict[str, Any]) -> None:
        """Begin a sweep here, or go on with it, with more draws or seeds where they are asked for.

        Raises CaseError where another one lies here, or something else.
        """
        held = self.design()
        if held is None:
            self._refuse_foreign()
            self._begin(identity, said)
        elif held.get("identity") == identity:
            asked, known = said["design"], held["design"]
            more = {name: max(asked[name], known[name]) for name in ("draws", "seeds")}
            if any(more[name] > known[name] for name in more):
                self._begin(identity, said | {"design": asked | more})
        else:
            raise CaseError.single(
                "the results of another design, case, posterior or version lie there",
                f"{self.address}, {DESIGN}",
                f"a sweep with the fingerprint {identity[:12]}, found {str(held.get('identity'))[:12]}",
                "choose another place, or ask with what that sweep was begun with",
            )

    def _begin(self, identity: str, said: dict[str, Any]) -> None:
        self._put(DESIGN, json.dumps({"schema": SCHEMA, "identity": identity, **said}, indent=1).encode())

    def design(self) -> dict[str, Any] | None:
        """What the sweep that lies here was begun with; None where none does. Raises CaseError for a damaged file."""
        content = self._get(DESIGN)
        if content is None:
            return None
        try:
            held = json.loads(content)
        except ValueError:
            held = None
        if not isinstance(held, dict) or held.get("schema") != SCHEMA:
            raise CaseError.single(
                "what the sweep was begun with cannot be read",
                f"{self.address}, {DESIGN}",
                f"a file of schema {SCHEMA}, as tumen experiment writes it",
                "choose another place",
            )
        return held

    def done(self) -> set[Unit]:
        """The units that are finished."""
        return set(self._units(UNITS, ".parquet"))

    def aside(self) -> dict[Unit, str]:
        """The units set aside, with their errors. Raises CaseError for a damaged file."""
        found = {}
        for unit in self._units(ASIDE, ".json"):
            name = f"{ASIDE}/{unit.name}.json"
            try:
                found[unit] = str(json.loads(self._get(name) or b"")["error"])
            except (ValueError, KeyError, TypeError):
                raise CaseError.single(
                    "a note of what was set aside cannot be read",
                    f"{self.address}/{name}",
                    "what tumen experiment wrote",
                    "delete the file: the draw is then tried again",
                ) from None
        return found

    def take_back(self, units: Iterable[Unit]) -> None:
        """Forget that some units were set aside, so that they are tried again."""
        for unit in list(units):
            self._files.rm_file(f"{self._root}/{ASIDE}/{unit.name}.json")

    def keep(
        self, unit: Unit, opening: int, years: tuple[int, int], answers: Mapping[str, Observables | Refusal]
    ) -> None:
        """Keep a finished unit: of the answers by world, which begin with the year `opening`, the years asked for."""
        rows = [row for world, one in answers.items() for row in _rows(unit, world, one, opening, years)]
        self._put(f"{UNITS}/{unit.name}.parquet", _parquet(rows))

    def set_aside(self, unit: Unit, error: str, tries: int) -> None:
        """Note that a unit has failed too often."""
        self._put(f"{ASIDE}/{unit.name}.json", json.dumps({"error": error, "tries": tries}).encode())

    def table(self) -> Any:
        """All finished units as one pandas table, in the order of unit, world, year, sex and age."""
        import duckdb

        units = self._units(UNITS, ".parquet")
        root = self._root if self._here else self._files.unstrip_protocol(self._root)
        # Of a folder's own name, too, DuckDB would take *, ? and [ for a pattern.
        files = [re.sub(r"([*?\[])", r"[\1]", f"{root}/{UNITS}/{unit.name}.parquet") for unit in units]
        with duckdb.connect() as base:
            base.sql("SET enable_progress_bar = false")
            if not self._here:
                base.register_filesystem(self._files)
            if not files:
                return base.sql(f"SELECT * FROM (SELECT {_EMPTY}) WHERE false").df()
            said = "SELECT * EXCLUDE (filename) FROM read_parquet(?, filename = true)"
            try:
                return base.execute(f"{said} ORDER BY filename, world, year, sex, age", [files]).df()
            except duckdb.Error as error:
                raise CaseError.single(
                    f"the results cannot be read: {str(error).splitlines()[0]}",
                    f"{self.address}, {UNITS}",
                    "Parquet files as tumen experiment wrote them",
                    "delete the damaged file and resume the experiment: the draw is done again",
                ) from None

    def hash(self) -> str:
        """A hash of what all finished units hold, however their files were compressed."""
        return hashlib.sha256(self.table().to_csv(index=False).encode()).hexdigest()

    def _refuse_foreign(self) -> None:
        try:
            found = [str(name).rstrip("/").rsplit("/", 1)[-1] for name in self._files.ls(self._root, detail=False)]
        except FileNotFoundError:
            return
        if found:
            raise CaseError.single(
                f"the folder is in use and holds no sweep: {found[0]}", self.address, "a new place", "choose another"
            )

    def _units(self, under: str, ending: str) -> list[Unit]:
        """The units that have a file in a subfolder, in order; files of other names are none of ours."""
        try:
            found = self._files.ls(f"{self._root}/{under}", detail=False, refresh=True)
        except FileNotFoundError:
            return []
        names = [str(name).rsplit("/", 1)[-1] for name in found]
        units = [Unit.named(name.removesuffix(ending)) for name in names if name.endswith(ending)]
        return sorted(unit for unit in units if unit is not None)

    def _get(self, name: str) -> bytes | None:
        try:
            return bytes(self._files.cat_file(f"{self._root}/{name}"))
        except FileNotFoundError:
            return None

    def _put(self, name: str, content: bytes) -> None:
        if self._here:
            replace_file(Path(self._root) / name, content)
        else:
            self._files.pipe_file(f"{self._root}/{name}", content)


_EMPTY = ", ".join("NULL::{1} AS {0}".format(*column.split()) for column in COLUMNS.split(", "))


def _rows(
    unit: Unit, world: str, found: Observables | Refusal, opening: int, years: tuple[int, int]
) -> list[tuple[Any, ...]]:
    head = (world, unit.draw, unit.seed)
    if isinstance(found, Refusal):
        return [(*head, None, None, None, None, None, None, None, found.said)]
    rows: list[tuple[Any, ...]] = []
    for year, x in product(range(years[0], years[1] + 1), range(len(SEXES))):
        y, at = year - opening, (*head, year, SEXES[x])
        for a, age in enumerate(AGE_GROUPS):
            flows = float(found.arrivals[y, x, a]), float(found.departures[y, x, a])
            rows.append((*at, age, *flows, None, None, None))
        rows.append((*at, "all", None, None, float(found.abroad[y, x]), float(found.intercepted[y, x]), None))
    return rows


def _parquet(rows: Sequence[tuple[Any, ...]]) -> bytes:
    import duckdb
    import pandas as pd

    names = [column.split()[0] for column in COLUMNS.split(", ")]
    held = pd.DataFrame(rows, columns=names)
    kinds = ", ".join("{0}::{1} AS {0}".format(*column.split()) for column in COLUMNS.split(", "))
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as base:
        base.register("held", held)
        base.sql(f"COPY (SELECT {kinds} FROM held) TO '{folder}/unit.parquet' (FORMAT parquet, COMPRESSION zstd)")
        return (Path(folder) / "unit.parquet").read_bytes()
