"""case.yaml: the name, window, places, classes and histories of a case, checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tumen.case.dates import month_index, month_text
from tumen.case.documents import Document
from tumen.case.inputs import BASE, Input, check_source
from tumen.case.models import ManifestModel
from tumen.case.validation_errors import validated
from tumen.case.vocabulary import VOCABULARY
from tumen.errors import Issues, listing, shown, suggestion


@dataclass(frozen=True)
class Province:
    """A province with its population, of which only the share of the country is used."""

    key: str
    title: str
    population: float
    source: tuple[str, ...]
    status: str


@dataclass(frozen=True)
class SocialClass:
    """A class and the share of people born into it."""

    key: str
    title: str
    share: float
    source: tuple[str, ...]
    status: str
    because: str | None


@dataclass(frozen=True)
class Reference:
    """The person whose yearly attempt rate `reference_rate` states; `month` is a month index, `capital` in usd."""

    sex: str
    age: float
    province: str
    social_class: str
    status: str
    month: int
    capital: float


@dataclass(frozen=True)
class History:
    """A named set of variants that belong together, with its prior weight; the base history has what is left of 1."""

    key: str
    title: str
    because: str
    variants: Mapping[str, str] = field(hash=False)
    weight: float = 0.0


@dataclass(frozen=True)
class Manifest:
    """What case.yaml says."""

    name: str
    title: str
    about: str
    start: int
    end: int
    closure: str
    destination: str
    provinces: tuple[Province, ...]
    classes: tuple[SocialClass, ...]
    reference: Reference
    histories: Mapping[str, History] = field(hash=False)
    later_targets: bool

    @property
    def window(self) -> tuple[int | None, int | None]:
        """First and last month, or twice None when the window ends before it opens."""
        return (self.start, self.end) if self.start <= self.end else (None, None)


def read_manifest(document: Document, sources: Mapping[str, object] | None, issues: Issues) -> Manifest | None:
    """The manifest in a document; None, with the reasons in `issues`, when it cannot be read at all."""
    model = validated(ManifestModel, document.data, document, (), issues)
    if model is None:
        return None
    start, end = month_index(model.window.start), month_index(model.window.end)
    if end < start:
        what = f"the window ends in {month_text(end)}, before it opens"
        issues.note(what, document.place("window", "end"), f"{month_text(start)} or later", "correct the months")
    _check_keys("provinces", [entry.key for entry in model.provinces], document, issues)
    _check_keys("classes", [entry.key for entry in model.classes], document, issues)
    provinces, classes = _provinces(model, document, sources, issues), _classes(model, document, sources, issues)
    total = sum(social_class.share for social_class in classes)
    if abs(total - 1) > 1e-6:
        issues.note(
            f"the shares of the classes add up to {total:.8g}", document.place("classes"), "1", "correct the shares"
        )
    reference = _reference(model, start, end, document, issues)
    histories = {
        key: History(key, entry.title, entry.because, dict(entry.variants), entry.weight)
        for key, entry in model.histories.items()
    }
    total = sum(history.weight for history in histories.values())
    if total > 1 + 1e-9:
        what, where = f"the weights of the histories add up to {total:g}", document.place("histories")
        issues.note(what, where, "at most 1, the base has what is left", "lower a weight")
    if BASE in histories:
        issues.note("a history called base", document.place("histories", BASE), "another name", "rename the history")
    return Manifest(
        model.name,
        model.title,
        model.about,
        start,
        end,
        model.closure,
        model.destination,
        provinces,
        classes,
        reference,
        histories,
        model.targets_after_2016 == "allowed",
    )


def check_histories(
    histories: Mapping[str, History], inputs: Mapping[str, Input], document: Document, issues: Issues
) -> None:
    """Every history names inputs and variants that exist; inputs that could not be read are passed over."""
    for history in histories.values():
        for key, variant in history.variants.items():
            where = document.place("histories", history.key, "variants", key)
            if key not in VOCABULARY:
                remedy = suggestion(key, VOCABULARY, "delete it")
                issues.note(f"unknown input {shown(key)}", where, "a key of the vocabulary of inputs", remedy)
            elif key in inputs and variant not in inputs[key].variants:
                known = list(inputs[key].variants)
                remedy = suggestion(variant, known, f"add the variant at {inputs[key].where}")
                issues.note(f"{key} has no variant {shown(variant)}", where, listing(known), remedy)


def _provinces(
    model: ManifestModel, document: Document, sources: Mapping[str, object] | None, issues: Issues
) -> tuple[Province, ...]:
    return tuple(
        Province(
            entry.key,
            entry.title,
            entry.population,
            check_source(entry, document.place("provinces", number, "source"), sources, issues),
            entry.status,
        )
        for number, entry in enumerate(model.provinces)
    )


def _classes(
    model: ManifestModel, document: Document, sources: Mapping[str, object] | None, issues: Issues
) -> tuple[SocialClass, ...]:
    found = []
    for number, entry in enumerate(model.classes):
        source = check_source(entry, document.place("classes", number, "source"), sources, issues)
        status = entry.status or ("assumed" if source == ("assumed",) else None)
        if status is None:
            where = document.place("classes", number, "status")
            issues.note("'status' is missing", where, "an entry 'status'", "add status: ...")
        found.append(SocialClass(entry.key, entry.title, entry.share, source, status or "", entry.because))
    return tuple(found)


def _reference(model: ManifestModel, start: int, end: int, document: Document, issues: Issues) -> Reference:
    given = model.reference
    for key, value, known in (
        ("province", given.province, [entry.key for entry in model.provinces]),
        ("class", given.class_, [entry.key for entry in model.classes]),
    ):
        if value not in known:
            remedy = suggestion(value, known, "write one of these")
            issues.note(f"{shown(value)} is no {key}", document.place("reference", key), listing(known), remedy)
    month = month_index(given.date)
    if start <= end and not start <= month <= end:
        issues.note(
            f"the reference date {given.date} lies outside the window",
            document.place("reference", "date"),
            f"{month_text(start)} to {month_text(end)}",
            "move the date",
        )
    return Reference(given.sex, given.age, given.province, given.class_, given.status, month, given.capital)


def _check_keys(name: str, keys: Sequence[str], document: Document, issues: Issues) -> None:
    for number, key in enumerate(keys):
        where = document.place(name, number, "key")
        if key in keys[:number]:
            issues.note(f"key {shown(key)} stands twice", where, "one entry for each key", "rename one of them")
        if key == "default":
            issues.note("'default' cannot be a key", where, "a key that means one member", "rename it")
