"""An experiment as tables, sentences and numbers: who arrives in each world, and what each policy brings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from rich.table import Table

from tumen.case.inputs import BASE
from tumen.experiment import attribution
from tumen.experiment.attribution import IN_FORCE, assumptions_of, factors_of, policies_of
from tumen.experiment.factorial import AGES_OF_SERVICE, PAIR, Factorial
from tumen.experiment.measures import FLOWS, SCALES, UNITS, summary
from tumen.experiment.neither_alone import HALF, LEVEL, PART, SHARE
from tumen.experiment.store import Unit
from tumen.summary.formatting import between, plain_table

#: What stands above the tables.
WORLDS = "Arrivals {}-{} in each world: median (80 % interval), the same draws and random numbers in all of them"
POLICIES = "What each policy adds to arrivals, the others in force, and its Shapley share: median (80 % interval)"
ASSUMPTIONS = "Women's share, and what each policy adds to it, under each assumption: median (80 % interval)"


def shown_worlds(found: Factorial) -> list[str]:
    """The worlds of tables and figures: each level taken by itself, all first levels at once, and the single worlds."""
    names = [str(name) for name in found.table["world"].values]
    known, policies = factors_of(found.table), policies_of(found.table)
    elsewhere = [np.count_nonzero([str(found.table[f].values[i]) != BASE for f in known]) for i in range(len(names))]
    every = ", ".join(f"{name}={levels[0]}" for name, levels in known.items() if levels and name in policies)
    alone = [f"{factor}={level}" for factor, levels in known.items() for level in levels]
    single = [name for name, count in zip(names, elsewhere, strict=True) if count == 0 and name != BASE]
    return list(dict.fromkeys([*(one for one in [*alone, every] if one in names), *single]))


def in_words(world: str) -> str:
    """The name of a world as a reader takes it: `a=no_b, c=no_d` is `no b, no d`."""
    levels = [part.split("=")[-1].replace("_", " ") for part in world.split(", ")]
    return ", ".join(levels) if len(levels) < 3 else f"none of the {len(levels)}"


def title_of(found: Factorial, world: str) -> str:
    """A world in the words of its scenarios' titles; of several policies at once, how many."""
    policies = len(world.split(", "))
    if policies > 2:
        return f"None of the {policies} policies"
    titles = found.about.get("titles", {})
    return str(titles.get(world, in_words(world)))


def world_table(found: Factorial) -> Table:
    """Women's share of arrivals, what it differs by from the base draw by draw, of departures, and persons."""
    arrivals, departures = found.worlds(), found.worlds("departures")["female_share"]
    share, persons = summary(arrivals["female_share"]), arrivals.median("draw")
    away, gone = summary(arrivals["female_share"] - arrivals["female_share"].sel(world=BASE)), summary(departures)
    shown = plain_table("world", "women, %", "from base, points", "of departures, %", "women", "men")
    for name in (BASE, *shown_worlds(found)):
        shown.add_row(
            in_words(name),
            said(share.sel(world=name), 100, 1),
            "" if name == BASE else said(away.sel(world=name), 100, 1, "+"),
            said(gone.sel(world=name), 100, 1),
            *(f"{float(persons[sex].sel(world=name)):,.0f}" for sex in ("female", "male")),
        )
    return shown


def policy_table(found: Factorial) -> Table:
    """The effect of each policy with the others in force on three scales, and its Shapley share.

    Interactions depend on the scale: two policies that each multiply the flow of a sex interact in persons and not in
    the log ratio of women to men.
    """
    shown = plain_table(
        "policy", "women, points", "log(women / men)", "arrivals, persons", "Shapley, points", "of departures, points"
    )
    told = summary(found.effects().sel(context=IN_FORCE))
    effects = told["female_share"]
    shares, gone = summary(found.shapley()), summary(found.shapley(flow="departures"))
    for term in effects["term"].values:
        single = term in shares["factor"].values
        shown.add_row(
            str(term).replace("_", " "),
            said(effects.sel(term=term), 100, 1, "+"),
            said(told["log_odds"].sel(term=term), 1, 2, "+"),
            said(told["total"].sel(term=term), 1, 0, "+"),
            said(shares.sel(factor=term), 100, 1, "+") if single else "",
            said(gone.sel(factor=term), 100, 1, "+") if single else "",
        )
    return shown


def assumption_table(found: Factorial) -> Table:
    """Women's share and the effect of each policy, the others in force, at each level of each assumption."""
    policies = policies_of(found.table)
    shown = plain_table(
        "assumption", "women, %", *(f"{name.replace('_', ' ')}, points" for name in policies), "together"
    )
    for name, levels in assumptions_of(found.table).items():
        for level in (BASE, *levels):
            at = attribution.choose(found.table, at={name: level})
            effects = summary(found.effects(choice=at).sel(context=IN_FORCE))["female_share"]
            places = attribution.worlds(found.table, at)
            share = found.worlds()["female_share"]
            every, none = (share.isel(world=int(places[(which,) * len(policies)])) for which in (1, 0))
            shown.add_row(
                level.replace("_", " "),
                said(summary(every), 100, 1),
                *(said(effects.sel(term=policy), 100, 1, "+") for policy in policies),
                said(summary(every - none), 100, 1, "+"),
            )
    return shown


def sentences(found: Factorial) -> list[str]:
    """Whether neither policy alone suffices, and what is missing from the tables."""
    lines = list[str]()
    if PAIR[0] in factors_of(found.table):
        lines.append(_ceiling(found))
    if has_pair(found):
        judged = found.neither_alone()
        for where in dict.fromkeys(judged["where"]):
            lines.append(_neither(judged, where))
    return lines + left_out(int(found.worlds().attrs["left_out"]), found.aside, "draws and seeds")


def left_out(refused: int, aside: Mapping[Unit, str], units: str) -> list[str]:
    """Which draws are missing, and why."""
    lines = [f"{refused} draws are left out, since the model refused some of their worlds"] if refused else []
    for unit, error in list(aside.items())[:1]:
        lines.append(f"{len(aside)} {units} were set aside, the first ({unit.name}) with: {error}")
    return lines


def has_pair(found: Factorial) -> bool:
    """Whether a design has the two policies of the paper's sentence."""
    return set(PAIR) <= set(factors_of(found.table))


def as_json(found: Factorial) -> dict[str, Any]:
    """All of the tables as numbers; statistics over draws by name."""
    content: dict[str, Any] = {
        "design": found.design.as_dict(),
        "years": list(found.years),
        "draws": found.table.sizes["draw"],
        "seeds": found.table.sizes["seed"],
        "worlds": {},
        "aside": {unit.name: error for unit, error in found.aside.items()},
        "refused": len(found.refused),
    }
    for flow in FLOWS:
        told = summary(found.worlds(flow))
        for name in told["world"].values:
            content["worlds"].setdefault(str(name), {})[flow] = nested(told.sel(world=name))
    if policies_of(found.table):
        whole = found.effects()
        effects = summary(whole)
        content["scales"] = {str(m): {"scale": SCALES[str(m)], "units": UNITS[SCALES[str(m)]]} for m in whole}
        content["effects"] = [
            {"term": str(t), "context": str(c), **nested(effects.sel(term=t, context=c))}
            for t in effects["term"].values
            for c in effects["context"].values
        ]
        flows = ("arrivals", "departures")
        content["shapley"] = {flow: nested(summary(found.shapley(flow=flow)), "factor") for flow in flows}
        content["ceiling_of_draft"] = {flow: nested(summary(found.ceiling(flow=flow))) for flow in FLOWS}
    if has_pair(found):
        content["neither_alone"] = found.neither_alone().to_dict("records")
    return content


def _ceiling(found: Factorial) -> str:
    """The most that a draft can do by arithmetic."""
    share, alike = found.worlds()["female_share"].sel(world=BASE, drop=True), found.ceiling()
    return (
        f"Arithmetic ceiling of the draft: if as many men as women came at {AGES_OF_SERVICE[0].split('-')[0]}-"
        f"{AGES_OF_SERVICE[-1].split('-')[1]}, women would be {said(summary(alike), 100, 1)}, in % of arrivals, "
        f"{said(summary(share - alike), 100, 1)} points fewer; keeping men of these ages from leaving explains no more."
    )


def _neither(judged: pd.DataFrame, where: str) -> str:
    some = judged[judged["where"] == where]
    level = some[(some["reading"] == LEVEL) & np.isclose(some["threshold"], SHARE)].iloc[0]
    part = some[(some["reading"] == PART) & np.isclose(some["threshold"], HALF)].iloc[0]
    if not level["draws"]:
        return f"{where}: no draw to judge"
    worlds = {
        "both": "both policies", "draft_alone": "draft alone", "market_alone": "market alone", "neither": "neither",
    }  # fmt: skip
    medians = ", ".join(f"{words} {100 * level[name]:.1f} %" for name, words in worlds.items())
    return (
        f"Neither policy alone suffices ({where}, {level['draws']} draws): in {100 * level['holds']:.0f} % of draws by "
        f"level (women above {100 * SHARE:.0f} % only with both), in {100 * part['holds']:.0f} % by part (each alone "
        f"brings at most half of what both do). Women: {medians}."
    )


def nested(told: xr.DataArray | xr.Dataset, *dims: str) -> dict[str, Any]:
    """Statistics over draws by name, within each measure and each value of `dims` in turn; None where there is none."""
    if dims:
        return {str(value): nested(told.sel({dims[0]: value}), *dims[1:]) for value in told[dims[0]].values}
    if isinstance(told, xr.Dataset):
        return {str(measure): nested(told[measure]) for measure in told}
    values = zip(told["statistic"].values, told.values, strict=True)
    return {str(name): float(value) if np.isfinite(value) else None for name, value in values}


def said(one: xr.DataArray, times: float, decimals: int, sign: str = "") -> str:
    """Median and 80 % interval in words."""
    values = (times * float(one.sel(statistic=name)) for name in ("median", "lo80", "hi80"))
    return between(*values, decimals=decimals, sign=sign)
