"""The figure of an experiment says what was found, in the worlds' own words."""

from __future__ import annotations

from typing import Any

import pytest

from tests.experiment.synthetic import table, with_shares
from tests.plots.test_figures import texts
from tumen.experiment.design import Design
from tumen.experiment.factorial import Factorial
from tumen.plots.experiment import MOST, figure, panelled
from tumen.plots.render import LARGEST, png, svg
from tumen.summary.experiment import shown_worlds, title_of

SINGLE = {f"single_{i}": 0.7 - 0.02 * i for i in range(10)}
TITLES = {"tie=no_tie": "Men free of the workplace", "single_9": "Single nine"}


def found(tie: float = -0.2, factors: tuple[str, ...] = ("military_first", "market_reform", "tie")) -> Factorial:
    """Women are 70 % in the base; without the workplace tie fewer; single worlds each by two points fewer."""

    def share(levels: dict[str, str], draw: int) -> float:
        moved = tie if levels.get("tie") == "no_tie" else 0.0
        return SINGLE.get(levels["world"], 0.7) + moved + 0.002 * draw

    made = table(
        {name: [f"no_{name}"] for name in factors},
        with_shares(share),
        draws=9,
        years=(1998, 2005),
        single=tuple(SINGLE),
    )
    design = Design("Made up", "toyland", "interplay", (), (), 9, 1, None, None, (2002, 2004))
    return Factorial(design, made, {}, {}, {"agents": 4000, "titles": TITLES})


def said_in(chart: Any) -> str:
    return " ".join(texts(svg(chart)).split())


def test_policies_have_panels_and_of_single_worlds_those_that_move_most() -> None:
    made = found()
    assert shown_worlds(made)[:4] == [
        "military_first=no_military_first", "market_reform=no_market_reform", "tie=no_tie",
        "military_first=no_military_first, market_reform=no_market_reform, tie=no_tie",
    ]  # fmt: skip
    names = panelled(made)
    assert len(names) == MOST and names[:4] == shown_worlds(made)[:4]
    assert names[4:] == [f"single_{i}" for i in range(4, 10)]
    assert title_of(made, names[3]) == "None of the 3 policies" and title_of(made, "single_4") == "single 4"


def test_the_figure_says_the_finding_with_numbers_and_is_small() -> None:
    chart = figure(found())
    said = said_in(chart)
    assert "Women are 70.8 % of arrivals in 2002-2004" in said
    assert "70.8 % without military first and market reform" in said
    assert '50.8 % in the world "Men free of the workplace"' in said
    assert "50.8 % (50.2-51.4)" in said and "Single nine" in said
    assert "9 draws of its posterior, 4,000 agents a run" in said and "4 more worlds are in the table." in said
    assert len(png(svg(chart))) <= LARGEST


@pytest.mark.parametrize(("tie", "words"), [(0.1, "in no world fewer"), (-0.1, '60.8 % in the world "Men free')])
def test_without_the_papers_policies_only_the_lowest_world_is_named(tie: float, words: str) -> None:
    made = found(tie, ("tie",))
    only = made.table.sel(world=[name for name in made.table["world"].values if "single" not in str(name)])
    said = said_in(figure(Factorial(made.design, only, {}, {}, made.about), "departures"))
    assert words in said and "without" not in said
