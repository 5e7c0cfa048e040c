"""Promise 29: wrong values stop before the run: every rule that is broken is caught in its line, none where none is."""

from __future__ import annotations

import random
import re
import shutil
import tempfile
from importlib import resources
from pathlib import Path

from tumen.case import CaseError, load, shipped
from validation.edits import Edit, broken, harmless
from validation.scoreboard import Row, Size, Watch
from validation.stage import SEED

ID = 29
#: tries: valid cases that are read beside the broken ones.
SMALL, FULL = Size(tries=10), Size(tries=500)
_EDITS = 40


def problems(folder: Path) -> list[str]:
    """What the loader says of a case."""
    try:
        load(folder)
    except CaseError as error:
        return str(error).split("\n")
    return []


def caught(folder: Path, edit: Edit) -> bool:
    """Whether a broken edit is named in its file and line; the folder is left as it was."""
    path = folder / edit.file
    before = path.read_bytes()
    edit.apply(folder)
    place = re.compile(rf" - {re.escape(edit.file)}:{edit.line}(, | - )")
    found = any(place.search(problem) for problem in problems(folder))
    path.write_bytes(before)
    return found


def alarms(original: Path, place: Path, seed: int) -> list[str]:
    """What the loader says of a copy with forty harmless edits."""
    folder, rng = place / str(seed), random.Random(seed)
    shutil.copytree(original, folder)
    used: set[tuple[str, int]] = set()
    for edit in harmless(folder, rng)[:_EDITS]:
        if (edit.file, edit.line) not in used:
            used.add((edit.file, edit.line))
            edit.apply(folder)
    return problems(folder)


def check(size: Size) -> Row:
    """One edit of each kind in each shipped case, and valid cases made by harmless edits."""
    watch = Watch(ID, "wrong values stop before the run", SEED)
    kinds: set[str] = set()
    missed, tried, false = [], 0, []
    with tempfile.TemporaryDirectory() as scratch:
        originals = [Path(str(resources.files("tumen"))) / "cases" / name for name, _ in shipped()]
        for original in originals:
            folder = Path(scratch) / original.name
            shutil.copytree(original, folder)
            chosen = {edit.kind: edit for edit in broken(folder, random.Random(SEED))}
            kinds |= set(chosen)
            tried += len(chosen)
            missed += [
                f"{kind} at {edit.file}:{edit.line}" for kind, edit in chosen.items() if not caught(folder, edit)
            ]
        toyland = next(original for original in originals if original.name == "toyland")
        for number in range(size.tries):
            place = Path(scratch) / "valid"
            false += [f"seed {number}: {said}" for said in alarms(toyland, place, number)[:1]]
            shutil.rmtree(place)
    figure = f"{len(kinds)} rules broken, {tried} times, {len(missed)} missed"
    figure += f"; {len(false)} false alarms on {size.tries} valid cases"
    return watch.row(
        tried + size.tries, len(missed) + len(false), figure + "".join(f"; {one}" for one in (missed + false)[:5])
    )
