"""`tumen scenario`: what a scenario changes, with sources and reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from tumen.cli.options import AsJson, CaseName
from tumen.cli.output import answer, document, show

if TYPE_CHECKING:
    from tumen.case import Case
    from tumen.case.altered import Alterations, Altered, Stated

Names = Annotated[
    list[str] | None,
    typer.Argument(metavar="[SCENARIO]...", help="A scenario of the case, or a file; several make one world."),
]


def scenario(case: CaseName, names: Names = None, as_json: AsJson = False) -> None:
    """Print what a scenario changes, input by input: values before and after, sources and reasons.

    Without a name, list the scenarios of the case.
    """
    from tumen.case import load
    from tumen.case.altered import alterations

    of = load(case)
    if not names:
        _list(of, as_json)
        return
    found = alterations(of, [of.scenario(name) for name in names])
    if as_json:
        document(found.as_dict())
    else:
        _print(found)


def _list(case: Case, as_json: bool) -> None:
    if as_json:
        rows = [{"name": one.name, "title": one.title, "policy": one.policy} for one in case.scenarios.values()]
        document({"case": case.name, "scenarios": rows})
        return
    if not case.scenarios:
        answer(f"the case {case.name} has no scenarios")
    width = max((len(name) for name in case.scenarios), default=0)
    for name, one in case.scenarios.items():
        answer(f"{name:<{width}}  {one.title}")


def _print(found: Alterations) -> None:
    for name, title, because in zip(found.scenarios, found.titles, found.because, strict=True):
        answer(f"{name}: {title}")
        answer(f"  because: {because}")
    answer(f"history: {found.history}")
    for one in found.inputs:
        answer("")
        _input(one)
    if found.sources:
        show("", "sources", *(f"  {key}: {title}" for key, title in found.sources.items()))


def _input(one: Altered) -> None:
    answer(f"{one.key} ({one.unit})" if one.unit else one.key)
    for text in one.done:
        answer(f"  change: {text}")
    if one.because:
        answer(f"  because: {one.because}")
    if one.since is None:
        answer("  no value differs within the case's years")
        return
    for title, rows in (("before", one.before), ("after", one.after)):
        answer(f"  {title}, in force from {one.since}:")
        for row in rows:
            answer(f"    {_row(row)}")


def _row(row: Stated) -> str:
    runs = ", moving to the next" if row.runs else ""
    named = ", ".join(source for source in row.sources if source != row.status)
    return f"{row.date}  {row.value}{runs}  [{'; '.join(part for part in (named, row.status) if part)}]"
