"""What was asked of a run, kept in its record so that it can be asked again; and the case and world it meant."""

from __future__ import annotations

import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tumen.case import Case, Scenario, World

#: how the scenario is called in which a policy never was
NO_SCENARIO = "no_"


@dataclass(frozen=True)
class RunOptions:
    """The options of a run that make its numbers.

    `scenarios` are names, with the text of those from files; `parameters` are name, values and source, as recorded.
    """

    theory: str
    scenarios: tuple[dict[str, str], ...]
    settings: tuple[str, ...]
    variants: dict[str, str]
    history: str | None
    parameters: dict[str, Any]
    people: int | None
    seed: int
    first_year: int | None
    last_year: int | None
    events: bool

    def as_dict(self) -> dict[str, Any]:
        """For the record, which holds the parameters already."""
        return {name: value for name, value in asdict(self).items() if name != "parameters"}

    @staticmethod
    def from_record(record: dict[str, Any]) -> RunOptions | None:
        """What a record says was asked; None where the run was not made by the command line."""
        asked = record.get("request")
        given = record.get("parameters")
        if not isinstance(asked, dict) or set(asked) != set(RunOptions.__dataclass_fields__) - {"parameters"}:
            return None
        if not isinstance(given, dict) or not {"name", "values"} <= set(given):
            return None
        lists = {name: tuple(asked[name]) for name in ("scenarios", "settings")}
        return RunOptions(**{**asked, **lists, "parameters": given})


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
            raise CaseError.single(
                f"{said} is given twice", "tumen run, --scenario and --without", "each once", "leave one out"
            )


def _without(case: Case, policy: str) -> str:
    """The scenario in which a policy never was."""
    from tumen.case import CaseError, suggestion

    name = NO_SCENARIO + policy.removeprefix(NO_SCENARIO)
    if name in case.scenarios:
        return name
    known = [each.removeprefix(NO_SCENARIO) for each in case.scenarios if each.startswith(NO_SCENARIO)]
    raise CaseError.single(
        f"there is no policy '{policy}' to go without",
        f"--without, case {case.name}",
        ", ".join(known) or "a case with scenarios no_POLICY",
        suggestion(policy, known, "write one of these"),
    )


def history_of(case: Case, scenarios: tuple[dict[str, str], ...], asked: str | None, drawn: str | None) -> str | None:
    """The history of a run: the one asked for, by itself or in a scenario, goes before that of the parameters."""
    from tumen.infer.chosen_parameters import history_of

    return history_of([_scenario(case, entry) for entry in scenarios], asked, drawn)


def world_of(case: Case, request: RunOptions) -> World:
    """The world that was asked for, to the last year asked for. Raises CaseError."""
    from tumen.case import ParameterSet

    values = request.parameters["values"]
    world = case.world(
        [_scenario(case, entry) for entry in request.scenarios],
        history=request.history,
        variants=request.variants,
        settings=request.settings,
        parameters=ParameterSet(request.parameters["name"], values) if values else None,
    )
    for year in (request.first_year, request.last_year):
        _check_year(case, year)
    if request.last_year is None:
        return world
    return world.within(world.start, 12 * (request.last_year + 1) - world.start)


def _check_year(case: Case, year: int | None) -> None:
    from tumen.case import CaseError
    from tumen.case.horizon import last_year

    first, last = case.start // 12, last_year(case)
    if year is not None and not first <= year <= last:
        option = f"--from/--to {year}, case {case.name}"
        raise CaseError.single(
            f"the year {year} cannot be simulated", option, f"a year from {first} to {last}", "give another year"
        )


def _scenario(case: Case, entry: dict[str, str]) -> Scenario:
    if "text" not in entry:
        return case.scenario(entry["name"])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{Path(entry['name']).name}.yaml"
        path.write_text(entry["text"], encoding="utf-8")
        return case.scenario(path)
