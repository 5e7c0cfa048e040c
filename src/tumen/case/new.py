"""A new case folder, copied from toyland under a name of its own: a whole case that passes every rule."""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from pathlib import Path

from tumen.case.folder import DESIGNS, FITS, MANIFEST, POSTERIORS
from tumen.case.load import load, shipped
from tumen.errors import CaseError, shown

#: The case that new ones are copied from, and the folders that are left out, as they follow from its numbers.
TEMPLATE = "toyland"
_LEFT_OUT = shutil.ignore_patterns(POSTERIORS, FITS, ".*", "#*", "__*", "*~")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}\Z", re.ASCII)
_ABOUT = (
    "A new case, copied from Toyland. Every number is invented and waits to be replaced: places, people, dated law, "
    "prices, counts, and the sources that are named for them."
)


def new_case(folder: str | Path, title: str | None = None) -> Path:
    """Make a case folder named after its last part, with every file of toyland but posteriors and fits.

    title: of the case (None: its name in words). An empty folder is filled; any other that exists is refused. Returns
    the folder, which loads. Raises CaseError.
    """
    target = _target(folder)
    words = title if title is not None else target.name.replace("_", " ").capitalize()
    if not words.strip() or not words.isprintable():
        raise CaseError.single(f"{shown(words)} is not a title", "title", "words in one line", "give another title")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".new-case-", dir=target.parent) as part:
            made = Path(part) / target.name
            shutil.copytree(load(TEMPLATE).folder, made, ignore=_LEFT_OUT, copy_function=shutil.copyfile)
            _rename(made, target.name, words.strip())
            load(made)
            if target.exists():  # empty, and perhaps a working folder: fill it instead of replacing it
                for each in made.iterdir():
                    each.rename(target / each.name)
            else:
                made.rename(target)
    except OSError as error:
        reason = error.strerror or str(error)
        what = f"the case cannot be written: {reason}"
        raise CaseError.single(what, shown(target), "a place to write to", "give another path") from error
    return target


def _target(folder: str | Path) -> Path:
    """The folder to make. Raises CaseError for an invalid name, or where something exists already."""
    given = str(folder)
    where = f"new case {shown(given)}"
    if not given.strip() or "\0" in given:
        raise CaseError.single(f"{shown(given)} is not a path", where, "the name of a new folder", "write my_country")
    target = Path(os.path.abspath(given))  # noqa: PTH100 - links stay as they are, `..` goes
    if not _NAME.match(target.name):
        near = re.sub(r"[^a-z0-9]+", "_", target.name.casefold()).strip("_0123456789") or "my_country"
        expected = "small letters, digits and _, beginning with a letter, at most 60"
        raise CaseError.single(f"{shown(target.name)} cannot name a case", where, expected, f"write {near[:60]}")
    if target.name in {name for name, _ in shipped()}:
        what = f"a shipped case is called {target.name}"
        raise CaseError.single(what, where, "a name of its own", "give another name")
    try:
        if target.is_dir() and any(target.iterdir()):
            what, expected = "the folder exists and is not empty", "a new or an empty folder"
            raise CaseError.single(what, shown(given), expected, "give another name, or empty the folder")
        if os.path.lexists(target) and not target.is_dir():
            raise CaseError.single("there is a file in the way", shown(given), "a new folder", "give another name")
    except OSError as error:
        what = f"the place cannot be read: {error.strerror or error}"
        raise CaseError.single(what, shown(given), "a place to write to", "give another path") from error
    return target


def _rename(made: Path, name: str, title: str) -> None:
    """Put name, title and what the case is about into its manifest, and its name into its designs."""
    manifest = made / MANIFEST
    text = manifest.read_text(encoding="utf-8")
    text = re.sub(r"\A(?:#.*\n)+", f"# Copied from {TEMPLATE}: replace every number and source below.\n", text)
    quoted = json.dumps(title, ensure_ascii=False)  # a text in double quotes is the same in YAML
    for key, value in (("name", name), ("title", quoted), ("about", json.dumps(_ABOUT))):
        text = _put(text, key, value)
    manifest.write_text(text, encoding="utf-8", newline="\n")
    for design in (made / DESIGNS).glob("*.yaml"):
        text = design.read_text(encoding="utf-8")
        for key, value in (("case", name), ("title", json.dumps(f"Worlds of {title}", ensure_ascii=False))):
            text = _put(text, key, value)
        design.write_text(text, encoding="utf-8", newline="\n")


def _put(text: str, key: str, value: str) -> str:
    """A YAML text with another value of a key at its top, however many lines the old one had."""
    lines = re.compile(rf"^{key}:.*\n(?:[ \t]+.*\n)*", re.MULTILINE)
    return lines.sub(lambda _: f"{key}: {value}\n", text)
