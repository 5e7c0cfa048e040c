"""What a value computes, as a hash: data by content, functions by their compiled code and all that it reads.

A run is found again by what it followed from, so two functions of one name must differ here as soon as they compute
something else. Where that cannot be established, as for a function that reads a file, the answer is a refusal and
never a guess.
"""

from __future__ import annotations

import datetime
import dis
import hashlib
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from types import BuiltinFunctionType, CodeType, FunctionType, MappingProxyType, ModuleType
from typing import Any, cast
from weakref import WeakKeyDictionary

import numpy as np
from pydantic import BaseModel

from tumen.case import CaseError
from tumen.case.models import Entry

#: Libraries whose functions are known by name and version, as far as they do not read from outside.
_LIBRARIES = {"builtins", "cmath", "dataclasses", "functools", "itertools", "math", "numba", "numpy", "operator"}
_LIBRARIES |= {"pandas", "scipy", "tumen", "typing"}
#: Builtins and attributes through which a function may read what is not in the model, or anything in it.
_OUTSIDE = {"open", "eval", "exec", "compile", "globals", "locals", "vars", "input", "getattr", "__import__"}
_OUTSIDE |= {"load", "loadtxt", "genfromtxt", "fromfile", "memmap", "random", "__globals__", "__dict__"}
#: What a code object computes with, apart from constants and nested code. Line numbers and names of files are left out.
_CODE = ("co_code", "co_names", "co_varnames", "co_freevars", "co_cellvars", "co_flags", "co_exceptiontable")
_COUNTS = ("co_argcount", "co_posonlyargcount", "co_kwonlyargcount")

#: What compiled functions read when they were first looked at: numba keeps these values for good.
_first_read: WeakKeyDictionary[FunctionType, dict[str, Any]] = WeakKeyDictionary()


class UnknownContentError(Exception):
    """What a value computes cannot be established; the text says why."""


def digest(*values: object) -> str:
    """A hash of values in hexadecimal, the same in every process. Raises UnknownContentError, CaseError.

    >>> digest({"a": 1, "b": 2.0}) == digest({"b": 2.0, "a": 1})
    True
    >>> digest(lambda x: x + 1) == digest(lambda x: x + 2)
    False
    """
    return _Reader().of(values).hex()


class _Reader:
    """One walk over values; functions that call each other are met again and read once."""

    def __init__(self) -> None:
        self.under_way: list[int] = []

    def of(self, value: Any) -> bytes:
        """The hash of anything."""
        kind = type(value)
        if value is None or kind in (bool, int, str, bytes, complex):
            return _joined(kind.__name__, [repr(value).encode()])
        if kind is float:
            return _joined("float", [value.hex().encode()])
        if id(value) in self.under_way:
            return _joined("again", [str(len(self.under_way) - self.under_way.index(id(value))).encode()])
        self.under_way.append(id(value))
        try:
            return self.composite(value)
        finally:
            self.under_way.pop()

    def composite(self, value: Any) -> bytes:
        """The hash of what has parts."""
        if isinstance(value, np.ndarray | np.generic):
            return self.array(np.asarray(value))
        if type(value) in (tuple, list):
            return _joined(type(value).__name__, map(self.of, value))
        if type(value) in (set, frozenset):
            return _joined("set", sorted(map(self.of, value)))
        if isinstance(value, dict | MappingProxyType):
            return _joined("dict", sorted(self.of(key) + self.of(held) for key, held in value.items()))
        if isinstance(value, datetime.date):
            return _joined(type(value).__name__, [value.isoformat().encode()])
        if isinstance(value, np.dtype):
            return _joined("dtype", [value.str.encode()])
        if isinstance(value, ModuleType):
            return self.module(value)
        if isinstance(value, Enum):
            return _joined("enum", [self.of(type(value)), self.of(value.name)])
        if is_dataclass(value) and not isinstance(value, type):
            held = ((field.name, getattr(value, field.name)) for field in fields(value))
            return _joined("dataclass", [self.of(type(value)), *map(self.of, held)])
        if isinstance(value, BaseModel):
            # An entry of a file is known by its key, too; where it stands there bears on nothing.
            names = (*type(value).model_fields, *(["key"] if isinstance(value, Entry) else []))
            held = ((name, getattr(value, name)) for name in names)
            return _joined("model", [self.of(type(value)), *map(self.of, held)])
        return self.code(value)

    def array(self, value: np.ndarray) -> bytes:
        """The hash of an array: its type, shape and numbers."""
        if value.dtype.hasobject:
            raise UnknownContentError("it reads an array of objects")
        parts = [value.dtype.str.encode(), repr(value.shape).encode(), np.ascontiguousarray(value).tobytes()]
        return _joined("array", parts)

    def module(self, value: ModuleType) -> bytes:
        """The hash of a module: its name and the version of its library."""
        library = value.__name__.split(".")[0]
        if library not in _LIBRARIES:
            raise UnknownContentError(f"it reads the module {value.__name__}")
        return _joined("module", [value.__name__.encode(), _version(library).encode()])

    def code(self, value: Any) -> bytes:
        """The hash of a function or class: by name in a library, by its code elsewhere."""
        named = name_in_library(value)
        if named is not None:
            if named.rpartition(".")[2] in _OUTSIDE:
                raise UnknownContentError(f"it uses {named}")
            return _joined("named", [named.encode(), _version(named.split(".")[0]).encode()])
        if isinstance(value, partial):
            return _joined("partial", [self.of(value.func), self.of(value.args), self.of(value.keywords)])
        plain = getattr(value, "py_func", None)
        if isinstance(plain, FunctionType):
            options = {name: held for name, held in value.targetoptions.items() if held is not None}
            return _joined("compiled", [self.of(options), self.function(plain, True)])
        if isinstance(value, FunctionType):
            return self.function(value, False)
        raise UnknownContentError(f"it reads {getattr(value, '__qualname__', 'an object')} of {type(value).__name__}")

    def function(self, value: FunctionType, compiled: bool) -> bytes:
        """The hash of a function: its code, its defaults and the values of all names it reads."""
        read = dict(_read_by(value))
        if compiled:
            refuse_changed(value, read)
        parts = [_of_code(value.__code__, self), self.of(value.__defaults__), self.of(value.__kwdefaults__)]
        return _joined("function", [*parts, *(self.of((name, read[name])) for name in sorted(read))])


def refuse_changed(function: FunctionType, read: Mapping[str, Any] | None = None) -> None:
    """Raise CaseError where a name read by a compiled function means something else than when first looked at."""
    read = dict(_read_by(function)) if read is None else read
    now = {name: _frozen(value) for name, value in read.items()}
    before = _first_read.setdefault(function, now)
    changed = sorted(name for name in now if name not in before or before[name] is not now[name] != before[name])
    if changed:
        raise CaseError.single(
            f"{changed[0]} was changed after {function.__qualname__} was compiled, which keeps the value it had",
            f"the function {function.__qualname__}",
            "functions defined after the values they read",
            f"define {function.__qualname__} again, or hand {changed[0]} to it",
        )


def _frozen(value: Any) -> Any:
    """Something equal for the same data and identical for the same function."""
    if callable(value) or isinstance(value, ModuleType):
        return value
    try:
        return digest(value)
    except UnknownContentError:
        return value


def _read_by(function: FunctionType) -> Iterator[tuple[str, Any]]:
    """Names that a function reads beyond its arguments, with their values."""
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            yield name, cell.cell_contents
        except ValueError:
            raise UnknownContentError(f"{name} has no value yet") from None
    builtins: dict[str, Any] = cast("Any", function).__builtins__  # some versions of typeshed do not know it
    for operation, name in _operations(function.__code__):
        if operation in ("STORE_GLOBAL", "DELETE_GLOBAL"):
            raise UnknownContentError(f"it changes {name}")
        if operation in ("LOAD_GLOBAL", "LOAD_NAME"):
            if name in function.__globals__:
                yield name, function.__globals__[name]
            elif name in builtins:
                yield name, builtins[name]
            else:
                raise UnknownContentError(f"{name} has no value yet")
        elif operation == "IMPORT_NAME":
            if name not in sys.modules:
                raise UnknownContentError(f"it imports {name}")
            yield f"import {name}", sys.modules[name]
        elif name in _OUTSIDE or name.startswith("read_"):
            raise UnknownContentError(f"it uses {name}, which may read what is kept elsewhere")


def _operations(code: CodeType) -> Iterator[tuple[str, str]]:
    """Operations of a code object, and of those nested in it, that name something."""
    for one in dis.get_instructions(code):
        if isinstance(one.argval, str) and one.opcode in dis.hasname:
            yield one.opname, one.argval
        elif isinstance(one.argval, CodeType):
            yield from _operations(one.argval)


def _of_code(code: CodeType, reader: _Reader) -> bytes:
    constants = (_of_code(one, reader) if isinstance(one, CodeType) else reader.of(one) for one in code.co_consts)
    python = ".".join(map(str, sys.version_info[:2]))
    held = [reader.of(getattr(code, name)) for name in (*_CODE, *_COUNTS)]
    return _joined(f"code {python}", [*held, *constants])


def name_in_library(value: Any) -> str | None:
    """`module.name` of a function or class that a library defines and still holds under this name."""
    if isinstance(value, np.ufunc):
        holders = [sys.modules[name] for name in ("numpy", "scipy.special") if name in sys.modules]
        found = next((one for one in holders if getattr(one, value.__name__, None) is value), None)
        return f"{found.__name__}.{value.__name__}" if found else None
    plain = getattr(value, "py_func", value)
    if not isinstance(plain, type | FunctionType | BuiltinFunctionType):
        return None
    module, name = plain.__module__ or "", plain.__qualname__
    if module.split(".")[0] not in _LIBRARIES or module not in sys.modules:
        return None
    held: Any = sys.modules[module]
    for part in name.split("."):
        held = getattr(held, part, None)
    return f"{module}.{name}" if held is not None and (held is value or getattr(held, "py_func", 0) is plain) else None


def _version(library: str) -> str:
    """The version of a library; of this package the hash of all its sources is taken where runs are named."""
    if library in ("tumen", *sys.stdlib_module_names):
        return ""
    try:
        return version(library)
    except PackageNotFoundError:
        raise UnknownContentError(f"{library} has no version") from None


def _joined(kind: str, parts: Iterable[bytes]) -> bytes:
    total = hashlib.sha256(kind.encode())
    for part in parts:
        total.update(len(part).to_bytes(8, "big") + part)
    return total.digest()
