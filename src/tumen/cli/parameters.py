"""Which parameters a run takes: a draw of the theory's posterior where there is one, else the case's own values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from tumen.case import Case, ParameterSet

#: Where parameters may come from, as the record of a run names it.
OWN, SHIPPED, CASE = "own", "shipped", "case"

DrawNumber = Annotated[
    int | None, typer.Option("--draw", min=0, metavar="N", help="Take draw N of the posterior, not the central one.")
]
Unsound = Annotated[bool, typer.Option("--unsound", help="Use a posterior even if it failed its checks.")]


@dataclass(frozen=True)
class Chosen:
    """The parameters of a run (None: the case's own values), the history they go with, and where they come from."""

    parameters: ParameterSet | None
    history: str | None
    source: str
    sound: bool
    said: str

    def as_record(self) -> dict[str, Any]:
        """What `run.json` says of them: enough to run again without the posterior."""
        if self.parameters is None:
            return {"name": CASE, "values": {}, "source": CASE}
        values = dict(self.parameters.values)
        return {"name": self.parameters.name, "values": values, "source": self.source, "sound": self.sound}

    def line(self, history: str) -> str:
        """The sentence for whoever waits for the run, with the history it is run under."""
        from tumen.case.inputs import BASE

        return self.said + ("" if history == BASE else f"; history {history}")


def choose(case: Case, theory: str, number: int | None, unsound: bool) -> Chosen:
    """The central draw of the theory's posterior, or draw `number`; without a posterior, the case's own values.

    Raises CaseError where a draw is asked for that is not there, and where the posterior may not be used.
    """
    from tumen.infer.posterior import place, posterior

    path, own = place(case, theory)
    if path is None:
        if number is not None:
            raise _nothing_to_draw_from(case, theory, number)
        said = f"parameters: the case's own values, for there is no posterior of {theory}"
        return Chosen(None, None, CASE, True, said)
    found = posterior(case, theory, unsound=unsound)
    if number is not None and number >= found.size:
        raise _no_such_draw(theory, number, found.size)
    draw = found.central if number is None else found.draw(number)
    sound = found.sound and found.provenance["ground"] == case.ground
    whose = "your own posterior, which goes before one shipped with the case" if own else "the posterior shipped"
    words = ["parameters: " + draw.parameters.name, "the central one" if number is None else "", f"of {whose}"]
    words.append("" if sound else "used although unsound")
    said = ", ".join(word for word in words if word)
    return Chosen(draw.parameters, draw.history, OWN if own else SHIPPED, sound, said)


def _nothing_to_draw_from(case: Case, theory: str, number: int) -> Exception:
    from tumen.case import CaseError

    return CaseError.single(
        f"draw {number} is asked for, and there is no posterior of {theory} to draw from",
        f"--draw, case {case.name}",
        f"posteriors/{theory}.nc",
        f"leave --draw out, or make one: tumen calibrate {case.name} --theory {theory}",
    )


def _no_such_draw(theory: str, number: int, size: int) -> Exception:
    from tumen.case import CaseError

    what = f"the posterior of {theory} has no draw {number}"
    return CaseError.single(what, "--draw", f"0 to {size - 1}", "give another number")
