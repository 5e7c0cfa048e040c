"""The first month: who is already grown is put in a state as though the law of the opening had always held."""

from __future__ import annotations

import numpy as np

from tumen.engine import draws
from tumen.engine.state import Rows
from tumen.model.compiled import AGES, CompiledModel, Floats

#: Months before the window whose cohorts tell how many come of age.
_RECENT_MONTHS = 120


def open_window(model: CompiledModel, rows: Rows) -> None:
    """Put those born before the window in their states, in place.

    A person past coming of age was selected then with the initial share, and is still held if the dated stay has not
    ended; the others are at home or in a post as `idle` says. Savings are those at coming of age.
    """
    alive = np.flatnonzero(rows.birth < 0)
    key = rows.key[alive]
    rows.status[alive] = model.young
    rows.home[0, alive] = 1.0
    rows.left[alive] = -np.log(draws.firsts(key, draws.MOVE))
    rows.kin_hazard[alive] = -np.log(draws.firsts(key, draws.KIN))
    begun = rows.birth[alive] + model.entry.adult_months
    grown = begun < 0
    someone, key, begun = alive[grown], key[grown], begun[grown]
    group = rows.group[someone]
    idle = draws.firsts(key, draws.START) < model.idle[group, np.minimum(-rows.birth[someone] // 12, AGES - 1)]
    rows.status[someone] = np.where(idle, model.free, model.grown)
    rows.capital[:, someone] = model.savings.opening[0]
    fit = (rows.physique[someone] >= model.entry.bar[0, group]) & (-begun < model.entry.term[0, group])
    liable = model.entry.liable[0, rows.social_class[someone]] * fit
    share = _share(model, rows.weight[someone] * liable, group)
    taken = draws.firsts(key, draws.GATE) < share[group] * liable
    rows.status[someone[taken]] = model.entry.into
    rows.begun[someone[taken]] = begun[taken]
    if rows.where.size:
        rows.budget[alive] = draws.budgets(rows.key[alive], draws.STAY)
        rows.own[someone] = model.savings.opening[0]


def _share(model: CompiledModel, candidates: Floats, group: Floats) -> Floats:
    """The share taken of those who would still be held, solved from the goal of the first month where there is one."""
    entry = model.entry
    share = entry.share[0].copy()
    if not np.isnan(entry.goal[0]):
        people = np.bincount(group, weights=candidates, minlength=share.size)
        wanted = entry.goal[0] - (share * people)[~entry.solved].sum()
        available = people[entry.solved].sum()
        solved = np.clip(wanted / available, 0.0, 1.0) if available > 0 else 0.0
        share[entry.solved] = max(float(solved), float(entry.floor[0]))
    return share


def at_entry(model: CompiledModel, rows: Rows) -> Floats:
    """How many come of age fit and liable in a month, by group: the mean over those of the past ten years."""
    entry = model.entry
    begun = rows.birth + entry.adult_months
    recent = np.flatnonzero((begun < 0) & (begun >= -_RECENT_MONTHS))
    group = rows.group[recent]
    fit = rows.physique[recent] >= entry.bar[0, group]
    size = rows.weight[recent] * entry.liable[0, rows.social_class[recent]] * fit
    return np.bincount(group, weights=size, minlength=entry.solved.size) / _RECENT_MONTHS
