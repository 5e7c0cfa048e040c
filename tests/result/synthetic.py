"""A result as a run would give it, made from smooth curves: for tests of everything that comes after a run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from tumen.case.vocabulary import SEXES, STATUSES
from tumen.result import Result

AGES = (*(f"{age}-{age + 4}" for age in range(0, 80, 5)), "80+")
PROVINCES = ("riverside", "midland", "coast")
CHANNELS = ("border", "overseas", "other", "companion")
_LONG = ("month", "sex", "age", "province")
_AGE = np.array([4, 3, 5, 12, 20, 22, 14, 9, 5, 3, 1.5, 0.8, 0.4, 0.2, 0.1, 0.05, 0.02])
_PLACE = np.array([0.7, 0.2, 0.1])


def flows(start: str = "1990-01", months: int = 324) -> xr.Dataset:
    """Monthly flows and stocks by the contract: arrivals rise, peak and fall; women become most of them."""
    month = pd.date_range(f"{start}-01", periods=months, freq="MS")
    year = month.year.to_numpy() + (month.month.to_numpy() - 1) / 12
    total = 230 * np.exp(-(((year - 2009.5) / 5.5) ** 2)) * (1 + 0.15 * np.sin(2 * np.pi * year))
    women = 0.2 + 0.6 / (1 + np.exp(-(year - 2000.5) / 1.5))
    split = np.stack([women, 1 - women], axis=1)
    arrivals = _spread(total[:, None] * split)
    people = _people(months)
    serving = people * np.array([0.05, 0.28])[None, :, None, None] * _ages(15, 29)
    trading = people * _ages(20, 64) * _rise(year, 0.22, 0.06)[:, :, None, None]
    tied = people * _ages(20, 64) * (np.array([0.35, 0.62])[None, :] - _rise(year, 0.1, 0.02))[:, :, None, None]
    abroad = _spread(9000 * np.exp(-(((year - 2004) / 6) ** 2))[:, None] * (0.15 + 0.7 * split))
    long = {
        "arrivals": (arrivals, "person per month", "People who arrive"),
        "departures": (1.5 * np.roll(arrivals, -20, axis=0), "person per month", "People who leave"),
        "attempts": (2.0 * arrivals, "person per month", "Attempts to leave"),
        "interceptions": (0.5 * arrivals, "person per month", "Attempts that are intercepted"),
        "repatriations": (0.4 * arrivals, "person per month", "People returned from abroad"),
        "abroad": (abroad, "person", "People on their way abroad"),
        "population": (people, "person", "People at home"),
        "soldiers": (serving, "person", "People who serve"),
        "traders": (trading, "person", "People with a stall"),
        "state_workers": (tied, "person", "People at a state post"),
        "private_workers": (0.8 * trading, "person", "People in other private work"),
    }
    data: dict[str, Any] = {name: (_LONG, values, _says(unit, title)) for name, (values, unit, title) in long.items()}
    data |= _by_sex(year, split, people)
    years = np.unique(month.year.to_numpy())
    for name in ("arrivals", "departures"):
        by_month = long[name][0].sum(axis=(2, 3))
        error = 0.02 * np.stack([by_month[month.year == each].sum(axis=0) for each in years])
        data[f"{name}_se"] = (("year", "sex"), error, _says("person", f"Standard error of yearly {name}"))
    coords = {
        "year": years.astype(np.int64),
        "month": month,
        "sex": list(SEXES),
        "age": list(AGES),
        "province": list(PROVINCES),
    }
    return xr.Dataset(data, coords | {"status": list(STATUSES), "channel": list(CHANNELS)})


def _by_sex(year: np.ndarray, split: np.ndarray, people: np.ndarray) -> dict[str, Any]:
    months = len(year)
    adults = people[:, :, 4:].sum(axis=(2, 3)) + 0.6 * people[:, :, 3].sum(axis=2)
    pay = adults * np.clip(_rise(year, 0.3, 0.12) - 0.02 * np.maximum(0, year - 2010)[:, None], 0.01, 1)
    transit = np.clip(4.5 - 0.45 * (year - 2004), 1.2, 4.5)[:, None] * np.array([1.15, 0.9])
    transit[:60] = np.nan  # nobody has arrived yet
    statuses = np.zeros((months, 2, len(STATUSES)))
    statuses[:, :, 3:6] = (300 * split)[:, :, None]
    channels = (300 * split)[:, :, None] * np.array([0.85, 0.03, 0.02, 0.1])
    return {
        "departures_by_status": (("month", "sex", "status"), statuses, _says("person per month", "People who leave")),
        "departures_by_channel": (("month", "sex", "channel"), channels, _says("person per month", "People who leave")),
        "adults": (("month", "sex"), adults, _says("person", "People of 17 and over at home")),
        "can_pay": (("month", "sex"), pay, _says("person", "Adults whose own means reach the fee")),
        "mobility": (("month", "sex"), _rise(year, 0.4, 0.2), _says("share", "Mean mobility of adults")),
        "transit_years": (("month", "sex"), transit, _says("year", "Mean time abroad of those who arrive")),
        "strength": (("month",), np.full(months, 50_000.0), _says("person", "People under arms")),
        "kin": (("month", "sex"), 0.05 * split, _says("share", "Adults with kin abroad")),
        "reproduction": (("month",), np.full(months, 0.3), _says("ratio", "Reproduction number of the network")),
    }


def _spread(by_sex: np.ndarray) -> np.ndarray:
    cells = by_sex[:, :, None, None] * (_AGE / _AGE.sum())[None, None, :, None] * _PLACE[None, None, None, :]
    return np.ascontiguousarray(cells)


def _people(months: int) -> np.ndarray:
    age = np.linspace(1, 0.06, 17)
    size = 1 + 0.0009 * np.arange(months)
    return (
        24_000
        * size[:, None, None, None]
        * np.array([1.03, 1.0])[None, :, None, None]
        * age[None, None, :, None]
        * np.array([0.2, 0.5, 0.3])
    )


def _ages(low: int, high: int) -> np.ndarray:
    first = np.array([int(age.split("-")[0].rstrip("+")) for age in AGES])
    return ((first >= low) & (first <= high)).astype(float)[None, None, :, None]


def _rise(year: np.ndarray, women: float, men: float) -> np.ndarray:
    grown = 1 / (1 + np.exp(-(year - 2002) / 2.5))
    return grown[:, None] * np.array([women, men])


def _says(unit: str, title: str) -> dict[str, str]:
    return {"units": unit, "long_name": title}


def observed() -> pd.DataFrame:
    """Yearly counts near the model's, 2002 to 2016."""
    rows = []
    for year in range(2002, 2017):
        total = round(2700 * np.exp(-(((year - 2009) / 5.2) ** 2)))
        women = round(total * (0.55 + 0.2 * min(1, (year - 2002) / 5)))
        rows += [(year, "female", women), (year, "male", total - women), (year, "total", total)]
    return pd.DataFrame(rows, columns=["year", "sex", "persons"]).astype({"persons": float})


def draws(first: int = 1990, last: int = 2016, number: int = 8, replicates: int = 5) -> xr.Dataset:
    """Draws of yearly arrivals around those of `flows`, and counts around them, with everything that a run keeps."""
    rng = np.random.default_rng(5)
    monthly = flows(f"{first}-01", 12 * (last - first + 1))["arrivals"].sum(["age", "province"])
    middle = monthly.groupby("month.year").sum().transpose("year", "sex").values
    level, women = np.exp(0.1 * rng.standard_normal(number)), np.exp(0.05 * rng.standard_normal(number))
    arrivals = middle * level[:, None, None] * np.stack([women, 1 / women], axis=-1)[:, None, :]
    chance = np.exp(0.1 * rng.standard_normal((number, replicates, len(middle), 1)))
    counted = rng.poisson(arrivals[:, None] * chance).astype(np.float32)
    flow = ("draw", "year", "sex")
    says = _says("person", "Arrivals in the year")
    return xr.Dataset(
        {
            "arrivals": (flow, arrivals.astype(np.float32), says),
            "arrivals_observed": (("draw", "replicate", "year", "sex"), counted, says),
            "departures": (flow, (1.5 * arrivals).astype(np.float32), says),
            "reproduction": ("draw", np.full(number, 0.3, dtype=np.float32), says),
        },
        {
            "draw": 10 * np.arange(number),
            "seed": ("draw", 500 + np.arange(number)),
            "history": ("draw", np.array(["base", "chronicle"])[np.arange(number) % 2]),
            "year": np.arange(first, last + 1),
            "sex": list(SEXES),
        },
        {"theory": "interplay", "agents": 4000},
    )


def of_draws(number: int = 8) -> dict[str, Any]:
    """What the record says of such draws."""
    said = {"theory": "interplay", "source": "shipped", "sound": True, "agents": 4000, "of": 80, "number": number}
    return {**said, "draws": [10 * i for i in range(number)], "seeds": [500 + i for i in range(number)]}


def record(**changes: Any) -> dict[str, Any]:
    """What a run says of itself."""
    base: dict[str, Any] = {
        "tumen": "0.1.0",
        "case": {"name": "toyland", "hash": "ab" * 32},
        "scenario": [],
        "history": None,
        "variants": {},
        "closure": "fixed_strength",
        "theory": "interplay",
        "parameters": {
            "name": "interplay, draw 17",
            "values": {"onward_later.female@2002-01-01": 0.03},
            "source": "shipped",
            "sound": True,
        },
        "seed": 1,
        "people": 20000,
        "weights": {"min": 10.0, "max": 120.0},
        "window": {"start": "1990-01", "end": "2016-12"},
        "versions": {"python": "3.11.7", "numpy": "2.4.6"},
        "seconds": 1.5,
        "months_per_second": 216.0,
        "peak_memory_mb": 310.0,
    }
    return base | changes


def result(**changes: Any) -> Result:
    """A whole result; `changes` go into its record."""
    return Result(flows(), record(**changes), observed())
