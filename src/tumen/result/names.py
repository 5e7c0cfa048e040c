"""What the files and folders of a result are called."""

from __future__ import annotations

RECORD, TIMINGS, FLOWS, DRAWS, ARRIVALS = "run.json", "timings.json", "flows.nc", "draws.nc", "arrivals.csv"
EVENTS, FIGURES, CASE = "events", "figures", "case"
OURS = frozenset({RECORD, TIMINGS, FLOWS, DRAWS, ARRIVALS, EVENTS, FIGURES, CASE})
#: names, hashes and the seal of the result the figures were drawn from
FIGURE_LIST = f"{FIGURES}/figures.json"
