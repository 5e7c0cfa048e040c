"""Promise 15: every number has a source and a status; what `check` counts is what stands in the files."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tumen.case import Case, load, shipped
from tumen.case import check as report
from validation.scoreboard import Row, Size, Watch
from validation.stage import SEED

ID = 15
SMALL = FULL = Size(tries=1)
STATUSES = ("seen", "seen_date_recalled", "seen_dataset", "derived", "recalled_unconfirmed", "assumed")


def numbers(folder: Path) -> Iterator[tuple[str, Any, Any]]:
    """Every number of a case's files with its source and status, read without the loader: name, source, status."""
    reader = YAML(typ="safe", pure=True)
    for path in sorted((folder / "inputs").glob("*.yaml")):
        for key, given in reader.load(path.read_text(encoding="utf-8")).items():
            histories = {"": given, **given.get("variants", {})}
            for variant, history in histories.items():
                for date, entry in history["values"].items():
                    yield f"{key} {variant} {date}", entry.get("source"), entry.get("status")
    manifest = reader.load((folder / "case.yaml").read_text(encoding="utf-8"))
    for entry in manifest["provinces"] + manifest["classes"]:
        status = entry.get("status") or ("assumed" if entry.get("source") == "assumed" else None)
        yield entry["key"], entry.get("source"), status
    for path in (*folder.glob("*.csv"), *(folder / "targets").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            for number, line in enumerate(csv.DictReader(file), start=2):
                yield f"{path.name}:{number}", [key.strip() for key in line["source"].split(";")], line["status"]


def bibliography(folder: Path) -> set[str]:
    """The keys of sources.bib."""
    return set(re.findall(r"^@\w+\{([^,\s]+),", (folder / "sources.bib").read_text(encoding="utf-8"), re.M))


def unsourced(case: Case) -> tuple[int, list[str], Counter[str]]:
    """How many numbers a case has, which lack a source or status that is known, and how many have each status."""
    known = bibliography(case.folder) | {"assumed"}
    counts: Counter[str] = Counter()
    bad = []
    for name, source, status in numbers(case.folder):
        keys = source if isinstance(source, list) else [source]
        if not keys or not set(keys) <= known or status not in STATUSES or ("assumed" in keys) != (status == "assumed"):
            bad.append(f"{case.name}: {name}")
        counts[status] += 1
    return sum(counts.values()), bad, counts


def check(size: Size) -> Row:
    """Every number of every shipped case, and the counts that the report of each prints."""
    watch = Watch(ID, "every number has a source and a status", SEED)
    total, faults, text = 0, [], []
    for name, _ in shipped():
        case = load(name)
        count, bad, counts = unsourced(case)
        total += count
        faults += bad
        printed = report(case).by_status
        faults += [f"{name}: {s} {counts[s]}, printed {printed[s]}" for s in STATUSES if printed[s] != counts[s]]
        text.append(f"{name} {count}, {counts['assumed']} assumed, {counts['recalled_unconfirmed']} unconfirmed")
    figure = f"{'; '.join(text)}; {len(faults)} without source or status, or counted otherwise"
    return watch.row(total, len(faults), figure + "".join(f"; {fault}" for fault in faults[:5]))
