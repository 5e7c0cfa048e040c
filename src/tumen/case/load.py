"""Reading a case folder: all files at once, every problem found reported in one CaseError."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from pathlib import Path

from tumen.case import folder as places
from tumen.case.bibliography import Source, read_sources
from tumen.case.country import Case
from tumen.case.documents import Document, read_yaml
from tumen.case.folder import digest, inside, read_folder, read_member
from tumen.case.inputs import Context, Input, check_source, read_inputs
from tumen.case.manifest import Manifest, check_histories, read_manifest
from tumen.case.plausible import check_people
from tumen.case.population import POPULATION_COLUMNS, VITAL_COLUMNS, check_population, check_vital_rates
from tumen.case.prior_rows import read_priors
from tumen.case.priors import Prior
from tumen.case.scenario import Scenario, read_scenario
from tumen.case.tables import Row, check_row_sources, read_table
from tumen.case.targets import ARRIVALS_COLUMNS, PROFILES_COLUMNS, Targets, check_arrivals, check_profiles
from tumen.case.validation_errors import validated
from tumen.case.vocabulary import VOCABULARY
from tumen.errors import CaseError, Issues, listing, shown, suggestion


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
        raise CaseError.single(f"{shown(given)} is no path", "case", "a shipped case or a folder", "correct the path")
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


def read_scenario_file(case: Case, path: str | Path) -> Scenario:
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
    scenario = read_scenario(name, document, case.inputs, case.histories, case.sources, tuple(case.scenarios), issues)
    issues.raise_if_any()
    assert scenario is not None
    case.world(scenario)
    for other in scenario.combined:
        case.world([scenario, case.scenarios[other]])
    return scenario


class _Loading:
    """One reading of one folder; each part is None (or empty) where its file could not be read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.issues = Issues()
        self.files = read_folder(folder, self.issues)

    def case(self) -> Case:
        """Read everything, then raise all issues or return the case."""
        sources = self.sources()
        document = self.yaml(places.MANIFEST)
        manifest = read_manifest(document, sources, self.issues) if document else None
        inputs = self.inputs(manifest, sources)
        population, vital = self.people(manifest, sources)
        if document and manifest:
            self.together(document, manifest, population, vital)
        arrivals, profiles, error = self.targets(manifest, sources)
        if document and manifest and inputs:
            check_histories(manifest.histories, inputs, document, self.issues)
        priors, scenarios = self.on_inputs(manifest, inputs, sources)
        self.issues.raise_if_any()
        assert manifest is not None and sources is not None
        case = Case(
            name=manifest.name,
            title=manifest.title,
            about=manifest.about,
            start=manifest.start,
            end=manifest.end,
            closure=manifest.closure,
            destination=manifest.destination,
            provinces=tuple(manifest.provinces),
            classes=tuple(manifest.classes),
            reference=manifest.reference,
            histories=manifest.histories,
            later_targets=manifest.targets_after_2016 is not None,
            folder=self.folder,
            inputs=inputs,
            sources=sources,
            population_rows=population,
            vital_rows=vital,
            arrivals_rows=arrivals,
            profiles_rows=profiles,
            arrivals_error=error,
            priors=priors,
            scenarios=scenarios,
            hash=digest(self.files),
            simulation_hash=digest({name: held for name, held in self.files.items() if not aside(name)}),
            files=tuple(sorted(self.files)),
        )
        _try_worlds(case, self.issues)
        self.issues.raise_if_any()
        return case

    def on_inputs(
        self, manifest: Manifest | None, inputs: dict[str, Input], sources: dict[str, Source] | None
    ) -> tuple[tuple[Prior, ...], dict[str, Scenario]]:
        """Priors and scenarios; none of them is judged before all inputs are there."""
        if len(inputs) != len(VOCABULARY):
            return (), {}
        priors = self.yaml(places.PRIORS)
        return (
            read_priors(priors, inputs, sources, self.issues) if priors else (),
            self.scenarios(manifest, inputs, sources),
        )

    def yaml(self, name: str) -> Document | None:
        """The YAML file of this name, or None when it is absent or no YAML."""
        if name not in self.files:
            return None
        try:
            document = read_yaml(name, self.files[name])
        except CaseError as error:
            for problem in error.problems:
                self.issues.add(problem)
            return None
        return document

    def table(self, name: str, columns: Mapping[str, object]) -> tuple[Row, ...]:
        """The rows of the CSV file of this name, none when it is absent or no CSV."""
        if name not in self.files:
            return ()
        try:
            return read_table(name, self.files[name], columns, self.issues)  # type: ignore[arg-type]
        except CaseError as error:
            self.issues.add(error.problems[0])
            return ()

    def sources(self) -> dict[str, Source] | None:
        """sources.bib, or None when it cannot be read: then no source is called unknown."""
        if places.SOURCES not in self.files:
            return None
        try:
            return read_sources(places.SOURCES, self.files[places.SOURCES], self.issues)
        except CaseError as error:
            self.issues.add(error.problems[0])
            return None

    def inputs(self, manifest: Manifest | None, sources: dict[str, Source] | None) -> dict[str, Input]:
        """All inputs; when a file cannot be read at all, no input is called missing."""
        names = [name for name in self.files if name.startswith(f"{places.INPUTS}/")]
        documents = [self.yaml(name) for name in names]
        provinces = tuple(province.key for province in manifest.provinces) if manifest else None
        classes = tuple(social_class.key for social_class in manifest.classes) if manifest else None
        context = Context(manifest.known_window[0] if manifest else None, provinces, classes, sources)
        readable = [document for document in documents if document is not None]
        whole = len(readable) == len(documents) > 0 and not self.issues.touches(places.INPUTS)
        return read_inputs(readable, context, whole, self.issues)

    def people(
        self, manifest: Manifest | None, sources: dict[str, Source] | None
    ) -> tuple[tuple[Row, ...], tuple[Row, ...]]:
        """population.csv and vital_rates.csv."""
        start, end = manifest.known_window if manifest else (None, None)
        population = self.table(places.POPULATION, POPULATION_COLUMNS)
        vital = self.table(places.VITAL_RATES, VITAL_COLUMNS)
        for rows in (population, vital):
            check_row_sources(rows, sources, self.issues)
        # A row that cannot be read leaves a gap; it is told once, as what it is.
        if population and not self.issues.touches(places.POPULATION):
            check_population(population, start, self.issues)
        if vital and not self.issues.touches(places.VITAL_RATES):
            check_vital_rates(vital, start, end, self.issues)
        return population, vital

    def together(
        self, document: Document, manifest: Manifest, population: tuple[Row, ...], vital: tuple[Row, ...]
    ) -> None:
        """Provinces, stocks, births and deaths beside each other, where each could be read."""
        if not any(self.issues.touches(name) for name in (places.POPULATION, places.VITAL_RATES)):
            sizes = [province.population for province in manifest.provinces]
            largest = sizes.index(max(sizes))
            # One that outweighs all others together is the one to look at.
            alone = 2 * sizes[largest] > sum(sizes) and len(sizes) > 2
            where = document.place("provinces", largest, "population") if alone else document.place("provinces")
            check_people(population, vital, sum(sizes), where, self.issues)

    def targets(
        self, manifest: Manifest | None, sources: dict[str, Source] | None
    ) -> tuple[tuple[Row, ...], tuple[Row, ...], dict[str, str]]:
        """targets.yaml and the tables it names."""
        document = self.yaml(places.TARGETS)
        model = validated(Targets, document.data, document, (), self.issues) if document else None
        if document is None or model is None:
            return (), (), {}
        found: dict[str, tuple[Row, ...]] = {"arrivals": (), "profiles": ()}
        for key, columns in (("arrivals", ARRIVALS_COLUMNS), ("profiles", PROFILES_COLUMNS)):
            entry = getattr(model, key)
            if entry is None:
                continue
            check_source(entry, document.place(key, "source"), sources, self.issues)
            if not inside(entry.file):
                self.issues.note(
                    f"{shown(entry.file)} leads out of the case's folder",
                    document.place(key, "file"),
                    "a relative name without ..",
                    f"write file: targets/{key}.csv",
                )
                continue
            read_member(self.folder, entry.file, self.files, self.issues)
            found[key] = self.table(entry.file, columns)
            check_row_sources(found[key], sources, self.issues)
        start, end = manifest.known_window if manifest else (None, None)
        later = manifest.targets_after_2016 is not None if manifest else True
        check_arrivals(found["arrivals"], start, end, later, self.issues)
        provinces = [province.key for province in manifest.provinces] if manifest else None
        check_profiles(found["profiles"], sources, later, (start, end), provinces, self.issues)
        return found["arrivals"], found["profiles"], model.arrivals.error.model_dump()

    def scenarios(
        self, manifest: Manifest | None, inputs: dict[str, Input], sources: dict[str, Source] | None
    ) -> dict[str, Scenario]:
        """All scenarios by file name."""
        found: dict[str, Scenario] = {}
        names = sorted(name for name in self.files if name.startswith(f"{places.SCENARIOS}/"))
        others = tuple(Path(name).stem for name in names)
        for name in names:
            document = self.yaml(name)
            if document is None:
                continue
            key = Path(name).stem
            histories = manifest.histories if manifest else {}
            scenario = read_scenario(key, document, inputs, histories, sources, others, self.issues)
            if scenario is not None:
                found[key] = scenario
        return found


def aside(name: str) -> bool:
    """Whether a file bears on no run of given parameters: priors, scenarios, references."""
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
                for problem in error.problems:
                    issues.add(problem)
