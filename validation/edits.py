"""Random edits of a case folder, broken ones with the place they break and harmless ones; used by tests and checks.

An edit replaces one line of one file. Broken edits know the file and line a problem must name; they are taken from
single-line rows so that a row and its keys stand on the same line.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tumen.case.profile_rows import KEYS

_ROW = re.compile(r"^ +(\d{4}-\d\d-\d\d): \{.*status: \w+.*\}$")
_INPUT = re.compile(r"^([a-z_]+):$")
_BIB_KEY = re.compile(r"^@\w+\{([^,]+),", re.M)


@dataclass(frozen=True)
class Edit:
    """One line of a file replaced (`new` None: taken out)."""

    kind: str
    file: str
    line: int
    new: str | None

    def apply(self, folder: Path) -> None:
        """Make the edit in a folder."""
        path = folder / self.file
        lines = path.read_text(encoding="utf-8").split("\n")
        lines[self.line - 1 : self.line] = [] if self.new is None else [self.new]
        path.write_text("\n".join(lines), encoding="utf-8")


def broken(folder: Path, rng: random.Random) -> list[Edit]:
    """Every breaking edit of each kind that this folder offers, in random order."""
    found = [
        edit
        for kind in (_inputs, _priors, _scenarios, _tables, _people, _targets, _profiles)
        for edit in kind(folder, rng)
    ]
    rng.shuffle(found)
    return found


def harmless(folder: Path, rng: random.Random) -> list[Edit]:
    """Edits that leave a case a case: smaller numbers, other days, other sources, notes, other stocks."""
    keys = _BIB_KEY.findall((folder / "sources.bib").read_text(encoding="utf-8"))
    found: list[Edit] = []
    for file, number, line in _lines(folder, "inputs/*.yaml"):
        if not _ROW.match(line):
            continue
        day = f"{rng.randint(1, 15):02d}"
        found.append(Edit("another day", file, number, re.sub(r"^( +\d{4}-\d\d)-\d\d", rf"\1-{day}", line)))
        if "note:" not in line:
            noted = re.sub(r"status: (\w+)", r"status: \1, note: seen again", line, count=1)
            found.append(Edit("a note", file, number, noted))
        if "source: assumed" not in line:
            source = rng.choice(keys)
            found.append(
                Edit("another source", file, number, re.sub(r"source: (\w+|\[[^]]*\])", f"source: {source}", line))
            )
        if smaller := _smaller(line, rng):
            found.append(Edit("smaller numbers", file, number, smaller))
    for file, number, line in _lines(folder, "population.csv"):
        if number > 1 and line:
            cells = line.split(",")
            cells[3] = f"{float(cells[3]) * rng.uniform(0.5, 2):.1f}"
            found.append(Edit("other stocks", file, number, ",".join(cells)))
    rng.shuffle(found)
    return found


def _lines(folder: Path, pattern: str) -> Iterator[tuple[str, int, str]]:
    for path in sorted(folder.glob(pattern)):
        for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), start=1):
            yield path.relative_to(folder).as_posix(), number, line


def _misspelt(word: str, rng: random.Random) -> str:
    at = rng.randrange(1, len(word))
    return word[:at] + rng.choice("qxz") + word[at:]


def _inputs(folder: Path, rng: random.Random) -> Iterator[Edit]:
    for file, number, line in _lines(folder, "inputs/*.yaml"):
        if match := _INPUT.match(line):
            yield Edit("key misspelt", file, number, f"{_misspelt(match[1], rng)}:")
        if line.startswith("  unit: "):
            yield Edit("wrong unit", file, number, "  unit: furlong")
            yield Edit("field misspelt", file, number, line.replace("unit", "unti"))
        if not _ROW.match(line):
            continue
        yield Edit("30 February", file, number, re.sub(r"^( +\d{4})-\d\d-\d\d", r"\1-02-30", line))
        yield Edit("no source", file, number, re.sub(r", source: (\w+|\[[^]]*\])", "", line, count=1))
        yield Edit("unknown source", file, number, re.sub(r"source: (\w+|\[[^]]*\])", "source: NOWHERE", line, count=1))
        yield Edit("no status", file, number, re.sub(r", status: \w+", "", line, count=1))
        yield Edit("unknown status", file, number, re.sub(r"status: \w+", "status: certain", line, count=1))
        if "because:" in line:
            yield Edit("reason lost", file, number, re.sub(r", because: [^}]*", "", line))
        yield Edit("alias", file, number, re.sub(r"status: (\w+)", r"status: *\1", line, count=1))
        yield Edit("tag", file, number, re.sub(r"\{value:", "!!map {value:", line, count=1))
        if "female:" in line:
            yield Edit("member dropped", file, number, re.sub(r"female: [^,}]+, ", "", line))
        for word, kind in ((".nan", "NaN"), ("1e400", "1e400"), ("-1e9", "out of range"), ("many", "text")):
            if re.search(r"\{value: [-0-9.]+,", line):
                yield Edit(kind, file, number, re.sub(r"\{value: [-0-9.]+,", f"{{value: {word},", line, count=1))


def _priors(folder: Path, rng: random.Random) -> Iterator[Edit]:
    for file, number, line in _lines(folder, "priors.yaml"):
        if line.startswith("- {input: ") and line.endswith("}"):
            yield Edit("prior of no input", file, number, re.sub(r"input: \w+", "input: happiness", line))
            yield Edit("prior of no date", file, number, re.sub(r"date: \d{4}", "date: 1801", line))
            yield Edit(
                "no such distribution", file, number, re.sub(r"distribution: \{\w+", "distribution: {cauchy", line)
            )


def _scenarios(folder: Path, rng: random.Random) -> Iterator[Edit]:
    for file, number, line in _lines(folder, "scenarios/*.yaml"):
        if match := re.match(r"^  ([a-z_]+): \{(values|from|freeze|drop|variant|multiply).*\}$", line):
            yield Edit("scenario key misspelt", file, number, line.replace(match[1], _misspelt(match[1], rng), 1))
            yield Edit("scenario verb misspelt", file, number, line.replace(match[2], _misspelt(match[2], rng), 1))


def _tables(folder: Path, rng: random.Random) -> Iterator[Edit]:
    for pattern, column in (("population.csv", 3), ("vital_rates.csv", 5)):
        for file, number, line in _lines(folder, pattern):
            cells = line.split(",")
            if number == 1 or len(cells) < 5 or '"' in line:
                continue
            for word in ("-1", "nan", "1e400", "1.000.000", ""):
                yield Edit(f"cell {word!r}", file, number, ",".join([*cells[:column], word, *cells[column + 1 :]]))
            yield Edit("cell lost", file, number, ",".join(cells[:-1]))
            yield Edit("unknown source in a table", file, number, ",".join([*cells[:-2], "NOWHERE", cells[-1]]))


def _targets(folder: Path, rng: random.Random) -> Iterator[Edit]:
    for file, number, line in _lines(folder, "targets/arrivals.csv"):
        cells = line.split(",")
        if number == 1 or len(cells) < 8:
            continue
        yield Edit("after 2016", file, number, ",".join([cells[0], "2017", *cells[2:]]))
        yield Edit("no whole person", file, number, ",".join([*cells[:3], "0.5", *cells[4:]]))
        yield Edit("unknown role", file, number, ",".join([*cells[:-1], "hero"]))
        if cells[2] == "total" and cells[7] == "fit" and file == "targets/arrivals.csv":
            beside = f"{cells[0]},{cells[1]},female,"
            if any(other.startswith(beside) and other.endswith("fit") for _, _, other in _lines(folder, file)):
                yield Edit("sum that is none", file, number, ",".join([*cells[:3], str(int(cells[3]) + 7), *cells[4:]]))


def _people(folder: Path, rng: random.Random) -> Iterator[Edit]:
    """Digits that slipped: the number is one, and no country has it."""
    for file, number, line in _lines(folder, "population.csv"):
        cells = line.split(",")
        if number > 1 and line and int(re.match(r"\d+", cells[2])[0]) < 50:  # type: ignore[index]
            slipped = f"{float(cells[3]) * 1000:.0f}"
            yield Edit("age group slipped", file, number, ",".join([*cells[:3], slipped, *cells[4:]]))
    for file, number, line in _lines(folder, "vital_rates.csv"):
        cells = line.split(",")
        if cells[0] == "births":
            slipped = f"{float(cells[5]) * 10_000:.0f}"
            yield Edit("births slipped", file, number, ",".join([*cells[:5], slipped, *cells[6:]]))
    for file, number, line in _lines(folder, "case.yaml"):
        if match := re.search(r"population: (\d+)", line):
            yield Edit("province slipped", file, number, line.replace(match[1], f"{match[1]}00000"))


def _profiles(folder: Path, rng: random.Random) -> Iterator[Edit]:
    for file, number, line in _lines(folder, "targets/profiles.csv"):
        if number == 1 or not line or '"' in line:
            continue
        cells = line.split(",")
        yield Edit("unknown error model", file, number, ",".join([*cells[:-2], "guess(3)", cells[-1]]))
        if cells[0] not in KEYS or cells[-1] == "vintage":
            continue
        yield Edit("profile key misspelt", file, number, ",".join([_misspelt(cells[0], rng), *cells[1:]]))
        yield Edit("unit of another key", file, number, ",".join([*cells[:6], "furlong", *cells[7:]]))
        dated = 2 if re.search(r"\d{4}", cells[2]) else 1
        early = re.sub(r"\d{4}(?!.*\d{4})", "1850", cells[dated])
        moved = ",".join([*cells[:dated], early, *cells[dated + 1 :]])
        yield Edit("months outside the window", file, number, moved)
        if cells[0] == "province_of_origin":
            place = _misspelt(cells[4].partition("+")[0], rng)
            yield Edit("place misspelt", file, number, ",".join([*cells[:4], place, *cells[5:]]))


def _smaller(line: str, rng: random.Random) -> str | None:
    """The line with its numbers a little smaller, but for 0 and 1, which may be flags or limits."""
    head, sep, tail = line.partition(", source:")
    begin, colon, body = head.partition("value: ")
    if not sep or not colon:
        return None

    def shrink(match: re.Match[str]) -> str:
        value = float(match[0])
        return match[0] if value in (0, 1) else f"{value * rng.uniform(0.97, 1):.6g}"

    return begin + colon + re.sub(r"(?<![\w.-])\d+(\.\d+)?", shrink, body) + sep + tail
