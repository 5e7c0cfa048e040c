"""Who comes next: arrivals by sex and age in the years after the counts, as it stands and under scenarios."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from tumen.api import posterior
from tumen.case import SEXES, Case, CaseError
from tumen.case.error_models.arrivals import CountModels, Dispersions
from tumen.case.horizon import carried, last_year
from tumen.case.inputs import BASE
from tumen.experiment.design import Design, Level
from tumen.experiment.factorial import factorial
from tumen.infer.forecasts import COLUMNS, hub_rows
from tumen.perform import theory_of

if TYPE_CHECKING:
    from tumen.experiment.factorial import Factorial
    from tumen.experiment.units import OnDone
    from tumen.infer.posterior import Posterior
    from tumen.model.compiled import Floats
    from tumen.model.theories import Theory

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
    drives = theory_of(theory)
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
    held = posterior(case, drives, file=parameters, allow_failed_diagnostics=allow_failed_diagnostics)
    design = Design(f"Forecast {case.name}", case.name, drives.name, (), worlds, draws, 1, None, years)
    simulated = factorial(
        design, folder, case=case, theory=drives, found=held, cluster=cluster, processes=processes, again=True,
        progress=progress,
    )  # fmt: skip
    return _forecast(case, drives.name, origin, simulated, held)


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
