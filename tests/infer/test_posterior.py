"""A posterior comes back from its file as it was, is found where it should be, and refused where it may not serve."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from tests.infer.synthetic import CENTRAL, CHAINS, DRAWS, FAILED, NAMES, PASSED, posterior
from tumen.case import Case, CaseError, load
from tumen.infer import posterior as room
from tumen.infer.posterior import Posterior, read


@pytest.fixture(scope="module")
def toyland() -> Case:
    return load("toyland")


@pytest.fixture
def bare(tmp_path: Path) -> Case:
    """Toyland in a folder of its own, without a posterior."""
    shipped = load("toyland").folder
    return load(shutil.copytree(shipped, tmp_path / "toyland", ignore=shutil.ignore_patterns("posteriors")))


@pytest.fixture(autouse=True)
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the user's own posteriors of toyland lie."""
    monkeypatch.setenv("TUMEN_HOME", str(tmp_path / "home"))
    return tmp_path / "home" / "posteriors" / "toyland"


def put(found: Posterior, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    found.write(folder / f"{found.theory}.nc")
    return folder / f"{found.theory}.nc"


def said(problem: pytest.ExceptionInfo[CaseError]) -> str:
    assert len(problem.value.problems) == 1
    return str(problem.value)


def test_what_is_written_is_read_back(toyland: Case, tmp_path: Path) -> None:
    made = posterior(toyland, checks=(PASSED, FAILED))
    again = read(put(made, tmp_path))
    assert set(again.groups) == set(made.groups)
    for name, group in made.groups.items():
        xr.testing.assert_equal(again.groups[name], group)
    assert (again.provenance, again.checks) == (made.provenance, made.checks)
    assert (again.theory, again.size, again.parameters) == ("interplay", CHAINS * DRAWS, NAMES)
    old = {"simulation_hash": "ground", "agents": "rows"}
    former = {old.get(key, key): value for key, value in made.provenance.items()}
    assert read(put(replace(made, provenance=former), tmp_path)).provenance == made.provenance
    assert (again.sound, posterior(toyland).sound) == (False, True)


def test_the_same_posterior_gives_the_same_bytes(toyland: Case, tmp_path: Path) -> None:
    first = posterior(toyland).to_bytes()
    assert posterior(toyland).to_bytes() == first
    (tmp_path / "x.nc").write_bytes(first)
    assert read(tmp_path / "x.nc").to_bytes() == first


def test_draws_are_numbered_chain_after_chain(toyland: Case) -> None:
    found = posterior(toyland)
    assert [draw.parameters.values[NAMES[0]] for draw in found] == [200.0 + k for k in range(found.size)]
    draw = found.draw(7)
    assert draw.parameters.name == "interplay, draw 7"
    assert dict(draw.parameters.values) == pytest.approx(dict(zip(NAMES, (207, 0.57, 0.057), strict=True)))
    assert (found.draw(3).history, draw.history) == (None, "chronicle")
    assert toyland.world(parameters=draw.parameters, history=draw.history).at("fee", "2001-01") == 207
    assert found.central == found.draw(CENTRAL)


@pytest.mark.parametrize("number", [-1, CHAINS * DRAWS, 10**9])
def test_a_draw_that_is_not_there_is_refused(toyland: Case, number: int) -> None:
    with pytest.raises(
        CaseError, match=f"has no draw {number} - draws of the posterior - expected 0 to {CHAINS * DRAWS - 1}"
    ):
        posterior(toyland).draw(number)


def cut(at: float) -> Callable[[bytes], bytes]:
    return lambda content: content[: int(len(content) * at)]


@pytest.mark.parametrize(
    "spoil",
    [cut(0.0), cut(0.1), cut(0.5), cut(0.99), lambda content: b"not a posterior\n" * 99],
    ids=["empty", "a tenth", "half", "nearly all", "text"],
)
def test_a_file_that_holds_no_posterior_is_a_sentence(
    toyland: Case, tmp_path: Path, spoil: Callable[[bytes], bytes]
) -> None:
    path = put(posterior(toyland), tmp_path)
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(CaseError) as problem:
        read(path)
    assert said(problem).startswith("the file holds no posterior: ")
    assert said(problem).endswith(
        f" - {path} - expected a netCDF file written by tumen calibrate - make it anew: tumen calibrate"
    )


def test_flipped_bytes_are_a_sentence_or_a_posterior(toyland: Case, tmp_path: Path) -> None:
    path = put(posterior(toyland), tmp_path)
    whole = path.read_bytes()
    rng = np.random.default_rng(3)
    for _ in range(60):
        spoilt = bytearray(whole)
        spoilt[rng.integers(len(whole))] ^= 1 << rng.integers(8)
        path.write_bytes(spoilt)
        try:
            read(path)
        except CaseError as problem:
            assert problem.what.startswith("the file holds no posterior")


def test_a_sealed_file_is_netcdf_for_others_and_damage_is_noticed_before_it_is_read(
    toyland: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(posterior(toyland), tmp_path)
    with xr.open_datatree(path, engine="h5netcdf") as tree:
        assert "posterior" in tree
    whole = path.read_bytes()
    path.write_bytes(whole[:200] + bytes([whole[200] ^ 1]) + whole[201:])

    def never(*given: object, **how: object) -> None:
        raise AssertionError("a damaged file was handed to HDF5")

    monkeypatch.setattr("h5py.File", never)
    with pytest.raises(CaseError, match="the file holds no posterior: ValueError"):
        read(path)


def test_netcdf_of_something_else_is_a_sentence(toyland: Case, tmp_path: Path) -> None:
    path = tmp_path / "other.nc"
    xr.Dataset({"x": ("a", [1.0, 2.0])}).to_netcdf(path, engine="h5netcdf")
    with pytest.raises(CaseError, match="the file holds no posterior: KeyError"):
        read(path)
    made = posterior(toyland)
    for broken in (
        Posterior({"observed_data": made.groups["observed_data"]}, made.provenance, made.checks),
        Posterior({"posterior": made.groups["posterior"].drop_vars("history")}, made.provenance, made.checks),
        Posterior(made.groups, {"theory": "interplay"}, made.checks),
    ):
        broken.write(path)
        with pytest.raises(CaseError, match="the file holds no posterior: KeyError"):
            read(path)


def test_a_file_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(CaseError) as problem:
        read(tmp_path / "none.nc")
    assert said(problem) == (
        "the posterior cannot be read: No such file or directory - "
        f"{tmp_path}/none.nc - expected a netCDF file written by "
        "tumen calibrate - check the path, or make one: tumen calibrate"
    )


def test_without_a_posterior_the_way_to_one_is_named(bare: Case) -> None:
    assert room.places(bare, "interplay") == ()
    with pytest.raises(CaseError) as problem:
        room.posterior(bare, "interplay")
    assert said(problem) == (
        "there is no posterior of interplay - case toyland - expected posteriors/interplay.nc - "
        f"make one: tumen calibrate {bare.folder} --theory interplay"
    )


def test_a_posterior_that_failed_its_diagnostics_is_refused_with_its_reasons(bare: Case) -> None:
    stuck = posterior(bare, checks=(PASSED, FAILED, room.Check("ess", 12, "at least 400", False, "12 draws in effect")))
    put(stuck, bare.folder / "posteriors")
    with pytest.raises(CaseError) as problem:
        room.posterior(bare, "interplay")
    assert said(problem) == (
        "the posterior of interplay failed its diagnostics: 31 transitions diverged; 12 draws in effect - "
        f"{bare.folder}/posteriors/interplay.nc - expected "
        f"every check passed - tumen calibrate {bare.folder} --theory interplay, with more runs, or use it all the "
        "same with allow_failed_diagnostics=True"
    )
    assert room.posterior(bare, "interplay", allow_failed_diagnostics=True).draw(1) == stuck.draw(1)


def test_a_posterior_of_another_ground_is_refused(bare: Case) -> None:
    put(posterior(bare), bare.folder / "posteriors")
    assert room.posterior(bare, "interplay").sound
    inputs = bare.folder / "inputs" / "keys.yaml"
    inputs.write_text(inputs.read_text().replace("{value: 200,", "{value: 210,"))
    changed = load(bare.folder)
    with pytest.raises(CaseError) as problem:
        room.posterior(changed, "interplay")
    assert said(problem) == (
        "the posterior of interplay was made from another version of the case - "
        f"{bare.folder}/posteriors/interplay.nc - expected inputs and "
        f"targets that hash to {bare.simulation_hash[:12]} - "
        f"tumen calibrate {bare.folder} --theory interplay, or use it all the same with allow_failed_diagnostics=True"
    )
    assert room.posterior(changed, "interplay", allow_failed_diagnostics=True).size == CHAINS * DRAWS


def test_ones_own_posterior_goes_before_the_shipped_one(bare: Case, own: Path) -> None:
    shipped = put(posterior(bare, central=1), bare.folder / "posteriors")
    assert room.places(bare, "interplay") == (shipped,)
    assert room.posterior(bare, "interplay").central.parameters.name == "interplay, draw 1"
    mine = put(posterior(bare, central=2), own)
    assert room.places(bare, "interplay") == (mine, shipped)
    assert room.posterior(bare, "interplay").central.parameters.name == "interplay, draw 2"
    assert room.places(bare, "push_pull") == ()
