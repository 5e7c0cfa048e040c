"""Which parameters a run takes when none are given: a posterior's, else a best fit's, else the case's own values.

In this order: the user's own posterior, the one shipped with the case, the user's own fit, the shipped one, the case.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tumen.case import Case, CaseError, ParameterSet, Scenario
from tumen.case.inputs import BASE
from tumen.errors import refused
from tumen.infer import fit_file
from tumen.infer.posterior import Posterior, own_place, places, posterior, said_of

#: Where parameters may come from, as the record of a run names it. GIVEN: a posterior in a file that the user named.
OWN, SHIPPED, GIVEN, FIT, CASE, FILE = "own", "shipped", "given", "fit", "case", "file"
#: What may be asked for by name beside FIT and CASE.
POSTERIOR = "posterior"
_WHOSE = {OWN: "your own posterior, which goes before one shipped with the case", SHIPPED: "the posterior shipped"}


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


def choose(
    case: Case, theory: str, draw: int | None = None, allow_failed: bool = False, given: str | Path | None = None
) -> Chosen:
    """The parameters that are asked for, by default the first there is of posterior, best fit and the case's values.

    given: `posterior`, `fit`, `case`, or the file of a posterior (.nc) or a fit. draw: a draw of the posterior by
    number (None: the central one). allow_failed: use a posterior even if it failed its checks. Without
    `given` and `draw`, a posterior that may not be used is passed over, and `said` begins with why. Raises CaseError
    where what is asked for is not there or may not be used.
    """
    if draw is not None and given in (FIT, CASE):
        raise _draw_beside(draw, given)
    if given is None and draw is None:
        return _first(case, theory, allow_failed)
    if given is None or given == POSTERIOR:
        return from_posterior(case, theory, draw, allow_failed)
    if given == FIT:
        return from_fit(case, theory)
    if given == CASE:
        return from_case()
    if not isinstance(given, (str, Path)):
        raise refused("parameters", given, "case, fit, posterior or the path of a file", "correct the argument")
    path = Path(given)
    if not path.is_file():
        what, expected = (
            f"there is no file {str(given)!r} to take parameters from",
            "case, fit, posterior or the file of",
        )
        raise CaseError.single(what, "parameters=", f"{expected} a posterior or a fit", "correct the path")
    if path.suffix == ".nc":
        return from_posterior(case, theory, draw, allow_failed, path)
    if draw is not None:
        raise _draw_beside(draw, path)
    return from_fit(case, theory, path)


def _first(case: Case, theory: str, allow_failed: bool) -> Chosen:
    """The first that may be used of posterior, best fit and the case's own values; what is passed over is told."""
    passed_over = ""
    if places(case, theory):
        try:
            return from_posterior(case, theory, None, allow_failed)
        except CaseError as refusal:
            passed_over = f"{said_of(refusal)}\n"
    if fit_file.place(case, theory)[0] is not None:
        found = from_fit(case, theory)
    else:
        lacks = "no posterior to use" if passed_over else "no posterior"
        found = from_case(f", because {theory} has {lacks} and no fit")
    return replace(found, said=passed_over + found.said)


def _draw_beside(draw: int, given: str | Path) -> CaseError:
    what = f"draw {draw} stands beside parameters={given}"
    return CaseError.single(what, "draw=", "a draw of a posterior", "leave one out")


def from_case(why: str = "") -> Chosen:
    """The values that the case states."""
    return Chosen(None, None, CASE, True, f"parameters: the case's own values{why}")


def from_fit(case: Case, theory: str, file: Path | None = None) -> Chosen:
    """The best fit of a theory: the one in a file, else the user's own, else the shipped one. Raises CaseError."""
    if file is not None:
        found, whose = fit_file.matching(fit_file.read(file), case, theory, file), f", of {file.name}"
    else:
        found, own = fit_file.best_fit_of(case, theory), fit_file.place(case, theory)[1]
        whose = " (your own fit, which is used before one shipped with the case)" if own else ""
    said = f"parameters: {found.parameters.name}, no uncertainty{whose}"
    return Chosen(found.parameters, found.history, FIT if file is None else FILE, True, said)


def from_posterior(
    case: Case, theory: str, draw: int | None = None, allow_failed: bool = False, file: Path | None = None
) -> Chosen:
    """The central draw of the theory's posterior (that of a file, else the usual one), or another by number.

    Raises CaseError.
    """
    if file is None and not places(case, theory) and draw is not None:
        raise CaseError.single(
            f"draw {draw} is asked for, and there is no posterior of {theory} to draw from",
            f"case {case.name}",
            f"posteriors/{theory}.nc",
            f"ask for no draw, or make a posterior: tumen calibrate {case.argument} --theory {theory}",
        )
    found = posterior(case, theory, allow_failed_diagnostics=allow_failed, file=file)
    one = found.central if draw is None else found.draw(draw)
    sound = found.sound and found.provenance["simulation_hash"] == case.simulation_hash
    source = OWN if file is None and found.place == own_place(case, theory) else SHIPPED
    whose = _WHOSE[source]
    if file is not None:
        source, whose = GIVEN, f"the posterior in {file.name}"
    words = ["parameters: " + one.parameters.name, "the central one" if draw is None else "", f"of {whose}"]
    words.append("" if sound else "used although it failed its diagnostics or is outdated")
    said = "\n".join(part for part in (found.notice, ", ".join(word for word in words if word)) if part)
    return Chosen(one.parameters, one.history, source, sound, said, found if draw is None else None)


def history_of(scenarios: Sequence[Scenario], asked: str | None, chosen: str | None) -> str | None:
    """The history of a run: the one asked for, by itself or in a scenario, goes before that of the parameters."""
    if asked is not None or any(scenario.history is not None for scenario in scenarios):
        return asked
    return chosen
