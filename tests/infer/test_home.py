"""Where a user's own runs and posteriors live."""

from pathlib import Path

import pytest

from tumen.case import CaseError
from tumen.infer.run_cache import home


def test_a_named_folder_comes_first_then_that_of_the_user(monkeypatch, tmp_path):
    monkeypatch.setenv("TUMEN_HOME", str(tmp_path / "mine"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert home() == tmp_path / "mine"
    monkeypatch.setenv("TUMEN_HOME", "")
    assert home() == tmp_path / "data" / "tumen"


def test_a_user_without_a_home_is_told_what_to_set(monkeypatch):
    for name in ("TUMEN_HOME", "XDG_DATA_HOME", "HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("pwd.getpwuid", {}.__getitem__)
    with pytest.raises(CaseError) as caught:
        home()
    assert str(caught.value) == (
        "the home folder of the user is unknown - TUMEN_HOME - expected a folder for runs and posteriors - "
        "set TUMEN_HOME, and TUMEN_CACHE for compiled code, to folders that can be written"
    )
    assert not Path("~").exists()
