"""Promise 13: for r <= 0 both keys are needed. Without mobility, or without any means, nobody tries the border."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from tumen.case import load
from tumen.engine.counts import Counts
from tumen.engine.state import ATTEMPTS
from tumen.model import keys
from tumen.model.compiled import CompiledModel, PiecewiseConstantTable
from tumen.model.journey import BORDER
from validation.scoreboard import Row, Size, Watch
from validation.stage import SEED, Stage, from_month, stage, toyland

ID = 13
SMALL, FULL = Size(tries=1, people=2000, months=48), Size(tries=5, people=10_000, months=180)
OPENING = 90
NECESSARY, ENOUGH = (-5.0, -1e-9, 0.0), 0.5


def without_mobility(made: CompiledModel) -> CompiledModel:
    """The model in which nobody can be away unnoticed."""
    table = made.hazard_inputs.mobility
    return replace(
        made,
        hazard_inputs=replace(
            made.hazard_inputs, mobility=PiecewiseConstantTable(np.zeros_like(table.values), table.epoch)
        ),
    )


def without_means(made: CompiledModel) -> CompiledModel:
    """The model in which nobody has or earns anything, kin neither send, lend nor pay, and no crossing is free."""
    savings = made.savings
    nothing = PiecewiseConstantTable(np.zeros_like(savings.earnings.values), savings.earnings.epoch)
    hazard_parameters = made.hazard_inputs.hazard_parameters.copy()
    hazard_parameters[:, keys.FREE_CROSSING] = 0
    return replace(
        made,
        savings=replace(
            savings, earnings=nothing, support=savings.support * 0, starting_capital=savings.starting_capital * 0
        ),
        hazard_inputs=replace(
            made.hazard_inputs,
            aid=made.hazard_inputs.aid * 0,
            sponsor=made.hazard_inputs.sponsor * 0,
            hazard_parameters=hazard_parameters,
        ),
    )


def joined_by(made: CompiledModel, exponent: float) -> CompiledModel:
    """The model whose keys are joined by another exponent."""
    hazard_parameters = made.hazard_inputs.hazard_parameters.copy()
    hazard_parameters[:, keys.EXPONENT] = exponent
    return replace(made, hazard_inputs=replace(made.hazard_inputs, hazard_parameters=hazard_parameters))


def tried(counts: Counts) -> tuple[float, float]:
    """Expected attempts, and departures over the border or attempts of the sampled histories."""
    return float(counts.flow[:, ATTEMPTS].sum()), float(
        counts.by_channel[:, BORDER].sum() + counts.sampled[:, ATTEMPTS].sum()
    )


def end_to_end(size: Size, taken: dict[str, float]) -> tuple[float, float]:
    """Attempts before and after scenarios take a key away, in the month past the reference date of toyland."""
    case, month = load("toyland"), "2000-02"
    values = {"complementarity": 0.0, **taken}
    world = case.world(
        [from_month(case, k, case.month(month), [v] * max(1, len(case.inputs[k].members))) for k, v in values.items()]
    )
    opening = case.month(month) - case.start - 24
    counts = stage(world.within(world.start + opening, 24 + min(size.months, 59)), size.people).run(histories=True)
    attempts = counts.flow[:, ATTEMPTS].sum(axis=(1, 2, 3)) + counts.sampled[:, ATTEMPTS].sum(axis=(1, 2, 3))
    return float(attempts[:24].sum()), float(attempts[24:].sum())


NO_MOBILITY = {"mobility": 0.0}
NO_MEANS = dict.fromkeys(
    ("earnings", "remittance", "starting_capital", "credit_share", "sponsor_probability", "free_crossing"), 0.0
)
NO_MEANS["cash_loss"] = 1.0


def check(size: Size) -> Row:
    """Exact zero for every r <= 0, attempts at r = 0.5 in the same worlds, and the same through scenarios."""
    watch = Watch(ID, "for r <= 0 both keys are needed", SEED)
    months = min(size.months, 90)
    failed = count = 0
    seen = []
    missing: tuple[Callable[[CompiledModel], CompiledModel], ...] = (without_mobility, without_means)
    for number in range(size.tries):
        staged = stage(toyland(months, OPENING), size.people, seed=SEED + number)
        for lack in missing:
            for exponent in (*NECESSARY, ENOUGH):
                made = joined_by(lack(staged.model), exponent)
                expected, other = tried(Stage(made, staged.population, staged.theory).run(histories=True))
                failed += (expected > 0 or other > 0) if exponent <= 0 else expected == 0
                count += staged.population.size
                seen += [expected] if exponent > 0 else []
    for taken in (NO_MOBILITY, NO_MEANS):
        before, after = end_to_end(size, taken)
        failed += before == 0 or after > 0
        count += size.people
    figure = (
        f"{count} lives without a key: {failed} worlds with attempts for r <= 0 or through scenarios; at r = 0.5 "
        f"{min(seen):.0f} to {max(seen):.0f} attempts"
    )
    return watch.row(count, failed, figure)
