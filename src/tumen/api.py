"""What `tumen` offers to Python on top of the rooms: runs that choose their parameters as the command line does."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from numbers import Integral
from typing import TYPE_CHECKING, Any

from tumen import simulate as simulation
from tumen.case import Case, CaseError, World
from tumen.errors import listing, shown
from tumen.simulate import DEFAULT_PEOPLE, PILOT_SIZES

if TYPE_CHECKING:
    from pathlib import Path

    import altair as alt

    from tumen.experiment.factorial import Factorial
    from tumen.experiment.sensitivity.study import Sensitivity
    from tumen.infer.backtest import Backtest, BacktestProgress
    from tumen.infer.calibration import Plan
    from tumen.infer.chosen_parameters import Chosen
    from tumen.infer.posterior import Posterior
    from tumen.model.theories import Theory
    from tumen.result import Result
    from tumen.simulate.sizing import Sizing

_LOG = logging.getLogger("tumen")


def run(
    world: World | Case,
    theory: Theory | str = "interplay",
    *,
    people: int | None = DEFAULT_PEOPLE,
    seed: int = 1,
    draws: int | None = None,
    parameters: str | Path | None = None,
    threads: int = 2,
    events: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Result:
    """Simulate a world under a theory, month by month, and return its labelled flows.

    world: a case stands for its base world. A world made with parameters keeps them. Any other takes, with the
    history that belongs to them, those of the user's own posterior of the theory, else of the one shipped with the
    case, else of the user's own best fit, else of the shipped one, else the case's own values; parameters:
    "posterior", "fit", "case" or the file of a posterior (.nc) or a fit, in place of the first there is.
    `record["parameters"]` of the result says which, and so does the log `tumen` at level INFO. people: sample size;
    None for one agent a person. seed: random seed. draws: how many draws of a posterior are simulated beside its
    central one, `threads` of them side by side, for `draws` of the result (arrivals and departures by draw, year and
    sex); None for 40 where the parameters are a posterior's. events: keep one sampled life for each agent beside the
    expected flows. progress is told the months done and in all of the central run. Raises CaseError.
    """
    drives = _theory(theory)
    _refuse_no_world(world)
    people, seed, threads = (
        _whole("people", people, 1, none=True),
        _whole("seed", seed, 0),
        _whole("threads", threads, 1),
    )
    draws = _whole("draws", draws, 0, none=True)
    asked, chosen = _with_parameters(world, drives, parameters)
    which = _which_draws(asked, chosen, draws)
    copy = _copy(asked.case)
    result = simulation.run(asked, drives, people=people, seed=seed, threads=threads, events=events, progress=progress)
    result = replace(result, case=copy)
    if chosen is None:
        return result
    result = replace(result, record={**result.record, "parameters": chosen.as_record()})
    return _with_draws(result, world, drives, chosen, which, threads)


def size(
    world: World | Case,
    theory: Theory | str,
    *,
    noise: float = 0.02,
    figure: str = "arrivals",
    years: tuple[int, int] | None = None,
    seed: int = 1,
    parameters: str | Path | None = None,
    threads: int = 2,
    sizes: Sequence[int] = PILOT_SIZES,
    seeds: int = 10,
    checks: int = 6,
    progress: Callable[[str, int, int], None] | None = None,
) -> Sizing:
    """Find the sample size for a target Monte Carlo error: `tumen.simulate.size`, with the parameters `run` takes."""
    drives = _theory(theory)
    _refuse_no_world(world)
    seed, threads = _whole("seed", seed, 0), _whole("threads", threads, 1)
    return simulation.size(
        _with_parameters(world, drives, parameters)[0],
        drives,
        noise=noise,
        figure=figure,
        years=years,
        seed=seed,
        threads=threads,
        sizes=sizes,
        seeds=seeds,
        checks=checks,
        progress=progress,
    )


def factorial(
    case: Case,
    theory: Theory | str,
    factors: Mapping[str, Any] | Sequence[str],
    *,
    worlds: Mapping[str, Any] | None = None,
    draws: int = 40,
    seeds: int = 1,
    agents: int | None = None,
    years: tuple[int, int] | None = None,
    compare: tuple[int, int] | None = None,
    title: str = "Factorial",
    folder: str | Path | None = None,
    parameters: Path | str | None = None,
    allow_failed_diagnostics: bool = False,
    cluster: str | None = None,
    processes: int = 2,
    seconds: float | None = None,
    memory: float | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Factorial:
    """Simulate every combination of policies with the same people, draws and luck, and return what they show.

    factors: by name, what is in force instead of the case's own policy: a scenario, a list of them, a mapping
    `{scenario, set, variant, history}`, or several levels by name; a list of policies stands for the case's scenarios
    `no_POLICY`. worlds: single worlds beside the combinations.
    draws, seeds: of the theory's posterior, and random seeds of each. agents: of a run (None: as the posterior's).
    years: first and last that are kept; compare: those over which worlds are compared (None: all). folder: where
    results are kept and found again, any address that fsspec knows (None: the user's data folder). parameters: the file
    of a posterior (None: that of the theory); allow_failed_diagnostics: use one that failed a check. cluster: the
    address of a Dask scheduler; without one, `processes` work here, 1 of them in this process. seconds, memory: what a
    draw may take in all worlds, and hold in GB (10**9 bytes); a draw that goes beyond is tried three times, then set
    aside (None: 900 s, or 20 times what a draw of its size takes, and 80 % of its worker's memory; with 1 process no limits
    unless one is given). Raises CaseError.

    >>> import tumen as tm
    >>> both = {"draft": "no_military_first", "market": "no_market_reform"}
    >>> made = tm.factorial(tm.load("north_korea"), "interplay", both)  # doctest: +SKIP
    >>> made.worlds()["female_share"].median("draw"), made.shapley(), made.table  # doctest: +SKIP
    """
    from tumen.experiment import factorial as experiment
    from tumen.experiment.design import design_from
    from tumen.experiment.limits import limits_of

    drives, factors = _theory(theory), _factors(case, factors)
    stated = {
        "title": title, "case": case.name, "theory": drives.name, "draws": draws, "seeds": seeds,
        "factors": dict(factors), "worlds": dict(worlds or {}),
    }  # fmt: skip
    stated |= {} if agents is None else {"agents": agents}
    stated |= {} if years is None else {"years": list(years)}
    stated |= {} if compare is None else {"compare": list(compare)}
    design = design_from(stated)
    return experiment.factorial(
        design, folder, case=case, theory=drives, found=_posterior(case, drives, parameters, allow_failed_diagnostics),
        cluster=cluster, processes=processes, limits=limits_of(seconds, memory), progress=progress,
    )  # fmt: skip


def sensitivity(
    case: Case,
    theory: Theory | str,
    *,
    methods: Sequence[str] = ("draws", "morris", "sobol", "prim"),
    worlds: Sequence[str] = (),
    runs: int | None = None,
    draws: int = 200,
    fall: float | None = None,
    years: tuple[int, int] | None = None,
    seed: int = 1,
    parameters: Path | str | None = None,
    allow_failed_diagnostics: bool = False,
    cluster: str | None = None,
    processes: int = 2,
    progress: Callable[[str, int, int], None] | None = None,
) -> Sensitivity:
    """Tell which parameters of the posterior, and which fixed inputs, move women's share, the flow and what worlds do.

    methods: draws (what is told by draws of the posterior), morris (elementary effects on real runs), sobol (indices on
    an emulator of these), prim (the box in which women's share does not fall in a world). worlds: scenarios of the case
    whose effect is an outcome, too. runs: of the design of elementary effects (None: ten trajectories); draws: those
    simulated in worlds; fall: points by which the share may fall there (None: none); years: first and last of the
    outcomes (None: those that were counted one by one). parameters: the file of a posterior (None: that of the theory);
    allow_failed_diagnostics: use one that failed a check. cluster: the address of a Dask scheduler; without one,
    `processes` work here.
    Runs are kept in the user's data folder. progress is told the stage, what is done, and of how many. Raises
    CaseError.
    """
    from tumen.experiment.sensitivity import study

    drives, asked = _theory(theory), study.Asked(tuple(methods), tuple(worlds), runs, draws, fall, years, seed)
    held = _posterior(case, drives, parameters, allow_failed_diagnostics)
    return study.sensitivity(case, drives, asked, given=held, cluster=cluster, processes=processes, progress=progress)


def backtest(
    case: Case,
    theories: Theory | str | Sequence[Theory | str],
    *,
    origins: Sequence[int] | None = None,
    ahead: int = 3,
    plan: Plan | None = None,
    cluster: str | None = None,
    processes: int = 2,
    folder: Path | None = None,
    progress: Callable[[BacktestProgress], None] | None = None,
) -> Backtest:
    """Forecast the years after each of several origins by what was known then, and score it beside baselines.

    theories: one or several, judged by the same rule. origins: calendar years at whose end a forecast is made (None:
    the latest seven with two counted years ahead; 2008 to 2014 for North Korea). ahead: years ahead. plan: runs at one
    origin beside those of its fit (None: at most 368). cluster: the address of a Dask scheduler; without one,
    `processes` run on this machine. folder: where runs are kept (default: the user's data folder); asked again after an
    interruption, it continues where it was. What is still known ahead stands in docs/backtest.md. Raises CaseError.

    >>> import tumen as tm
    >>> made = tm.backtest(tm.load("toyland"), ["interplay", "no_theory"])  # doctest: +SKIP
    >>> made.skill, made.hub  # doctest: +SKIP
    """
    from tumen.infer.backtest import PLAN, perform

    named = list(theories) if isinstance(theories, Sequence) and not isinstance(theories, str) else [theories]
    drives = [_theory(one) for one in named]
    return perform(case, drives, origins, ahead, plan or PLAN, cluster, processes, folder, progress)


def plot(result: Result, case: Case | None = None) -> alt.VConcatChart:
    """Draw arrivals by sex and women's share of them, model and data: the figure `arrivals_by_sex` as an altair chart.

    case: that of the result, for names and sources (None: its own copy, else the shipped one if it is the same).
    Notebooks show the chart; `.save(FILE)` writes it. Raises ResultError where the result holds no whole year.
    """
    from tumen.plots.arrivals import by_sex
    from tumen.result import ResultError, yearly_arrivals
    from tumen.result.case_copy import case_of

    if yearly_arrivals(result.flows).empty:
        raise ResultError(
            "the result holds no whole year", "plot", "twelve months of a year", "simulate a longer window"
        )
    return by_sex(result, case if case is not None else case_of(result)[0])


def _factors(case: Case, given: Mapping[str, Any] | Sequence[str]) -> dict[str, Any]:
    """Factors by name; of a list of policies, the scenarios of the case without them. Raises CaseError."""
    if isinstance(given, Mapping):
        return dict(given)
    names = [given] if isinstance(given, str) else list(given)
    for name in names:
        if f"no_{name}" not in case.scenarios:
            known = [one.removeprefix("no_") for one in case.scenarios if one.startswith("no_")]
            raise _refused(
                "factors",
                name,
                f"a policy that a scenario of the case takes away: {listing(known)}",
                "name one, or give scenarios by name of the factor",
            )
    return {name: f"no_{name}" for name in names}


def _refuse_no_world(world: object) -> None:
    """Raise CaseError for what is neither a world nor a case."""
    if isinstance(world, (World, Case)):
        return
    remedy = f'write tm.load("{world}")' if isinstance(world, str) else 'write tm.load("toyland") or tm.load(FOLDER)'
    raise _refused("world", world, "a case or a world of one", remedy)


def _whole(name: str, given: Any, least: int, none: bool = False) -> Any:
    """A whole number, or None where that is allowed. Raises CaseError for anything else."""
    if given is None and none:
        return None
    whole = int(given) if isinstance(given, Integral) and not isinstance(given, bool) else None
    if whole is None or not least <= whole < 2**63:
        expected = f"a whole number from {least}{' or None' if none else ''}"
        raise _refused(name, given, expected, f"write for example {name}={max(least, 1)}")
    return whole


def _refused(name: str, given: object, expected: str, remedy: str) -> CaseError:
    return CaseError.single(f"{name} is {shown(repr(given), quote=False)}", f"{name}=", expected, remedy)


def _copy(case: Case) -> dict[str, bytes] | None:
    """The files of the case, to be saved with a result; None, which is said, where they are no longer those read."""
    from tumen.result import ResultError, copy_of

    try:
        return copy_of(case)
    except ResultError as error:
        _LOG.warning("the result will hold no copy of its case: %s", error)
        return None


def _theory(theory: Theory | str) -> Theory:
    from tumen.model.theories import Theory, get

    if isinstance(theory, (str, Theory)):
        return get(theory) if isinstance(theory, str) else theory
    raise _refused("theory", theory, "the name of a theory, or one of tm.theories", 'write for example "interplay"')


def _posterior(case: Case, theory: Theory, file: Path | str | None, allow_failed: bool) -> Posterior:
    """The posterior of a theory, or the one in a file; what is passed over is logged. Raises CaseError."""
    from pathlib import Path

    from tumen.infer.posterior import posterior

    path = None if file is None else Path(file)
    found = posterior(case, theory.name, allow_failed_diagnostics=allow_failed, file=path)
    if found.notice:
        _LOG.warning("%s", found.notice)
    return found


def _which_draws(asked: World, chosen: Chosen | None, number: int | None) -> tuple[int, ...]:
    """The draws to simulate. A world that was made with parameters of its own has none."""
    from tumen.infer.draws import chosen_draws, no_posterior, refuse_late

    if chosen is None:
        if number:
            raise no_posterior(number, asked.parameters.name if asked.parameters else "none")
        return ()
    which = chosen_draws(chosen, number)
    if which and number is None and asked.start != asked.case.start:
        _LOG.info("no draws: the world begins later than its case")
        return ()
    if which:
        refuse_late(asked)
    return which


def _with_draws(
    result: Result, world: World | Case, theory: Theory, chosen: Chosen, which: tuple[int, ...], processes: int
) -> Result:
    """The result with draws simulated in the world that was asked for, to which each brings its own history."""
    if not which or chosen.posterior is None:
        return result
    from tumen.infer.draws import as_record, run_draws

    made = world.world() if isinstance(world, Case) else world
    draws = run_draws(made, theory, chosen.posterior, which, processes=processes)
    return replace(result, draws=draws, record={**result.record, "draws": as_record(draws, chosen)})


def _with_parameters(world: World | Case, theory: Theory, given: str | Path | None) -> tuple[World, Chosen | None]:
    """The world with the parameters it is to run with, and where they were found; None where it had its own."""
    from tumen.infer.chosen_parameters import choose

    made = world.world() if isinstance(world, Case) else world
    if made.parameters is not None:
        if given is not None:
            raise CaseError.single(
                f"parameters={str(given)!r} stands beside a world that has its own, {made.parameters.name}",
                "tumen.run",
                "one of them",
                "leave one out",
            )
        return made, None
    chosen = choose(made.case, theory.name, given=given)
    ready = made.with_parameters(chosen.parameters, chosen.history) if chosen.parameters is not None else made
    _LOG.info("%s", chosen.line(ready.history))
    return ready, chosen
