"""A saved result comes back as it was, and the same content gives the same bytes."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from tests.result.synthetic import draws, flows, observed, record, result
from tumen.result import Result, ResultError, observed_arrivals, read, yearly, yearly_arrivals
from tumen.result import record as records
from tumen.result.netcdf import to_bytes

ROOT = Path(__file__).parents[2]


def small(**changes: Any) -> Result:
    return Result(flows("2001-01", 24), record(**changes), observed())


def test_what_is_saved_comes_back(tmp_path: Path) -> None:
    saved = result().save(tmp_path / "run")
    back = Result.load(tmp_path / "run")
    xr.testing.assert_identical(back.flows, saved.flows)
    xr.testing.assert_identical(back.flows.drop_attrs(deep=False), flows())
    pd.testing.assert_frame_equal(back.observed, observed())
    assert back.record == saved.record
    assert back.record["files"].keys() == {"flows.nc", "arrivals.csv"}
    assert back.timings["seconds"] == 1.5
    assert float(back.arrivals.sum()) == pytest.approx(float(flows()["arrivals"].sum()))


def test_draws_are_kept_beside_the_flows(tmp_path: Path) -> None:
    made = replace(result(), draws=draws())
    assert "8 draws of a posterior beside them" in repr(made)
    made.save(tmp_path / "run")
    back = read(tmp_path / "run")
    assert back.draws is not None
    xr.testing.assert_identical(back.draws, draws())
    assert back.draws["arrivals"].dtype == np.float32
    assert back.record["files"].keys() == {"flows.nc", "draws.nc", "arrivals.csv"}
    replace(result(), draws=draws()).save(tmp_path / "again")
    for name in ("draws.nc", "run.json", "arrivals.csv"):
        assert (tmp_path / "run" / name).read_bytes() == (tmp_path / "again" / name).read_bytes()
    (tmp_path / "run" / "draws.nc").write_bytes(b"other")
    with pytest.raises(ResultError, match="the file is not the one that was written"):
        read(tmp_path / "run")
    result().save(tmp_path / "again")
    assert not (tmp_path / "again" / "draws.nc").exists(), "a result without draws replaces one with them whole"


def test_the_tidy_file_gives_mean_error_and_interval_of_draws(tmp_path: Path) -> None:
    replace(result(), draws=draws()).save(tmp_path / "run")
    table = pd.read_csv(tmp_path / "run" / "arrivals.csv")
    assert list(table.columns) == ["year", "sex", "measure", "value", "se", "lo80", "hi80"]
    held = draws().sel(year=2009)
    of_year = table[(table["year"] == 2009) & (table["measure"] == "model")].set_index("sex")
    assert list(of_year.index) == ["female", "male", "total"]
    for sex in ("female", "total"):
        mine = held.sum("sex") if sex == "total" else held.sel(sex=sex)
        expected, counted = mine["arrivals"].values.astype(float), mine["arrivals_observed"].values
        low, high = np.percentile(counted, [10, 90])
        found = of_year.loc[sex, ["value", "se", "lo80", "hi80"]].tolist()
        assert found == pytest.approx([expected.mean(), expected.std(ddof=1) / 8**0.5, low, high], rel=1e-5)
    assert table.loc[table["measure"] == "data", ["se", "lo80", "hi80"]].isna().all(axis=None)
    pd.testing.assert_frame_equal(read(tmp_path / "run").observed, observed())
    replace(result(), draws=draws(number=1, replicates=1)).save(tmp_path / "one")
    one = pd.read_csv(tmp_path / "one" / "arrivals.csv")
    assert one["se"].isna().all(), "one draw says nothing of its error"


def test_a_result_prints_as_two_lines() -> None:
    shown = repr(small(scenario=["no_x"], people=5000))
    assert len(shown.splitlines()) == 2
    assert shown.startswith("<Result of case ")
    assert "agents: 5000; scenarios: no_x" in shown
    share = small().arrivals.sel(sex="female").sum() / small().arrivals.sum()
    assert f"{float(share):.1%} women" in shown
    assert repr(Result(flows("2001-01", 12) * 0, {}, observed())).endswith("arrivals: 0")


def test_time_and_memory_stay_out_of_the_record(tmp_path: Path) -> None:
    small(seconds=1.0, peak_memory_mb=10, threads=1).save(tmp_path / "one")
    small(seconds=9.0, peak_memory_mb=99, threads=2).save(tmp_path / "two")
    for name in ("run.json", "flows.nc", "arrivals.csv"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes(), name
    timings = json.loads((tmp_path / "two" / "timings.json").read_text())
    assert (timings["seconds"], timings["peak_memory_mb"], timings["threads"]) == (9.0, 99, 2)


def test_bytes_do_not_follow_the_order_in_which_things_were_put_together() -> None:
    one = flows("2001-01", 12)
    other = one[list(reversed(list(one.data_vars)))].transpose(
        "province", "age", "sex", "month", "status", "channel", "year"
    )
    for name in other.variables:
        other[name].attrs = dict(reversed(list(other[name].attrs.items())))
    assert to_bytes(one) == to_bytes(other)


def test_bytes_are_the_same_later_and_in_another_process(tmp_path: Path) -> None:
    code = (
        "import sys; from tests.result.synthetic import result;"
        "filler = bytes(range(256)) * 4000 * len(sys.argv[2]); del filler; result().save(sys.argv[1])"
    )
    digests = set()
    for number in ("1", "22"):
        path = os.pathsep.join([str(ROOT), str(ROOT / "src")])
        env = {
            **os.environ,
            "PYTHONPATH": path,
            "PYTHONHASHSEED": number,
            "TZ": "Asia/Seoul" if number == "1" else "UTC",
        }
        target = tmp_path / number
        subprocess.run([sys.executable, "-c", code, str(target), number], cwd=ROOT, env=env, check=True)
        digests.add(
            tuple(hashlib.sha256((target / name).read_bytes()).hexdigest() for name in ("run.json", "flows.nc"))
        )
        time.sleep(1.1)  # a file with a clock in it, in whole seconds, would now differ
    assert len(digests) == 1


def test_reading_and_writing_again_gives_the_same_bytes(tmp_path: Path) -> None:
    small().save(tmp_path / "one")
    back = read(tmp_path / "one")
    Result(back.flows, record(), back.observed).save(tmp_path / "two")
    assert (tmp_path / "one" / "flows.nc").read_bytes() == (tmp_path / "two" / "flows.nc").read_bytes()
    assert (tmp_path / "one" / "run.json").read_bytes() == (tmp_path / "two" / "run.json").read_bytes()


def test_units_and_names_travel(tmp_path: Path) -> None:
    small().save(tmp_path / "run")
    for name, variable in read(tmp_path / "run").flows.data_vars.items():
        assert variable.attrs["units"], name
        assert variable.attrs["long_name"], name


def test_the_yearly_file_is_tidy(tmp_path: Path) -> None:
    result().save(tmp_path / "run")
    with (tmp_path / "run" / "arrivals.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows[0].keys() == {"year", "sex", "measure", "value", "se"}
    assert {row["sex"] for row in rows} == {"female", "male", "total"}
    model = {(row["year"], row["sex"]): float(row["value"]) for row in rows if row["measure"] == "model"}
    expected = flows()["arrivals"].sel(month="2009", sex="female").sum()
    assert model["2009", "female"] == pytest.approx(float(expected))
    assert model["2009", "total"] == pytest.approx(model["2009", "female"] + model["2009", "male"])
    assert len([row for row in rows if row["measure"] == "data"]) == 45


def test_the_yearly_file_states_the_errors_of_the_model(tmp_path: Path) -> None:
    result().save(tmp_path / "run")
    table = pd.read_csv(tmp_path / "run" / "arrivals.csv")
    model = table[table["measure"] == "model"].set_index(["year", "sex"])
    assert model["se"].notna().all()
    assert model["se"][2009, "female"] == pytest.approx(float(flows()["arrivals_se"].sel(year=2009, sex="female")))
    assert model["se"][2009, "total"] == pytest.approx(np.hypot(model["se"][2009, "female"], model["se"][2009, "male"]))
    assert table[table["measure"] == "data"]["se"].isna().all()


def test_flows_without_errors_leave_them_out() -> None:
    bare = flows("2001-01", 24).drop_vars(["arrivals_se", "departures_se"])
    assert yearly(bare, "arrivals")["se"].isna().all()
    assert yearly_arrivals(bare).equals(yearly_arrivals(flows("2001-01", 24)))


def test_part_of_a_year_is_no_yearly_figure() -> None:
    assert list(yearly_arrivals(flows("2001-04", 24))["year"].unique()) == [2002]
    assert len(yearly_arrivals(flows("2001-04", 6))) == 0


def test_only_single_years_that_may_be_shown_count_as_observed() -> None:
    columns = ["year_start", "year_end", "sex", "persons", "vintage", "source", "status", "role"]
    rows = [
        (1999, 2001, "male", 565, "v", "S", "seen", "fit"),
        (2002, 2002, "female", 600, "v", "S", "seen", "check"),
        (2002, 2002, "female", 632, "v", "S", "seen", "fit"),
        (2002, 2002, "male", 510, "v", "S", "seen", "fit"),
        (2003, 2003, "female", 800, "old", "S", "seen", "vintage"),
        (2003, 2003, "female", 811, "v", "S", "seen", "fit"),
    ]
    chosen = observed_arrivals(pd.DataFrame(rows, columns=columns))
    assert [tuple(row) for row in chosen.itertuples(index=False)] == [
        (2002, "female", 632.0),
        (2002, "male", 510.0),
        (2002, "total", 1142.0),
        (2003, "female", 811.0),
    ]
    assert len(observed_arrivals(pd.DataFrame([], columns=columns))) == 0


def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    small().save(tmp_path / "run")
    path = tmp_path / "run" / "run.json"
    document = json.loads(path.read_text())
    path.write_bytes(records.sealed({**document, "schema": 2, "tumen": "9.1"}))
    with pytest.raises(ResultError) as caught:
        read(tmp_path / "run")
    assert str(caught.value) == (
        f"the result was written by a newer tumen (schema 2) - {path} - expected schema 1 or older - "
        "update tumen (the record names version 9.1)"
    )


def test_an_older_schema_is_migrated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small().save(tmp_path / "run")
    path = tmp_path / "run" / "run.json"
    document = json.loads(path.read_text())
    path.write_bytes(records.sealed({**document, "schema": 0}))
    with pytest.raises(ResultError, match="no way is known to read schema 0"):
        read(tmp_path / "run")
    monkeypatch.setitem(records.MIGRATIONS, 0, lambda old: {**old, "theory": f"was {old['theory']}"})
    assert read(tmp_path / "run").record["theory"] == "was interplay"


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"\xff\xfe", b"null", b'{"schema": "1", "tumen": "x"}', b"[" * 100_000, b'{"schema": true}'],
)
def test_a_record_that_is_none_gives_a_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "run.json").write_bytes(content)
    with pytest.raises(ResultError, match=" - expected "):
        read(tmp_path)


def test_a_folder_without_a_record_gives_a_sentence(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "absent"):
        with pytest.raises(ResultError) as caught:
            read(place)
        assert str(caught.value) == (
            f"there is no result here - {place} - expected a folder with run.json - make one: tumen run CASE -o DIR"
        )


def test_names_that_lead_out_of_the_folder_are_refused(tmp_path: Path) -> None:
    small().save(tmp_path / "run")
    path = tmp_path / "run" / "run.json"
    document = json.loads(path.read_text())
    for name in ("../../etc/passwd", "/etc/passwd", "a\0b", "..\\x"):
        path.write_bytes(records.sealed({**document, "files": {name: "0" * 64}}))
        with pytest.raises(ResultError, match="is no file of a result"):
            read(tmp_path / "run")


def test_numbers_that_are_none_do_not_enter_a_record(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Out of range float"):
        small(weights={"min": float("nan"), "max": 1.0}).save(tmp_path / "run")
    assert list(tmp_path.iterdir()) == []
    small(people=np.int64(5), closure=np.str_("fixed_intake")).save(tmp_path / "run")
    assert read(tmp_path / "run").record["people"] == 5


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = "import sys, tumen.result; print(sorted({'numpy','pandas','xarray','h5py','duckdb'} & set(sys.modules)))"
    env = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
