"""The initial state: adults start in the states that the parameters of the first month would have brought about."""

from __future__ import annotations

import numpy as np

from tumen.engine import draws
from tumen.engine.state import Agents
from tumen.model.compiled import AGES, CompiledModel, Floats

#: Months before the window over which the initial cohort is averaged.
_RECENT_MONTHS = 120


def set_initial_state(model: CompiledModel, agents: Agents) -> None:
    """Put the agents born before the window into their states, in place.

    An adult was selected at majority with the initial share, and is still in that state if the term has not ended; the
    others are at home or in a post as `idle` says. Savings are those at majority.
    """
    alive = np.flatnonzero(agents.birth < 0)
    key = agents.key[alive]
    agents.status[alive] = model.young
    agents.home[0, alive] = 1.0
    agents.move_residual[alive] = -np.log(draws.quasi_uniforms(key, draws.MOVE))
    agents.kin_hazard[alive] = -np.log(draws.quasi_uniforms(key, draws.KIN))
    begun = agents.birth[alive] + model.entry.adult_months
    grown = begun < 0
    someone, key, begun = alive[grown], key[grown], begun[grown]
    group = agents.group[someone]
    idle = (
        draws.quasi_uniforms(key, draws.START) < model.idle[group, np.minimum(-agents.birth[someone] // 12, AGES - 1)]
    )
    agents.status[someone] = np.where(idle, model.free, model.grown)
    agents.capital[:, someone] = model.savings.starting_capital[0]
    fit = (agents.physique[someone] >= model.entry.bar[0, group]) & (-begun < model.entry.term[0, group])
    liable = model.entry.liable[0, agents.social_class[someone]] * fit
    share = _share(model, agents.weight[someone] * liable, group)
    taken = draws.quasi_uniforms(key, draws.ENTRY) < share[group] * liable
    agents.status[someone[taken]] = model.entry.into
    agents.begun[someone[taken]] = begun[taken]
    if agents.where.size:
        agents.transition_residual[alive] = draws.exponentials(agents.key[alive], draws.STAY)
        agents.own_capital[someone] = model.savings.starting_capital[0]


def _share(model: CompiledModel, candidates: Floats, group: Floats) -> Floats:
    """Return the initial share by group, solved from the goal of the first month where there is one."""
    entry = model.entry
    share = entry.share[0].copy()
    if not np.isnan(entry.goal[0]):
        people = np.bincount(group, weights=candidates, minlength=share.size)
        wanted = entry.goal[0] - (share * people)[~entry.solved].sum()
        available = people[entry.solved].sum()
        solved = np.clip(wanted / available, 0.0, 1.0) if available > 0 else 0.0
        share[entry.solved] = max(float(solved), float(entry.floor[0]))
    return share


def cohort_before(model: CompiledModel, agents: Agents) -> Floats:
    """Return the fit and liable who come of age in a month, by group: the mean of the ten years before the window."""
    entry = model.entry
    begun = agents.birth + entry.adult_months
    recent = np.flatnonzero((begun < 0) & (begun >= -_RECENT_MONTHS))
    group = agents.group[recent]
    fit = agents.physique[recent] >= entry.bar[0, group]
    size = agents.weight[recent] * entry.liable[0, agents.social_class[recent]] * fit
    return np.bincount(group, weights=size, minlength=entry.solved.size) / _RECENT_MONTHS
