"""A run's numbers together with where they came from: labelled flows, the record of the run, and the data beside them.

A result folder holds `run.json` (the record), `flows.nc` (monthly flows and stocks), `arrivals.csv` (yearly
arrivals, model and data), `case/` (a copy of the case), `timings.json` and, on request, `events/` and `figures/`. Same
inputs give the same bytes; the only file that may differ between two equal runs is `timings.json`, which says how long
this one took.

Nothing here imports numpy, pandas or xarray before it needs them.
"""

from tumen.result.atomic import fresh_folder
from tumen.result.bundle import Result, read
from tumen.result.case_copy import copy_of
from tumen.result.errors import ResultError
from tumen.result.events import Coded
from tumen.result.record import SCHEMA, canonical
from tumen.result.tables import observed_arrivals, yearly, yearly_arrivals
from tumen.result.target import check_target
from tumen.result.verify import Finding, Verification, verify

__all__ = [
    "SCHEMA", "Coded", "Finding", "Result", "ResultError", "Verification", "canonical", "check_target", "copy_of",
    "fresh_folder", "observed_arrivals", "read", "verify", "yearly", "yearly_arrivals",
]  # fmt: skip
