"""The kernel: one month for a range of agents, block by block and pass by pass.

A block is a run of neighbouring agents of one group in one place, at most BLOCK of them. What depends on group and
place is looked up once, and the passes over its agents are plain loops that the compiler vectorises. The order of
agents does not affect the results, only the speed.

`attempt_hazard` and `capital_step` are passed in as functions of fixed signature, so that a new theory neither changes
nor recompiles the kernel.
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import numpy as np

from tumen.engine import accumulators, expected_flows, hazard_inputs, life_course, sampled_histories
from tumen.engine.cache import compiled, inner
from tumen.engine.state import FLOWS, Agents

BLOCK = 512


class Workspace(NamedTuple):
    """Scratch space for one block, in the engine's float type; the last axis is over agents, in their order."""

    before: np.ndarray  # (BLOCK,) status when the month began
    age: np.ndarray  # (BLOCK,) years
    cell: np.ndarray  # (BLOCK,) cell in which the agent is counted
    work: np.ndarray  # (hazard_inputs.COLUMNS, BLOCK)
    border: np.ndarray  # (K + 1, BLOCK) monthly hazard of trying, by layer; last: of the sampled history
    mass: np.ndarray  # (expected_flows.COLUMNS, BLOCK)
    back: np.ndarray  # (K, BLOCK) mass on its way into detention
    homeward: np.ndarray  # (K, BLOCK) mass on its way home
    onward: np.ndarray  # (K, R, BLOCK) mass going on to another stage
    flow: np.ndarray  # (FLOWS, BLOCK)


def workspace(agents: Agents) -> Workspace:
    """Return new scratch space for these agents."""
    layers, stages = agents.away.shape[:2]
    real = agents.home.dtype
    return Workspace(
        before=np.empty(BLOCK, np.uint8),
        age=np.empty(BLOCK, np.int64),
        cell=np.empty(BLOCK, np.int64),
        work=np.zeros((hazard_inputs.COLUMNS, BLOCK), real),
        border=np.empty((layers + 1, BLOCK), real),
        mass=np.empty((expected_flows.COLUMNS, BLOCK), real),
        back=np.empty((layers, BLOCK), real),
        homeward=np.empty((layers, BLOCK), real),
        onward=np.empty((layers, stages, BLOCK), real),
        flow=np.empty((len(FLOWS), BLOCK), real),
    )


@inner
def block_end(a, hi, group, place):  # type: ignore[no-untyped-def]
    """Return the end of the block that begins at agent a."""
    b = a + 1
    last = min(hi, a + BLOCK)
    while b < last and group[b] == group[a] and place[b] == place[a]:
        b += 1
    return b


@partial(compiled, allocates=False)
def month(lo, hi, agents, params, count, workspace, attempt_hazard, capital_step, log, filled):  # type: ignore[no-untyped-def]
    """Advance agents lo..hi by month `params.t`, adding to `count`; sampled histories too unless `log` is None."""
    a = lo
    while a < hi:
        b = block_end(a, hi, agents.group, agents.place)
        first, last = life_course.advance(a, b, agents, params, workspace)
        if log is not None:
            sampled_histories.follow_life_course(a, b, agents, params, workspace.before, log, filled)
        if first < last:
            hazard_inputs.gather(first, last, agents, params, workspace)
            hazard_inputs.hazards(first, last, agents, params, workspace, attempt_hazard, capital_step)
            accumulators.adult_sums(first, last, agents, params, count, workspace)
            if params.compare:
                accumulators.kin_effect(first, last, agents, params, count, workspace, attempt_hazard)
            if log is not None:
                hazard_inputs.own_hazards(first, last, agents, params, workspace, attempt_hazard, capital_step)
                sampled_histories.transition(first, last, agents, params, count, workspace, log, filled)
            expected_flows.journey(first, last, agents, params, count, workspace)
            expected_flows.leave(first, last, agents, params, count, workspace)
            expected_flows.detention(first, last, agents, params, workspace)
            accumulators.stocks(first, last, agents, params, count, workspace)
            accumulators.flows(first, last, agents, count, workspace)
        a = b
