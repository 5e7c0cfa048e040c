"""Designs that travel with a case: well-formed, of worlds that exist, and no part of the case or of its hashes."""

import shutil
from itertools import product
from pathlib import Path

import pytest

from tumen.case import CaseError, load
from tumen.case.documents import read_yaml

CASES = Path(__file__).parents[2] / "src" / "tumen" / "cases"
FILES = sorted(CASES.glob("*/designs/*.yaml"))
#: Scenario files that are written beside the designs.
LATER = "placebo_"


def _levels(given):
    """Levels of a factor: their scenarios and settings by name."""
    if isinstance(given, str):
        return {given: ([given], [])}
    return {
        name: (level.get("scenario", []), level["set"]) if isinstance(level, dict) else ([level], [])
        for name, level in given.items()
    }


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parts[-3]}-{file.stem}")
def test_every_world_of_a_shipped_design_can_be_made(file):
    data = read_yaml(file.name, file.read_bytes()).data
    case = load(file.parts[-3])
    assert data["case"] == case.name and data["title"] and data["draws"] >= 1
    factors = [{"base": ([], []), **_levels(given)} for given in data["factors"].values()]
    made = 0
    for chosen in (
        *product(*(levels.values() for levels in factors)),
        *product(_levels(data.get("worlds", {})).values()),
    ):
        scenarios = [name for names, _ in chosen for name in names]
        settings = [text for _, texts in chosen for text in texts]
        if not any(name.startswith(LATER) and name not in case.scenarios for name in scenarios):
            case.world([case.scenario(name) for name in scenarios], settings=settings)
            made += 1
    assert made >= 4


def test_designs_are_no_part_of_the_case(tmp_path):
    whole = load("toyland")
    shutil.copytree(whole.folder, tmp_path / "toyland", ignore=shutil.ignore_patterns("designs"))
    bare = load(tmp_path / "toyland")
    assert (bare.hash, bare.ground, bare.files) == (whole.hash, whole.ground, whole.files)
    assert (whole.folder / "designs" / "main.yaml").is_file()


def test_a_design_that_would_never_be_found_is_named(tmp_path):
    shutil.copytree(load("toyland").folder, tmp_path / "toyland")
    (tmp_path / "toyland" / "designs" / "Main.yml").write_text("title: none\n")
    with pytest.raises(CaseError, match=r"designs/Main.yml.*NAME.yaml in small letters"):
        load(tmp_path / "toyland")
