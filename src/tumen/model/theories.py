"""The paper's theory and its competitors: what each restricts, and the attempt hazard under it.

A theory is a set of restrictions on a case's inputs and at most one function of fixed signature; the rest of the
mechanism is shared. To add one, make a `Theory` and pass it to `tumen.run`; the engine needs no change.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numba import njit

from tumen.case import CaseError, Distribution, World, distribution, suggestion
from tumen.errors import refused
from tumen.model import capital, keys
from tumen.model.compiled import Floats
from tumen.model.elementary import FAST, exp, logistic


@dataclass(frozen=True)
class Theory:
    """A claim about what makes people leave.

    restrictions: settings `KEY[.PART]=VALUE` put on the case; attempt_hazard: yearly rate of attempts, with the
    signature of `tumen.model.keys.attempt_hazard`; capital_step: moves savings, as `tumen.model.capital.capital_step`;
    hazard_parameters: the monthly parameters of `attempt_hazard`, (months, n), from the world and its reference person;
    log_rate_offset: an extra log rate, (months, 2, 1 or provinces), beside that of nearness; priors: by input, where
    they differ from the case's; own: inputs that only this theory reads, the only ones with priors under it.
    """

    name: str
    title: str
    claim: str
    citation: str
    restrictions: tuple[str, ...] = ()
    attempt_hazard: Any = keys.attempt_hazard
    capital_step: Any = capital.capital_step
    hazard_parameters: Callable[[World, keys.ReferencePerson], Floats] = keys.hazard_parameters
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
def _push_pull_hazard(out, will, mobility, capital, aid, sponsor, price, log_rate_offset, hazard_parameters):  # type: ignore[no-untyped-def]
    """Write the yearly rate = base x willingness x nearness of the border, without the keys."""
    for i in range(out.size):
        out[i] = hazard_parameters[keys.BASE] * logistic(will[i]) * exp(log_rate_offset[i])


def _willingness_parameters(world: World, someone: keys.ReferencePerson) -> Floats:
    return np.asarray(world.monthly("reference_rate")[:, None] / logistic(someone.will) / np.exp(someone.nearness))


push_pull = Theory(
    name="push_pull",
    title="Push and pull, blind to sex",
    claim="Hunger, repression and the pull of the South set the flow; neither mobility nor capital differs in effect.",
    citation="Lee 1966",
    attempt_hazard=_push_pull_hazard,
    hazard_parameters=_willingness_parameters,
)


@njit(nogil=True, error_model="numpy", fastmath=FAST)
def _trend_hazard(out, will, mobility, capital, aid, sponsor, price, log_rate_offset, hazard_parameters):  # type: ignore[no-untyped-def]
    """Write the yearly rate = exp(log-rate offset), a trend by sex."""
    for i in range(out.size):
        out[i] = exp(log_rate_offset[i])


def _trend(world: World) -> Floats:
    """Return the log yearly rate of an adult at the narrow river, (months, 2, 1): the input `trend_rate`."""
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
    attempt_hazard=_trend_hazard,
    hazard_parameters=_willingness_parameters,
    log_rate_offset=_trend,
    own=("trend_rate",),
)

_SHIPPED = {theory.name: theory for theory in (interplay, open_keys, push_pull, no_theory)}


def names() -> tuple[str, ...]:
    """Return the names of the shipped theories."""
    return tuple(_SHIPPED)


def owned() -> frozenset[str]:
    """Return the inputs that belong to a single shipped theory."""
    return frozenset(key for theory in _SHIPPED.values() for key in theory.own)


def theory_of(theory: Theory | str) -> Theory:
    """A theory, given itself or by name. Raises CaseError for anything else."""
    if isinstance(theory, (str, Theory)):
        return get(theory) if isinstance(theory, str) else theory
    raise refused("theory", theory, "the name of a theory, or one of tm.theories", 'write for example "interplay"')


def get(name: str) -> Theory:
    """Return a shipped theory by name. Raises CaseError, with the nearest name, if there is none."""
    if name in _SHIPPED:
        return _SHIPPED[name]
    raise CaseError.single(
        what=f"no theory named {name!r}",
        where="theory=",
        expected="one of " + ", ".join(_SHIPPED),
        remedy=suggestion(name, _SHIPPED, "write one of these"),
    )
