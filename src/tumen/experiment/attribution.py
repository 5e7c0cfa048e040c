"""What each policy does to the flow and to women's share of it: effects, interactions, Shapley values.

A factor is a policy in force (its level `base`) or not (a counterfactual level). v(S) is a measure in the world
in which exactly the policies S are in force; all of them in force is the world as it was. Shapley values are what each
adds on average over all orders in which they may come (Shapley 1953); they are the components of Das Gupta's (1993)
decomposition of a difference between two populations into any number of factors, too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, product
from math import factorial

import numpy as np
import xarray as xr

from tumen.case import CaseError
from tumen.case.inputs import BASE
from tumen.errors import listing, shown, suggestion, unknown
from tumen.experiment.measures import SCALES, measures, refuse_measure
from tumen.model.compiled import Floats

#: Where the other policies stand when an effect is measured: all in force, or the mean over all their combinations.
IN_FORCE, AVERAGED = CONTEXTS = ("others in force", "averaged over the others")
#: Between the names of factors whose interaction is meant.
TIMES = " x "


def factors_of(table: xr.Dataset) -> dict[str, tuple[str, ...]]:
    """The factors of a table and their levels beside `base`, in the order in which its worlds name them."""
    found: dict[str, tuple[str, ...]] = {}
    for name, column in table.coords.items():
        if column.dims == ("world",) and name != "world":
            levels = dict.fromkeys(str(level) for level in column.values)
            found[str(name)] = tuple(level for level in levels if level != BASE)
    return found


def policies_of(table: xr.Dataset) -> tuple[str, ...]:
    """The factors that are policies and no assumptions."""
    return tuple(name for name in factors_of(table) if not table[name].attrs.get("assumed", 0))


def assumptions_of(table: xr.Dataset) -> dict[str, tuple[str, ...]]:
    """The factors that are assumptions, and their levels beside `base`."""
    policies = policies_of(table)
    return {name: levels for name, levels in factors_of(table).items() if name not in policies}


@dataclass(frozen=True)
class Choice:
    """Which worlds of a factorial are compared: `levels` counterfactual levels by policy, in order; `at` where other
    factors are held (base unless named)."""

    levels: Mapping[str, str]
    at: Mapping[str, str] = field(default_factory=dict)

    @property
    def factors(self) -> tuple[str, ...]:
        """The policies, in order."""
        return tuple(self.levels)


def choose(
    table: xr.Dataset,
    factors: Sequence[str] | None = None,
    levels: Mapping[str, str] | None = None,
    at: Mapping[str, str] | None = None,
) -> Choice:
    """The worlds to compare, checked against a table.

    factors: the policies (None: all policies that `at` does not hold); levels: which level stands for a policy that is
    not in force, where it is not the first; at: a level of each factor that is held elsewhere than at its base. Raises
    CaseError for names that the table lacks.
    """
    known = factors_of(table)
    held, picked = dict(at or {}), dict(levels or {})
    names = tuple(factors) if factors is not None else tuple(name for name in policies_of(table) if name not in held)
    for name in (*names, *held, *picked):
        if name not in known:
            raise unknown("factor", name, "attribution", known, "name a factor of the design")
    if not names or len(set(names)) < len(names) or set(names) & set(held):
        raise CaseError.single(
            f"the factors {listing(names) if names else 'none'} are asked for",
            "attribution",
            "factors of the design, each once and none of them held",
            "correct the names",
        )
    chosen = {name: picked[name] if name in picked else next(iter(known[name]), "") for name in names}
    for name, level in (*chosen.items(), *held.items()):
        if level not in (*known[name], *((BASE,) if name in held else ())):
            remedy = suggestion(level, known[name], "name a level of the design")
            raise CaseError.single(f"{name} has no level {shown(level)}", "attribution", listing(known[name]), remedy)
    return Choice(chosen, held)


def worlds(table: xr.Dataset, choice: Choice) -> np.ndarray:
    """The place along `world` of every set of policies, (2, ..., 2): on each axis 0 removed, 1 in force.

    Raises CaseError where the table lacks a world, as it does when it is not a factorial.
    """
    known = factors_of(table)
    names = table["world"].values.astype(str)
    columns = {name: table[name].values.astype(str) for name in known}
    # A single world beside the factorial has every factor at its base, too: its name tells it apart.
    composed = np.array(
        [any(columns[name][i] != BASE for name in known) or names[i] == BASE for i in range(len(names))]
    )
    places = np.empty((2,) * len(choice.factors), dtype=np.int64)
    for levels in product((0, 1), repeat=len(choice.factors)):
        wanted = {name: choice.at.get(name, BASE) for name in known}
        wanted |= {name: BASE if on else choice.levels[name] for name, on in zip(choice.factors, levels, strict=True)}
        alike = composed & np.logical_and.reduce([columns[name] == level for name, level in wanted.items()])
        found = np.flatnonzero(alike)
        if len(found) != 1:
            said = ", ".join(f"{name}={level}" for name, level in wanted.items() if level != BASE) or BASE
            raise CaseError.single(
                f"the table has {len(found)} worlds {said}", "attribution", "one", "run the whole factorial"
            )
        places[levels] = found[0]
    return places


def effects(
    table: xr.Dataset, years: tuple[int, int], flow: str = "arrivals", choice: Choice | None = None
) -> xr.Dataset:
    """What each policy, each pair and all together do to every measure, draw by draw: dims term, context, draw.

    A variable for each measure, with its scale and units in attrs. A term is a factor or factors joined by ` x `: the
    effect of having the policy in force, v(i) - v(none); of several, their interaction, sum of (-1)^(|S|-|U|) v(U) over
    subsets U. The other policies are all in force, or averaged over all combinations (`context`). On the count scale
    keys that multiply interact even when policies do not; on the log-ratio scale a product of keys has no interaction.
    """
    chosen = choice or choose(table)
    seen = measures(table, years, flow)
    names, n = chosen.factors, len(chosen.factors)
    sets = [(i,) for i in range(n)] + list(combinations(range(n), 2)) + ([tuple(range(n))] if n > 2 else [])
    terms = [TIMES.join(names[i] for i in one) for one in sets]
    variables = {}
    for name, scale in SCALES.items():
        value = _value(seen, name, worlds(table, chosen))
        both = [[contrast(value, one, (1,) * n), _averaged(value, one, n)] for one in sets]
        variables[name] = (("term", "context", "draw"), np.array(both), {"scale": scale})
    coords = {"term": terms, "context": list(CONTEXTS), "draw": seen["draw"]}
    return xr.Dataset(variables, coords, {**seen.attrs, "years": list(years)})


def shapley(
    table: xr.Dataset, measure: str, years: tuple[int, int], flow: str = "arrivals", choice: Choice | None = None
) -> xr.DataArray:
    """What each policy adds to a measure, on average over all orders of introducing them: dims factor, draw.

    measure: female_share, female, male, total or log_odds. In every draw the values add up to the difference between
    the world with all policies in force and that with none.
    """
    refuse_measure(measure)
    chosen = choice or choose(table)
    seen = measures(table, years, flow)
    values = shapley_values(_value(seen, measure, worlds(table, chosen)), len(chosen.factors))
    attrs = {"scale": SCALES[measure], "flow": flow, "left_out": seen.attrs["left_out"]}
    return xr.DataArray(
        values, {"factor": list(chosen.factors), "draw": seen["draw"]}, ("factor", "draw"), measure, attrs
    )


def _value(seen: xr.Dataset, measure: str, places: np.ndarray) -> Floats:
    """A measure in every set of policies: (2, ..., 2, draw)."""
    return np.asarray(seen[measure].transpose("world", "draw").values, dtype=float)[places]


def _averaged(value: Floats, among: tuple[int, ...], n: int) -> Floats:
    """The mean of a contrast over all combinations of the other policies."""
    rests = []
    for levels in product((0, 1), repeat=n - len(among)):
        rest, others = [1] * n, iter(levels)
        for i in range(n):
            if i not in among:
                rest[i] = next(others)
        rests.append(contrast(value, among, tuple(rest)))
    return np.asarray(np.mean(rests, axis=0))


def shapley_values(value: Floats, factors: int) -> Floats:
    """Divide the difference between all factors and none exactly among the factors: (n, ...).

    value: that of every coalition (set of factors), (2, ..., 2, ...): on each of the first n = `factors` axes 0 stands
    for a set without the factor and 1 for a set with it; any axes after them (draws) are kept. Returns for
    each factor i

        phi_i = sum over sets S without i of |S|! (n - |S| - 1)! / n! x (v(S and i) - v(S)),

    which add up to v(all) - v(none). Raises ValueError unless 1 <= n and the first n axes have length 2.

    >>> shapley_values(np.array([[0.0, 1.0], [2.0, 5.0]]), 2)
    array([3., 2.])
    """
    if factors < 1 or value.shape[:factors] != (2,) * factors:
        raise ValueError(f"values of shape {value.shape}, expected one for every set of {factors} factors")
    found = np.zeros((factors, *value.shape[factors:]))
    for i in range(factors):
        for others in product((0, 1), repeat=factors - 1):
            size = sum(others)
            weight = factorial(size) * factorial(factors - size - 1) / factorial(factors)
            without, with_it = ((*others[:i], level, *others[i:]) for level in (0, 1))
            found[i] += weight * (value[with_it] - value[without])
    return found


def contrast(value: Floats, among: tuple[int, ...], rest: tuple[int, ...]) -> Floats:
    """The interaction of some factors, the others held: the sum over subsets U of (-1)^(|S| - |U|) v(U and the rest).

    value: as for `shapley_values`; among: the numbers of the factors of S (one: its effect; two: by how much the effect
    of each changes when the other is there); rest: the level, 0 or 1, of every factor, read for those outside S.

    >>> contrast(np.array([[0.0, 1.0], [2.0, 5.0]]), (0, 1), (1, 1))
    array(2.)
    """
    total = np.zeros(value.shape[len(rest) :])
    for levels in product((0, 1), repeat=len(among)):
        at = list(rest)
        for factor, level in zip(among, levels, strict=True):
            at[factor] = level
        total += (-1) ** (len(among) - sum(levels)) * value[tuple(at)]
    return total
