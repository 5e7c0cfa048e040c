"""A fit is kept whole in one file, found in its two places, and refused where it does not belong."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.infer.synthetic_fit import fit
from tumen.case import Case, CaseError, load
from tumen.infer.fit_file import best_fit_of, own_place, place, read
from tumen.model.theories import interplay


@pytest.fixture
def land(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Case:
    monkeypatch.setenv("TUMEN_HOME", str(tmp_path / "home"))
    return load(shutil.copytree(load("toyland").folder, tmp_path / "land", ignore=shutil.ignore_patterns("fits")))


def test_a_fit_comes_back_as_it_was(land: Case, tmp_path: Path) -> None:
    made = fit(land, history="chronicle")
    made.write(tmp_path / "deep" / "fit.json")
    again = read(tmp_path / "deep" / "fit.json")
    np.testing.assert_array_equal(again.curvature, made.curvature)
    for name in ("names", "values", "z", "parameters", "residuals", "history", "cost", "runs", "provenance"):
        assert getattr(again, name) == getattr(made, name), name
    assert again.parameters.values == made.parameters.values
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["fit.json"]


def test_ones_own_fit_is_found_before_the_shipped_one(land: Case) -> None:
    assert place(land, "interplay") == (None, False)
    fit(land, fee=210).write(land.folder / "fits" / "interplay.json")
    assert best_fit_of(land, interplay).values[0] == 210
    fit(land, fee=220).write(own_place(land, "interplay"))
    assert best_fit_of(land, "interplay").values[0] == 220


def test_a_fit_with_the_former_name_of_the_hash_is_read(land: Case) -> None:
    path = land.folder / "fits" / "interplay.json"
    fit(land).write(path)
    path.write_text(path.read_text().replace('"simulation_hash"', '"ground"'))
    assert best_fit_of(land, "interplay").provenance == fit(land).provenance


def test_fits_are_no_part_of_the_case(land: Case) -> None:
    fit(land).write(land.folder / "fits" / "interplay.json")
    again = load(land.folder)
    assert (again.hash, again.simulation_hash, again.files) == (land.hash, land.simulation_hash, land.files)
    (land.folder / "fits" / "Interplay.txt").write_text("mine")
    with pytest.raises(
        CaseError, match=r"a file that is not a fit - fits/Interplay\.txt - expected THEORY\.json in small"
    ):
        load(land.folder)


def test_what_is_refused_says_why(land: Case, tmp_path: Path) -> None:
    with pytest.raises(CaseError) as none:
        best_fit_of(land, "interplay")
    assert str(none.value) == (
        "there is no fit of interplay - case toyland - expected fits/interplay.json - "
        f"make one: tumen fit {land.folder} --theory interplay"
    )
    fit(land, simulation_hash="0" * 64).write(land.folder / "fits" / "interplay.json")
    with pytest.raises(CaseError) as stale:
        best_fit_of(land, "interplay")
    assert str(stale.value) == (
        "the fit of interplay was made from another version of the case's inputs or targets - interplay.json - "
        f"expected inputs and targets that hash to {'0' * 12}, not {land.simulation_hash[:12]} - "
        f"make it again: tumen fit {land.folder} --theory interplay"
    )
    fit(land, theory="open_keys").write(land.folder / "fits" / "interplay.json")
    with pytest.raises(CaseError, match="the file holds a fit of open_keys, not of interplay"):
        best_fit_of(land, "interplay")
    with pytest.raises(CaseError, match="the fit cannot be read: No such file"):
        read(tmp_path / "nothing.json")
    (tmp_path / "file").write_text("")
    with pytest.raises(CaseError, match="the fit cannot be written"):
        fit(land).write(tmp_path / "file" / "fit.json")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda held: held | {"schema": 9}, "written by a newer tumen"),
        (lambda held: held | {"curvature": [[1.0]]}, "holds no fit"),
        (lambda held: held | {"runs": "many"}, "holds no fit"),
        (lambda held: held | {"provenance": {}}, "holds no fit"),
        (lambda held: held | {"parameters": []}, "holds no fit"),
        (lambda held: {k: v for k, v in held.items() if k != "residuals"}, "holds no fit"),
        (lambda held: [held], "holds no fit"),
    ],
)
def test_a_damaged_file_is_refused(land: Case, tmp_path: Path, change: Any, words: str) -> None:
    path = tmp_path / "fit.json"
    fit(land).write(path)
    path.write_text(json.dumps(change(json.loads(path.read_text()))))
    with pytest.raises(CaseError, match=words):
        read(path)
    path.write_bytes(b"\xff{")
    with pytest.raises(CaseError, match="the file holds no fit"):
        read(path)
