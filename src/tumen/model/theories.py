"""The paper's theory and its rivals: what each restricts, what drives an attempt under it, and where it differs.

A theory is a set of restrictions on a case's inputs and at most one function of fixed signature; the rest of the
mechanism is common to all. To add one, make a `Theory` and hand it to `tumen.run`: the engine is not touched.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit

from tumen.case import CaseError, Distribution, World, distribution, suggestion
from tumen.model import (
    capital,
    keys,
)
from tumen.model.compiled import Floats
from tumen.model.elementary import FAST, exp, logistic

if TYPE_CHECKING:
    pass


@dataclass(frozen=True)
class Theory:
    """A claim about what makes people leave.

    restrictions: settings `KEY[.PART]=VALUE` put on the case; attempt_hazard: yearly rate of trying, of the signature
    of `tumen.model.keys.attempt_hazard`; rows: its monthly scalars, from the world and how the reference person
    stands; log_rate_offset: its own log rate by month and sex, beside that of nearness; priors: by input, where they
    differ from the case's; own: inputs that it alone reads, whose priors enter under it and, under it, no others.
    """

    name: str
    title: str
    claim: str
    citation: str
    restrictions: tuple[str, ...] = ()
    attempt_hazard: Any = keys.attempt_hazard
    capital_step: Any = capital.capital_step
    rows: Callable[[World, keys.ReferencePerson], Floats] = keys.rows
    log_rate_offset: Callable[[World], Floats] | None = None
    priors: Mapping[str, Distribution] = field(default_factory=dict, hash=False)
    own: tuple[str, ...] = ()


interplay = Theory(
    name="interplay",
    title="Two keys, both necessary",
    claim="Leaving takes mobility and capital together; two policies that turned one key each made the imbalance.",
    citation="Sung & Cho 2018",
    priors={"complementarity": distribution("complements", {"sigma": 1.0})},
)

open_keys = Theory(
    name="open_keys",
    title="Two keys, perhaps exchangeable",
    claim="Mobility and capital drive leaving together; whether both are necessary is for the data to say.",
    citation="Sung & Cho 2018, whose abstract calls capital sufficient and whose body calls both necessary",
)


@njit(nogil=True, error_model="numpy", fastmath=FAST)
def _pushed_and_pulled(out, will, mobility, capital, aid, sponsor, price, log_rate_offset, hazard_parameters):  # type: ignore[no-untyped-def]
    """Yearly rate = base x willingness x nearness of the border; keys and sex play no part."""
    for i in range(out.size):
        out[i] = hazard_parameters[keys.BASE] * logistic(will[i]) * exp(log_rate_offset[i])


def _rate_of_the_willing(world: World, someone: keys.ReferencePerson) -> Floats:
    return np.asarray(world.monthly("reference_rate")[:, None] / logistic(someone.will) / np.exp(someone.nearness))


push_pull = Theory(
    name="push_pull",
    title="Push and pull, blind to sex",
    claim="Hunger, repression and the pull of the South set the flow; neither mobility nor capital differs in effect.",
    citation="Lee 1966",
    attempt_hazard=_pushed_and_pulled,
    rows=_rate_of_the_willing,
)


@njit(nogil=True, error_model="numpy", fastmath=FAST)
def _led(out, will, mobility, capital, aid, sponsor, price, log_rate_offset, hazard_parameters):  # type: ignore[no-untyped-def]
    """Yearly rate = exp(log-rate offset): a trend by sex and nothing else."""
    for i in range(out.size):
        out[i] = exp(log_rate_offset[i])


def _trend(world: World) -> Floats:
    """Log yearly rate by month and sex of an adult at the narrow river, (months, 2, 1): the input `trend_rate`."""
    return np.asarray(np.log(world.monthly("trend_rate"))[:, :, None])


no_theory = Theory(
    name="no_theory",
    title="A smooth trend by sex",
    claim="No mechanism: each sex's rate of leaving follows a trend of its own. The baseline a theory must beat.",
    citation="statistical baseline",
    restrictions=(
        "crossing_success=1",
        "direct_share=1",
        "onward_direct=12",
        "onward_kin=1",
        "repatriation_first=0",
        "repatriation_later=0",
        "return_home_rate=0",
        "settling_rate=0",
        "airlift=0",
        "death_rate_abroad=0",
        "overseas_exit_rate=0",
        "other_channel_rate=0",
        "companion_ratio=0",
        "companion_ratio_older=0",
        "spouse_ratio=0",
    ),
    attempt_hazard=_led,
    rows=_rate_of_the_willing,
    log_rate_offset=_trend,
    own=("trend_rate",),
)

_SHIPPED = {theory.name: theory for theory in (interplay, open_keys, push_pull, no_theory)}


def names() -> tuple[str, ...]:
    """The shipped theories."""
    return tuple(_SHIPPED)


def owned() -> frozenset[str]:
    """The inputs that belong to one shipped theory alone."""
    return frozenset(key for theory in _SHIPPED.values() for key in theory.own)


def get(name: str) -> Theory:
    """A shipped theory by name. Raises CaseError, naming the nearest, when there is none."""
    if name in _SHIPPED:
        return _SHIPPED[name]
    raise CaseError.single(
        what=f"no theory named {name!r}",
        where="--theory",
        expected="one of " + ", ".join(_SHIPPED),
        remedy=suggestion(name, _SHIPPED, "write one of these"),
    )
