"""One month for a range of people: block by block, pass by pass.

A block is a run of neighbours of one group in one place, at most BLOCK of them, so that what depends on group and
place is looked up once and the passes over its people are plain loops that the processor runs several at a time. People
in any other order live the same lives and are counted the same, only more slowly.

The kernel knows states, hazards and mass. What makes people try (`attempt_hazard`) and save (`capital_step`) are
functions of fixed signature handed in, so that a new theory neither changes nor recompiles it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tumen.engine import accumulators as tallying
from tumen.engine import expected_flows as ledger
from tumen.engine import hazard_inputs as hazard_inputs
from tumen.engine import life_course as trunk
from tumen.engine import sampled_histories as lives
from tumen.engine.cache import compiled, inner
from tumen.engine.state import FLOWS, Rows

BLOCK = 512


class Workspace(NamedTuple):
    """Scratch space for one block, in the engine's float type. Columns are people, in the order of the rows."""

    before: np.ndarray  # (BLOCK,) status when the month began
    age: np.ndarray  # (BLOCK,) years
    cell: np.ndarray  # (BLOCK,) where the person is counted
    work: np.ndarray  # (hazard_inputs.COLUMNS, BLOCK)
    border: np.ndarray  # (K + 1, BLOCK) monthly hazard of trying, by layer; last: of the sampled life
    mass: np.ndarray  # (ledger.COLUMNS, BLOCK)
    back: np.ndarray  # (K, BLOCK) mass on its way into detention
    homeward: np.ndarray  # (K, BLOCK) mass on its way home
    onward: np.ndarray  # (K, R, BLOCK) mass going on to another stage
    flow: np.ndarray  # (FLOWS, BLOCK)


def workspace(rows: Rows) -> Workspace:
    """Fresh scratch space for these people."""
    layers, stages = rows.away.shape[:2]
    real = rows.home.dtype
    return Workspace(
        before=np.empty(BLOCK, np.uint8),
        age=np.empty(BLOCK, np.int64),
        cell=np.empty(BLOCK, np.int64),
        work=np.zeros((hazard_inputs.COLUMNS, BLOCK), real),
        border=np.empty((layers + 1, BLOCK), real),
        mass=np.empty((ledger.COLUMNS, BLOCK), real),
        back=np.empty((layers, BLOCK), real),
        homeward=np.empty((layers, BLOCK), real),
        onward=np.empty((layers, stages, BLOCK), real),
        flow=np.empty((len(FLOWS), BLOCK), real),
    )


@inner
def block_end(a, hi, group, place):  # type: ignore[no-untyped-def]
    """Where the block that begins at row a ends."""
    b = a + 1
    last = min(hi, a + BLOCK)
    while b < last and group[b] == group[a] and place[b] == place[a]:
        b += 1
    return b


@compiled
def month(lo, hi, rows, law, count, workspace, attempt_hazard, capital_step, log, filled):  # type: ignore[no-untyped-def]
    """Carry people lo..hi through month `law.t`, adding to `count`; sampled lives too unless `log` is None."""
    a = lo
    while a < hi:
        b = block_end(a, hi, rows.group, rows.place)
        first, last = trunk.advance(a, b, rows, law, workspace)
        if log is not None:
            lives.follow_trunk(a, b, rows, law, workspace.before, log, filled)
        if first < last:
            hazard_inputs.gather(first, last, rows, law, workspace)
            hazard_inputs.hazards(first, last, rows, law, workspace, attempt_hazard, capital_step)
            tallying.means(first, last, rows, law, count, workspace)
            if law.compare:
                tallying.kin_effect(first, last, rows, law, count, workspace, attempt_hazard)
            if log is not None:
                hazard_inputs.own_hazards(first, last, rows, law, workspace, attempt_hazard, capital_step)
                lives.turn(first, last, rows, law, count, workspace, log, filled)
            ledger.journey(first, last, rows, law, count, workspace)
            ledger.leave(first, last, rows, law, count, workspace)
            ledger.detention(first, last, rows, law, workspace)
            tallying.stocks(first, last, rows, law, count, workspace)
            tallying.flows(first, last, rows, count, workspace)
        a = b
