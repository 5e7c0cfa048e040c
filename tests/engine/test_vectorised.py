"""The passes over people run several persons at a time: their compiled loops do packed arithmetic, nothing singly."""

from __future__ import annotations

import math
import platform
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from numba import njit, types

from tumen.engine import accumulators, expected_flows
from tumen.model import capital, keys
from tumen.model.elementary import FAST
from tumen.model.single import SingleCompiler

#: Arithmetic on floats by processor: several at a time, and one at a time.
_X86 = (
    r"v?(?:add|sub|mul|div|max|min|sqrt)p[sd]|vfn?m(?:add|sub)\d{3}p[sd]",
    r"v?(?:add|sub|mul|div|max|min|sqrt)s[sd]|vfn?m(?:add|sub)\d{3}s[sd]",
)
_ARM = (
    r"f(?:add|sub|mul|div|mla|mls|max|min|maxnm|minnm)\s+v\d+\.(?:2d|4s)",
    r"f(?:add|sub|mul|div|madd|msub|nmadd|nmsub|max|min|maxnm|minnm)\s+[ds]\d+",
)
INSTRUCTIONS = {"x86_64": _X86, "AMD64": _X86, "arm64": _ARM, "aarch64": _ARM}
_LABEL = re.compile(r"^(\.?LBB\d+_\d+):")
_JUMP = re.compile(r"^\s+(?:j\w+|b|b\.\w+|cbn?z|tbn?z)\s+.*?(\.?LBB\d+_\d+)\s*$")
_CALL = re.compile(r"^\s+(?:callq?|blr?)\s", re.M)
_VECTOR_BODY = re.compile(r"^\"?vector\.body\d*\"?:", re.M)
_FUNCTION = re.compile(r"^_*(ZN\w+|cfunc\.\w+):")

pytestmark = pytest.mark.skipif(
    platform.machine() not in INSTRUCTIONS, reason="which instructions are packed is not known of this processor"
)


def loops(assembly: str) -> Iterator[list[str]]:
    """The bodies of the innermost loops of a compiled function; those of its wrappers are left out."""
    lines, starts, ends = assembly.splitlines(), {}, {}
    inside = False
    for number, line in enumerate(lines):
        if name := _FUNCTION.match(line):
            inside = name[1].startswith("ZN") and not name[1].startswith("ZN7cpython")
        if not inside:
            continue
        if label := _LABEL.match(line):
            starts[label[1]] = number
        elif (jump := _JUMP.match(line)) and jump[1] in starts:
            ends[starts[jump[1]]] = number
    edges = sorted(ends.items())
    for (start, end), (following, _) in pairwise([*edges, (len(lines), 0)]):
        if following > end:
            yield lines[start : end + 1]


def several_at_a_time(function: Any, signature: tuple[Any, ...]) -> int:
    """How many of a function's loops do packed arithmetic and none singly; zero if any calls a function.

    A loop may be compiled to two that are packed, the second for the few persons left over: the intermediate code tells
    how many there were.
    """
    fresh = njit(signature, nogil=True, error_model="numpy", fastmath=FAST, pipeline_class=SingleCompiler)(
        getattr(function, "py_func", function)
    )
    packed, single = (re.compile(rf"^\s+(?:{form})\b", re.M) for form in INSTRUCTIONS[platform.machine()])
    bodies = ["\n".join(body) for body in loops("\n".join(fresh.inspect_asm().values()))]
    if any(_CALL.search(body) for body in bodies):
        return 0
    count = sum(bool(packed.search(body)) and not single.search(body) for body in bodies)
    return min(count, len(_VECTOR_BODY.findall("\n".join(fresh.inspect_llvm().values()))))


def people(number: Any) -> Any:
    """The type of a column."""
    return types.Array(number, 1, "C")


PEOPLE = people(types.float64)
#: The passes: how many loops each has, its columns, and the single numbers after them.
PASSES = {
    "attempt_hazard": (keys.attempt_hazard, 3, 9, 0),
    "capital_step": (capital.capital_step, 1, 5, 1),
    "add_part": (expected_flows.add_part, 1, 3, 2),
    "keep_rest": (expected_flows.keep_rest, 1, 3, 2),
    "depart": (expected_flows.depart, 1, 4, 0),
    "add_product": (expected_flows.add_product, 1, 3, 0),
    "parts": (expected_flows.parts, 1, 3, 2),
    "sum_product": (accumulators.sum_product, 1, 3, 0),
}


#: The passes that take single numbers between their columns: which of their arguments are columns; loops in them.
MIXED = {
    "part_ways": (expected_flows.part_ways, "cccc1cc", 4),
    "try_border": (expected_flows.try_border, "cc1ccc", 1),
    "departures": (expected_flows.departures, "c1cccc", 1),
    "below": (expected_flows.below, "cccc11", 1),
    "let_go": (expected_flows.let_go, "cccc11", 1),
    "add_able": (accumulators.add_able, "cccc1cc", 1),
}


@pytest.mark.parametrize("number", [types.float64, types.float32], ids=str)
@pytest.mark.parametrize("name", MIXED)
def test_a_pass_with_numbers_between_does_too(name: str, number: Any) -> None:
    function, arguments, loops = MIXED[name]
    signature = tuple(people(number) if argument == "c" else number for argument in arguments)
    assert several_at_a_time(function, signature) == loops


@pytest.mark.parametrize("number", [types.float64, types.float32], ids=str)
@pytest.mark.parametrize("name", PASSES)
def test_a_pass_runs_several_persons_at_a_time(name: str, number: Any) -> None:
    function, wanted, columns, numbers = PASSES[name]
    signature = (people(number),) * columns + (number,) * numbers
    assert several_at_a_time(function, signature) == wanted


@njit
def running(out, rate):  # type: ignore[no-untyped-def]
    """Each person waits for the one before."""
    for i in range(1, out.size):
        out[i] = out[i] * rate[i] + out[i - 1] * 0.5


@njit
def of_the_c_library(out, rate):  # type: ignore[no-untyped-def]
    """The exponential of the C library takes one number."""
    for i in range(out.size):
        out[i] = 2.0 * math.exp(rate[i]) + out[i]


@njit
def ending_early(out, rate):  # type: ignore[no-untyped-def]
    """How many are passed depends on what has been worked out."""
    for i in range(out.size):
        out[i] = out[i] * rate[i] + 0.5
        if out[i] > 1.0:
            break


@pytest.mark.parametrize("planted", [running, of_the_c_library, ending_early])
def test_a_loop_that_cannot_is_noticed(planted: Any) -> None:
    assert several_at_a_time(planted, (PEOPLE, PEOPLE)) == 0


@njit
def two_of_three(out, rate):  # type: ignore[no-untyped-def]
    """As a theory would be in which one of its loops waits for the person before."""
    for i in range(out.size):
        out[i] = out[i] * rate[i] + 0.5
    for i in range(1, out.size):
        out[i] = out[i] * rate[i] + out[i - 1] * 0.5
    for i in range(out.size):
        out[i] = out[i] * rate[i] - 0.5


def test_one_bad_loop_among_good_ones_is_noticed() -> None:
    assert several_at_a_time(two_of_three, (PEOPLE, PEOPLE)) == 2
