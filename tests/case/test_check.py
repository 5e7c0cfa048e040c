"""The report on a case, and the schemas of its files."""

import json

import jsonschema
import pytest

from tumen.case import VOCABULARY, check, load, shipped
from tumen.case import schema as schemas
from tumen.case.documents import read_yaml

from .conftest import CASES


def test_every_value_is_counted_by_its_status(toyland):
    report = check(toyland)
    assert report.inputs == len(VOCABULARY)
    rows = sum(len(given.values) for given in toyland.inputs.values())
    rows += sum(len(variant.values) for given in toyland.inputs.values() for variant in given.variants.values())
    assert report.values == rows
    tables = len(toyland.population) + len(toyland.vital_rates) + len(toyland.arrivals) + len(toyland.profiles)
    assert sum(report.by_status.values()) == rows + tables + len(toyland.provinces) + len(toyland.classes)
    assert all(count > 0 for count in report.by_status.values()), "toyland uses every status"


def test_every_number_without_a_seen_source_is_listed_with_its_place(toyland):
    report = check(toyland)
    soft = report.by_status["assumed"] + report.by_status["recalled_unconfirmed"]
    assert len(report.unsourced) == soft
    line = next(line for line in report.unsourced if line.key == "service_years")
    assert (line.date, line.because) == ("2003-03-26", "the act was softened in practice")
    assert line.where == "inputs/conscription.yaml:11, service_years.values.2003-03-26"
    assert any(line.key == "classes.hostile" for line in report.unsourced)


def test_what_is_contested_is_listed_with_its_weights(toyland):
    contested = {entry.key: entry.weights for entry in check(toyland).contested}
    assert contested["service_years"] == {"base": 0.6, "chronicle": 0.3, "short": 0.1}
    assert set(contested) == {"service_years", "minimum_height", "fee", "crossing_success"}


def test_warnings_name_what_is_soft_but_allowed(workshop):
    workshop.write(
        "sources.bib", (workshop.folder / "sources.bib").read_text() + "\n@misc{UNREAD,\n  title = {Never cited}\n}\n"
    )
    warnings = check(workshop.load()).warnings
    assert any(warning.endswith("UNREAD: no value cites this source") for warning in warnings)


def test_a_report_is_one_json_document(toyland):
    report = check(toyland)
    read = json.loads(report.to_json())
    assert read["case"] == "toyland"
    assert read["by_status"] == report.by_status
    assert len(read["register"]) == len(report.register)
    assert read["register"][-1]["gap"] is None


@pytest.mark.parametrize("name", [name for name, _ in shipped()])
def test_every_shipped_case_can_be_reported_on(name):
    assert check(load(name)).to_json()


def files_of(name):
    folder = CASES / name
    yield "case", folder / "case.yaml"
    yield "targets", folder / "targets.yaml"
    yield "priors", folder / "priors.yaml"
    yield from (("inputs", path) for path in sorted((folder / "inputs").glob("*.yaml")))
    yield from (("scenario", path) for path in sorted((folder / "scenarios").glob("*.yaml")))


@pytest.mark.parametrize("name", [name for name, _ in shipped()])
def test_shipped_files_fit_the_written_schemas(name, tmp_path):
    written = {path.name.split(".")[0]: json.loads(path.read_text()) for path in schemas.write(tmp_path / "new")}
    assert set(written) == {"case", "inputs", "priors", "scenario", "targets"}
    validators = {kind: jsonschema.Draft202012Validator(schema) for kind, schema in written.items()}
    for validator in validators.values():
        validator.check_schema(validator.schema)
    for kind, path in files_of(name):
        if path.is_file():
            validators[kind].validate(read_yaml(path.name, path.read_bytes()).data)


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("inputs", {"fee": {"unit": "eur", "values": {"1990-01-01": {"value": 1, "source": "A", "status": "seen"}}}}),
        ("inputs", {"fees": {"unit": "usd", "values": {"1990-01-01": {"value": 1, "source": "A", "status": "seen"}}}}),
        ("inputs", {"fee": {"unit": "usd", "values": {"1990-01-01": {"value": 1, "source": "A", "status": "sure"}}}}),
        ("scenario", {"title": "t", "because": "b", "change": {}}),
        ("scenario", {"title": "t", "because": "b", "neutralise": "some"}),
        ("case", {"schema": 2}),
        ("priors", [{"input": "fee", "date": "1990-01-01", "distribution": {}, "why": "w", "source": "A"}]),
    ],
)
def test_the_schemas_refuse_what_the_loader_refuses(kind, data):
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(data, schemas.schemas()[kind])
