"""Who comes next: arrivals by sex and age in the years after the counts, as it stands and under scenarios.

And whether places suffice: facilities of a small YAML file against a forecast.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import pandas as pd
from pydantic import BaseModel, Field

from tumen.api import posterior
from tumen.case import SEXES, Case, CaseError, case_of
from tumen.case.error_models.arrivals import CountModels, Dispersions
from tumen.case.horizon import carried, last_year
from tumen.case.inputs import BASE
from tumen.case.models import STRICT, Text
from tumen.case.validation_errors import validated
from tumen.errors import Issues
from tumen.experiment.design import Design, Level, document_in
from tumen.experiment.factorial import Factorial, run_design
from tumen.infer.forecasts import COLUMNS, hub_rows
from tumen.infer.posterior import Posterior
from tumen.infer.runs import OnDone
from tumen.model.compiled import Floats
from tumen.model.theories import Theory, theory_of

#: Counts drawn around what each draw of the posterior expects.
REPLICATES = 10
TOTAL, ALL = "total", "all"


@dataclass(frozen=True, eq=False)
class Forecast:
    """Counts to come. draws: by world, persons (n, years, sex, age); origin: the last counted year.

    used: how many draws of the posterior these come from: those that could be simulated in every world. expected: what
    the draws expect, by world, with those that were set aside; assumed: what is taken for the years to come.
    """

    case: Case
    theory: str
    origin: int
    years: tuple[int, ...]
    ages: tuple[str, ...]
    draws: Mapping[str, Floats] = field(repr=False)
    used: int
    expected: Factorial = field(repr=False)
    assumed: tuple[str, ...]

    def persons(self, world: str, sex: str = TOTAL, ages: Sequence[str] | None = None) -> Floats:
        """Samples of arrivals (n, years) in a world, of one sex or both, of some age groups or all."""
        held = self.draws[world]
        of_sex = held.sum(axis=2) if sex == TOTAL else held[:, :, SEXES.index(sex)]
        which = slice(None) if ages is None else [self.ages.index(age) for age in ages]
        return np.asarray(of_sex[..., which].sum(axis=-1))

    def model(self, world: str) -> str:
        """The name of a world's forecast in tables."""
        return self.theory if world == BASE else f"{self.theory}+{world}"

    def hub(self) -> pd.DataFrame:
        """Quantiles and means by year, sex and age in the format of forecast hubs (`tumen.infer.forecasts.COLUMNS`)."""

        rows = [
            row
            for world in self.draws
            for sex in (*SEXES, TOTAL)
            for age in (ALL, *self.ages)
            for row in self._rows(world, sex, age)
        ]
        return pd.DataFrame(rows, columns=list(COLUMNS))

    def _rows(self, world: str, sex: str, age: str) -> list[tuple[object, ...]]:
        drawn = self.persons(world, sex, None if age == ALL else [age])
        of = ("arrivals", self.case.destination, sex, age)
        return hub_rows(drawn, self.origin, self.years, of, self.model(world))


def forecast(
    case: Case,
    theory: Theory | str,
    years: tuple[int, int],
    scenarios: Sequence[str] = (),
    *,
    draws: int = 60,
    folder: str | Path | None = None,
    parameters: Posterior | Path | str | None = None,
    allow_failed_diagnostics: bool = False,
    cluster: str | None = None,
    processes: int = 2,
    progress: OnDone | None = None,
) -> Forecast:
    """Forecast arrivals by sex and age in the years `years`, first and last, which lie after the counts.

    scenarios: of the case by name, or files (`.yaml`), which together make one world beside the case's own. draws: of
    the posterior, each run once in each world; counts scatter around each by its own phi and rho, ages by the shares
    that it expects. What was set aside in an earlier try is tried again. folder: where runs are kept and found again
    (None: the user's data folder). parameters: a posterior or its file (None: that of the theory);
    allow_failed_diagnostics, cluster, processes: as for `factorial`. Raises CaseError.

    >>> import tumen as tm
    >>> made = tm.forecast(tm.load("north_korea"), "interplay", (2017, 2019))  # doctest: +SKIP
    >>> made.hub(), made.persons("base", "female")  # doctest: +SKIP
    """
    case, theory = case_of(case), theory_of(theory)
    origin = case.end // 12
    if not origin < years[0] <= years[1] <= last_year(case):
        raise CaseError.single(
            f"the years {years[0]} to {years[1]} cannot be forecast",
            f"case {case.name}",
            f"years from {origin + 1}, after the counts, to {last_year(case)}",
            "give other years; earlier ones are forecast and scored by `tumen backtest`",
        )
    named = "+".join(case.scenario(one).name for one in scenarios)
    worlds = (Level(named, tuple(scenarios), where="the forecast"),) if scenarios else ()
    held = posterior(case, theory, file=parameters, allow_failed_diagnostics=allow_failed_diagnostics)
    design = Design(f"Forecast {case.name}", case.name, theory.name, (), worlds, draws, 1, None, years)
    simulated = run_design(
        design, folder, case=case, theory=theory, found=held, cluster=cluster, processes=processes, again=True,
        progress=progress,
    )  # fmt: skip
    return _forecast(case, theory.name, origin, simulated, held)


def _forecast(case: Case, theory: str, origin: int, found: Factorial, held: Posterior) -> Forecast:
    table = found.table.isel(seed=0).transpose("world", "draw", "year", "sex", "age")
    expected = table["arrivals"].values.astype(float)
    whole = np.isfinite(expected).all(axis=(0, 2, 3, 4))
    if not whole.any():
        raise CaseError.single("the model refuses every draw in some world", "the forecast", "runs", "change scenarios")
    errors, phi, rho = CountModels.of(case), held.flat("phi"), held.flat("rho")
    draws = {}
    for w, world in enumerate(table["world"].values):
        made = []
        for d, number in enumerate(table["draw"].values.tolist()):
            if whole[d]:
                # The same random numbers in every world.
                rng = np.random.default_rng([origin, number])
                made.append(_counts(expected[w, d], Dispersions(float(phi[number]), float(rho[number])), errors, rng))
        draws[str(world)] = np.concatenate(made)
    years = tuple(int(year) for year in table["year"].values)
    ages = tuple(str(age) for age in table["age"].values)
    return Forecast(
        case, theory, origin, years, ages, draws, int(whole.sum()), found, carried(case, 12 * years[-1] + 11)
    )


def _counts(expected: Floats, dispersions: Dispersions, errors: CountModels, rng: np.random.Generator) -> Floats:
    """Counts (REPLICATES, years, sex, age) around what one draw expects, (years, sex, age)."""
    by_sex = expected.sum(axis=-1)
    counted = np.rint(errors.simulate(np.broadcast_to(by_sex, (REPLICATES, *by_sex.shape)), dispersions, rng)).astype(
        int
    )
    shares = expected / np.maximum(by_sex, 1e-12)[..., None]
    shares[by_sex <= 0, 0] = 1.0
    return rng.multinomial(counted, shares / shares.sum(axis=-1, keepdims=True)).astype(float)


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
