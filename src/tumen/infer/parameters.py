"""Which parameters a run takes when none are given: a posterior's, else a best fit's, else the case's own values.

In this order: the user's own posterior, the one shipped with the case, the user's own fit, the shipped one, the case.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tumen.case import Case, CaseError, ParameterSet, Scenario
from tumen.case.inputs import BASE

if TYPE_CHECKING:
    from tumen.infer.posterior import Posterior

#: Where parameters may come from, as the record of a run names it.
OWN, SHIPPED, FIT, CASE, FILE = "own", "shipped", "fit", "case", "file"


@dataclass(frozen=True)
class Chosen:
    """The parameters of a run (None: the case's own values), the history they go with, and where they come from.

    posterior: the one whose central draw they are; None for a single draw by number and for all that is no posterior.
    """

    parameters: ParameterSet | None
    history: str | None
    source: str
    sound: bool
    said: str
    posterior: Posterior | None = field(default=None, repr=False)

    def as_record(self) -> dict[str, Any]:
        """What `run.json` says of them: enough to run again without the file they come from."""
        if self.parameters is None:
            return {"name": CASE, "values": {}, "source": CASE}
        values = dict(self.parameters.values)
        return {"name": self.parameters.name, "values": values, "source": self.source, "sound": self.sound}

    def line(self, history: str) -> str:
        """The sentence for whoever waits for the run, with the history it is run under."""
        return self.said + ("" if history == BASE else f"; history {history}")


def choose(case: Case, theory: str, draw: int | None = None, unsound: bool = False) -> Chosen:
    """The first there is of posterior, best fit and the case's own values.

    draw: a draw of the posterior by number (None: the central one). unsound: use a posterior even if it failed its
    checks. Raises CaseError where a draw is asked for that is not there, and where what is found may not be used.
    """
    from tumen.infer import fit_file, posterior

    if draw is not None or posterior.place(case, theory)[0] is not None:
        return from_posterior(case, theory, draw, unsound)
    if fit_file.place(case, theory)[0] is not None:
        return from_fit(case, theory)
    return from_case(f", because {theory} has no posterior and no fit")


def from_case(why: str = "") -> Chosen:
    """The values that the case states."""
    return Chosen(None, None, CASE, True, f"parameters: the case's own values{why}")


def from_fit(case: Case, theory: str) -> Chosen:
    """The best fit of a theory, the user's own before the shipped one. Raises CaseError."""
    from tumen.infer.fit_file import best_fit_of, place

    found = best_fit_of(case, theory)
    own = place(case, theory)[1]
    whose = " (your own fit, which is used before one shipped with the case)" if own else ""
    return Chosen(
        found.parameters, found.history, FIT, True, f"parameters: {found.parameters.name}, no uncertainty{whose}"
    )


def from_posterior(case: Case, theory: str, draw: int | None = None, unsound: bool = False) -> Chosen:
    """The central draw of the theory's posterior, or another by number. Raises CaseError."""
    from tumen.infer.posterior import place, posterior

    path, own = place(case, theory)
    if path is None and draw is not None:
        raise CaseError.single(
            f"draw {draw} is asked for, and there is no posterior of {theory} to draw from",
            f"case {case.name}",
            f"posteriors/{theory}.nc",
            f"ask for no draw, or make a posterior: tumen calibrate {case.name} --theory {theory}",
        )
    found = posterior(case, theory, unsound=unsound)
    one = found.central if draw is None else found.draw(draw)
    sound = found.sound and found.provenance["ground"] == case.ground
    whose = "your own posterior, which goes before one shipped with the case" if own else "the posterior shipped"
    words = ["parameters: " + one.parameters.name, "the central one" if draw is None else "", f"of {whose}"]
    words.append("" if sound else "used although unsound")
    said = ", ".join(word for word in words if word)
    source = OWN if own else SHIPPED
    return Chosen(one.parameters, one.history, source, sound, said, found if draw is None else None)


def from_file(case: Case, theory: str, path: Path) -> Chosen:
    """The best fit in a file, wherever it lies. Raises CaseError where it is not one of this case and theory."""
    from tumen.infer.fit_file import matching, read

    found = matching(read(path), case, theory, path)
    return Chosen(
        found.parameters,
        found.history,
        FILE,
        True,
        f"parameters: {found.parameters.name}, no uncertainty, of {path.name}",
    )


def history_of(scenarios: Sequence[Scenario], asked: str | None, chosen: str | None) -> str | None:
    """The history of a run: the one asked for, by itself or in a scenario, goes before that of the parameters."""
    if asked is not None or any(scenario.history is not None for scenario in scenarios):
        return asked
    return chosen
