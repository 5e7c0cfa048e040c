"""Promise 28: bad files give a sentence: whatever is done to a case, `tumen check` ends in one, never a trace."""

from __future__ import annotations

import contextlib
import io
import random
import shutil
import tempfile
import time
from importlib import resources
from pathlib import Path

from tumen.case import shipped
from tumen.cli import call
from validation.edits import broken, harmless
from validation.scoreboard import Row, Size, Watch
from validation.stage import SEED

ID = 28
SMALL, FULL = Size(tries=50), Size(tries=500)
#: Seconds of processor time after which a check counts as hung.
LONGEST = 20.0
#: What people and programs leave in a cell or a value.
ODD = (
    *(
        "",
        "-",
        "nan",
        "NaN",
        "inf",
        "-inf",
        "1e400",
        "1e300",
        "-1",
        "0",
        "0.5",
        "1,5",
        "1 000",
        "*",
        "<5",
        "n/a",
        "None",
    ),
    *("2000", "2000-02-30", "1989-12", "0000-00", "99999", "true", "~", "null", "[]", "{}", "'", '"', "@", "&a", "*a"),
    *(
        "!!python/object:os.system",
        "=1+1",
        "total",
        "female",
        "assumed",
        "..",
        "../x",
        "%s",
        "\t",
        "é",
        "\u202e",
        "x" * 300,
    ),
)
_BYTES = (
    b"\x00",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\r",
    b"\n\n",
    b"{",
    b"[",
    b'"',
    b": ",
    b"- ",
    b",",
    b"#",
    b"|",
    b"\x1b[2J",
)


def cell_changed(text: str, rng: random.Random) -> str:
    """A cell of a table replaced by something odd, a row or column lost, doubled or moved."""
    rows = [line.split(",") for line in text.rstrip("\n").split("\n")]
    at, kind = rng.randrange(len(rows)), rng.randrange(7)
    column = rng.randrange(len(rows[at]))
    if kind < 3:
        rows[at][column] = rng.choice(ODD)
    elif kind == 3:
        rows.insert(rng.randrange(len(rows)), list(rows[at]))
    elif kind == 4:
        del rows[at]
    elif kind == 5:
        rows[at][column] = rng.choice(rows)[min(column, len(rows[0]) - 1) :][0] if rows[0][column:] else ""
    else:
        rows = [row[:column] + row[column + 1 :] for row in rows]
    return "\n".join(",".join(row) for row in rows) + "\n"


def value_changed(text: str, rng: random.Random) -> str:
    """A value after a colon replaced by something odd, or a line lost, doubled or moved in or out."""
    lines = text.split("\n")
    at = rng.randrange(len(lines))
    kind = rng.randrange(6)
    if kind < 3 and ":" in lines[at]:
        head = lines[at].split(":")
        part = rng.randrange(1, len(head))
        end = head[part].find(",")
        head[part] = f" {rng.choice(ODD)}" + (head[part][end:] if end >= 0 else "}" * head[part].count("}"))
        lines[at] = ":".join(head)
    elif kind == 3:
        lines.insert(at, lines[rng.randrange(len(lines))])
    elif kind == 4:
        del lines[at]
    else:
        lines[at] = " " * rng.randrange(5) + lines[at].lstrip()
    return "\n".join(lines)


def bytes_changed(raw: bytes, rng: random.Random) -> bytes:
    """Bytes lost, put in or doubled anywhere."""
    at = rng.randrange(len(raw) + 1)
    kind = rng.randrange(3)
    if kind == 0:
        return raw[:at] + rng.choice(_BYTES) + raw[at:]
    return raw[:at] + raw[at + rng.randrange(1, 40) :] if kind == 1 else raw[: at + 30] + raw[at:]


def edit(folder: Path, rng: random.Random, whole: bool) -> str:
    """Change one file of a case in place; returns what was done. whole: nothing was changed before."""
    if whole and rng.random() < 0.2:
        chosen = rng.choice((broken, harmless))(folder, rng)[0]
        chosen.apply(folder)
        return f"{chosen.kind} at {chosen.file}:{chosen.line}"
    path = rng.choice(sorted([*folder.rglob("*.csv"), *folder.rglob("*.yaml"), *folder.rglob("*.bib")]))
    raw = path.read_bytes()
    if rng.random() < 0.3:
        path.write_bytes(bytes_changed(raw, rng))
    else:
        change = cell_changed if path.suffix == ".csv" else value_changed
        path.write_text(change(raw.decode(errors="replace"), rng), encoding="utf-8")
    return path.relative_to(folder).as_posix()


def said(folder: Path) -> tuple[int, str, float]:
    """What `tumen check` ends with: exit code, messages, seconds of the processor."""
    out, errors = io.StringIO(), io.StringIO()
    began = time.process_time()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors):
        code = call(["check", str(folder), "--json"])
    return code, errors.getvalue(), time.process_time() - began


def fault(code: int, messages: str, seconds: float) -> str | None:
    """What is wrong with how it ended, if anything is."""
    lines = messages.strip().split("\n")
    if "fault of tumen" in messages or "Traceback" in messages:
        return lines[-1][:200]
    if code not in (0, 1, 2) or (code and not all(line.count(" - ") >= 3 for line in lines)):
        return f"exit {code}: {messages[:200]}"
    return f"{seconds:.0f} s" if seconds > LONGEST else None


def check(size: Size) -> Row:
    """Random edits of the shipped cases in turn, one to three each; how many were refused, and what broke."""
    watch = Watch(ID, "bad files give a sentence", SEED)
    cases = [Path(str(resources.files("tumen"))) / "cases" / name for name, _ in shipped()]
    faults, refused, slowest = [], 0, 0.0
    for number in range(size.tries):
        rng = random.Random(f"{SEED} {number}")
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place) / "case"
            shutil.copytree(cases[number % len(cases)], folder)
            done = [edit(folder, rng, not i) for i in range(rng.choice((1, 1, 2, 3)))]
            code, messages, seconds = said(folder)
        refused += code == 2
        slowest = max(slowest, seconds)
        if (wrong := fault(code, messages, seconds)) is not None:
            faults.append(f"edit {number} ({', '.join(done)}): {wrong}")
    figure = f"{size.tries} edited cases, {refused} refused in sentences, slowest {slowest:.1f} s"
    return watch.row(size.tries, len(faults), figure + "".join(f"; {one}" for one in faults[:5]))
