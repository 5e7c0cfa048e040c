"""From a case to a world: its history and variants, parameters, scenarios and settings, put on in this order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from tumen.case.closure import CLOSURE, constant, steps
from tumen.case.dates import month_text
from tumen.case.inputs import BASE, FLAG
from tumen.case.register import sexed_inputs
from tumen.case.scenario import SUPPOSED, Scenario
from tumen.case.series import Provenance, Series
from tumen.case.settings import Amendment, ParameterSet, parse_parameter, put_settings, with_parameter
from tumen.case.together import Credited, together
from tumen.case.world import Asked, World
from tumen.errors import CaseError, listing, placed, shown, suggestion

if TYPE_CHECKING:
    from tumen.case.country import Case

#: The place of the closure of a case.
_MANIFEST = Provenance("case.yaml", (), "")


def resolve(
    case: Case,
    scenarios: Sequence[Scenario],
    history: str | None,
    variants: Mapping[str, str],
    settings: Sequence[str],
    parameters: ParameterSet | None,
) -> World:
    """The world of a case. Order: history and variants, parameters, the scenarios' changes, what they neutralise,
    settings; the later wins. Raises CaseError when something named does not exist or leaves an input's range."""
    changes = together(scenarios)
    chosen = _history(case, scenarios, history)
    used = _variants(case, changes, chosen, variants)
    series = {key: given.series(used.get(key, BASE)) for key, given in case.inputs.items()}
    series[CLOSURE] = constant(case.closure, _MANIFEST)
    diff = [Amendment("history", None, chosen, "")] if chosen != BASE else []
    diff += [Amendment(key, None, f"variant {name}", _variant_source(case, key, name)) for key, name in used.items()]
    diff = [entry for entry in diff if entry.text != f"variant {BASE}"]
    if parameters is not None:
        diff += _put_parameters(case, series, used, parameters)
    baseline_series = resolve(case, (), chosen, variants, (), parameters).series if scenarios else dict(series)
    diff += _change(case, series, changes)
    for scenario in scenarios:
        diff += _close(series, scenario)
        diff += _neutralise(case, series, scenario)
    diff += put_settings(case.inputs, series, settings, (case.start, case.end))
    return World(
        case,
        case.start,
        case.months,
        chosen,
        series,
        tuple(diff),
        used,
        tuple(scenario.name for scenario in scenarios),
        parameters,
        baseline_series,
        Asked(tuple(scenarios), history, dict(variants), tuple(settings)),
    )


def _history(case: Case, scenarios: Sequence[Scenario], history: str | None) -> str:
    asked = (history, *(scenario.history for scenario in scenarios))
    named = list(dict.fromkeys(name for name in asked if name is not None))
    for name in named:
        if name != BASE and name not in case.histories:
            known = [BASE, *case.histories]
            remedy = suggestion(name, known, "write one of these")
            raise CaseError.single(f"unknown history {shown(name)}", f"case {case.name}", listing(known), remedy)
    if len(named) > 1:
        raise CaseError.single(
            f"histories {' and '.join(named)} at once",
            ", ".join(scenario.file for scenario in scenarios) or f"case {case.name}",
            "one history",
            "leave one of them out",
        )
    return named[0] if named else BASE


def _variants(case: Case, changes: Sequence[Credited], history: str, variants: Mapping[str, str]) -> dict[str, str]:
    """The variant in use of every contested input: history's, then the scenarios', then those asked for by hand."""
    used = {key: BASE for key, given in case.inputs.items() if given.variants}
    if history != BASE:
        used.update(case.histories[history].variants)
    used.update({each.change.key: each.change.variant for each in changes if each.change.variant is not None})
    for name, variant in variants.items():
        used.update(dict.fromkeys(_contested(case, name, variant), variant))
    return used


def _contested(case: Case, name: str, variant: str) -> list[str]:
    """The inputs meant by `name`, an input or a policy, that have the variant."""
    where = f"variant {shown(f'{name}={variant}')}"
    named = [key for key, given in case.inputs.items() if name in (key, given.policy)]
    if not named:
        known = [*case.inputs, *(given.policy for given in case.inputs.values() if given.policy)]
        remedy = suggestion(name, known, "write the key of an input")
        raise CaseError.single(f"unknown input {shown(name)}", where, "a key of the vocabulary or a policy", remedy)
    having = [key for key in named if case.inputs[key].variants and variant in (BASE, *case.inputs[key].variants)]
    if not having:
        known = list(dict.fromkeys(known for key in named for known in case.inputs[key].variants))
        remedy = suggestion(variant, known, f"add the variant at {case.inputs[named[0]].where}")
        raise CaseError.single(f"{name} has no variant {shown(variant)}", where, listing([BASE, *known]), remedy)
    return having


def _variant_source(case: Case, key: str, name: str) -> str:
    return ", ".join(dict.fromkeys(source for row in case.inputs[key].rows(name) for source in row.source))


def _put_parameters(
    case: Case, series: dict[str, Series], used: Mapping[str, str], parameters: ParameterSet
) -> list[Amendment]:
    """Put parameters in place of the base values they stand for; returns those that a variant makes unused."""
    unused = []
    for name, value in parameters.values.items():
        where = f"parameters {parameters.name}, {name}"
        setting = parse_parameter(name, value, case.inputs, where)
        if used.get(setting.key, BASE) != BASE:
            text = f"parameter {name} is not used, because variant {used[setting.key]} replaces the base values"
            unused.append(Amendment(setting.key, setting.part, text, parameters.name))
            continue
        # A parameter replaces a sourced or assumed value and keeps its source and status.
        row = next(row for row in case.inputs[setting.key].values if row.month == setting.start)
        provenance = Provenance(where, row.source, row.status)
        series[setting.key] = with_parameter(case.inputs[setting.key], series[setting.key], setting, provenance)
    return unused


def _change(case: Case, series: dict[str, Series], changes: Sequence[Credited]) -> list[Amendment]:
    diff = []
    for credited in changes:
        change = credited.change
        if change.verb == "variant":
            continue
        with placed(change.where):
            series[change.key] = change.applied(series[change.key], case.inputs[change.key])
        diff += [Amendment(change.key, None, text, credited.source) for text in change.texts(case.inputs[change.key])]
    return diff


def _close(series: dict[str, Series], scenario: Scenario) -> list[Amendment]:
    """The closures of a scenario, from their own months on."""
    if not scenario.closure:
        return []
    rows = steps(scenario.closure, Provenance(scenario.file, (SUPPOSED,), SUPPOSED))
    series[CLOSURE] = series[CLOSURE].followed_by(rows, "hold")
    texts = (f"{name} from {month_text(month)}" for month, name in scenario.closure)
    return [Amendment(CLOSURE, None, text, scenario.name) for text in texts]


def _neutralise(case: Case, series: dict[str, Series], scenario: Scenario) -> list[Amendment]:
    if not scenario.neutralise:
        return []
    keys = scenario.neutralise
    if isinstance(keys, str):
        lines = sexed_inputs(case.inputs, series, case.start, case.months)
        keys = tuple(line.key for line in lines if keys == "all" or line.unsourced)
    diff = []
    for key in keys:
        given, old = case.inputs[key], series[key]
        if given.neutral is None:
            series[key] = old.levelled(np.max if given.unit == FLAG else np.mean)
            text = f"both sexes at {given.neutral_text}"
        else:
            provenance = Provenance(given.where, old.segments[0].provenance.source, old.segments[0].provenance.status)
            series[key] = Series.through([(old.start, np.full(2, given.neutral), provenance)], "hold")
            text = f"both sexes at {given.neutral:g}"
        diff.append(Amendment(key, None, text, scenario.name))
    return diff
