"""From an estimate to a posterior in hand: the draws kept, what they predict by real runs, and what was counted."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import jax
import numpy as np
import xarray as xr

from tumen.case import SEXES, Case
from tumen.case.error_models.arrivals import Dispersions
from tumen.infer.calibration import Estimate
from tumen.infer.observation.arrivals import Arrivals
from tumen.infer.precision import in_double
from tumen.infer.targets import profile_targets
from tumen.model.compiled import Floats
from tumen.simulate.assemble import AGE_GROUPS

#: Draws of the prior kept beside the posterior.
PRIOR_DRAWS = 1000
_DRAWN, _SAMPLE = ("chain", "draw"), ("sample",)


def groups(estimate: Estimate, case: Case, seed: int) -> dict[str, xr.Dataset]:
    """The groups of the posterior's file (docs/inference.md lists the variables)."""
    kept, rng = _Kept(estimate, case), np.random.default_rng(seed)
    return {
        "prior": kept.prior(rng),
        "prior_predictive": kept.prior_predictive(),
        "posterior": kept.posterior(),
        "posterior_predictive": kept.posterior_predictive(rng),
        "sample_stats": kept.sample_stats(),
        "observed_data": kept.observed(),
        "constant_data": kept.constant(),
    }


@dataclass(frozen=True)
class _Kept:
    """What is kept of an estimate: as many of the draws that were run as fill all chains alike."""

    estimate: Estimate
    case: Case

    @cached_property
    def which(self) -> np.ndarray:
        """The places of the draws kept among those that were run, (n,)."""
        chains = self.estimate.sample.z.shape[0]
        return np.arange(len(self.estimate.checked) // chains * chains)

    @cached_property
    def flat(self) -> dict[str, Any]:
        """The draws kept, (n, ...)."""
        at = self.estimate.checked[self.which]
        return {name: values[at] for name, values in self.estimate.sample.flat.items()}

    @cached_property
    def rows(self) -> np.ndarray:
        """The profile rows of which every run says something."""
        return np.flatnonzero(~np.isnan(np.array([one.targets for one in self.estimate.drawn.seen])).all(axis=0))

    @property
    def dispersions(self) -> Dispersions:
        """Those of each draw kept."""
        return Dispersions(self.flat["phi"], self.flat["rho"])

    @property
    def coords(self) -> dict[str, Any]:
        """The labels of what runs predict."""
        labels = [f"{i}: {r['key']} {r['population']} {r['sex']} {r['category']}" for i, r in self._profiles]
        return {"year": self.estimate.targets.years.astype(int), "sex": list(SEXES), "target": labels}

    @property
    def _profiles(self) -> list[tuple[int, Any]]:
        return [(i, self.case.profiles_rows[i]) for i in self.rows.tolist()]

    def _by_draw(self, tables: dict[str, tuple[tuple[str, ...], Any]], coords: dict[str, Any]) -> xr.Dataset:
        """Tables (n, ...) with their further dimensions, by chain and draw."""
        chains, held = self.estimate.sample.z.shape[0], {}
        for name, (dims, table) in tables.items():
            values = np.asarray(table)
            held[name] = ((*_DRAWN, *dims), values.reshape(chains, -1, *values.shape[1:]))
        return xr.Dataset(held, coords=coords)

    def _histories(self, which: np.ndarray) -> np.ndarray:
        return np.array([name or "base" for name in self.estimate.space.histories])[which]

    def prior(self, rng: np.random.Generator) -> xr.Dataset:
        """Draws of the prior."""
        space = self.estimate.space
        z = rng.standard_normal((PRIOR_DRAWS, space.size))
        history = self._histories(rng.choice(len(space.probabilities), PRIOR_DRAWS, p=space.probabilities))
        held = {"theta": ((*_SAMPLE, "parameter"), space.values(z)), "history": (_SAMPLE, history)}
        return xr.Dataset(held, coords={"parameter": list(space.names)})

    def prior_predictive(self) -> xr.Dataset:
        """What the runs of the prior said."""
        seen = self.estimate.prior.seen
        held = {
            "arrivals": ((*_SAMPLE, "year", "sex"), np.array([one.arrivals.sum(axis=2) for one in seen])),
            "targets": ((*_SAMPLE, "target"), np.array([one.targets[self.rows] for one in seen])),
        }
        return xr.Dataset(held, coords=self.coords)

    def posterior(self) -> xr.Dataset:
        """The draws: parameters, the dated values that they move, and what each run was made with."""
        space, flat, parameter = self.estimate.space, self.flat, ("parameter",)
        values = space.values(flat["z"])
        tables = {
            "theta": (parameter, values.astype(np.float32)),
            "dated": (("dated_value",), space.dated(values)),
            "z": (parameter, flat["z"].astype(np.float32)),
            "history": ((), self._histories(flat["history"])),
            "seed": ((), [self.estimate.drawn.specs[i].seed for i in self.which]),
            "phi": ((), flat["phi"]),
            "rho": ((), flat["rho"]),
        }
        return self._by_draw(tables, {"parameter": list(space.names), "dated_value": list(space.dated_names)})

    def posterior_predictive(self, rng: np.random.Generator) -> xr.Dataset:
        """What the kept draws predict, by real runs, and what might have been counted."""
        seen = [self.estimate.drawn.seen[i] for i in self.which]
        by_age = np.array([one.arrivals for one in seen])  # (n, Y, X, A)
        expected = np.array([one.targets for one in seen])
        by_year = Dispersions(*(one[:, None] for one in self.dispersions))
        counted = self.estimate.targets.errors.simulate(by_age.sum(axis=3), by_year, rng)
        found = replicated_rows(expected, self.case, self.dispersions, rng)
        departures = np.array([one.departures.sum(axis=2) for one in seen], dtype=np.float32)
        tables = {
            "arrivals": (("year", "sex"), by_age.sum(axis=3).astype(np.float32)),
            "arrivals_replicated": (("year", "sex"), counted),
            "departures": (("year", "sex"), departures),
            "arrivals_by_age": (("year", "sex", "age"), by_age.astype(np.float32)),
            "targets": (("target",), expected[:, self.rows]),
            "targets_replicated": (("target",), found[:, self.rows]),
        }
        return self._by_draw(tables, self.coords | {"age": list(AGE_GROUPS)})

    def sample_stats(self) -> xr.Dataset:
        """How each draw was drawn."""
        return self._by_draw(
            {"lp": ((), self.flat["lp"]), "diverging": ((), self.flat["diverging"].astype(np.int8))}, {}
        )

    def observed(self) -> xr.Dataset:
        """What was counted; of a block fitted by its total alone, the sexes are those of rows to check, or NaN."""
        blocks = self.estimate.targets.arrivals
        data = [float(row["value"]) / (100 if row["unit"] == "percent" else 1) for _, row in self._profiles]
        held = {
            "arrivals": (("block", "sex"), np.array([_by_sex(block, self.case) for block in blocks])),
            "arrivals_total": ("block", np.array([block.total for block in blocks])),
            "targets": (("target",), np.array(data)),
        }
        spans = {
            "first_year": ("block", [block.first for block in blocks]),
            "last_year": ("block", [block.last for block in blocks]),
        }
        return xr.Dataset(held, coords=spans | {name: self.coords[name] for name in ("sex", "target")})

    @in_double
    def constant(self) -> xr.Dataset:
        """What the rows are, and what each part of the fit contributes beside the most it could."""
        estimate, rows = self.estimate, [row for _, row in self._profiles]
        parts = jax.vmap(estimate.likelihood.parts)
        best = np.tile(estimate.targets.saturated, (len(self.which), 1))
        found = np.asarray(parts(estimate.drawn.statistics[self.which], self.dispersions))

        def said(*names: str) -> dict[str, Any]:
            return {name: ("target", [str(row[name]) for row in rows]) for name in names}

        held = {
            **said("key", "population", "category", "unit"),
            "compared": ("target", np.ones(len(rows), dtype=bool)),
            **said("sex", "as_of", "role", "error"),
            "contribution_name": ("row", list(estimate.targets.names)),
            "contribution": ("row", found.mean(axis=0)),
            "contribution_saturated": ("row", np.asarray(parts(best, self.dispersions)).mean(axis=0)),
        }
        return xr.Dataset(held, coords={"target": self.coords["target"]})


def replicated_rows(expected: Floats, case: Case, dispersions: Dispersions, rng: np.random.Generator) -> Floats:
    """What surveys might have found: all profile rows (n, T) drawn by their error models around a model's numbers.

    Rows whose model numbers are NaN, and rows of the role vintage, are left as they are.
    """
    made = expected.copy()
    for target in (*profile_targets(case, "fit"), *profile_targets(case, "check")):
        at = list(target.rows)
        if not np.isnan(expected[:, at]).any():
            made[:, at] = target.simulate(target.on_scale(expected[:, at]), dispersions, rng)
    return made


def _by_sex(block: Arrivals, case: Case) -> Floats:
    if block.women is not None:
        return block.persons
    shown = {
        row["sex"]: float(row["persons"])
        for row in case.arrivals_rows
        if row["role"] == "check" and (row["year_start"], row["year_end"]) == (block.first, block.last)
    }
    return np.array([shown.get(sex, np.nan) for sex in SEXES])
