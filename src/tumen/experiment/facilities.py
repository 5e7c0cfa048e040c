"""Whether places suffice: facilities of a small YAML file against a forecast."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
import pandas as pd
from pydantic import BaseModel, Field

from tumen.case import CaseError
from tumen.case.models import STRICT, Text
from tumen.case.validation_errors import validated
from tumen.errors import Issues
from tumen.experiment.design import document_in

if TYPE_CHECKING:
    from tumen.experiment.forecast import Forecast
    from tumen.model.compiled import Floats


class Facility(BaseModel):
    """Places (persons at once), months that each stays, whom it is for: sex, ages from and to, share of them."""

    model_config = STRICT
    name: Text
    places: Annotated[float, Field(gt=0)]
    months: Annotated[float, Field(gt=0, le=120)]
    sex: Literal["female", "male", "total"] = "total"
    ages: Annotated[list[int], Field(min_length=2, max_length=2)] | None = None
    share: Annotated[float, Field(gt=0, le=1)] = 1.0


class FacilitiesModel(BaseModel):
    """The file."""

    model_config = STRICT
    facilities: Annotated[list[Facility], Field(min_length=1)]


def read_facilities(path: Path) -> tuple[Facility, ...]:
    """The facilities of a file. Raises CaseError, with file and line."""
    document, issues = document_in(path, "the facilities", "a YAML file with facilities:"), Issues()
    model = validated(FacilitiesModel, document.data, document, (), issues)
    issues.raise_if_any()
    assert model is not None
    for i, one in enumerate(model.facilities):
        if one.ages is not None and not 0 <= one.ages[0] < one.ages[1]:
            issues.note(
                f"ages {one.ages[0]} to {one.ages[1]}",
                document.place("facilities", i, "ages"),
                "[FROM, TO], TO not included",
                "correct them",
            )
    issues.raise_if_any()
    return tuple(model.facilities)


def exceeded(found: Forecast, facilities: tuple[Facility, ...]) -> pd.DataFrame:
    """How likely each facility is too small, by world and year.

    Persons present on average over a year come in that year or before: see `present`. Columns: world, year,
    facility, places, present (median), p_exceeded. Ages must be the bounds of the forecast's groups. Raises CaseError.
    """
    rows = []
    for one in facilities:
        ages = _groups(found.ages, one)
        for world in found.draws:
            held = present(found.persons(world, one.sex, ages) * one.share, one.months)
            for i, year in enumerate(found.years):
                over = float((held[:, i] > one.places).mean())
                rows.append((world, year, one.name, one.places, float(np.median(held[:, i])), over))
    return pd.DataFrame(rows, columns=["world", "year", "facility", "places", "present", "p_exceeded"])


def present(arrivals: Floats, months: float) -> Floats:
    """Persons present on average in each year, (n, years), given those who arrive in it and how long each stays.

    Arrivals are even within a year; those of years before the first are taken to be as many as in the first. Of those
    who came j years before, the part that is present is F(L - j) - F(-j): L the years that each stays, F the
    distribution of the difference of two uniform numbers.

    >>> present(np.array([[1000.0, 0.0, 0.0]]), 24).round().tolist()
    [[2000.0, 1500.0, 500.0]]
    """
    stay, years = months / 12, arrivals.shape[1]
    before = np.arange(years + int(np.ceil(stay)) + 1)
    part = _of_difference(stay - before) - _of_difference(-before.astype(float))
    held = np.zeros(arrivals.shape)
    for year in range(years):
        for j, each in zip(before, part, strict=True):
            held[:, year] += each * arrivals[:, max(year - j, 0)]
    return held


def _of_difference(x: Floats) -> Floats:
    """Distribution function of the difference of two uniform numbers on [0, 1]."""
    inside = np.clip(x, -1.0, 1.0)
    return np.where(inside < 0, (1 + inside) ** 2 / 2, 1 - (1 - inside) ** 2 / 2)


def _groups(ages: tuple[str, ...], one: Facility) -> list[str] | None:
    if one.ages is None:
        return None
    bounds = [int(age.split("-")[0].rstrip("+")) for age in ages]
    first, last = one.ages
    if first not in bounds or (last not in bounds and last <= bounds[-1]):
        raise CaseError.single(
            f"{one.name}: ages {first} to {last} are not made of age groups",
            "facilities, ages",
            "[FROM, TO], each the beginning of a group: " + ", ".join(str(bound) for bound in bounds),
            "choose the nearest bounds",
        )
    return [age for age, bound in zip(ages, bounds, strict=True) if first <= bound < last]
