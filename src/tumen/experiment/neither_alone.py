"""In how many draws does "neither policy alone suffices" hold?

The paper: "If only one of the two policies is implemented, the gender-imbalanced defection by the North Koreans would
not occur" (Sung & Cho 2018, pp. 97-118, section "Interplay of the Military Draft System and Marketization", second
paragraph). It says neither what counts as imbalanced nor imbalanced against what, so that it is read in two ways, each
with a threshold that is varied.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr

from tumen.case import CaseError
from tumen.case.inputs import BASE
from tumen.experiment.attribution import Choice, choose, factors_of, worlds
from tumen.experiment.measures import measures

#: The two readings of the sentence.
LEVEL, PART = "level", "part"
#: Women's share above which a flow is called imbalanced: halfway between the 50 % of 2002 that the paper calls roughly
#: equal and the "roughly 70 %" that it calls imbalanced (abstract and p. 97 on); and what is tried beside.
SHARE, SHARES = 0.6, (0.5, 0.55, 0.6, 0.65, 0.7, 0.75)
#: Part of the joint rise that one policy alone may bring: half of it, and what is tried beside.
HALF, PARTS = 0.5, (0.1, 0.25, 0.5, 0.75, 0.9)


def holds(share: np.ndarray, reading: str, threshold: float) -> np.ndarray:
    """Whether the sentence holds in each draw, (draw,) of True and False.

    share: women's share p by draft and market, (2, 2, draw), 0 removed and 1 in force: p[1, 1] the world as it was,
    p[1, 0] the draft alone, p[0, 1] the market alone, p[0, 0] neither. With threshold t

        level:  p[1, 1] > t and p[1, 0] <= t and p[0, 1] <= t
        part:   g = p[1, 1] - p[0, 0] > 0, and p[1, 0] - p[0, 0] <= t g and p[0, 1] - p[0, 0] <= t g.

    `level` asks whether the imbalance would not occur, as the paper says; `part` asks only that what the two policies
    bring together they do not bring singly, and so can hold where women are the majority for
    other causes. NaN is False.
    """
    both, draft, market, none = share[1, 1], share[1, 0], share[0, 1], share[0, 0]
    if reading == LEVEL:
        return np.asarray((both > threshold) & (draft <= threshold) & (market <= threshold))
    if reading == PART:
        gain = both - none
        return np.asarray((gain > 0) & (draft - none <= threshold * gain) & (market - none <= threshold * gain))
    raise ValueError(f"no reading {reading!r}")


def neither_alone(
    table: xr.Dataset,
    years: tuple[int, int],
    pair: tuple[str, str] = ("military_first", "market_reform"),
    flow: str = "arrivals",
    levels: Mapping[str, str] | None = None,
    at: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """The share of draws in which the sentence holds, overall, by history, and at every further level of the design.

    pair: the factors that stand for the draft and the market. Columns: `where` (`all draws`, `history NAME`, or
    `FACTOR=LEVEL` for a level at which another factor is held or that stands for one of the pair), `reading`,
    `threshold`, `draws` (how many were judged), `holds` (share of them), and the median women's share of each world:
    `both`, `draft_alone`, `market_alone`, `neither`. Raises CaseError where the factorial lacks a world.
    """
    if len(set(pair)) != 2:
        raise CaseError.single(
            "one factor is named twice", "neither alone", "two factors", "name the draft and the market"
        )
    seen = measures(table, years, flow)["female_share"].transpose("world", "draw")
    chosen = choose(table, pair, levels, at)
    rows = _rows("all draws", seen, worlds(table, chosen), np.ones(seen.sizes["draw"], dtype=bool))
    histories = seen["history"].values.astype(str) if "history" in seen.coords else np.full(seen.sizes["draw"], BASE)
    for history in dict.fromkeys(histories.tolist()):
        rows += _rows(f"history {history}", seen, worlds(table, chosen), histories == history)
    for name, other in _elsewhere(table, chosen):
        rows += _rows(name, seen, worlds(table, other), np.ones(seen.sizes["draw"], dtype=bool))
    return pd.DataFrame(rows)


def _elsewhere(table: xr.Dataset, chosen: Choice) -> list[tuple[str, Choice]]:
    """The same question at every level of the design that is not part of it."""
    found = []
    for name, known in factors_of(table).items():
        for level in (*known, *((BASE,) if name not in chosen.levels else ())):
            if name in chosen.levels and level != chosen.levels[name]:
                found.append((f"{name}={level}", Choice({**chosen.levels, name: level}, chosen.at)))
            elif name not in chosen.levels and level != chosen.at.get(name, BASE):
                found.append((f"{name}={level}", Choice(chosen.levels, {**chosen.at, name: level})))
    return found


def _rows(where: str, seen: xr.DataArray, places: np.ndarray, which: np.ndarray) -> list[dict[str, object]]:
    share = seen.values[places][..., which]
    middle = np.nanmedian(share, axis=-1) if np.isfinite(share).any(axis=-1).all() else np.full((2, 2), np.nan)
    medians = {"both": middle[1, 1], "draft_alone": middle[1, 0], "market_alone": middle[0, 1], "neither": middle[0, 0]}
    known = np.isfinite(share).all(axis=(0, 1))
    return [
        {
            "where": where,
            "reading": reading,
            "threshold": threshold,
            "draws": int(known.sum()),
            "holds": float(holds(share[..., known], reading, threshold).mean()) if known.any() else float("nan"),
            **{name: float(value) for name, value in medians.items()},
        }
        for reading, thresholds in ((LEVEL, SHARES), (PART, PARTS))
        for threshold in thresholds
    ]
