"""Reading a case folder: all files at once, every problem found reported in one CaseError."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar

from tumen.case import folder as places
from tumen.case.bibliography import read_sources
from tumen.case.country import Case
from tumen.case.documents import Document, read_yaml
from tumen.case.folder import digest, inside, read_folder, read_member
from tumen.case.input_files import read_inputs
from tumen.case.inputs import Input
from tumen.case.manifest import Manifest, check_histories, read_manifest
from tumen.case.plausible import check_people
from tumen.case.population import POPULATION_COLUMNS, VITAL_COLUMNS, check_population, check_vital_rates
from tumen.case.prior_rows import read_priors
from tumen.case.reading import Reading
from tumen.case.scenario import Scenario, read_scenario
from tumen.case.tables import Row, check_row_sources, read_table
from tumen.case.targets import ARRIVALS_COLUMNS, PROFILES_COLUMNS, Table, Targets, check_arrivals, check_profiles
from tumen.case.vocabulary import VOCABULARY
from tumen.errors import CaseError, Issues, listing, shown, suggestion

Read = TypeVar("Read")


def load(path_or_name: str | Path) -> Case:
    """The shipped case of this name, or the case in this folder. Raises CaseError with every problem found."""
    return _Loading(_folder(path_or_name)).case()


def shipped() -> list[tuple[str, str]]:
    """Name and title of every case that comes with the package."""
    found = []
    for folder in sorted(_cases().iterdir()):
        if (folder / places.MANIFEST).is_file():
            data = read_yaml(places.MANIFEST, (folder / places.MANIFEST).read_bytes()).data
            found.append((folder.name, str(data.get("title", "")) if isinstance(data, dict) else ""))
    return found


def _cases() -> Path:
    return Path(str(resources.files("tumen"))) / "cases"


def _folder(path_or_name: str | Path) -> Path:
    given = str(path_or_name)
    if "\0" in given or not given.strip():
        what = f"{shown(given)} is not a path"
        raise CaseError.single(what, "case", "a shipped case or a folder", "correct the path")
    names = sorted(path.parent.name for path in _cases().glob(f"*/{places.MANIFEST}"))
    if isinstance(path_or_name, str) and given in names:
        return _cases() / given
    try:
        is_folder = Path(given).is_dir()
    except OSError:
        is_folder = False
    if is_folder:
        return Path(given)
    remedy = suggestion(given, names, "check the path")
    raise CaseError.single(f"there is no case {shown(given)}", "case", f"a folder or {listing(names)}", remedy)


class _Loading:
    """One reading of one folder; each part is None (or empty) where its file could not be read."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.issues = folder, Issues()
        self.files = read_folder(folder, self.issues)
        # Where sources cannot be read, no source is called unknown.
        self.sources = self.read(places.SOURCES, read_sources, self.issues)
        self.document = self.yaml(places.MANIFEST)
        self.manifest = read_manifest(self.reading(self.document)) if self.document else None
        self.start, self.end = self.manifest.known_window if self.manifest else (None, None)
        self.provinces = tuple(entry.key for entry in self.manifest.provinces) if self.manifest else None
        self.histories = self.manifest.histories if self.manifest else {}

    def case(self) -> Case:
        """Read everything, then raise all issues or return the case."""
        inputs = self.inputs()
        population, vital = self.people()
        arrivals, profiles, error = self.targets()
        if self.document and inputs:
            check_histories(self.histories, self.reading(self.document, inputs))
        # Priors and scenarios are not judged before all inputs are there.
        whole = len(inputs) == len(VOCABULARY)
        priors = self.yaml(places.PRIORS) if whole else None
        found = read_priors(self.reading(priors, inputs)) if priors else ()
        scenarios = self.scenarios(inputs) if whole else {}
        self.issues.raise_if_any()
        assert self.manifest is not None and self.sources is not None
        case = Case(
            **_stated(self.manifest),
            folder=self.folder,
            inputs=inputs,
            sources=self.sources,
            population_rows=population,
            vital_rows=vital,
            arrivals_rows=arrivals,
            profiles_rows=profiles,
            arrivals_error=error,
            priors=found,
            scenarios=scenarios,
            hash=digest(self.files),
            simulation_hash=digest({name: held for name, held in self.files.items() if not aside(name)}),
            files=tuple(sorted(self.files)),
        )
        _try_worlds(case, self.issues)
        self.issues.raise_if_any()
        return case

    def read(self, name: str, reader: Callable[..., Read], *more: object) -> Read | None:
        """What a reader makes of a file, or None where it is absent or cannot be read."""
        if name not in self.files:
            return None
        try:
            return reader(name, self.files[name], *more)
        except CaseError as error:
            self.issues.include(error)
            return None

    def reading(self, document: Document, inputs: Mapping[str, Input] | None = None) -> Reading:
        """A document beside what was read before it."""
        return Reading(document, self.issues, self.sources, inputs or {})

    def yaml(self, name: str) -> Document | None:
        """The YAML file of this name, or None where it is absent or cannot be read."""
        return self.read(name, read_yaml)

    def table(self, name: str, columns: Mapping[str, object]) -> tuple[Row, ...]:
        """The rows of a CSV file with their sources checked; none where it is absent or cannot be read."""
        rows = self.read(name, read_table, columns, self.issues) or ()
        check_row_sources(rows, self.sources, self.issues)
        return rows

    def inputs(self) -> dict[str, Input]:
        """All inputs; when a file cannot be read at all, no input is called missing."""
        documents = [self.yaml(name) for name in self.files if name.startswith(f"{places.INPUTS}/")]
        readable = [self.reading(document) for document in documents if document is not None]
        whole = len(readable) == len(documents) > 0 and not self.issues.touches(places.INPUTS)
        return read_inputs(readable, self.manifest, whole, self.issues)

    def people(self) -> tuple[tuple[Row, ...], tuple[Row, ...]]:
        """population.csv and vital_rates.csv, each alone and beside the provinces."""
        population = self.table(places.POPULATION, POPULATION_COLUMNS)
        vital = self.table(places.VITAL_RATES, VITAL_COLUMNS)
        # A row that cannot be read leaves a gap, which is not reported a second time.
        if population and not self.issues.touches(places.POPULATION):
            check_population(population, self.start, self.issues)
        if vital and not self.issues.touches(places.VITAL_RATES):
            check_vital_rates(vital, self.start, self.end, self.issues)
        whole = not any(self.issues.touches(name) for name in (places.POPULATION, places.VITAL_RATES))
        if self.document and self.manifest and whole:
            sizes = [entry.population for entry in self.manifest.provinces]
            largest = sizes.index(max(sizes))
            # A province that outweighs all others together is the one to look at.
            alone = 2 * sizes[largest] > sum(sizes) and len(sizes) > 2
            where = self.document.place("provinces", *((largest, "population") if alone else ()))
            check_people(population, vital, sum(sizes), where, self.issues)
        return population, vital

    def targets(self) -> tuple[tuple[Row, ...], tuple[Row, ...], dict[str, str]]:
        """targets.yaml and the tables it names."""
        document = self.yaml(places.TARGETS)
        targets = self.reading(document).model(Targets) if document else None
        if document is None or targets is None:
            return (), (), {}
        arrivals = self.target("arrivals", targets.arrivals, document, ARRIVALS_COLUMNS)
        profiles = self.target("profiles", targets.profiles, document, PROFILES_COLUMNS)
        later = self.manifest is None or self.manifest.targets_after_2016 is not None
        check_arrivals(arrivals, self.start, self.end, later, self.issues)
        check_profiles(profiles, self.sources, later, (self.start, self.end), self.provinces, self.issues)
        return arrivals, profiles, targets.arrivals.error.model_dump()

    def target(
        self, key: str, entry: Table | None, document: Document, columns: Mapping[str, object]
    ) -> tuple[Row, ...]:
        """The rows of a table that targets.yaml names."""
        if entry is None:
            return ()
        self.reading(document).cites(entry, key)
        if inside(entry.file):
            read_member(self.folder, entry.file, self.files, self.issues)
            return self.table(entry.file, columns)
        what, expected = f"{shown(entry.file)} leads out of the case's folder", "a relative name without .."
        self.issues.note(what, document.place(key, "file"), expected, f"write file: targets/{key}.csv")
        return ()

    def scenarios(self, inputs: dict[str, Input]) -> dict[str, Scenario]:
        """All scenarios by file name."""
        names = sorted(name for name in self.files if name.startswith(f"{places.SCENARIOS}/"))
        keys = tuple(Path(name).stem for name in names)
        found: dict[str, Scenario] = {}
        for key, document in zip(keys, map(self.yaml, names), strict=True):
            if document is None:
                continue
            scenario = read_scenario(key, self.reading(document, inputs), self.histories, keys)
            if scenario is not None:
                found[key] = scenario
        return found


def _stated(manifest: Manifest) -> dict[str, Any]:
    """What case.yaml says, as the fields of a case."""
    same = ("name", "title", "about", "start", "end", "closure", "destination", "reference", "histories")
    return {name: getattr(manifest, name) for name in same} | {
        "provinces": tuple(manifest.provinces),
        "classes": tuple(manifest.classes),
        "later_targets": manifest.targets_after_2016 is not None,
    }


def aside(name: str) -> bool:
    """Whether a file has no effect on a run with given parameters: priors, scenarios, references."""
    return name in (places.PRIORS, places.SOURCES) or name.startswith(f"{places.SCENARIOS}/")


def _try_worlds(case: Case, issues: Issues) -> None:
    """Build every world the case names, so that what only shows there (a dropped date, a range) is found now."""
    for history in (None, *case.histories):
        case.world(history=history)
    for scenario in case.scenarios.values():
        for chosen in ([scenario], *([scenario, case.scenarios[other]] for other in scenario.combined)):
            try:
                case.world(chosen)
            except CaseError as error:
                issues.include(error)
