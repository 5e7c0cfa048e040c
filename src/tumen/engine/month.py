"""The law of one month as the kernel reads it: slices of the program, with last month's feedback worked in."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from tumen.engine.feedback import Feedback
from tumen.mechanism.journey import ARRIVE
from tumen.mechanism.program import Drive, Journey, Program, Purse


class Law(NamedTuple):
    """Tables in force in month `t`; axes as in mechanism.program."""

    t: int
    age_of_majority: int  # months
    young: int
    grown: int
    gate_into: int
    share: np.ndarray  # (X,)
    liable: np.ndarray  # (2, C) this month and the next
    bar: np.ndarray  # (2, X) this month and the next
    due: np.ndarray  # (S, begun, X)
    offset: int
    tables: tuple[np.ndarray, ...]  # D times (S, X, A, P), hazard of each move, but for
    factor: np.ndarray  # (D, P), to multiply it with
    to: np.ndarray  # (D,)
    earnings: np.ndarray  # (S, P)
    need: np.ndarray  # (S, P)
    keep: float
    support: float
    opening: float
    shock: np.ndarray  # (1024,)
    shock_turn: int  # ordinal of the draw that holds this month's ten bits
    shock_shift: int
    will_place: np.ndarray  # (P,)
    will_group: np.ndarray  # (C, X)
    will_age: np.ndarray  # (A,)
    will_kin: float
    mobility: np.ndarray  # (S, X, A, P)
    ease: float
    watched: np.ndarray  # (K,)
    price: np.ndarray  # (P,)
    aid: np.ndarray  # (P,)
    lead: np.ndarray  # (X, P)
    theta: np.ndarray
    aside: np.ndarray  # (S, P)
    able: np.ndarray  # (S,)
    channel: np.ndarray  # (S,)
    success: float
    release: float  # probability
    loss: float  # probability
    release_hazard: float
    loss_hazard: float
    entry: np.ndarray  # (X, R)
    exits: np.ndarray  # (R, X, 2, E) probabilities without and with kin abroad
    hazard: np.ndarray  # (R, X, 2, E) the hazards they come from
    shift: np.ndarray  # (R,)
    reach: np.ndarray  # (X, P) network hazard cumulated up to this month
    follow: np.ndarray  # (P,)
    leaders: tuple[int, int]
    compare: bool  # whether the effect of kin is measured this month


def law(program: Program, t: int, feedback: Feedback) -> Law:
    """The law of month t under the given feedback."""
    month = program.start + t
    return Law(
        t=t,
        young=program.young,
        grown=program.grown,
        due=program.due,
        offset=program.offset,
        reach=feedback.reach,
        follow=feedback.follow,
        leaders=program.links.leaders,
        channel=program.channel,
        compare=month % 12 == 11,
        **_gate(program, t, feedback),
        **_moves(program, t, feedback),
        **_purse(program.purse, t, month),
        **_drive(program.drive, t),
        **_journey(program.journey, t),
    )


def _gate(program: Program, t: int, feedback: Feedback) -> dict[str, Any]:
    gate, now_and_next = program.gate, [t, min(t + 1, program.months - 1)]
    return {
        "age_of_majority": gate.adult_months,
        "gate_into": gate.into,
        "share": feedback.share,
        "liable": gate.liable[now_and_next],
        "bar": gate.bar[now_and_next],
    }


def _moves(program: Program, t: int, feedback: Feedback) -> dict[str, Any]:
    everywhere = np.ones((len(program.moves), len(program.places)))
    return {
        "tables": tuple(m.rate.at(t) for m in program.moves) + tuple(p.weight.at(t) for p in program.pools),
        "factor": np.concatenate([everywhere, feedback.pressure]),
        "to": np.array([m.to for m in program.moves] + [p.to for p in program.pools]),
    }


def _purse(purse: Purse, t: int, month: int) -> dict[str, Any]:
    return {
        "earnings": purse.earnings.at(t),
        "need": np.where(purse.fed[:, None], 0.0, purse.need[t]),
        "keep": float(purse.keep[t]),
        "support": float(purse.support[t]),
        "opening": float(purse.opening[t]),
        "shock": purse.shock,
        "shock_turn": month // 6,
        "shock_shift": 10 * (month % 6),
    }


def _drive(drive: Drive, t: int) -> dict[str, Any]:
    return {
        "will_place": drive.place[t],
        "will_group": drive.group[t],
        "will_age": drive.age[t],
        "will_kin": float(drive.kin[t]),
        "mobility": drive.mobility.at(t),
        "ease": float(drive.ease[t]),
        "watched": drive.watched[t],
        "price": drive.price[t],
        "aid": drive.aid[t],
        "lead": drive.lead[t],
        "theta": drive.theta[t],
        "aside": drive.aside.at(t),
        "able": drive.able,
    }


def _journey(journey: Journey, t: int) -> dict[str, Any]:
    hazard = np.repeat(journey.exits[t][:, :, None, :], 2, axis=2)
    hazard[:, :, 1, ARRIVE] *= journey.kin[t]
    held = np.array([journey.release[t], journey.loss[t]])
    freed, lost = chances(held)
    return {
        "success": float(journey.success[t]),
        "release": float(freed),
        "loss": float(lost),
        "release_hazard": float(held[0]),
        "loss_hazard": float(held[1]),
        "entry": journey.entry[t],
        "exits": chances(hazard),
        "hazard": hazard,
        "shift": journey.shift,
    }


def chances(hazard: np.ndarray) -> np.ndarray:
    """Probabilities of competing ways out (last axis) within a month: 1 - exp(-sum), shared in proportion."""
    total = hazard.sum(axis=-1, keepdims=True)
    return np.asarray(hazard * np.divide(-np.expm1(-total), total, out=np.ones_like(total), where=total > 0))
