"""The options that choose a world, and the request in a record by which a run can be made again."""

from __future__ import annotations

import os
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tumen.case import Case, ParameterSet, Scenario, World
    from tumen.perform import PreparedRun, RunOptions

#: Prefix of the scenario of a world without a policy.
NO_SCENARIO = "no_"


@dataclass(frozen=True)
class WorldOptions:
    """Which world of a case: scenarios by name, with the text of those from files; the years simulated and kept."""

    scenarios: tuple[dict[str, str], ...]
    settings: tuple[str, ...]
    variants: dict[str, str]
    history: str | None
    first_year: int | None
    last_year: int | None

    def world(self, case: Case, parameters: ParameterSet | None = None) -> World:
        """The world, to the last year asked for. Raises CaseError."""
        scenarios = [_scenario(case, entry) for entry in self.scenarios]
        world = case.world(scenarios, self.history, self.variants, self.settings, parameters)
        for year in (self.first_year, self.last_year):
            _check_year(case, year)
        if self.last_year is None:
            return world
        return world.within(world.start, 12 * (self.last_year + 1) - world.start)


@dataclass(frozen=True)
class Request:
    """What the record of a run says was asked for."""

    theory: str
    world: WorldOptions
    parameters: ParameterSet | None
    run: RunOptions

    def of(self, case: Case) -> World:
        """The world of the central run, with its parameters."""
        return self.world.world(case, self.parameters)

    def without_parameters(self, case: Case) -> World:
        """The world to which each draw brings its own parameters and history."""
        from dataclasses import replace

        return replace(self.world, history=None).world(case)


def request_as_dict(theory: str, world: WorldOptions, prepared: PreparedRun) -> dict[str, Any]:
    """The request for the record, which holds the parameters already."""
    from tumen.infer.chosen_parameters import history_of

    drawn = prepared.chosen.history if prepared.chosen else None
    history = history_of(prepared.asked.asked.scenarios, world.history, drawn)
    run = {name: getattr(prepared.options, name) for name in ("people", "seed", "events")}
    return {"theory": theory, **asdict(world), "history": history, **run}


def request_of(record: dict[str, Any]) -> Request | None:
    """The request in a record; None where the run was not made by the command line."""
    from tumen.case import ParameterSet
    from tumen.perform import RunOptions

    asked, given = record.get("request"), record.get("parameters")
    run = {"people", "seed", "events"}
    if not isinstance(asked, dict) or set(asked) != {"theory", *WorldOptions.__dataclass_fields__} | run:
        return None
    if not isinstance(given, dict) or not {"name", "values"} <= set(given):
        return None
    lists = {name: tuple(asked[name]) for name in ("scenarios", "settings")}
    world = WorldOptions(**({name: asked[name] for name in WorldOptions.__dataclass_fields__} | lists))
    values = given["values"]
    options = RunOptions(
        asked["people"], asked["seed"], None if values else "case", draws=0, threads=usable_threads(),
        events=asked["events"],
    )  # fmt: skip
    return Request(asked["theory"], world, ParameterSet(given["name"], values) if values else None, options)


def usable_threads() -> int:
    """The processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1


def named_scenarios(case: Case, given: list[str], without: list[str]) -> tuple[dict[str, str], ...]:
    """The scenarios of a request, each read once: a name of the case, or a file with its text."""
    names = [*given, *(_without(case, policy) for policy in without)]
    _refuse_twice(names)
    found = []
    for name in names:
        scenario = case.scenario(name)
        entry = {"name": scenario.name}
        if name not in case.scenarios:
            entry["text"] = Path(name).read_text(encoding="utf-8-sig")
        found.append(entry)
    return tuple(found)


def _refuse_twice(names: list[str]) -> None:
    from tumen.case import CaseError

    for name in names:
        if names.count(name) > 1:
            policy = name.removeprefix(NO_SCENARIO)
            said = f"--without {policy} (the scenario {name})" if policy != name else f"the scenario {name}"
            what = f"{said} is given twice"
            raise CaseError.single(what, "tumen run, --scenario and --without", "each once", "leave one out")


def _without(case: Case, policy: str) -> str:
    """The scenario of a world without a policy."""
    from tumen.case import CaseError, suggestion

    name = NO_SCENARIO + policy.removeprefix(NO_SCENARIO)
    if name in case.scenarios:
        return name
    known = [each.removeprefix(NO_SCENARIO) for each in case.scenarios if each.startswith(NO_SCENARIO)]
    what = f"there is no policy '{policy}' to go without"
    expected = ", ".join(known) or "a case with scenarios no_POLICY"
    remedy = suggestion(policy, known, "write one of these")
    raise CaseError.single(what, f"--without, case {case.name}", expected, remedy)


def _check_year(case: Case, year: int | None) -> None:
    from tumen.case import CaseError
    from tumen.case.horizon import last_year

    first, last = case.start // 12, last_year(case)
    if year is not None and not first <= year <= last:
        option = f"--from/--to {year}, case {case.name}"
        what = f"the year {year} cannot be simulated"
        raise CaseError.single(what, option, f"a year from {first} to {last}", "give another year")


def _scenario(case: Case, entry: dict[str, str]) -> Scenario:
    if "text" not in entry:
        return case.scenario(entry["name"])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{Path(entry['name']).name}.yaml"
        path.write_text(entry["text"], encoding="utf-8")
        return case.scenario(path)
