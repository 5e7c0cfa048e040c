"""Rows of priors.yaml: what each form says, and what is refused with its place and remedy."""

from __future__ import annotations

import pytest

from tumen.case import CaseError

END = "distribution: {lognormal: {median: 1, sigma: 0.5}}, why: w, source: assumed}"
NORMAL = "distribution: {normal: {mean: 0, sd: 0.5}}, why: w, source: assumed}"


def read(workshop, text):
    workshop.write("priors.yaml", text)
    return workshop.load().priors


def said(workshop, text):
    workshop.write("priors.yaml", text)
    with pytest.raises(CaseError) as caught:
        workshop.load()
    return str(caught.value).split("\n")


def test_the_short_form_names_its_row_by_what_it_sets(workshop):
    rows = read(
        workshop,
        "- {input: fee, date: 2001-01, distribution: {lognormal: {median: 200, sigma: 0.3}}, why: w, source: MEMOIR}\n"
        "- {input: fee, dates: [1980-01-01, 1996-01-01], distribution: {lognormal: {median: 40, sigma: 0.3}}, why: w,"
        " source: assumed}\n"
        "- {parameter: traders, input: mobility, part: [stall, private], date: 1980-01-01,"
        " distribution: {beta: {a: 2, b: 2}}, why: w, source: assumed}\n",
    )
    assert [row.name for row in rows] == ["fee@2001-01-01", "fee@1980-01-01", "traders"]
    assert rows[0].moves[0].weights == {"2001-01-01": 1.0}
    assert rows[1].moves[0].weights == {"1980-01-01": 1.0, "1996-01-01": 1.0}
    assert (rows[2].scale, rows[2].moves[0].parts, rows[2].unit) == ("value", ("stall", "private"), "share")


def test_the_long_form_gives_every_date_a_weight(workshop):
    (row,) = read(
        workshop,
        "- parameter: growth\n  scale: log\n  moves:\n"
        "    - {input: onward_later, part: female, weights: {1980-01: -0.5, 2001-01-01: 1}}\n"
        "    - {input: fee, dates: all}\n"
        "  distribution: {lognormal: {median: 1, sigma: 0.5}}\n  why: w\n  source: MEMOIR\n",
    )
    assert (row.name, row.scale, row.unit, row.inputs) == ("growth", "log", "factor", ("onward_later", "fee"))
    assert row.moves[0].weights == {"1980-01-01": -0.5, "2001-01-01": 1.0}
    assert set(row.moves[1].weights.values()) == {1.0} and len(row.moves[1].weights) == 4


FEES = "{input: fee, dates: all}"
REFUSED = {
    "a value set twice": (
        f"- {{input: fee, date: 2001-01-01, {END.replace('median: 1', 'median: 200')}\n"
        f"- {{parameter: fees, input: fee, dates: all, {END.replace('median: 1', 'median: 200')}",
        "fees sets fee@2001-01-01, which fee@2001-01-01 sets - priors.yaml:2, #2 - expected one row (the first is at "
        "priors.yaml:1, #1) - delete one of them",
    ),
    "a name twice": (
        f"- {{parameter: a, scale: log, input: fee, dates: all, {END}\n"
        f"- {{parameter: a, scale: log, input: onward_later, dates: all, {END}",
        "a second prior for a - priors.yaml:2, #2 - expected one (the first is at priors.yaml:1, #1) - delete one of "
        "them",
    ),
    "a date that is not there": (
        f"- {{parameter: a, scale: log, moves: [{{input: fee, weights: {{1999-01-01: 1}}}}], {END}",
        "fee has no value dated '1999-01-01' - priors.yaml:1, #1.moves.#1.weights - expected one of 1980-01-01, "
        "1996-01-01, 2001-01-01 or 2004-06-01 - add the value at inputs/keys.yaml:18, fee, or correct the date",
    ),
    "an input of a move that is not there": (
        f"- {{parameter: a, scale: log, moves: [{{input: fees, dates: all}}], {END}",
        "unknown input 'fees' - priors.yaml:1, #1.moves.#1.input - expected a key of the vocabulary of inputs - did "
        "you mean fee?",
    ),
    "log of what is 0": (
        f"- {{parameter: a, scale: log, input: trafficked_share, dates: all, {END}",
        "scale: log, and trafficked_share.female@1980-01-01 is 0 - priors.yaml:1, #1.distribution - expected values "
        "above 0 - write scale: linear, or weight 0",
    ),
    "log of what can be negative": (
        f"- {{parameter: a, scale: log, input: will_kin, dates: all, {END}",
        "scale: log, and will_kin@1980-01-01 can be -20 - priors.yaml:1, #1.distribution - expected values above 0 - "
        "write scale: linear, or weight 0",
    ),
    "logit of a rate": (
        f"- {{parameter: a, scale: logit, input: reference_rate, dates: all, {NORMAL}",
        "scale: logit, and reference_rate@1980-01-01 can be 50 - priors.yaml:1, #1.distribution - expected shares "
        "above 0 and below 1 - write scale: log, or weight 0",
    ),
    "log around 2": (
        f"- {{parameter: a, scale: log, input: fee, dates: all, {END.replace('median: 1', 'median: 2')}",
        "lognormal around 2 on the log scale - priors.yaml:1, #1.distribution - expected a median of 1, which leaves "
        "the case's own values as they are - correct it, and change the values in inputs/ instead",
    ),
    "log that can be negative": (
        f"- {{parameter: a, scale: log, input: fee, dates: all, {NORMAL}",
        "normal on the log scale can be negative - priors.yaml:1, #1.distribution - expected positive draws - write "
        "lognormal",
    ),
    "linear around 1": (
        f"- {{parameter: a, scale: linear, input: will_kin, dates: all, {NORMAL.replace('mean: 0', 'mean: 1')}",
        "normal around 1 on the linear scale - priors.yaml:1, #1.distribution - expected a median of 0, which leaves "
        "the case's own values as they are - correct it, and change the values in inputs/ instead",
    ),
    "half a path": (
        f"- {{parameter: a, scale: log, input: fee, dates: [1980-01-01, 1996-01-01], {END}",
        "a moves fee and leaves it fixed at 2001-01-01, 2004-06-01 - priors.yaml:1, #1 - expected every date of fee, "
        "those that stay with weight 0 - write dates: all, or weights: {..., 2001-01-01: 0}",
    ),
    "two scales on one value": (
        f"- {{parameter: a, scale: log, input: free_crossing, dates: all, {END}\n"
        f"- {{parameter: b, scale: logit, input: free_crossing, dates: all, {NORMAL}",
        "free_crossing@1980-01-01 is moved on the log scale by a and on the logit scale - priors.yaml:2, #2 - expected "
        "one scale (the first row is at priors.yaml:1, #1) - write scale: log",
    ),
    "no date": (
        f"- {{input: fee, {END}",
        "no date - priors.yaml:1, #1 - expected one of date, dates (a list, or all) and weights - say once which dated "
        "values are moved",
    ),
    "date and dates": (
        f"- {{input: fee, date: 2001-01-01, dates: all, {END}",
        "date and dates at once - priors.yaml:1, #1 - expected one of date, dates (a list, or all) and weights - say "
        "once which dated values are moved",
    ),
    "weights where values are set": (
        f"- {{input: fee, weights: {{2001-01-01: 1}}, {END}",
        "weights in a row that sets values - priors.yaml:1, #1.weights - expected date or dates - write date or dates, "
        "or scale: log, logit or linear",
    ),
    "no name": (
        f"- {{scale: log, input: fee, dates: all, {END}",
        "a parameter without a name - priors.yaml:1, #1 - expected a name where values are moved or several parts are "
        "set - add parameter: NAME",
    ),
    "nothing moved": (
        f"- {{parameter: a, scale: log, input: reference_rate, weights: {{1980-01-01: 0}}, {END}",
        "every weight is 0 - priors.yaml:1, #1.distribution - expected a dated value that is moved - give a weight, or "
        "delete the row",
    ),
    "one value twice in a row": (
        f"- {{parameter: a, scale: log, moves: [{FEES}, {FEES}], {END}",
        "fee@1980-01-01 appears twice in one row - priors.yaml:1, #1.distribution - expected each dated value once - "
        "delete one of them",
    ),
    "two units": (
        "- {parameter: a, scale: value, moves: [{input: fee, dates: all}, {input: fee_spread, dates: all}], " + END,
        "one draw in usd and log - priors.yaml:1, #1.distribution - expected inputs of one unit - write scale: log or "
        "logit, or a row for each input",
    ),
    "an unknown scale": (
        f"- {{parameter: a, scale: lgo, input: fee, dates: all, {END}",
        "scale is 'lgo' - priors.yaml:1, #1.scale - expected one of value, log, logit or linear - did you mean log?",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_row_that_cannot_be_meant_is_refused(name, workshop):
    text, wanted = REFUSED[name]
    assert wanted in said(workshop, text + "\n")


def test_a_path_moved_in_part_by_each_of_two_rows_is_whole(workshop):
    text = (
        f"- {{parameter: a, scale: log, input: fee, dates: [1980-01-01, 1996-01-01], {END}\n"
        f"- {{parameter: b, scale: log, input: fee, dates: [2001-01-01, 2004-06-01], {END}\n"
    )
    assert len(read(workshop, text)) == 2
