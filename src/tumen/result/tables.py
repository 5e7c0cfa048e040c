"""Arrivals per calendar year and sex, model and data, as a tidy table."""

from __future__ import annotations

import csv
import io
from math import isnan
from typing import TYPE_CHECKING, Any

from tumen.result.errors import ResultError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd
    import xarray as xr

#: The monthly flows of which women have a share.
SHARED = ("arrivals", "departures", "attempts", "interceptions", "repatriations")
COLUMNS = ("year", "sex", "measure", "value", "se")
#: what a table has beside where there are draws: the ends of the central 80 % interval
INTERVAL = ("lo80", "hi80")
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


def share_of_women(flows: xr.Dataset, flow: str) -> xr.DataArray:
    """Women among the persons of a flow by calendar year, of whole years; NaN below one person. Raises ResultError."""
    import numpy as np
    import xarray as xr

    if flow not in SHARED or flow not in flows:
        known = ", ".join(name for name in SHARED if name in flows)
        raise ResultError(f"the result has no flow '{flow}'", "share", f"one of {known}", "name one of these")
    table = yearly(flows, flow).pivot(index="year", columns="sex", values="value")
    share = table["female"] / table["total"].where(table["total"] >= 1, np.nan)
    about = {"units": "1", "long_name": f"Share of women among yearly {flow}"}
    years = table.index.to_numpy(dtype=np.int64)
    return xr.DataArray(share.to_numpy(), {"year": years}, ("year",), f"share_of_{flow}", about)


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
    if "year" in arrivals:
        chosen = arrivals
    else:
        single = (arrivals["year_start"] == arrivals["year_end"]) & arrivals["role"].isin(SHOWN)
        chosen = arrivals[single].rename(columns={"year_end": "year"})
        chosen = chosen.sort_values("role", key=lambda role: role != "fit", kind="stable")
        chosen = chosen.drop_duplicates(["year", "sex"])
    bare = chosen[["year", "sex", "persons"]].astype({"year": int, "persons": float})
    return with_totals(bare, ["year"])


def with_totals(counts: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Counts of women, men and both, in order; both added up where a group states each sex and no total.

    counts: columns of `by`, sex, persons; those of unknown sex are in the total alone.
    """
    import pandas as pd

    parts = counts[counts["sex"] != "total"]
    both = parts.groupby(by).filter(lambda rows: {"female", "male"} <= set(rows["sex"]))
    sums = both.groupby(by, as_index=False)["persons"].sum().assign(sex="total")[[*by, "sex", "persons"]]
    shown = pd.concat([counts[counts["sex"].isin(SEXES)], sums]).drop_duplicates([*by, "sex"])
    return shown.sort_values([*by, "sex"], ignore_index=True)


def with_total(by_sex: xr.DataArray) -> npt.NDArray[np.float64]:
    """Draws by year and the sexes of `SEXES`, the last of which is both together: (n, year, 3).

    n: draws, or their replicates one after another where there are several of each.
    """
    import numpy as np

    pooled = by_sex.transpose("draw", ..., "year", "sex")
    both = (pooled.sel(sex=sex).values.astype(float) for sex in SEXES[:2])
    women, men = (table.reshape(-1, table.shape[-1]) for table in both)
    return np.stack([women, men, women + men], axis=-1)


def arrivals_csv(flows: xr.Dataset, observed: pd.DataFrame, draws: xr.Dataset | None = None) -> bytes:
    """The tidy file: one row a year, sex and measure (`model`, `data`), with a standard error where one is known.

    With draws of a posterior the model's value is their mean, `se` the Monte Carlo error of that mean, and `lo80` to
    `hi80` the central 80 % of what might have been counted.
    """
    rows = _of_run(flows) if draws is None else _of_draws(draws)
    rows += [
        (int(year), str(sex), "data", repr(int(persons) if persons == int(persons) else float(persons)))
        for year, sex, persons in zip(observed["year"], observed["sex"], observed["persons"], strict=True)
    ]
    rows.sort(key=lambda row: (row[0], SEXES.index(row[1]), row[2] != "model"))
    columns = COLUMNS if draws is None else (*COLUMNS, *INTERVAL)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows((*row, *[""] * (len(columns) - len(row))) for row in rows)
    return text.getvalue().encode("utf-8")


def _of_run(flows: xr.Dataset) -> list[tuple[Any, ...]]:
    model = yearly(flows, "arrivals")
    return [
        (int(year), str(sex), "model", _number(value), _number(se))
        for year, sex, value, se in zip(model["year"], model["sex"], model["value"], model["se"], strict=True)
    ]


def _of_draws(draws: xr.Dataset) -> list[tuple[Any, ...]]:
    import numpy as np

    expected, counted = with_total(draws["arrivals"]), with_total(draws["arrivals_observed"])
    size = len(expected)
    error = expected.std(axis=0, ddof=1) / size**0.5 if size > 1 else np.full(expected.shape[1:], np.nan)
    columns = (expected.mean(axis=0), error, *np.percentile(counted, [10, 90], axis=0))
    return [
        (int(year), sex, "model", *(_number(column[i, j]) for column in columns))
        for i, year in enumerate(draws["year"].values)
        for j, sex in enumerate(SEXES)
    ]


def _number(value: float) -> str:
    return "" if isnan(value) else repr(float(value))


def observed_from_csv(content: bytes) -> pd.DataFrame:
    """The data rows of a tidy file: columns year, sex, persons."""
    import pandas as pd

    tidy = pd.read_csv(io.BytesIO(content))
    data = tidy[tidy["measure"] == "data"].rename(columns={"value": "persons"})
    bare = data[["year", "sex", "persons"]].astype({"year": int, "persons": float})
    return bare.sort_values(["year", "sex"], ignore_index=True)
