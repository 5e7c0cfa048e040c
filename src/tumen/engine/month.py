"""The parameters of one month as the kernel reads them: slices of the model combined with the feedback."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from tumen.engine.feedback import Feedback
from tumen.model.compiled import CompiledModel, HazardInputs, Journey, Savings
from tumen.model.journey import ARRIVE


class MonthlyParameters(NamedTuple):
    """Tables in force in month `t`; axes as in `tumen.model.compiled`."""

    t: int
    age_of_majority: int  # months
    young: int
    grown: int
    entry_into: int
    share: np.ndarray  # (X,)
    off_term: np.ndarray  # (X,) months after the end of a term at which people are released
    leeway: int
    liable: np.ndarray  # (2, C) this month and the next
    bar: np.ndarray  # (2, X) this month and the next
    term: np.ndarray  # (2, X) months to be served by the rules of this month and the next
    rates: np.ndarray  # (X, P, S, A, D) hazard of each move, to be multiplied with
    factor: np.ndarray  # (P, D): one for a move, the entry intensity of a capacity-limited state
    to: np.ndarray  # (D,)
    earnings: np.ndarray  # (S, P) own earnings, less the part that is pooled
    pooled: np.ndarray  # (S, P, A) earnings received from the pool
    need: np.ndarray  # (S, P)
    keep: float
    support: float
    starting_capital: float
    cash_line: float
    shock: np.ndarray  # (1024,)
    shock_ordinal: int  # ordinal of the draw that holds this month's ten bits
    shock_shift: int
    new_shocks: bool  # whether this month starts a new draw
    will_place: np.ndarray  # (P,)
    will_group: np.ndarray  # (C, X)
    will_age: np.ndarray  # (A,)
    will_kin: float
    mobility: np.ndarray  # (S, X, A, P)
    ease: float
    watched: np.ndarray  # (K,)
    price: np.ndarray  # (P,)
    aid: float
    sponsor: float
    log_rate_offset: np.ndarray  # (X, P)
    hazard_parameters: np.ndarray
    other_channels: np.ndarray  # (S, P)
    opens: np.ndarray  # (S,) 1/12 where the border can be tried, else 0
    channel: np.ndarray  # (S,)
    success: float
    release: float  # probability
    loss: float  # probability
    release_hazard: float
    loss_hazard: float
    entry: np.ndarray  # (X, R)
    exits: np.ndarray  # (R, X, 2, E) probabilities without and with kin abroad
    hazard: np.ndarray  # (R, X, 2, E) the corresponding monthly hazards
    shift: np.ndarray  # (R,)
    reach: np.ndarray  # (X, P) network hazard cumulated up to this month
    follow: np.ndarray  # (2, P) hazard of the young, below and from the age of `older`
    spouse: np.ndarray  # (S, X, P) hazard of going with a leader of another group, at the ages of `leaders`
    older: int
    leaders: tuple[int, int]  # first and last age
    compare: bool  # whether the effect of kin is measured this month


class MonthlyTables:
    """The parameters month by month, for one run. Tables are overwritten in place and hold until the next month."""

    def __init__(self, model: CompiledModel, real: type = np.float64) -> None:
        self._model = model
        tables = [m.rate for m in model.moves] + [p.weight for p in model.capacity_limited]
        states, groups, ages, places = tables[0].values.shape[1:]
        self._tables, self._epochs = tables, [-1] * len(tables)
        self._rates = np.empty((groups, places, states, ages, len(tables)))
        self._to = np.array([m.to for m in model.moves] + [p.to for p in model.capacity_limited])
        self._hazard_parameters: np.ndarray = model.hazard_inputs.hazard_parameters.astype(real)
        self._opens = model.hazard_inputs.able / 12.0
        self._able = model.hazard_inputs.able.astype(float)
        self._hazard = _with_kin(model.journey)
        self._exits = chances(self._hazard)
        self._held = chances(np.stack([model.journey.release, model.journey.loss], axis=-1))

    def at(self, t: int, feedback: Feedback) -> MonthlyParameters:
        """Return the parameters of month t under the given feedback."""
        model, journey = self._model, self._model.journey
        month = model.start + t
        return MonthlyParameters(
            t=t,
            young=model.young,
            grown=model.grown,
            rates=self._moves(t),
            factor=self._factor(feedback),
            to=self._to,
            hazard_parameters=self._hazard_parameters[t],
            opens=self._opens,
            reach=feedback.reach,
            follow=feedback.follow,
            spouse=self._able[:, None, None] * feedback.spouse[None],
            older=model.links.older,
            leaders=model.links.leaders,
            channel=model.channel,
            compare=month % 12 == 11,
            success=float(journey.success[t]),
            release=float(self._held[t, 0]),
            loss=float(self._held[t, 1]),
            release_hazard=float(journey.release[t]),
            loss_hazard=float(journey.loss[t]),
            entry=journey.entry[t],
            **self._abroad(t, feedback),
            shift=journey.shift,
            **_entry(model, t, feedback),
            **_savings(model.savings, t, month, feedback),
            **_hazard_inputs(model.hazard_inputs, t),
        )

    def _moves(self, t: int) -> np.ndarray:
        for d, table in enumerate(self._tables):
            epoch = int(table.epoch[t])
            if epoch != self._epochs[d]:
                self._rates[..., d] = table.values[epoch].transpose(1, 3, 0, 2)
                self._epochs[d] = epoch
        return self._rates

    def _abroad(self, t: int, feedback: Feedback) -> dict[str, Any]:
        """Return exits abroad; an airlift raises arrivals from the lifted stages, with or without kin."""
        if feedback.airlift == 0.0:
            return {"exits": self._exits[t], "hazard": self._hazard[t]}
        hazard = self._hazard[t].copy()
        hazard[self._model.journey.lifted, :, :, ARRIVE] += feedback.airlift
        return {"exits": chances(hazard), "hazard": hazard}

    def _factor(self, feedback: Feedback) -> np.ndarray:
        capacity_limited, places = feedback.entry_intensity.shape
        factor = np.ones((places, len(self._tables)))
        factor[:, len(self._tables) - capacity_limited :] = feedback.entry_intensity.T
        return factor


def _entry(model: CompiledModel, t: int, feedback: Feedback) -> dict[str, Any]:
    entry, now_and_next = model.entry, [t, min(t + 1, model.months - 1)]
    return {
        "age_of_majority": entry.adult_months,
        "entry_into": entry.into,
        "share": feedback.share,
        "term": entry.term[now_and_next],
        "off_term": feedback.off_term,
        "leeway": entry.leeway,
        "liable": entry.liable[now_and_next],
        "bar": entry.bar[now_and_next],
    }


def _savings(savings: Savings, t: int, month: int, feedback: Feedback) -> dict[str, Any]:
    common = np.where(savings.shares, savings.pooling[t], 0.0)
    return {
        "earnings": savings.earnings.at(t) * (1 - common)[:, None],
        "pooled": common[:, None, None] * feedback.earned[None],
        "need": np.where(savings.fed[:, None], 0.0, savings.need[t]),
        "keep": float(savings.keep[t]),
        "support": float(savings.support[t]),
        "starting_capital": float(savings.starting_capital[t]),
        "cash_line": float(savings.line[t]),
        "shock": savings.shock,
        "shock_ordinal": month // 6,
        "shock_shift": 10 * (month % 6),
        "new_shocks": t == 0 or month % 6 == 0,
    }


def _hazard_inputs(hazard_inputs: HazardInputs, t: int) -> dict[str, Any]:
    return {
        "will_place": hazard_inputs.place[t],
        "will_group": hazard_inputs.group[t],
        "will_age": hazard_inputs.age[t],
        "will_kin": float(hazard_inputs.kin[t]),
        "mobility": hazard_inputs.mobility.at(t),
        "ease": float(hazard_inputs.ease[t]),
        "watched": hazard_inputs.watched[t],
        "price": hazard_inputs.price[t],
        "aid": float(hazard_inputs.aid[t]),
        "sponsor": float(hazard_inputs.sponsor[t]),
        "log_rate_offset": hazard_inputs.log_rate_offset[t],
        "other_channels": hazard_inputs.other_channels.at(t),
    }


def _with_kin(journey: Journey) -> np.ndarray:
    """Return exit hazards (months, R, X, 2, E), without and with kin at the destination, who speed up arrival."""
    hazard = np.repeat(journey.exits[:, :, :, None, :], 2, axis=3)
    hazard[:, :, :, 1, ARRIVE] *= journey.kin[:, None, None]
    return hazard


def chances(hazard: np.ndarray) -> np.ndarray:
    """Return monthly probabilities of competing exits (last axis): 1 - exp(-sum), shared in proportion to hazard."""
    total = hazard.sum(axis=-1, keepdims=True)
    return np.asarray(hazard * np.divide(-np.expm1(-total), total, out=np.ones_like(total), where=total > 0))
