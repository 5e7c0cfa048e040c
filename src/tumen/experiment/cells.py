"""The worlds of a design: every combination of levels, then the single worlds, each tried out before anything runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

from tumen.case import Case, CaseError, Problem, Scenario, suggestion
from tumen.case.inputs import BASE
from tumen.errors import Issues, listing, shown
from tumen.experiment.design import Design, Level
from tumen.infer.chosen_parameters import history_of
from tumen.infer.run_cache import RunSpec


@dataclass(frozen=True)
class Cell:
    """A world: its name, the level of each factor (`base` in single worlds), and what it changes."""

    name: str
    levels: tuple[str, ...]
    scenarios: tuple[Scenario, ...]
    settings: tuple[str, ...]
    variants: Mapping[str, str] = field(hash=False)
    history: str | None

    @property
    def title(self) -> str:
        """The world in words, as its scenarios are entitled; its name where it has none."""
        return "; ".join(one.title for one in self.scenarios) or self.name.replace("_", " ")

    def spec(
        self, parameters: Mapping[str, float], history: str | None, seed: int, agents: int, last_year: int | None = None
    ) -> RunSpec:
        """The run of a draw in this world; history: the draw's, which the world's own goes before."""
        chosen = history_of(self.scenarios, self.history, history)
        named = None if chosen == BASE else chosen
        return RunSpec(
            parameters, named, self.settings, seed, agents, self.scenarios, self.variants, last_year
        )  # fmt: skip


def cells(design: Design, case: Case) -> tuple[Cell, ...]:
    """The worlds of a design in a case, the base first and the last factor varying fastest.

    Raises CaseError, naming the line of the design, for what the case does not have and for levels that do not go
    together.
    """
    issues, made = Issues(), list[Cell]()
    levels = [(None, *factor.levels) for factor in design.factors]
    base = (BASE,) * len(levels)
    singles = [(one.name, base, (one,)) for one in design.worlds]
    combined = [
        (
            ", ".join(f"{f.name}={one.name}" for f, one in zip(design.factors, some, strict=True) if one) or BASE,
            tuple(one.name if one else BASE for one in some),
            tuple(one for one in some if one),
        )
        for some in product(*levels)
    ]
    for level in (*(one for factor in design.factors for one in factor.levels), *design.worlds):
        _refuse_unknown(level, case, issues)
    issues.raise_if_any()
    for name, chosen, some in (*combined, *singles):
        found = _cell(name, chosen, some, case, issues)
        made += [found] if found is not None else []
    issues.raise_if_any()
    return tuple(made)


def is_file(name: str) -> bool:
    """Whether a scenario is given by its file and not by a name of the case."""
    return name.endswith((".yaml", ".yml"))


def _refuse_unknown(level: Level, case: Case, issues: Issues) -> None:
    for name in level.scenarios:
        if is_file(name):
            try:
                case.scenario(name)
            except CaseError as error:
                for one in error.problems:
                    issues.add(Problem(one.what, f"{level.where} ({one.where})", one.expected, one.remedy))
        elif name not in case.scenarios:
            remedy = suggestion(name, case.scenarios, "write one of these")
            issues.note(f"unknown scenario {shown(name)}", level.where, listing(case.scenarios), remedy)


def _cell(name: str, chosen: tuple[str, ...], some: Sequence[Level], case: Case, issues: Issues) -> Cell | None:
    """One world, tried out; None with the reasons in `issues` where its levels do not go together."""
    scenarios = tuple(case.scenario(one) for level in some for one in level.scenarios)
    settings = tuple(text for level in some for text in level.settings)
    variants = dict[str, str]()
    histories = {level.history: level.where for level in some if level.history is not None}
    where = some[-1].where if some else f"case {case.name}"
    before = len(issues)
    if len(histories) > 1:
        issues.note(f"{name}: histories {' and '.join(histories)} at once", where, "one history", "leave one out")
    for level in some:
        for key, variant in level.variants:
            if variants.setdefault(key, variant) != variant:
                what = f"{name}: {key} is put to variants {variants[key]} and {variant}"
                issues.note(what, level.where, "one variant of an input", "leave one out")
    history = next(iter(histories), None)
    try:
        case.world(scenarios, history, variants, settings)
    except CaseError as error:
        for one in error.problems:
            issues.add(Problem(f"{name}: {one.what}", f"{where} ({one.where})", one.expected, one.remedy))
    if len(issues) > before:
        return None
    return Cell(name, chosen, scenarios, settings, variants, history)
