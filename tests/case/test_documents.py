"""What strict YAML makes of plain words, and where it says they stand."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tumen.case import CaseError
from tumen.case.dates import month_index, month_text
from tumen.case.documents import read_yaml
from tumen.errors import RefusedError


def read(text):
    return read_yaml("x.yaml", text.encode())


@pytest.mark.parametrize(
    ("plain", "value"),
    [
        ("NO", "NO"),
        ("yes", "yes"),
        ("true", True),
        ("~", None),
        ("", None),
        ("12", 12),
        ("-3", -3),
        ("010", 10),
        ("0x10", "0x10"),
        ("1_000", "1_000"),
        ("1.5e3", 1500.0),
        (".5", 0.5),
        ("1990-01-01", "1990-01-01"),
        ("12:30", "12:30"),
        ("'12'", "12"),
        ('"a\\tb"', "a\tb"),
        ("<<", "<<"),
        ("=", "="),
    ],
)
def test_a_plain_word_is_what_it_looks_like(plain, value):
    assert read(f"a: {plain}\n").data == {"a": value}


def test_lines_of_keys_and_items():
    document = read("# comment\na:\n  - 1\n  - b: 2\n    c:\n      1990-01-01: 3\nd: {e: 4,\n  f: 5}\n")
    assert document.line(["a"]) == 2
    assert document.line(["a", 1]) == 4
    assert document.line(["a", 1, "c", "1990-01-01"]) == 6
    assert document.line(["d", "f"]) == 8
    assert document.line(["d", "absent"]) == 7
    assert document.place("a", 1, "b") == "x.yaml:4, a.#2.b"


LEAVES = st.none() | st.booleans() | st.integers(-(10**17), 10**17) | st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.text("abc xyz-äß'\":#,*&!%@`|>?{}[]0123.~", max_size=12)


@given(
    st.recursive(
        LEAVES | TEXTS,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
        max_leaves=12,
    )
)
def test_json_is_read_as_what_it_says(data):
    assert read(json.dumps({"top": data}, ensure_ascii=False)).data == {"top": data}


@pytest.mark.parametrize("text", ["a: &x 1\n", "a: *x\n", "a: !t 1\n", "a: !!int 1\n", "a: 1\na: 2\n", "a: .inf\n"])
def test_features_that_hide_things_are_refused(text):
    with pytest.raises(CaseError, match=r"x\.yaml:[12]"):
        read(text)


@given(st.integers(1800 * 12, 2200 * 12 + 11))
def test_a_month_and_its_text_go_together(month):
    assert month_index(month_text(month)) == month
    assert month_index(month_text(month) + "-01") == month


NO_DATES = ["1996-02-30", "1995-02-29", "1996-13-01", "1996-00-01", "1996-1-1", "1996", "0000-01-01", "9999-01-01"]
NO_DATES += ["\u0662\u0660\u0660\u0660-01-01", "1996-01-01T00:00", " 1996-01-01", "1996-01-01\n", ""]


@pytest.mark.parametrize("text", [*NO_DATES, None, 1996, 1996.5, True])
def test_what_is_no_date_is_refused(text):
    with pytest.raises(RefusedError, match="is not a date"):
        month_index(text)


def test_leap_days_are_days():
    assert month_index("1996-02-29") == month_index("1996-02")
