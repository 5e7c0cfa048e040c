"""A backtest as tables, sentences and numbers: how good the forecasts were, also where they were bad."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from tumen.infer.forecasts import ALL, BANDS, BASELINES, COVERED, SHARE
from tumen.summary.formatting import ruled_table

if TYPE_CHECKING:
    from rich.table import Table

    from tumen.infer.backtest import Backtest

#: The quantities of the tables, and what the names of quantities and models are in words.
PERSONS = {"female": "women", "male": "men", "total": "both"}
WORDS = {"last_value": "last value", "drift": "drift", "share_trend": "share trend"}
#: What no cut of the targets takes away.
KNOWN_AHEAD = (
    "Known ahead: the policies of the years ahead, taken as they came; priors and error models, chosen with all counts "
    "at hand; counts as revised later."
)


def horizons(found: Backtest) -> tuple[int, ...]:
    """Years ahead that were forecast."""
    return tuple(sorted(set(found.each["horizon"])))


#: What stands above the tables.
SCORES = "Mean CRPS in persons, by sex and years ahead (the lower the better)"
SKILL = "Skill of {theory}, 1 - CRPS / that of the model named (below 0: worse than it)"


def score_table(found: Backtest) -> Table:
    """Mean CRPS in persons of every model, by sex and years ahead."""
    shown = _table(found)
    scores = found.scores.set_index(["model", "quantity", "horizon"])["crps"]
    for model in found.models:
        cells = [f"{scores[model, quantity, ahead]:,.0f}" for quantity in PERSONS for ahead in horizons(found)]
        shown.add_row(WORDS.get(model, model), *cells)
    return shown


def skill_table(found: Backtest, theory: str) -> Table:
    """Skill in CRPS of a theory against every other model, by sex and years ahead."""
    shown = _table(found)
    skill = found.skill.set_index(["model", "against", "quantity", "horizon"])["crps"]
    for other in found.models:
        if other != theory:
            cells = [f"{skill[theory, other, q, ahead]:+.2f}" for q in PERSONS for ahead in horizons(found)]
            shown.add_row(WORDS.get(other, other), *cells)
    return shown


def _table(found: Backtest) -> Table:
    several = horizons(found)
    named = [(name, ahead) for name in PERSONS.values() for ahead in several]
    return ruled_table("", *(f"{name} {ahead}" if ahead == several[0] else str(ahead) for name, ahead in named))


def sentences(found: Backtest) -> list[str]:
    """Coverage of the bands, what the posteriors took, every check that was failed, and what is known ahead."""
    lines = [_covered(found, model, quantity) for model in found.models for quantity in ("total", SHARE)]
    if found.refits:
        sound = sum(one.sound for one in found.refits)
        lines.append(
            f"{len(found.refits)} posteriors from {found.runs:,} runs of {found.plan.agents:,} agents, "
            f"{found.seconds:,.0f} s; {sound} of them passed their diagnostics"
        )
    for one in found.refits:
        which = f"{one.theory}, origin {one.origin}"
        lines += [] if one.fit_converged else [f"{which}: the fit used up its runs before it ended"]
        lines += [f"NOT PASSED - {which}: {check.said} ({check.wanted})" for check in one.checks if not check.passed]
    return [*lines, KNOWN_AHEAD]


def _covered(found: Backtest, model: str, quantity: str) -> str:
    means = found.scores
    row = means[(means["model"] == model) & (means["quantity"] == quantity) & (means["horizon"] == ALL)].iloc[0]
    held = " / ".join(f"{row[name]:.0f}" for name in COVERED)
    levels = " / ".join(f"{100 * band:g}" for band in BANDS)
    what = "women's shares" if quantity == SHARE else "totals"
    return f"{WORDS.get(model, model)}: bands of {levels} % hold {held} of {row['forecasts']:.0f} {what}"


def as_json(found: Backtest) -> dict[str, Any]:
    """Every number for machines; horizon 0 is the mean over all horizons."""
    return {
        "case": found.case.name,
        "hash": found.case.hash,
        "theories": list(found.theories),
        "baselines": list(BASELINES),
        "origins": list(found.origins),
        "plan": asdict(found.plan),
        "seed": found.plan.seed,
        "runs": found.runs,
        "seconds": found.seconds,
        "sound": found.sound,
        "known_ahead": KNOWN_AHEAD,
        "refits": [{**asdict(one), "sound": one.sound} for one in found.refits],
        "scores": found.scores.to_dict("records"),
        "skill": found.skill.to_dict("records"),
        "each": found.each.to_dict("records"),
    }
