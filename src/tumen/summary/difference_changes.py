"""What differs between two results, by their records: inputs with who states them, and how the runs were made."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tumen.case import Case
from tumen.case.inputs import BASE
from tumen.summary.formatting import cite, keys_of, theory

_AMENDMENT = re.compile(r"(?P<name>[^:]+): (?P<text>.*) \((?P<by>[^()]*)\)\Z", re.DOTALL)
#: What makes two runs different people or another model: then nothing is paired.
_WHO = ("case", "theory", "people", "seed")
#: What of it concerns a central run alone, since draws have agents and seeds of their own.
OF_CENTRAL_RUNS = ("people", "seed", "sample")

#: Sources that are named in a line.
_NAMED = 3


@dataclass(frozen=True)
class Changed:
    """One thing that differs: what it is (an input, or a part of the record), what is done to it, and by what.

    base, changed: whether it holds in the one or the other; cited: who states the values of the case that it replaces.
    """

    key: str
    text: str
    by: str
    base: bool
    changed: bool
    cited: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        """For a terminal."""
        side = "" if self.changed else "only in the base: "
        by = f" ({self.by})" if self.by else ""
        more = f" and {len(self.cited) - _NAMED} more" if len(self.cited) > _NAMED else ""
        cited = [f"  in place of what is stated by {'; '.join(self.cited[:_NAMED])}{more}"] if self.cited else []
        return [f"{side}{self.key}: {self.text}{by}", *cited]


def changes(base: Mapping[str, Any], changed: Mapping[str, Any], case: Case | None = None) -> tuple[Changed, ...]:
    """What differs between the records of two results; citations only with the case of both."""
    of_base, of_changed = list(base.get("diff") or ()), list(changed.get("diff") or ())
    found = [_amendment(one, False, case) for one in of_changed if one not in of_base]
    found += [_amendment(one, True, case) for one in of_base if one not in of_changed]
    return (*found, *_made(base, changed))


def apart(base: Mapping[str, Any], changed: Mapping[str, Any]) -> dict[str, str]:
    """Why two results do not share people and random numbers, a sentence by what differs; empty where they do."""
    one, other = _identity(base), _identity(changed)
    reasons = {name: f"another {name}: {one[name]} and {other[name]}" for name in _WHO if one[name] != other[name]}
    ends = [(record.get("window") or {}).get("end") for record in (base, changed)]
    if ends[0] != ends[1]:
        reasons["window"] = f"simulated to {ends[0]} and {ends[1]}, so other people were drawn"
    elif not _begin_together(base, changed):
        reasons["window"] = "simulated from other months, so other people were drawn"
    elif not reasons and base.get("weights") != changed.get("weights"):
        reasons["sample"] = "other sample weights, so other people were drawn"
    return reasons


def _identity(record: Mapping[str, Any]) -> dict[str, str]:
    case = record.get("case") or {}
    return {
        "case": f"{case.get('name')} ({str(case.get('hash', ''))[:8]})",
        "theory": theory(dict(record)),
        "people": f"{record.get('people')} agents",
        "seed": f"{record.get('seed')}",
    }


def _begin_together(base: Mapping[str, Any], changed: Mapping[str, Any]) -> bool:
    """Whether both were simulated from one month on: years that were only left out of a result do not count."""
    first, second = ((record.get("window") or {}).get("start") for record in (base, changed))
    cut = [bool((record.get("request") or {}).get("first_year")) for record in (base, changed)]
    if cut[0] == cut[1]:
        return cut[0] or bool(first == second)
    shorter, other = (first, second) if cut[0] else (second, first)
    return str(other) < str(shorter)


def _made(base: Mapping[str, Any], changed: Mapping[str, Any]) -> list[Changed]:
    """What differs in how the runs were made, as far as no amendment says it."""
    found = []
    one, other = _identity(base), _identity(changed)
    told = {name: (one[name], other[name]) for name in _WHO}
    told["parameters"] = (_parameters(base), _parameters(changed))
    if not (base.get("diff") or changed.get("diff")):
        told["history"] = (str(base.get("history") or BASE), str(changed.get("history") or BASE))
    for name, (before, after) in told.items():
        if before != after:
            found.append(Changed(name, f"{after} instead of {before}", "", True, True))
    given = [(record.get("parameters") or {}).get("values") for record in (base, changed)]
    if given[0] != given[1] and not any(one.key == "parameters" for one in found):
        found.append(Changed("parameters", "other values of the same name", "", True, True))
    return found


def _parameters(record: Mapping[str, Any]) -> str:
    given = record.get("parameters") or {}
    return f"{given.get('name')} ({given['source']})" if given.get("source") else str(given.get("name"))


def _amendment(said: str, in_base: bool, case: Case | None) -> Changed:
    read = _AMENDMENT.match(said)
    name, text, by = read.group("name", "text", "by") if read else (said, "", "")
    key = name.split(".")[0]
    cited: tuple[str, ...] = ()
    if case is not None and key in case.inputs:
        cited = tuple(cite(case, one) for one in keys_of(row.source for row in case.inputs[key].values))
    return Changed(name, text, by, in_base, not in_base, cited)
