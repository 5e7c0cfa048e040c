"""Promise 30: no code runs from data: none is called for in the source, and hostile files make none run."""

from __future__ import annotations

import ast
import shutil
import sys
import tempfile
from importlib import resources
from pathlib import Path
from typing import Any

from tools.house import breach_of_node
from tumen.case import CaseError, load
from validation.scoreboard import Row, Size, Watch
from validation.stage import SEED

ID = 30
SMALL = FULL = Size(tries=1)
_PACKAGE = Path(str(resources.files("tumen")))
#: Words of what `tools.house` says where text or data would run as code.
_RUNS = ("as code", "from data", "builds any object")
#: What Python reports when code is made or something is started.
_EVENTS = ("exec", "compile", "pickle.find_class", "os.system", "os.exec", "os.posix_spawn", "subprocess.Popen")
#: Where hostile text is put: file, what is replaced, and by what (TOUCH becomes a path that must not come to be).
HOSTILE = (
    ("case.yaml", "title: Toyland", "title: !!python/object/apply:os.system ['touch TOUCH'] # Toyland"),
    ("case.yaml", "title: Toyland", "title: !!python/object/new:os.system ['touch TOUCH'] # Toyland"),
    ("inputs/keys.yaml", "unit: usd", "unit: !!python/name:os.system usd"),
    ("inputs/keys.yaml", "unit: usd", "unit: !!python/module:os usd"),
    ("priors.yaml", "- {input:", "- !!python/object/apply:subprocess.check_output [[touch, TOUCH]]\n- {input:"),
    ("targets.yaml", "file: targets/profiles.csv", 'file: "$(touch TOUCH)"'),
    ("targets.yaml", "file: targets/profiles.csv", "file: |touch TOUCH"),
    ("scenarios/sex_blind.yaml", "neutralise: all", "neutralise: __import__('os').system('touch TOUCH')"),
    ("targets/profiles.csv", "binomial(n=400)", "__import__('os').system('touch TOUCH')"),
    ("targets/profiles.csv", "lognormal(0.5)", "lognormal(__import__('os').system('touch TOUCH'))"),
    ("targets/arrivals.csv", "1990,1998,female,95", "1990,1998,female,=cmd|'touch TOUCH'!A1"),
    ("population.csv", "1990,female,0-4,", "1990,female,0-4,eval('1')+"),
    ("sources.bib", "title", "title = {\\immediate\\write18{touch TOUCH}},\n  booktitle"),
)
#: What a user may type where a number or a name is expected.
TYPED = ("fee=__import__('os').getpid()", "fee=1@__import__('os').getpid()", "fee={1:1}", "fee=`id`", "fee=$(id)")

_watching: list[str] | None = None


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if _watching is not None and event in _EVENTS:
        _watching.append(f"{event} {str(arguments)[:80]}")


def started(folder: Path, settings: str | None = None) -> list[str]:
    """What is compiled or started while a case is read and checked, or a setting put on it."""
    global _watching
    _watching = []
    try:
        case = load(folder)
        if settings is not None:
            case.world(settings=[settings])
    except CaseError:
        return _watching
    finally:
        found, _watching = _watching, None
    return found


def calls() -> tuple[int, list[str]]:
    """How many source files there are, and the calls in them that would run text or data."""
    files = sorted(_PACKAGE.rglob("*.py"))
    found = []
    for path in files:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            message = breach_of_node(node)
            if message and any(word in message for word in _RUNS):
                found.append(f"{path.relative_to(_PACKAGE)}:{getattr(node, 'lineno', 0)}: {message}")
    return len(files), found


def check(size: Size) -> Row:
    """The source's calls; hostile files, each alone in a copy of toyland, under a hook on what Python starts."""
    watch = Watch(ID, "no code runs from data", SEED)
    sources, faults = calls()
    sys.addaudithook(_hook)
    original = _PACKAGE / "cases" / "toyland"
    started(original, "fee=500")  # whatever is imported late is imported now
    tried = 0
    with tempfile.TemporaryDirectory() as scratch:
        touched = Path(scratch) / "touched"
        for number, (file, old, new) in enumerate(HOSTILE):
            folder = Path(scratch) / str(number)
            shutil.copytree(original, folder)
            text = (folder / file).read_text(encoding="utf-8")
            if old not in text:
                raise ValueError(f"{file} of toyland no longer holds {old!r}: nothing would be tried")
            (folder / file).write_text(text.replace(old, new.replace("TOUCH", str(touched)), 1), encoding="utf-8")
            faults += [f"{file}: {event}" for event in started(folder)]
            if touched.exists():
                faults.append(f"{file}: a command of the file was run")
            tried += 1
        for setting in TYPED:
            faults += [f"{setting}: {event}" for event in started(original, setting)]
            tried += 1
    figure = f"{sources} source files, {tried} hostile files and settings, {len(faults)} that run"
    return watch.row(sources + tried, len(faults), figure + "".join(f"; {one}" for one in faults[:5]))
