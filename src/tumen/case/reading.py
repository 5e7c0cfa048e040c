"""A YAML document as it is read: what its entries are judged by, and where its problems go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tumen.case.bibliography import check_source
from tumen.case.documents import Document
from tumen.case.validation_errors import Model, validated
from tumen.errors import Issues, listing, suggestion

if TYPE_CHECKING:
    from tumen.case.inputs import Input

#: What an unknown input should have been, and what to do where no key is near.
OF_VOCABULARY = "a key of the vocabulary of inputs"
LOOK = "look for the key in the vocabulary of inputs"


@dataclass(frozen=True)
class Reading:
    """A document with the sources and inputs that it may name; paths are those of keys and numbers in it.

    sources: None where they could not be read, so that no source is called unknown.
    """

    document: Document
    issues: Issues
    sources: Mapping[str, object] | None = None
    inputs: Mapping[str, Input] = field(default_factory=dict)

    def model(self, kind: type[Model], *path: object, data: Any = None, context: Any = None) -> Model | None:
        """The model in the `data` at a path, of the whole document without one; None when something is wrong."""
        return validated(kind, data if path else self.document.data, self.document, path, self.issues, context)

    def note(self, path: Sequence[object], what: str, expected: str, remedy: str) -> None:
        """Note a problem at a path."""
        self.issues.note(what, self.document.place(*path), expected, remedy)

    def unknown(
        self, path: Sequence[object], what: str, word: str, known: Iterable[str], otherwise: str, expected: str = ""
    ) -> None:
        """Note a word that is none of the known; otherwise: the remedy where none is near."""
        words = list(known)
        self.note(path, what, expected or listing(words), suggestion(word, words, otherwise))

    def cites(self, entry: Any, *path: object) -> None:
        """Note unknown sources of the entry at a path, and assumptions without a reason."""
        check_source(entry, self.document.place(*path, "source"), self.sources, self.issues)

    def placed(self, *path: object) -> AbstractContextManager[None]:
        """Note what is refused inside a block, at a path; the block ends there."""
        return self.issues.placed(self.document.place(*path))
