"""case.yaml: the name, window, places, classes and histories of a case, checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from tumen.case.bibliography import ASSUMED
from tumen.case.dates import month_index, month_text
from tumen.case.inputs import BASE
from tumen.case.models import STRICT, Closure, DateText, Entry, Name, Sources, Status, Text
from tumen.case.reading import OF_VOCABULARY, Reading
from tumen.case.vocabulary import VOCABULARY
from tumen.errors import shown

MOST_HISTORIES = 5


class Window(BaseModel):
    """First and last month of the case, both included."""

    model_config = STRICT
    start: DateText
    end: DateText


class Province(BaseModel):
    """A province and its population, of which the share of the country's people is taken."""

    model_config = STRICT
    key: Name
    title: Text
    population: Annotated[float, Field(gt=0)]
    source: Sources
    status: Status
    because: Text | None = None
    note: Text | None = None


class SocialClass(BaseModel):
    """A class and the share of people born into it; status: assumed where the source is."""

    model_config = STRICT | ConfigDict(json_schema_extra=lambda schema: schema["required"].remove("status"))
    key: Name
    title: Text
    share: Annotated[float, Field(ge=0, le=1)]
    source: Sources
    status: Status
    because: Text | None = None
    note: Text | None = None

    @model_validator(mode="before")
    @classmethod
    def _assumed(cls, data: Any) -> Any:
        bare = isinstance(data, dict) and data.get("status") is None and data.get("source") in (ASSUMED, [ASSUMED])
        return {**data, "status": ASSUMED} if bare else data


class Reference(BaseModel):
    """The person whose yearly attempt rate `reference_rate` states; `capital` in usd."""

    model_config = STRICT
    sex: Literal["female", "male"]
    age: Annotated[float, Field(ge=0, le=120)]
    province: Text
    social_class: Annotated[Text, Field(alias="class")]
    status: Literal["child", "serving", "tied", "stall", "private", "free", "posted"]
    date: DateText
    capital: Annotated[float, Field(ge=0)]

    @property
    def month(self) -> int:
        """The month index of the date."""
        return month_index(self.date)


class History(Entry):
    """A named set of variants that belong together, with its prior weight; the base history has what is left of 1."""

    title: Text
    because: Text
    variants: dict[str, str]
    weight: Annotated[float, Field(ge=0, le=1)] = 0.0


class Manifest(BaseModel):
    """case.yaml: what the case is called, its window, places, classes and histories."""

    model_config = STRICT
    schema_: Annotated[Literal[1], Field(alias="schema")]
    name: Name
    title: Text
    about: Text
    window: Window
    closure: Closure
    destination: Text
    provinces: Annotated[list[Province], Field(min_length=1)]
    classes: Annotated[list[SocialClass], Field(min_length=1)]
    reference: Reference
    histories: Annotated[dict[Name, History], Field(max_length=MOST_HISTORIES)] = {}
    targets_after_2016: Literal["allowed"] | None = None

    @property
    def start(self) -> int:
        """The first month index of the window."""
        return month_index(self.window.start)

    @property
    def end(self) -> int:
        """The last month index of the window."""
        return month_index(self.window.end)

    @property
    def known_window(self) -> tuple[int | None, int | None]:
        """First and last month, or twice None when the window ends before it opens."""
        return (self.start, self.end) if self.start <= self.end else (None, None)


def read_manifest(reading: Reading) -> Manifest | None:
    """The manifest in a document; None, with the reasons in its issues, when it cannot be read at all."""
    manifest = reading.model(Manifest)
    if manifest is None:
        return None
    start, end = manifest.start, manifest.end
    if end < start:
        what = f"the window ends in {month_text(end)}, before it opens"
        reading.note(["window", "end"], what, f"{month_text(start)} or later", "correct the months")
    for name, entries in (("provinces", manifest.provinces), ("classes", manifest.classes)):
        _check_keys(name, [entry.key for entry in entries], reading)
        for number, entry in enumerate(entries):
            reading.cites(entry, name, number)
    total = sum(social_class.share for social_class in manifest.classes)
    if abs(total - 1) > 1e-6:
        reading.note(["classes"], f"the shares of the classes add up to {total:.8g}", "1", "correct the shares")
    _check_reference(manifest, reading)
    total = sum(history.weight for history in manifest.histories.values())
    if total > 1 + 1e-9:
        what = f"the weights of the histories add up to {total:g}"
        reading.note(["histories"], what, "at most 1, the base has what is left", "lower a weight")
    if BASE in manifest.histories:
        reading.note(["histories", BASE], "a history called base", "another name", "rename the history")
    return manifest


def check_histories(histories: Mapping[str, History], reading: Reading) -> None:
    """Every history names inputs and variants that exist; inputs that could not be read are skipped."""
    inputs = reading.inputs
    for history in histories.values():
        for key, variant in history.variants.items():
            path = ("histories", history.key, "variants", key)
            if key not in VOCABULARY:
                what = f"unknown input {shown(key)}"
                reading.unknown(path, what, key, VOCABULARY, "delete it", OF_VOCABULARY)
            elif key in inputs and variant not in inputs[key].variants:
                what, remedy = f"{key} has no variant {shown(variant)}", f"add the variant at {inputs[key].where}"
                reading.unknown(path, what, variant, inputs[key].variants, remedy)


def _check_reference(manifest: Manifest, reading: Reading) -> None:
    given, start, end = manifest.reference, manifest.start, manifest.end
    for key, value, known in (
        ("province", given.province, [entry.key for entry in manifest.provinces]),
        ("class", given.social_class, [entry.key for entry in manifest.classes]),
    ):
        if value not in known:
            what = f"{shown(value)} is not a {key}"
            reading.unknown(["reference", key], what, value, known, "write one of these")
    if start <= end and not start <= given.month <= end:
        what = f"the reference date {given.date} lies outside the window"
        reading.note(["reference", "date"], what, f"{month_text(start)} to {month_text(end)}", "move the date")


def _check_keys(name: str, keys: Sequence[str], reading: Reading) -> None:
    for number, key in enumerate(keys):
        path = (name, number, "key")
        if key in keys[:number]:
            reading.note(path, f"key {shown(key)} appears twice", "one entry for each key", "rename one of them")
        if key == "default":
            reading.note(path, "'default' cannot be a key", "a key that means one member", "rename it")
