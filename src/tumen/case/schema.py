"""JSON Schema of the YAML files people write, for editors that complete and check while typing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel, RootModel, TypeAdapter

from tumen.case.inputs import Input
from tumen.case.manifest import Manifest
from tumen.case.prior_rows import MovingPriorModel, PriorModel
from tumen.case.scenario import Scenario
from tumen.case.targets import Targets
from tumen.case.vocabulary import VOCABULARY

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_MODELS: dict[str, type[BaseModel]] = {"case": Manifest, "scenario": Scenario, "targets": Targets}


def schemas() -> dict[str, dict[str, Any]]:
    """The schema of each kind of file: case, inputs, scenario, priors, targets."""
    found = {name: model.model_json_schema(by_alias=True) for name, model in _MODELS.items()}
    found["priors"] = TypeAdapter(list[PriorModel | MovingPriorModel]).json_schema(by_alias=True)
    found["inputs"] = _inputs_schema()
    return {name: {"$schema": _DIALECT, "title": f"tumen {name}"} | schema for name, schema in sorted(found.items())}


def write(folder: str | Path) -> tuple[Path, ...]:
    """Write NAME.schema.json for each kind of file into a folder, which is made if need be; returns the paths."""
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    written = []
    for name, schema in schemas().items():
        path = target / f"{name}.schema.json"
        path.write_text(json.dumps(schema, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        written.append(path)
    return tuple(written)


def _inputs_schema() -> dict[str, Any]:
    """An inputs file: keys of the vocabulary only, each with its own unit."""
    whole = RootModel[dict[str, Input]].model_json_schema(by_alias=True)
    properties = {
        key: {
            "description": spec.title + (f"; by {spec.by}" if spec.by else ""),
            "allOf": [{"$ref": "#/$defs/Input"}, {"properties": {"unit": {"const": spec.unit}}}],
        }
        for key, spec in VOCABULARY.items()
    }
    return {"type": "object", "$defs": whole["$defs"], "properties": properties, "additionalProperties": False}
