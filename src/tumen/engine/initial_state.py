"""The first month: who is already grown is put in a state as though the law of the opening had always held."""

from __future__ import annotations

import numpy as np

from tumen.engine import draws
from tumen.engine.state import Rows
from tumen.model.compiled import AGES, Floats, Program

#: Months before the window whose cohorts tell how many come of age.
_RECENT_MONTHS = 120


def open_window(program: Program, rows: Rows) -> None:
    """Put those born before the window in their states, in place.

    A person past coming of age passed the gate then with the opening share, and is still held if the dated stay has not
    ended; the others are at home or in a post as `idle` says. Savings are those at coming of age.
    """
    alive = np.flatnonzero(rows.birth < 0)
    key = rows.key[alive]
    rows.status[alive] = program.young
    rows.home[0, alive] = 1.0
    rows.left[alive] = -np.log(draws.firsts(key, draws.MOVE))
    rows.kin_at[alive] = -np.log(draws.firsts(key, draws.KIN))
    begun = rows.birth[alive] + program.gate.adult_months
    grown = begun < 0
    someone, key, begun = alive[grown], key[grown], begun[grown]
    group = rows.group[someone]
    idle = draws.firsts(key, draws.START) < program.idle[group, np.minimum(-rows.birth[someone] // 12, AGES - 1)]
    rows.status[someone] = np.where(idle, program.free, program.grown)
    rows.capital[:, someone] = program.purse.opening[0]
    fit = (rows.physique[someone] >= program.gate.bar[0, group]) & (-begun < program.gate.term[0, group])
    liable = program.gate.liable[0, rows.klass[someone]] * fit
    share = _share(program, rows.weight[someone] * liable, group)
    taken = draws.firsts(key, draws.GATE) < share[group] * liable
    rows.status[someone[taken]] = program.gate.into
    rows.begun[someone[taken]] = begun[taken]
    if rows.where.size:
        rows.budget[alive] = draws.budgets(rows.key[alive], draws.STAY)
        rows.own[someone] = program.purse.opening[0]


def _share(program: Program, candidates: Floats, group: Floats) -> Floats:
    """The share taken of those who would still be held, solved from the goal of the first month where there is one."""
    gate = program.gate
    share = gate.share[0].copy()
    if not np.isnan(gate.goal[0]):
        people = np.bincount(group, weights=candidates, minlength=share.size)
        wanted = gate.goal[0] - (share * people)[~gate.solved].sum()
        available = people[gate.solved].sum()
        solved = np.clip(wanted / available, 0.0, 1.0) if available > 0 else 0.0
        share[gate.solved] = max(float(solved), float(gate.floor[0]))
    return share


def at_gate(program: Program, rows: Rows) -> Floats:
    """How many come of age fit and liable in a month, by group: the mean over those of the past ten years."""
    gate = program.gate
    begun = rows.birth + gate.adult_months
    recent = np.flatnonzero((begun < 0) & (begun >= -_RECENT_MONTHS))
    group = rows.group[recent]
    fit = rows.physique[recent] >= gate.bar[0, group]
    size = rows.weight[recent] * gate.liable[0, rows.klass[recent]] * fit
    return np.bincount(group, weights=size, minlength=gate.solved.size) / _RECENT_MONTHS
