"""The likelihood is the one that is stated: each part against scipy's distributions, the shocks, and the wall."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from tumen.infer.likelihood import WALL, Likelihood, Noise, measured
from tumen.infer.targets import Block, Measure, Table, Targets

SHARE = Measure(0, 0.3, True, "logit_normal", 0.4, 2003, "a share")
SIZE = Measure(1, 1500.0, False, "lognormal", 0.5, 2000, "a number")
BOUND = Measure(2, 120.0, False, "at_least", 0.2, 2002, "a lower bound")
SURVEY = Measure(3, 0.25, True, "binomial", 400.0, 2003, "a survey")
AGES = Table((4, 5, 6), (0.2, 0.5, 0.3), 1000.0, 2003, "a table")
ASKED = Targets(
    np.arange(1990.0, 2002),
    (Block(1990, 1999, (95.0, 130.0), ""), Block(2000, 2000, (98.0, 66.0), ""), Block(2001, 2001, (141.0, 80.0), "")),
    (SHARE, SIZE, BOUND, SURVEY),
    (AGES,),
)
ARRIVALS = np.array([[80.0, 150.0], [110.0, 60.0], [120.0, 90.0]])
PHI, RHO, SHOCK = 0.2, 0.01, np.array([0.3, -0.2])
NOISE = Noise(PHI, RHO, SHOCK)
SHARES = np.array([0.25, 0.4, 0.35])
SIGNALS = np.concatenate(
    [np.log(ARRIVALS).ravel(), [np.log(0.35 / 0.65), np.log(2000), np.log(100), -1.3], np.log(SHARES), [-2.0]]
)
COUNTED = np.array([block.persons for block in ASKED.blocks])


def parts(signals: np.ndarray = SIGNALS, noise: Noise = NOISE, asked: Targets = ASKED) -> np.ndarray:
    return np.asarray(Likelihood(asked).parts(signals, noise))


def named(asked: Targets = ASKED) -> dict[str, float]:
    return dict(zip(asked.names, parts(asked=asked), strict=True))


def test_a_part_for_each_name() -> None:
    assert parts().shape == (len(ASKED.names),)
    assert len(SIGNALS) == ASKED.size


def test_totals_are_negative_binomial_with_the_variance_stated() -> None:
    mean = ARRIVALS.sum(axis=1) * np.exp([0, *SHOCK])
    size = 1 / PHI**2
    law = stats.nbinom(size, size / (size + mean))
    assert law.mean() == pytest.approx(mean)
    assert law.var() == pytest.approx(mean + (PHI * mean) ** 2)
    assert parts()[:3] == pytest.approx(law.logpmf(COUNTED.sum(axis=1)), rel=1e-9)


def test_women_are_beta_binomial_within_the_total_counted() -> None:
    share, total = ARRIVALS[:, 0] / ARRIVALS.sum(axis=1), COUNTED.sum(axis=1)
    alike = 1 / RHO - 1
    law = stats.betabinom(total.astype(int), share * alike, (1 - share) * alike)
    assert law.var() == pytest.approx(total * share * (1 - share) * (1 + (total - 1) * RHO))
    assert parts()[3:6] == pytest.approx(law.logpmf(COUNTED[:, 0]), rel=1e-9)


def test_rows_follow_their_error_models() -> None:
    found = named()
    logit = np.log(0.3 / 0.7)
    assert found["a share"] == pytest.approx(stats.norm.logpdf(logit, np.log(0.35 / 0.65), 0.4))
    assert found["a number"] == pytest.approx(stats.norm.logpdf(np.log(1500), np.log(2000), 0.5))
    assert found["a lower bound"] == pytest.approx(stats.norm.logcdf((np.log(100) - np.log(120)) / 0.2))


def test_surveys_and_tables_are_multinomial_up_to_their_constants() -> None:
    """The constant holds no signal: it is the same wherever the signals are."""
    found, other = named(), SIGNALS.copy()
    other[9], other[10:13] = 0.4, np.log([0.1, 0.1, 0.8])
    elsewhere = dict(zip(ASKED.names, parts(other), strict=True))

    def survey(signal: float) -> float:
        return float(stats.binom.logpmf(100, 400, 1 / (1 + np.exp(-signal))))

    assert found["a survey"] - elsewhere["a survey"] == pytest.approx(survey(-1.3) - survey(0.4))
    counts = np.array([200, 500, 300])
    gain = stats.multinomial.logpmf(counts, 1000, SHARES) - stats.multinomial.logpmf(counts, 1000, [0.1, 0.1, 0.8])
    assert found["a table"] - elsewhere["a table"] == pytest.approx(gain)


def test_a_table_does_not_depend_on_how_its_shares_are_scaled() -> None:
    other = SIGNALS.copy()
    other[10:13] += 0.7
    assert parts(other) == pytest.approx(parts())


@pytest.mark.parametrize("error, sign", [("at_least", 1), ("at_most", -1)])
def test_a_bound_grows_only_towards_its_side(error: str, sign: int) -> None:
    bound = replace(BOUND, error=error)
    below, at, above = (float(measured(np.log(120.0) + sign * by, bound)) for by in (-1.0, 0.0, 3.0))
    assert below < at == pytest.approx(np.log(0.5))
    assert above == pytest.approx(0, abs=1e-9)


def test_a_shock_moves_the_totals_of_single_years_only() -> None:
    moved = parts(noise=NOISE._replace(shock=np.array([0.3, 0.5]))) - parts()
    changed = {name for name, by in zip(ASKED.names, moved, strict=True) if by != 0}
    assert changed == {"arrivals 2001, total"}


def test_a_shock_is_the_same_as_more_arrivals_of_both_sexes() -> None:
    more = SIGNALS.copy()
    more[2:4] += 0.3
    more[4:6] -= 0.2
    assert parts(more, NOISE._replace(shock=np.zeros(2))) == pytest.approx(parts())


def test_a_block_among_single_years_has_no_shock_and_takes_none_from_them() -> None:
    blocks = (
        ASKED.blocks[1],
        replace(ASKED.blocks[0], first=2001, last=2003),
        replace(ASKED.blocks[2], first=2004, last=2004),
    )
    middle = replace(ASKED, blocks=blocks)
    assert Likelihood(middle).years == [2000, 2004]
    assert np.asarray(Likelihood(middle).shocks(NOISE)) == pytest.approx([0.3, 0, -0.2])


@pytest.mark.parametrize("network, cost", [(-3.0, 0.0), (-1e-9, 0.0), (0.1, 0.1 * WALL), (1.0, WALL)])
def test_the_wall_stands_where_a_network_feeds_itself(network: float, cost: float) -> None:
    signals = SIGNALS.copy()
    signals[-1] = network
    total = float(Likelihood(ASKED).total(signals, NOISE))
    assert total == pytest.approx(parts().sum() - cost)


def test_rows_without_counts_are_a_likelihood_of_their_own() -> None:
    bare = replace(ASKED, blocks=())
    assert parts(SIGNALS[6:], asked=bare) == pytest.approx(parts()[6:])
