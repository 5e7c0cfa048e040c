"""Designs that travel with a case: well-formed, of worlds that exist, and no part of the case or of its hashes."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from tumen.case import CaseError, load
from tumen.experiment.cells import cells
from tumen.experiment.design import read_design

CASES = Path(__file__).parents[2] / "src" / "tumen" / "cases"
FILES = sorted(CASES.glob("*/designs/*.yaml"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parts[-3]}-{file.stem}")
def test_every_world_of_a_shipped_design_can_be_made(file):
    design, case = read_design(file), load(file.parts[-3])
    assert design.case == case.name and design.theory == "interplay"
    assert len(cells(design, case)) == np.prod([1 + len(one.levels) for one in design.factors]) + len(design.worlds)


def test_designs_are_no_part_of_the_case(tmp_path):
    whole = load("toyland")
    shutil.copytree(whole.folder, tmp_path / "toyland", ignore=shutil.ignore_patterns("designs"))
    bare = load(tmp_path / "toyland")
    assert (bare.hash, bare.simulation_hash, bare.files) == (whole.hash, whole.simulation_hash, whole.files)
    assert (whole.folder / "designs" / "main.yaml").is_file()


def test_a_design_that_would_never_be_found_is_named(tmp_path):
    shutil.copytree(load("toyland").folder, tmp_path / "toyland")
    (tmp_path / "toyland" / "designs" / "Main.yml").write_text("title: none\n")
    with pytest.raises(CaseError, match=r"designs/Main.yml.*NAME.yaml in small letters"):
        load(tmp_path / "toyland")
