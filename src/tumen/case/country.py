"""A case: what is known of one country, read and checked, and the worlds that follow from it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from tumen.case.bibliography import ASSUMED, Source
from tumen.case.dates import month_index, month_text
from tumen.case.documents import read_yaml
from tumen.case.folder import read_member
from tumen.case.inputs import BASE, Input, members_of
from tumen.case.manifest import History, Province, Reference, SocialClass
from tumen.case.priors import Prior
from tumen.case.reading import Reading
from tumen.case.resolve import resolve
from tumen.case.scenario import Scenario, read_scenario
from tumen.case.settings import ParameterSet
from tumen.case.tables import Row
from tumen.case.world import World
from tumen.errors import CaseError, Issues, listing, placed, refused, shown, suggestion

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False, repr=False)
class Case:
    """Everything a case folder says. Months are indices (12 x year + month - 1); `start` and `end` are included.

    hash: of all files; simulation_hash: of the files that affect a run with given parameters.
    """

    name: str
    title: str
    about: str
    folder: Path
    start: int
    end: int
    closure: str
    destination: str
    provinces: tuple[Province, ...]
    classes: tuple[SocialClass, ...]
    reference: Reference
    histories: Mapping[str, History]
    later_targets: bool
    inputs: Mapping[str, Input]
    sources: Mapping[str, Source]
    population_rows: tuple[Row, ...]
    vital_rows: tuple[Row, ...]
    arrivals_rows: tuple[Row, ...]
    profiles_rows: tuple[Row, ...]
    arrivals_error: Mapping[str, str]
    priors: tuple[Prior, ...]
    scenarios: Mapping[str, Scenario]
    hash: str
    simulation_hash: str
    files: tuple[str, ...]

    def __repr__(self) -> str:
        rows = [row for given in self.inputs.values() for row in given.values]
        assumed = sum(row.status == ASSUMED for row in rows)
        return (
            f"<Case {self.name}: {self.title}, {month_text(self.start)} to {month_text(self.end)}>\n"
            f"  {len(self.inputs)} inputs with {len(rows)} dated values ({assumed} assumed); "
            f"histories: {', '.join([BASE, *self.histories])}; {len(self.scenarios)} scenarios"
        )

    @property
    def argument(self) -> str:
        """What names the case on a command line: its name if it ships with tumen, else its folder."""
        shipped = self.folder.parent == Path(__file__).parent.parent / "cases"
        return self.name if shipped else shlex.quote(str(self.folder))

    @property
    def months(self) -> int:
        """The number of months in the window."""
        return self.end - self.start + 1

    @cached_property
    def population(self) -> pd.DataFrame:
        """population.csv: mid-year stocks; columns year, sex, age_group, persons, source, status."""
        return _frame(self.population_rows)

    @cached_property
    def vital_rates(self) -> pd.DataFrame:
        """vital_rates.csv: columns rate, year_start, year_end, sex, age, value, unit, source, status."""
        return _frame(self.vital_rows)

    @cached_property
    def arrivals(self) -> pd.DataFrame:
        """Counted arrivals: columns year_start, year_end, sex, persons, vintage, source, status, role."""
        return _frame(self.arrivals_rows)

    @cached_property
    def profiles(self) -> pd.DataFrame:
        """Targets on who arrived; `error` holds an ErrorModel."""
        return _frame(self.profiles_rows)

    def month(self, date: str) -> int:
        """The month index of a date as `1990-01` or `1990-01-31`."""
        with placed(f"case {self.name}"):
            return month_index(date)

    def members(self, by: str | None) -> tuple[str, ...]:
        """The members of a dimension of the inputs, in the order of every array."""
        keys = [province.key for province in self.provinces], [social_class.key for social_class in self.classes]
        return members_of(by, *keys)

    def scenario(self, name_or_path: str | Path) -> Scenario:
        """A scenario of the case by name, or one read from a file and checked against the case."""
        if isinstance(name_or_path, str) and name_or_path in self.scenarios:
            return self.scenarios[name_or_path]
        return _scenario_in(name_or_path, self)

    def world(
        self,
        scenario: Scenario | str | Sequence[Scenario | str] | None = None,
        history: str | None = None,
        variants: Mapping[str, str] | None = None,
        settings: Sequence[str] = (),
        parameters: ParameterSet | None = None,
    ) -> World:
        """The world under scenarios, a history or single variants, settings and a set of parameters.

        A scenario may be given by its name. `settings` are texts `KEY[.PART]=VALUE[@FROM[..TO]]`, the key an input's or
        `closure`; `parameters` are those of a draw.
        Raises CaseError when anything named does not exist or does not fit.
        """
        if isinstance(settings, str):
            raise refused("settings", settings, "a list of texts", f"write settings=[{settings!r}]")
        given = (scenario,) if isinstance(scenario, (Scenario, str)) else tuple(scenario or ())
        scenarios = tuple(self.scenario(each) if isinstance(each, str) else each for each in given)
        return resolve(self, scenarios, history, variants or {}, settings, parameters)


def case_of(case: Case) -> Case:
    """A case. Raises CaseError for anything else."""
    if isinstance(case, Case):
        return case
    raise refused("case", case, "a case", how_to_load(case))


def how_to_load(given: object) -> str:
    """What to write where something else was given for a case."""
    return f'write tm.load("{given}")' if isinstance(given, str) else 'write tm.load("toyland") or tm.load(FOLDER)'


def _scenario_in(path: str | Path, case: Case) -> Scenario:
    """A scenario from a file anywhere, checked against the case."""
    if "\0" in str(path) or Path(path).suffix != ".yaml":
        remedy = suggestion(str(path), case.scenarios, "write a name, or the path of a .yaml file")
        what = f"there is no scenario {shown(path)}"
        raise CaseError.single(what, f"case {case.name}", listing(case.scenarios), remedy)
    file = Path(path).resolve()
    issues = Issues()
    files: dict[str, bytes] = {}
    read_member(file.parent, file.name, files, issues)
    issues.raise_if_any()
    document = read_yaml(shown(file.name, quote=False), files[file.name])
    name = shown(file.stem, quote=False)
    reading = Reading(document, issues, case.sources, case.inputs)
    scenario = read_scenario(name, reading, case.histories, tuple(case.scenarios))
    issues.raise_if_any()
    assert scenario is not None
    case.world(scenario)
    for other in scenario.combined:
        case.world([scenario, case.scenarios[other]])
    return scenario


def _frame(rows: Sequence[Row]) -> pd.DataFrame:
    # pandas takes longer to import than a case takes to load, and worlds do not need it.
    import pandas as pd

    return pd.DataFrame([dict(row.cells) for row in rows])
