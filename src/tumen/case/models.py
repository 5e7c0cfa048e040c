"""The shapes of the YAML files people write, as pydantic models: fields, types and nothing that needs a second file."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from tumen.case.closure import CLOSURES, checked
from tumen.case.dates import month_index
from tumen.errors import RefusedError, shown

Status = Literal["seen", "seen_date_recalled", "seen_dataset", "derived", "recalled_unconfirmed", "assumed"]
Between = Literal["hold", "linear", "log"]
#: What a draw does to the dated values that it moves: sets, multiplies, shifts the log odds, adds.
Scale = Literal["value", "log", "logit", "linear"]
#: Policies that can be switched as one; an input may belong to one of them.
Policy = Literal[
    "military_first",
    "market_reform",
    "marketisation",
    "workplace_tie",
    "female_exemption",
    "selective_layoff",
    "border_tightening",
]
STATUSES_OF_VALUES: tuple[str, ...] = get_args(Status)
POLICIES: tuple[str, ...] = get_args(Policy)
MOST_HISTORIES = 5

#: Most months by which a scenario may shift a policy.
MOST_SHIFT = 240
STRICT = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


def _is_date(text: str) -> str:
    month_index(text)
    return text


def _is_number_or_table(value: Any) -> Any:
    """A number, or a mapping from names to numbers; anything else is refused in one sentence."""
    entries = list(value.values()) if isinstance(value, dict) else [value]
    for entry in entries or [None]:
        if isinstance(entry, bool) or not isinstance(entry, (int, float)):
            raise RefusedError(
                f"{shown(_kind(entry))} stands where a number is needed",
                "a number, or a mapping that gives one number for each member",
                "write the number without quotes or units",
            )
    return value


def _is_sources(value: Any) -> Any:
    keys = value if isinstance(value, list) else [value]
    if not keys or not all(isinstance(key, str) and key for key in keys):
        raise RefusedError(
            f"{shown(_kind(value))} stands where a source is needed",
            "a key of sources.bib, a list of keys, or assumed",
            "write source: KEY",
        )
    return value


def _is_parts(value: Any) -> Any:
    parts = value if isinstance(value, list) else [value]
    if not parts or not all(isinstance(part, str) and part for part in parts):
        raise RefusedError(
            f"{shown(_kind(value))} stands where a part is needed",
            "a member of the input's dimension, or a list of them",
            "write part: NAME or part: [NAME, NAME]",
        )
    return value


def _is_neutralise(value: Any) -> Any:
    named = isinstance(value, list) and value and all(isinstance(key, str) for key in value)
    if not (named or value in ("unsourced", "all")):
        raise RefusedError(
            f"neutralise is {shown(_kind(value))}",
            "a list of inputs, unsourced or all",
            "write neutralise: [KEY], unsourced or all",
        )
    return value


def _is_dated_closure(value: Any) -> Any:
    if not isinstance(value, dict):
        name = checked(value)
        raise RefusedError(f"closure {name} without its first date", "closure: {DATE: NAME}", "add the date")
    return value


def _kind(value: Any) -> str:
    if value is None:
        return "nothing"
    return f"{type(value).__name__} {value}" if isinstance(value, bool) else str(value) or "empty text"


_DATE_SCHEMA = {"type": "string", "pattern": r"^\d{4}-\d{2}(-\d{2})?$"}
_NUMBER_SCHEMA = {
    "anyOf": [{"type": "number"}, {"type": "object", "additionalProperties": {"type": "number"}, "minProperties": 1}]
}
_SOURCES_SCHEMA = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}

_NEUTRALISE_SCHEMA = {"anyOf": [{"enum": ["unsourced", "all"]}, {"type": "array", "items": {"type": "string"}}]}

DateText = Annotated[str, AfterValidator(_is_date), WithJsonSchema(_DATE_SCHEMA)]
#: A number, or one number for each member of the input's dimension (`default` stands for those not named).
Amount = Annotated[Any, BeforeValidator(_is_number_or_table), WithJsonSchema(_NUMBER_SCHEMA)]
Sources = Annotated[Any, BeforeValidator(_is_sources), WithJsonSchema(_SOURCES_SCHEMA)]
Closure = Annotated[str, BeforeValidator(checked), WithJsonSchema({"enum": list(CLOSURES)})]
#: Which sexed inputs a scenario puts to neutral.
Neutralise = Annotated[Any, BeforeValidator(_is_neutralise), WithJsonSchema(_NEUTRALISE_SCHEMA)]
Text = Annotated[str, Field(min_length=1)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
#: One member of a dimension, or several.
PartNames = Annotated[Any, BeforeValidator(_is_parts), WithJsonSchema(_SOURCES_SCHEMA)]
DistributionNumbers = Annotated[dict[str, dict[str, float]], Field(min_length=1, max_length=1)]


class ValueModel(BaseModel):
    """One dated value with where it comes from."""

    model_config = STRICT
    value: Amount
    source: Sources
    status: Status
    because: Text | None = None
    note: Text | None = None


class VariantModel(BaseModel):
    """A contested history of an input: it replaces the base values whole."""

    model_config = STRICT
    title: Text | None = None
    weight: Annotated[float, Field(ge=0, le=1)]
    because: Text | None = None
    values: Annotated[dict[DateText, ValueModel], Field(min_length=1)]


class InputModel(BaseModel):
    """One input: its dated, sourced values."""

    model_config = STRICT
    title: Text | None = None
    unit: Text
    between: Between = "hold"
    range: Annotated[list[float], Field(min_length=2, max_length=2)] | None = None
    policy: Policy | None = None
    neutral: Amount | None = None
    note: Text | None = None
    values: Annotated[dict[DateText, ValueModel], Field(min_length=1)]
    variants: dict[Name, VariantModel] = {}


class WindowModel(BaseModel):
    """First and last month of the case, both included."""

    model_config = STRICT
    start: DateText
    end: DateText


class ProvinceModel(BaseModel):
    """A province and its population, of which the share of the country's people is taken."""

    model_config = STRICT
    key: Name
    title: Text
    population: Annotated[float, Field(gt=0)]
    source: Sources
    status: Status
    because: Text | None = None
    note: Text | None = None


class ClassModel(BaseModel):
    """A class and the share of people born into it."""

    model_config = STRICT
    key: Name
    title: Text
    share: Annotated[float, Field(ge=0, le=1)]
    source: Sources
    status: Status | None = None
    because: Text | None = None
    note: Text | None = None


class ReferenceModel(BaseModel):
    """The person whose attempt rate is `reference_rate`."""

    model_config = STRICT
    sex: Literal["female", "male"]
    age: Annotated[float, Field(ge=0, le=120)]
    province: Text
    class_: Annotated[Text, Field(alias="class")]
    status: Literal["child", "serving", "tied", "stall", "private", "free", "posted"]
    date: DateText
    capital: Annotated[float, Field(ge=0)]


class HistoryModel(BaseModel):
    """A named set of variants that belong together."""

    model_config = STRICT
    title: Text
    because: Text
    variants: dict[str, str]
    weight: Annotated[float, Field(ge=0, le=1)] = 0.0


class ManifestModel(BaseModel):
    """case.yaml: what the case is called, its window, places and classes."""

    model_config = STRICT
    schema_: Annotated[Literal[1], Field(alias="schema")]
    name: Name
    title: Text
    about: Text
    window: WindowModel
    closure: Closure
    destination: Text
    provinces: Annotated[list[ProvinceModel], Field(min_length=1)]
    classes: Annotated[list[ClassModel], Field(min_length=1)]
    reference: ReferenceModel
    histories: Annotated[dict[Name, HistoryModel], Field(max_length=MOST_HISTORIES)] = {}
    targets_after_2016: Literal["allowed"] | None = None


class ChangeModel(BaseModel):
    """What a scenario does to one input: exactly one of values, value, freeze, drop, variant, multiply, shift."""

    model_config = STRICT
    values: Annotated[dict[DateText, Amount], Field(min_length=1)] | None = None
    value: Amount | None = None
    freeze: DateText | None = None
    drop: Annotated[list[DateText], Field(min_length=1)] | None = None
    variant: Text | None = None
    multiply: Amount | None = None
    shift: Annotated[int, Field(ge=-MOST_SHIFT, le=MOST_SHIFT, strict=True)] | None = None
    from_: Annotated[DateText | None, Field(alias="from")] = None
    to: DateText | None = None
    source: Sources | None = None
    because: Text | None = None


class CombinedModel(BaseModel):
    """What holds where a scenario is chosen together with another: it replaces both scenarios' changes of its keys."""

    model_config = STRICT
    because: Text | None = None
    changes: Annotated[dict[str, ChangeModel], Field(min_length=1)]


class ScenarioModel(BaseModel):
    """A scenario: what it changes, and why."""

    model_config = STRICT
    title: Text
    because: Text
    policy: Policy | None = None
    history: Text | None = None
    closure: Annotated[dict[DateText, Closure], Field(min_length=1), BeforeValidator(_is_dated_closure)] | None = None
    neutralise: Neutralise | None = None
    changes: dict[str, ChangeModel] = {}
    combined: dict[Text, CombinedModel] = {}


class MoveModel(BaseModel):
    """Dated values of one input that a prior moves: exactly one of date, dates and weights says which."""

    model_config = STRICT
    input: Text
    part: PartNames | None = None
    date: DateText | None = None
    dates: Literal["all"] | Annotated[list[DateText], Field(min_length=1)] | None = None
    weights: Annotated[dict[DateText, float], Field(min_length=1)] | None = None


class PriorModel(MoveModel):
    """The prior distribution of one parameter that moves dated values of one input."""

    parameter: Name | None = None
    scale: Scale = "value"
    distribution: DistributionNumbers
    why: Text
    source: Sources


class MovingPriorModel(BaseModel):
    """The prior distribution of one parameter that moves dated values of several inputs or parts."""

    model_config = STRICT
    parameter: Name
    scale: Scale
    moves: Annotated[list[MoveModel], Field(min_length=1)]
    distribution: DistributionNumbers
    why: Text
    source: Sources


class ArrivalsErrorModel(BaseModel):
    """Error models of the yearly total and of women among it: how counts scatter around the model."""

    model_config = STRICT
    total: Literal["negative_binomial", "poisson", "lognormal"] = "negative_binomial"
    women: Literal["beta_binomial", "binomial"] = "beta_binomial"


class ArrivalsModel(BaseModel):
    """The main target: yearly arrivals by sex, and how counts scatter around the model."""

    model_config = STRICT
    file: Text
    title: Text
    source: Sources
    about: Text | None = None
    error: ArrivalsErrorModel = ArrivalsErrorModel()


class ProfilesModel(BaseModel):
    """Targets that describe who the arrived are; every row names its own error model."""

    model_config = STRICT
    file: Text
    title: Text
    source: Sources
    about: Text | None = None


class TargetsModel(BaseModel):
    """targets.yaml: the tables the model is compared with."""

    model_config = STRICT
    arrivals: ArrivalsModel
    profiles: ProfilesModel | None = None
