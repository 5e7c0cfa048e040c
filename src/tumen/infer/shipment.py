"""A case and a theory as one message to another process, and the runs done there.

The case travels whole, so the other process needs no folder, and what it runs is what was hashed: it works out the name
of what it received and refuses to run anything else, or under other sources than those here.
"""

from __future__ import annotations

import io
import sys
import zlib
from dataclasses import dataclass, replace
from functools import lru_cache
from operator import attrgetter
from typing import Any

from numba import cloudpickle  # sends functions of a notebook by their code, and compiled ones

from tumen.case import Case, CaseError
from tumen.infer.identity import UnknownContentError, name_in_library
from tumen.infer.run_cache import RunSpec, code, subject
from tumen.infer.runs import Outcome, attempt, failure
from tumen.model.theories import Theory, get, names


@dataclass(frozen=True)
class Shipment:
    """What runs are runs of, as bytes; subject: its name, None for a theory that cannot be identified."""

    content: bytes
    subject: str | None
    code: str


def shipment(case: Case, theory: Theory) -> Shipment:
    """Pack a case and a theory. Raises CaseError where the theory's functions cannot be sent."""
    try:
        of: str | None = subject(case, theory)
    except UnknownContentError:
        of = None
    # A shipped theory travels by its name, but only if it is the shipped one and not a changed copy of it.
    sent: Theory | str = theory.name if theory.name in names() and get(theory.name) is theory else theory
    try:
        content = packed((replace(case), sent))  # a copy without the tables it has worked out
    except Exception as error:
        raise CaseError.single(
            f"the theory cannot be sent to another process: {error}",
            f"the theory {theory.name}",
            "functions that read only numbers, arrays and functions",
            "take out what they hold on to, as open files or locks, or do the runs here with processes=1",
        ) from error
    return Shipment(zlib.compress(content, 1), of, code())


class _Pickler(cloudpickle.CloudPickler):
    """Sends this package's compiled functions by name, as it would its plain ones, so that they stay what they are."""

    def reducer_override(self, thing: Any) -> Any:
        """How to send a thing."""
        if hasattr(thing, "py_func") and name_in_library(thing) is not None:
            return _by_name, (thing.py_func.__module__, thing.py_func.__qualname__)
        return super().reducer_override(thing)


def packed(thing: object) -> bytes:
    """A thing as bytes, which cloudpickle.loads reads."""
    with io.BytesIO() as held:
        _Pickler(held).dump(thing)
        return held.getvalue()


def _by_name(module: str, name: str) -> Any:
    __import__(module)
    return attrgetter(name)(sys.modules[module])


def answer(sent: Shipment, spec: RunSpec) -> Outcome:
    """Do a run of what was sent, and say how it went."""
    try:
        case, theory = opened(sent)
    except Exception as error:  # noqa: BLE001 - told to whoever sent it
        return failure(error)
    return attempt(case, theory, spec)


@lru_cache(maxsize=2)
def opened(sent: Shipment) -> tuple[Case, Theory]:
    """The case and theory of a shipment. Raises ValueError where they mean something else here."""
    if code() != sent.code:
        raise ValueError(
            "the sources of tumen differ from those of the process that asks: "
            "restart it if they were edited, or install the same version on every machine"
        )
    case, held = cloudpickle.loads(zlib.decompress(sent.content))
    theory = get(held) if isinstance(held, str) else held
    if sent.subject is not None and subject(case, theory) != sent.subject:
        raise ValueError(
            "the functions of the theory mean something else here than in the process that asks: "
            "restart it if they were edited, or install the same versions of Python and of what they import"
        )
    return case, theory
