"""Leaving, integrated: each month the mass at home, held and abroad moves by its hazards, all at once.

Passes over a block of people. Everything leaves from where it was when the month began; what comes in is collected in
the scratch space and added at the end, so that nothing moves twice.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from tumen.engine.state import (
    ABROAD,
    ARRIVALS,
    ATTEMPTS,
    DEPARTURES,
    HELD,
    INTERCEPTIONS,
    REPATRIATIONS,
    SCALE,
)
from tumen.mechanism.journey import ARRIVE, BORDER, COMPANION, DIE, DIRECT, RETURN, SETTLE, SHIFT


@njit(nogil=True, forceinline=True)
def fixed(x):  # type: ignore[no-untyped-def]
    """A number of persons in fixed point."""
    return np.int64(np.rint(x * SCALE))


@njit(nogil=True)
def journey(lo, hi, rows, law, count, desk):  # type: ignore[no-untyped-def]
    """Those abroad arrive, are returned, settle, die or go on to another stage."""
    layers = rows.home.shape[0]
    for r in range(law.exits.shape[0]):
        for k in range(layers):
            away, caught, onward = rows.away[k, r, lo:hi], desk.back[min(k + 1, layers - 1)], desk.gain[k, law.shift[r]]
            for j in range(hi - lo):
                mass = away[j]
                if mass <= 0.0:
                    continue
                i = lo + j
                chance = law.exits[r, rows.group[i], rows.kin[i]]
                away[j] = mass - mass * (chance[ARRIVE] + chance[RETURN] + chance[SETTLE] + chance[DIE] + chance[SHIFT])
                arrived, shifted = mass * chance[ARRIVE], mass * chance[SHIFT]
                rows.arrived[i] += arrived
                rows.settled[i] += mass * chance[SETTLE]
                rows.lost[i] += mass * chance[DIE]
                caught[j] += mass * chance[RETURN]
                onward[j] += shifted
                desk.flow[ARRIVALS, j] += arrived
                desk.flow[REPATRIATIONS, j] += mass * chance[RETURN]
                count.stage[1, r, rows.group[i]] += fixed(rows.weight[i] * arrived)
                count.stage[2, r, rows.group[i]] += fixed(rows.weight[i] * shifted)


@njit(nogil=True)
def leave(lo, hi, rows, law, count, desk):  # type: ignore[no-untyped-def]
    """Those at home try the border and are caught or cross, leave another way, or - the young - go with adults."""
    states, layers = law.rate.shape[0], rows.home.shape[0]
    for j in range(hi - lo):
        i = lo + j
        group, place, state = rows.group[i], rows.place[i], rows.status[i]
        if state >= states:
            continue
        young = state == law.young
        aside = law.follow[place] if young else law.aside[state, place]
        crossed_all, aside_all = 0.0, 0.0
        for k in range(layers):
            border = np.float64(desk.border[k, j])
            total = border + aside
            mass = np.float64(rows.home[k, i])
            if total <= 0.0 or mass <= 0.0:
                continue
            unit = mass * (-math.expm1(-total) / total)
            rows.home[k, i] = mass - unit * total
            tried, other = unit * border, unit * aside
            crossed = tried * law.success
            desk.flow[ATTEMPTS, j] += tried
            desk.flow[INTERCEPTIONS, j] += tried - crossed
            desk.back[min(k + 1, layers - 1), j] += tried - crossed
            over = crossed + other if young else crossed
            for r in range(law.entry.shape[1]):
                desk.gain[k, r, j] += over * law.entry[group, r]
            if not young:
                desk.gain[k, DIRECT, j] += other
            crossed_all += crossed
            aside_all += other
        desk.flow[DEPARTURES, j] += crossed_all + aside_all
        channel = COMPANION if young else law.channel[state]
        count.by_channel[BORDER, group] += fixed(rows.weight[i] * crossed_all)
        count.by_channel[channel, group] += fixed(rows.weight[i] * aside_all)
        count.by_state[state, group] += fixed(rows.weight[i] * (crossed_all + aside_all))


@njit(nogil=True)
def detention(lo, hi, rows, law):  # type: ignore[no-untyped-def]
    """Those held are set free with nothing, so that the savings of their layer are thinned, or die."""
    for k in range(1, rows.home.shape[0]):
        held, home, capital = rows.held[k, lo:hi], rows.home[k, lo:hi], rows.capital[k, lo:hi]
        for j in range(hi - lo):
            mass = held[j]
            if mass <= 0.0:
                continue
            free = mass * law.release
            held[j] = mass - free - mass * law.loss
            rows.lost[lo + j] += mass * law.loss
            capital[j] *= home[j] / (home[j] + free)
            home[j] += free


@njit(nogil=True)
def come_in(lo, hi, rows, count, desk):  # type: ignore[no-untyped-def]
    """Add what the month brought to detention and to the stages abroad, and count the stocks."""
    for k in range(rows.home.shape[0]):
        held, back = rows.held[k, lo:hi], desk.back[k]
        for j in range(hi - lo):
            held[j] += back[j]
            desk.flow[HELD, j] += held[j]
        for r in range(desk.gain.shape[1]):
            away, gain = rows.away[k, r, lo:hi], desk.gain[k, r]
            for j in range(hi - lo):
                away[j] += gain[j]
                if away[j] > 0.0:
                    desk.flow[ABROAD, j] += away[j]
                    count.stage[0, r, rows.group[lo + j]] += fixed(rows.weight[lo + j] * away[j])


@njit(nogil=True)
def enter_flows(lo, hi, rows, count, desk):  # type: ignore[no-untyped-def]
    """Add the block's flows to the count, each person's rounded to fixed point first."""
    for f in range(desk.flow.shape[0]):
        flow, total = desk.flow[f], count.flow[f]
        for j in range(hi - lo):
            if flow[j] > 0.0:
                total[desk.cell[j]] += fixed(rows.weight[lo + j] * flow[j])
