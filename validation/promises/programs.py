"""What must hold of every table the engine is handed, and worlds at the corners of what the vocabulary admits."""

from __future__ import annotations

import warnings
from functools import cache
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from tumen.case import VOCABULARY, Case, CaseError, load
from tumen.model import keys
from tumen.model.compiled import CompiledModel
from tumen.model.compiler import compile_model
from tumen.model.theories import get
from validation.stage import arrays

#: Where a range has no upper end, what is taken for it.
HIGHEST = 1e9
#: Tables of probabilities and shares; all others but the logits are amounts, finite and not below zero.
SHARES = (
    "idle", "entry.share", "entry.liable", "entry.floor", "keep", "savings.pooling", "hazard_inputs.mobility.values",
    "hazard_inputs.sponsor", "hazard_inputs.ease", "hazard_inputs.watched", "journey.success", "journey.entry",
    "links.homophily",
)  # fmt: skip
FREE = (
    "entry.bar",
    "entry.goal",
    "hazard_inputs.place",
    "hazard_inputs.group",
    "hazard_inputs.age",
    "hazard_inputs.kin",
    "hazard_inputs.price",
    "hazard_inputs.log_rate_offset",
)


def flaws(made: CompiledModel) -> list[str]:
    """The names of the tables that hold what no table of their kind may."""
    found = []
    for name, table in arrays(made):
        name = name.removeprefix(".")
        if table.dtype.kind != "f":
            continue
        if name.startswith(FREE):
            bad = np.isnan(table).any() and name != "entry.goal"
            bad |= np.isposinf(table).any()
            bad |= np.isneginf(table).any() and name not in ("entry.bar", "hazard_inputs.price")
        else:
            top = 1 if name.startswith(SHARES) or name.endswith("keep") else np.inf
            some = np.delete(table, keys.EXPONENT, axis=-1) if name == "hazard_inputs.hazard_parameters" else table
            bad = not bool(np.all((some >= 0) & (some <= top) & np.isfinite(some)))
        found += [name] if bad else []
    if not bool(np.all(made.entry.term >= 1)):
        found.append("entry.term")
    if not np.allclose(made.journey.entry.sum(axis=-1), 1, atol=1e-12):
        found.append("journey.entry sums")
    return found


@cache
def _toyland() -> Case:
    return load("toyland")


@st.composite
def amendments(draw: Any) -> list[str]:
    """Settings that put some inputs at an end of their range, or anywhere in it, from the start or from a month on."""
    case = _toyland()
    chosen = draw(st.lists(st.sampled_from(sorted(VOCABULARY)), min_size=1, max_size=6, unique=True))
    texts = []
    for key in chosen:
        given = case.inputs[key]
        high = min(given.high, HIGHEST)
        corners = st.sampled_from([given.low, high]) if given.unit == "flag" else st.one_of(
            st.sampled_from([given.low, high]), st.floats(given.low, high)
        )  # fmt: skip
        part = f".{draw(st.sampled_from(given.members))}" if given.members and draw(st.booleans()) else ""
        date = draw(st.sampled_from(["", "@1995-01", "@2000-02"]))
        texts.append(f"{key}{part}={draw(corners):.17g}{date}")
    return texts


def admissible(texts: list[str]) -> bool:
    """Whether the world either is refused in a sentence or makes a model without a flaw, and without a warning."""
    case = _toyland()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            world = case.world(settings=texts)
            made = compile_model(world.within(world.start + 60, 72), get("interplay"))
        except CaseError:
            return True
        except RuntimeWarning:  # a table was made from what is no number
            return False
    return not flaws(made)


WORLDS: SearchStrategy[list[str]] = amendments()
