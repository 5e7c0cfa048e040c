"""A workshop: a copy of a shipped case in which a test breaks one thing and reads what the loader says."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import pytest

from tumen.case import Case, CaseError, load

CASES = Path(str(resources.files("tumen"))) / "cases"


class Workshop:
    """A copy of a case; `edit` changes text in a file, `problems` gives what the loader finds."""

    def __init__(self, name: str, folder: Path) -> None:
        self.original = CASES / name
        self.folder = folder / name
        shutil.copytree(self.original, self.folder)

    def edit(self, file: str, old: str, new: str) -> int:
        """Replace the one occurrence of `old` and return its line."""
        path = self.folder / file
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
        path.write_text(text.replace(old, new), encoding="utf-8")
        return text[: text.index(old)].count("\n") + 1

    def write(self, file: str, content: str | bytes) -> None:
        path = self.folder / file
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())

    def restore(self, file: str) -> None:
        self.write(file, (self.original / file).read_bytes())

    def load(self) -> Case:
        return load(self.folder)

    def problems(self) -> list[str]:
        try:
            self.load()
        except CaseError as error:
            assert str(error) == "\n".join(str(problem) for problem in error.problems)
            return str(error).split("\n")
        return []


@pytest.fixture(scope="session")
def toyland() -> Case:
    return load("toyland")


@pytest.fixture
def workshop(tmp_path: Path) -> Iterator[Workshop]:
    yield Workshop("toyland", tmp_path)
