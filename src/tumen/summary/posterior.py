"""What a posterior says in plain words and numbers, for and against the theory alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from tumen.summary import identified
from tumen.summary.coverage import Coverage, of_arrivals, of_targets, targets
from tumen.summary.coverage import as_json as coverage_json
from tumen.summary.draws import LEVELS, Floats, interval, pooled
from tumen.summary.formatting import number, ranged, ruled_table, sentence
from tumen.summary.identified import IDENTIFIED, UNTOUCHED, Known, Odds

if TYPE_CHECKING:
    from rich.table import Table

    from tumen.case import Case
    from tumen.infer.posterior import Posterior

#: Factors between prior and posterior odds from which evidence is worth a mention, and strong (Kass & Raftery 1995).
MENTIONED, STRONG = 3.0, 20.0
_SCATTER = {"phi": "overdispersion of yearly totals (phi)", "rho": "correlation within a year's women's share (rho)"}
_FEW = 8  # trade-offs that are printed


def verdict(found: Posterior, stale: str = "") -> list[str]:
    """Whether the posterior may be used, with every check and what was found; `stale` is a reason of its own."""
    failed = sum(not check.passed for check in found.checks) + bool(stale)
    word = "passed its diagnostics" if not failed else f"failed its diagnostics: {_counted(failed, 'check')}"
    lines = [f"Posterior of {found.theory}, case {found.provenance.get('case')}: {word}. {made_of(found)}."]
    lines += [f"  failed: {stale}"] if stale else []
    for check in found.checks:
        passed = "passed" if check.passed else "failed"
        said = "" if check.passed else f": {check.said}"
        lines.append(f"  {passed}: {check.name} {number(check.found)}, wanted {check.wanted}{said}")
    return lines


def made_of(found: Posterior) -> str:
    """How large the posterior is and what it came from."""
    runs, agents = found.provenance.get("runs"), found.provenance.get("agents")
    sized = f" of {agents:,} agents" if isinstance(agents, int) else ""
    came = f", from {runs:,} runs{sized}" if isinstance(runs, int) else ""
    return f"{found.size:,} draws{came}"


def sentences(found: Posterior, case: Case | None = None) -> list[str]:
    """The findings, one a line: coverage, scatter, the keys, the histories, what is identified and what trades off."""
    known = identified.parameters(found, case)
    return [
        *map(said_of_coverage, (*of_arrivals(found), *of_targets(found))),
        *(f"{sentence(name)}: {_range(pooled(found.groups['posterior'], key))}." for key, name in _SCATTER.items()),
        said_of_keys(identified.both_needed(found)),
        *_necessity(found),
        *said_of_histories(identified.histories(found)),
        *said_of_parameters(known),
        *_tradeoffs(found, case),
    ]


def said_of_coverage(coverage: Coverage) -> str:
    """How many numbers lie inside each interval, how many would by chance, and what follows."""
    parts = [
        f"{coverage.inside[level]} inside {100 * level:.0f} % ({low}-{high} expected)"
        for level in LEVELS
        for low, high in [coverage.expected(level)]
    ]
    return f"Of {coverage.rows} {coverage.what}: {', '.join(parts)}; {coverage.verdict}."


def said_of_keys(odds: Odds | None) -> str:
    """What the counts say on whether both keys are necessary, r <= 0."""
    if odds is None:
        return "The theory has no exponent r, so it says nothing on whether both keys are necessary."
    if odds.assumed:
        held = "r <= 0" if odds.prior == 1 else "r > 0"
        return f"The theory assumes {held}: this posterior cannot tell whether both keys are necessary."
    begin = f"The counts leave P(r <= 0) = {odds.posterior:.2f} (prior {odds.prior:.2f})"
    if odds.change < MENTIONED:
        return f"{begin}: they do not tell whether both keys are necessary."
    strength, side = "strongly" if odds.change >= STRONG else "somewhat", "against" if odds.factor < 1 else "for"
    return f"{begin}: they speak {strength} {side} both keys being necessary (odds {_times(odds.factor)})."


def said_of_histories(each: list[Odds]) -> list[str]:
    """Each history's probability beside its prior, and whether the counts tell them apart."""
    if len(each) < 2:
        return ["The case has one history: there is none to choose."]
    parts = [f"{odds.statement} {odds.posterior:.2f} (prior {odds.prior:.2f})" for odds in each]
    moved = [f"{odds.statement} {_times(odds.factor)}" for odds in each if odds.change >= MENTIONED]
    end = f"the odds moved: {', '.join(moved)}" if moved else "the counts do not tell them apart"
    return [f"Histories: {', '.join(parts)}; {end}."]


def said_of_parameters(known: list[Known]) -> list[str]:
    """How many parameters the counts pin down and how many they leave as they were."""
    pinned, free = identified.identified(known), identified.untouched(known)
    first = f"Identified (contraction above {IDENTIFIED:g}): {len(pinned)} of {_counted(len(known), 'parameter')}"
    lines = [first + (f", most of all {'; '.join(str(each.label) for each in pinned[:3])}." if pinned else ".")]
    lines.append(f"Left about as the prior has them (contraction below {UNTOUCHED:g}): {len(free)} of {len(known)}.")
    return lines


def _necessity(found: Posterior) -> list[str]:
    lines = []
    for taken, (before, after) in identified.necessity(found).items():
        prior = f" (prior {_range(before, _whole)})" if before is not None else ""
        vanish = f"{_range(after, _whole)} of border departures vanish"
        lines.append(f"Without {taken}, {vanish}{prior}{_narrowed(before, after)}.")
    return lines


def _narrowed(before: Floats | None, after: Floats) -> str:
    """How much of the prior's uncertainty is left."""
    if before is None:
        return ""
    wide, narrow = interval(before), interval(after)
    width = wide["high"] - wide["low"]
    if not width > 0:
        return ""
    left = (narrow["high"] - narrow["low"]) / width
    if left >= 1:
        return "; the counts do not narrow it"
    return f"; the counts leave {100 * left:.0f} % of the prior's range"


def _tradeoffs(found: Posterior, case: Case | None) -> list[str]:
    pairs = identified.tradeoffs(found, case, _FEW)
    if not pairs:
        return []
    return [
        "Strongest trade-offs (correlation of two parameters in the posterior):",
        *(line for pair in pairs for line in (f"  {pair.correlation:+.2f}  {pair.first}", f"         {pair.second}")),
    ]


def parameter_table(found: Posterior, case: Case | None = None) -> Table:
    """Every parameter: prior and posterior median with 90 % of the draws, and contraction; most identified first."""
    title = "Parameters: median and 90 % of the draws"
    shown = ruled_table("parameter", "prior", "posterior", "contraction", title=title)
    for each in sorted(identified.parameters(found, case), key=lambda k: -k.contraction):
        unit = f" ({each.unit})" if each.unit else ""
        shown.add_row(f"{each.label}{unit}", _cell(each.prior), _cell(each.posterior), f"{each.contraction:.2f}")
    return shown


def contribution_table(found: Posterior) -> Table:
    """Every row of the fit: its log likelihood, the best it could have, and what is missing; the worst first."""
    title = "Log likelihood by row of the fit"
    shown = ruled_table("row", "posterior mean", "best possible", "short by", title=title)
    for each in contributions(found):
        shown.add_row(each["name"], f"{each['mean']:.1f}", f"{each['saturated']:.1f}", f"{each['short']:.1f}")
    return shown


def contributions(found: Posterior) -> list[dict[str, Any]]:
    """Rows or blocks of the fit with their posterior mean log likelihood and the best value, the worst first."""
    held = found.groups["constant_data"]
    columns = (held[name].values for name in ("contribution_name", "contribution", "contribution_saturated"))
    rows = [
        {"name": str(name), "mean": float(mean), "saturated": float(best), "short": float(best - mean)}
        for name, mean, best in zip(*columns, strict=True)
    ]
    return sorted(rows, key=lambda row: -row["short"])


def as_json(found: Posterior, case: Case | None = None, stale: str = "") -> dict[str, Any]:
    """Every number of the report for machines."""
    known = identified.parameters(found, case)
    keys = identified.both_needed(found)
    return {
        "theory": found.theory,
        "sound": found.sound and not stale,
        "stale": stale or None,
        "checks": [asdict(check) for check in found.checks],
        "draws": found.size,
        "provenance": dict(found.provenance),
        "findings": sentences(found, case),
        "coverage": [coverage_json(each) for each in (*of_arrivals(found), *of_targets(found))],
        "targets": targets(found).to_dict(orient="records"),
        "parameters": [{**asdict(each), "label": str(each.label)} for each in known],
        "identified": [each.name for each in identified.identified(known)],
        "untouched": [each.name for each in identified.untouched(known)],
        "contributions": contributions(found),
        "scatter": {name: interval(pooled(found.groups["posterior"], name)) for name in _SCATTER},
        "both_keys_necessary": _odds(keys) if keys is not None else None,
        "necessity": {
            taken: {"prior": interval(before) if before is not None else None, "posterior": interval(after)}
            for taken, (before, after) in identified.necessity(found).items()
        },
        "histories": [_odds(each) for each in identified.histories(found)],
        "tradeoffs": [
            {**asdict(t), "first": str(t.first), "second": str(t.second)} for t in identified.tradeoffs(found, case)
        ],
    }


def _odds(odds: Odds) -> dict[str, Any]:
    return {**asdict(odds), "assumed": odds.assumed, "odds_factor": odds.factor}


def _range(draws: Floats, said: Callable[[float], str] = number) -> str:
    each = interval(draws)
    return ranged(each["median"], each["low"], each["high"], said)


def _whole(share: float) -> str:
    return f"{100 * share:.0f} %"


def _cell(each: Mapping[str, float]) -> str:
    return f"{number(each['median'])}\n{number(each['low'])} to {number(each['high'])}"


def _times(factor: float) -> str:
    """A factor of odds in words."""
    return f"{number(factor)} times the prior's" if factor >= 1 else f"1/{number(1 / factor)} of the prior's"


def _counted(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"
