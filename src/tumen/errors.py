"""What is wrong with a case, where, what was expected and what to type: the one shape of every refusal here."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache

#: Problems reported for one file; a file with more is garbage and the rest would only bury the first.
MOST_PER_FILE = 40
#: Letters in one part of a problem.
LONGEST_PART = 400


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong; `where` reads `file:line, key` as far as each is known."""

    what: str
    where: str
    expected: str
    remedy: str

    def __post_init__(self) -> None:
        # Any part may repeat what a file says; whatever that is, a problem stays one printable line.
        for part in ("what", "where", "expected", "remedy"):
            object.__setattr__(self, part, shown(getattr(self, part), LONGEST_PART, quote=False))

    def __str__(self) -> str:
        return f"{self.what} - {self.where} - expected {self.expected} - {self.remedy}"


class CaseError(ValueError):
    """A case, scenario or setting that cannot be used: one line for each problem found."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        if not self.problems:
            raise TypeError("a CaseError needs at least one problem")
        super().__init__("\n".join(str(problem) for problem in self.problems))

    @classmethod
    def single(cls, what: str, where: str, expected: str, remedy: str) -> CaseError:
        """An error that states one problem."""
        return cls([Problem(what, where, expected, remedy)])

    def __reduce__(self) -> tuple[type[CaseError], tuple[tuple[Problem, ...]]]:
        return type(self), (self.problems,)

    @property
    def what(self) -> str:
        """What is wrong, of the first problem."""
        return self.problems[0].what

    @property
    def where(self) -> str:
        """The place of the first problem."""
        return self.problems[0].where

    @property
    def expected(self) -> str:
        """What was expected instead, of the first problem."""
        return self.problems[0].expected

    @property
    def remedy(self) -> str:
        """What to type to solve the first problem."""
        return self.problems[0].remedy


class RefusedError(ValueError):
    """A value refused by a rule that does not know its file and line; the caller adds the place."""

    def __init__(self, what: str, expected: str, remedy: str) -> None:
        super().__init__(what)
        self.what, self.expected, self.remedy = what, expected, remedy

    def at(self, where: str) -> Problem:
        """The same refusal with its place."""
        return Problem(self.what, where, self.expected, self.remedy)


@contextmanager
def placed(where: str) -> Iterator[None]:
    """Raise what is refused inside the block as a CaseError with its place."""
    try:
        yield
    except RefusedError as refusal:
        raise CaseError([refusal.at(where)]) from None


class Issues:
    """The problems found so far; reading goes on after each so one call reports as many as possible."""

    def __init__(self) -> None:
        self._problems: dict[str, list[Problem]] = {}

    def __len__(self) -> int:
        return sum(len(found) for found in self._problems.values())

    def add(self, problem: Problem) -> None:
        """Note a problem, unless it was noted before or its file already has too many."""
        file = problem.where.split(",", 1)[0].split(":", 1)[0]
        found = self._problems.setdefault(file, [])
        if problem not in found and len(found) < MOST_PER_FILE:
            found.append(problem)

    def note(self, what: str, where: str, expected: str, remedy: str) -> None:
        """Note a problem given by its four parts."""
        self.add(Problem(what, where, expected, remedy))

    @contextmanager
    def placed(self, where: str) -> Iterator[None]:
        """Note what is refused inside the block, with its place; the block ends there."""
        try:
            yield
        except RefusedError as refusal:
            self.add(refusal.at(where))

    def include(self, error: CaseError) -> None:
        """Note every problem of an error."""
        for problem in error.problems:
            self.add(problem)

    def full(self, file: str) -> bool:
        """Whether a file has so many problems that looking for more is pointless."""
        return len(self._problems.get(file, ())) >= MOST_PER_FILE

    def touches(self, file: str) -> bool:
        """Whether a problem was found in this file."""
        return file in self._problems

    def raise_if_any(self) -> None:
        """Raise everything found as one error."""
        if not self._problems:
            return
        listed = [problem for found in self._problems.values() for problem in found]
        for file in self._problems:
            if self.full(file):
                what = f"the file was left after {MOST_PER_FILE} problems"
                listed.append(Problem(what, file, "a file with fewer", "correct the ones above first"))
        raise CaseError(listed)


def place(file: str, line: int | None = None, *keys: object) -> str:
    """The text `file:line, key.key` that names a place."""
    path = ".".join(str(key) for key in keys if str(key))
    return file + (f":{line}" if line else "") + (f", {shown(path, 120, quote=False)}" if path else "")


def shown(value: object, limit: int = 60, quote: bool = True) -> str:
    """A value from a file for use in a message: one line, printable, cut at `limit` characters."""
    text = value if isinstance(value, str) else str(value)
    clean = "".join(letter if letter.isprintable() else " " for letter in text[: limit + 1])
    if len(text) > limit:
        clean = clean[: limit - 3] + "..."
    return f"'{clean}'" if quote else clean


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word most like this one, or None when nothing is near."""
    return _nearest(word[:80], tuple(known))


@lru_cache(maxsize=1024)
def _nearest(word: str, known: tuple[str, ...]) -> str | None:
    # Cached, because a renamed source is looked up wherever it is cited.
    candidates = {candidate.casefold(): candidate for candidate in known}
    matches = difflib.get_close_matches(word.casefold(), list(candidates), n=1, cutoff=0.6)
    return candidates[matches[0]] if matches else None


def suggestion(word: str, known: Iterable[str], otherwise: str) -> str:
    """`did you mean X?` when a known word is near, or else the general remedy."""
    match = nearest(word, known)
    return f"did you mean {match}?" if match else otherwise


def unknown(kind: str, name: str, where: str, known: Iterable[str], otherwise: str = "name one of these") -> CaseError:
    """The error for a name that stands for nothing, with the nearest one that is known."""
    words = list(known)
    return CaseError.single(f"unknown {kind} {shown(name)}", where, listing(words), suggestion(name, words, otherwise))


def refused(name: str, given: object, expected: str, remedy: str) -> CaseError:
    """The error for an argument that is not what it should be."""
    return CaseError.single(f"{name} is {shown(repr(given), quote=False)}", f"{name}=", expected, remedy)


def listing(words: Iterable[str], limit: int = 12) -> str:
    """Words as `one of a, b or c`, cut when there are many."""
    items = list(words)
    if len(items) == 1:
        return items[0]
    if len(items) > limit:
        return "one of " + ", ".join(items[:limit]) + f", ... ({len(items)} in all)"
    return "one of " + ", ".join(items[:-1]) + f" or {items[-1]}" if items else "nothing"
