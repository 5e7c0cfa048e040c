"""A new case is whole, has its own name everywhere, and takes no place that is taken."""

from __future__ import annotations

from pathlib import Path

import pytest

from tumen.case import CaseError, load
from tumen.case.new import new_case
from tumen.experiment.design import read_design


def test_a_new_case_loads_under_its_own_name(tmp_path: Path) -> None:
    folder = new_case(tmp_path / "deep" / "new_land", "Neuland: \"quoted\" # and 'more' \\ über")
    case, toyland = load(folder), load("toyland")
    assert folder == tmp_path / "deep" / "new_land"
    assert (case.name, case.title) == ("new_land", "Neuland: \"quoted\" # and 'more' \\ über")
    assert "Every number is invented" in case.about
    assert case.inputs.keys() == toyland.inputs.keys() and case.scenarios.keys() == toyland.scenarios.keys()
    assert "toyland" not in (folder / "case.yaml").read_text().replace("Copied from toyland", "").lower().replace(
        "copied from toyland.", ""
    )
    design = read_design(folder / "designs" / "main.yaml")
    assert (design.case, design.title) == ("new_land", f"Worlds of {case.title}")
    assert not (folder / "posteriors").exists() and not (folder / "fits").exists()
    assert [path.name for path in folder.parent.iterdir()] == ["new_land"], "nothing is left behind"


def test_an_empty_folder_is_filled_and_named_in_words(tmp_path: Path) -> None:
    (tmp_path / "far_north").mkdir()
    before = (tmp_path / "far_north").stat().st_ino
    assert load(new_case(tmp_path / "far_north")).title == "Far north"
    assert (tmp_path / "far_north").stat().st_ino == before, "whoever stands in it still does"
    assert [path.name for path in tmp_path.iterdir()] == ["far_north"]


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("Neu-Land", "'Neu-Land' cannot name a case - .* - write neu_land"),
        ("9", "'9' cannot name a case - .* - write my_country"),
        ("toyland", "a shipped case is called toyland"),
        ("", "'' is not a path"),
        ("full", "the folder exists and is not empty"),
        ("file", "there is a file in the way"),
        ("file/inside", "."),
    ],
)
def test_what_cannot_be_made_is_refused_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, what: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / ".hidden").write_text("mine")
    (tmp_path / "file").write_text("mine")
    with pytest.raises(CaseError, match=what) as caught:
        new_case(name)
    assert len(str(caught.value).split(" - ")) >= 4
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "full"]
    assert (tmp_path / "full" / ".hidden").read_text() == "mine"
    with pytest.raises(CaseError, match="not a title"):
        new_case("fine", "two\nlines")
