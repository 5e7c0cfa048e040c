"""The figure of a backtest names the baselines beaten, posteriors that failed, and skill that is cut off."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np

from tests.infer.synthetic_backtest import backtest
from tumen.case import load
from tumen.infer.backtest import Backtest
from tumen.plots.forecasts import origins


def _text(found: Backtest, theory: str = "interplay") -> str:
    """Every word of the figure's specification, line breaks taken out."""
    drawn = origins(found, theory).to_dict()

    def words(thing: object) -> list[str]:
        if isinstance(thing, dict):
            return [word for each in thing.values() for word in words(each)]
        if isinstance(thing, list):
            return [word for each in thing for word in words(each)]
        return [thing] if isinstance(thing, str) else []

    return " ".join(" ".join(words(json.loads(json.dumps(drawn)))).split())


def test_a_good_forecaster_is_said_to_be_good_and_a_bad_one_to_be_bad() -> None:
    good = backtest(load("toyland"))
    assert "interplay forecast the total better than 3 of 3 baselines" in _text(good)
    assert "is drawn there" not in _text(good) and "FAILED DIAGNOSTICS" not in _text(good)
    far = [
        replace(one, draws=np.full_like(one.draws, 5000.0)) if one.model == "interplay" else one
        for one in good.forecasts
    ]
    bad = _text(replace(good, forecasts=tuple(far)))
    assert "interplay forecast the total better than 0 of 3 baselines" in bad
    assert "What is below -2 is drawn there." in bad
    assert "the 80 % bands of the total hold 0 % of 3 counts" in bad


def test_a_failed_posterior_stands_under_the_figure() -> None:
    assert "1 of 2 posteriors FAILED DIAGNOSTICS" in _text(backtest(load("toyland"), sound=False))


def test_each_theory_has_its_own() -> None:
    both = backtest(load("toyland"), ("interplay", "no_theory"))
    assert "Theory: no_theory, estimated anew at each origin" in _text(both, "no_theory")
    assert "Known to the end of 2002" in _text(both) and "Known to the end of 2003" in _text(both)
