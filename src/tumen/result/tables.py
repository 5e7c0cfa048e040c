"""Arrivals per calendar year and sex, model and data, as a tidy table."""

from __future__ import annotations

import csv
import io
from math import isnan
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

COLUMNS = ("year", "sex", "measure", "value", "se")
SEXES = ("female", "male", "total")
#: what a case calls the counts that may be shown as data; `vintage` rows only tell how counts were revised
SHOWN = ("fit", "check")


def yearly_arrivals(flows: xr.Dataset) -> pd.DataFrame:
    """Arrivals of the model by calendar year: columns year, sex (with `total`), value (persons)."""
    return yearly(flows, "arrivals")[["year", "sex", "value"]]


def yearly(flows: xr.Dataset, figure: str) -> pd.DataFrame:
    """A monthly flow of the model by calendar year: columns year, sex (with `total`), value and se (persons).

    Only years whose twelve months were all run are given: part of a year is no yearly figure. Women and men are other
    rows, so their errors add in squares; `se` is missing where the flows do not state it.
    """
    import pandas as pd

    monthly = flows[figure]
    monthly = monthly.sum([dim for dim in monthly.dims if dim not in ("month", "sex")]).transpose("month", "sex")
    table = pd.DataFrame(monthly.values, columns=[str(sex) for sex in monthly["sex"].values])
    table["year"] = monthly["month"].dt.year.values
    whole = table.groupby("year").filter(lambda months: len(months) == 12)
    years = whole.groupby("year", as_index=False).sum()
    years["total"] = years["female"] + years["male"]
    tidy = years.melt("year", list(SEXES), "sex", "value").merge(_errors(flows, figure), on=["year", "sex"], how="left")
    return tidy.sort_values(["year", "sex"], ignore_index=True)


def _errors(flows: xr.Dataset, figure: str) -> pd.DataFrame:
    """Standard errors of a yearly flow: columns year, sex (with `total`), se; no rows where the flows state none."""
    import numpy as np
    import pandas as pd

    if f"{figure}_se" not in flows:
        return pd.DataFrame({"year": [0], "sex": ["total"], "se": [np.nan]}).iloc[:0]
    stated = flows[f"{figure}_se"].transpose("year", "sex")
    table = pd.DataFrame(stated.values, columns=[str(sex) for sex in stated["sex"].values])
    table["total"] = np.hypot(table["female"], table["male"])
    return table.assign(year=stated["year"].values).melt("year", list(SEXES), "sex", "se")


def observed_arrivals(arrivals: pd.DataFrame) -> pd.DataFrame:
    """The counts of a case that belong to one calendar year: columns year, sex, persons.

    Takes the case's table of arrivals (`year_start`, `year_end`, `sex`, `persons`, `role`, ...) or one that has
    `year` already. Blocks of several years are left out; of a year that is stated twice the row to `fit` wins.
    """
    import pandas as pd

    if "year" in arrivals:
        chosen = arrivals
    else:
        single = (arrivals["year_start"] == arrivals["year_end"]) & arrivals["role"].isin(SHOWN)
        chosen = arrivals[single].rename(columns={"year_end": "year"})
        chosen = chosen.sort_values("role", key=lambda role: role != "fit", kind="stable")
        chosen = chosen.drop_duplicates(["year", "sex"])
    bare = chosen[["year", "sex", "persons"]].astype({"year": int, "persons": float})
    return pd.concat([bare, _totals(bare)]).sort_values(["year", "sex"], ignore_index=True)


def _totals(counts: pd.DataFrame) -> pd.DataFrame:
    """Totals of the years that state both sexes but no total."""
    stated = set(counts.loc[counts["sex"] == "total", "year"])
    parts = counts[(counts["sex"] != "total") & ~counts["year"].isin(stated)]
    both = parts.groupby("year").filter(lambda rows: set(rows["sex"]) == {"female", "male"})
    return both.groupby("year", as_index=False)["persons"].sum().assign(sex="total")[["year", "sex", "persons"]]


def arrivals_csv(flows: xr.Dataset, observed: pd.DataFrame) -> bytes:
    """The tidy file: one row a year, sex and measure (`model`, `data`), with a standard error where one is known."""
    model = yearly(flows, "arrivals")
    rows = [
        (int(year), str(sex), "model", repr(float(value)), "" if isnan(se) else repr(float(se)))
        for year, sex, value, se in zip(model["year"], model["sex"], model["value"], model["se"], strict=True)
    ]
    rows += [
        (int(year), str(sex), "data", _count(float(persons)), "")
        for year, sex, persons in zip(observed["year"], observed["sex"], observed["persons"], strict=True)
    ]
    rows.sort(key=lambda row: (row[0], SEXES.index(row[1]), row[2] != "model"))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(rows)
    return text.getvalue().encode("utf-8")


def observed_from_csv(content: bytes) -> pd.DataFrame:
    """The data rows of a tidy file: columns year, sex, persons."""
    import pandas as pd

    tidy = pd.read_csv(io.BytesIO(content))
    data = tidy[tidy["measure"] == "data"].rename(columns={"value": "persons"})
    bare = data[["year", "sex", "persons"]].astype({"year": int, "persons": float})
    return bare.sort_values(["year", "sex"], ignore_index=True)


def _count(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)
