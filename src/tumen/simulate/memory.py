"""Check before a run whether it fits into the country's population and the machine's memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tumen.case import CaseError
from tumen.simulate import DEFAULT_PEOPLE

#: Bytes of an agent in double precision, of its sampled history, and of the counts of a month (docs/engine.md, Memory).
PER_AGENT, PER_HISTORY, PER_MONTH = 262, 25, 250_000
_MEMINFO = Path("/proc/meminfo")
_GROUP = Path("/sys/fs/cgroup")


def refuse_too_many(people: int, persons: float, whole: bool) -> None:
    """Refuse more agents than persons, if above the default; whole: one agent per person was asked for explicitly."""
    if not whole and people > max(persons, DEFAULT_PEOPLE):
        raise CaseError.single(
            f"{people:,} agents are more than the {persons:,.0f} persons who live in the window",
            "people=",
            f"at most {max(persons, DEFAULT_PEOPLE):,.0f}",
            "give fewer, or one agent a person: people=None",
        )


def refuse_too_large(people: int, months: int, histories: bool) -> None:
    """Refuse a run that needs more memory than is free, where the system reports it."""
    need, free = people * (PER_AGENT + histories * PER_HISTORY) + months * PER_MONTH, free_bytes()
    if free is not None and need > free:
        fitting = max(0, int(0.8 * (free - months * PER_MONTH)) // (PER_AGENT + histories * PER_HISTORY))
        raise CaseError.single(
            f"{people:,} agents need {need / 1e9:,.1f} GB of memory",
            "people",
            f"what is free: {free / 1e9:,.1f} GB",
            f"give fewer, about {fitting:,}",
        )


def free_bytes() -> int | None:
    """Return the memory in bytes that this process may still use: the least of machine, container and process limit."""
    return min(_bounds(), default=None)


def _bounds() -> Iterator[int]:
    for line in _text(_MEMINFO).splitlines():
        if line.startswith("MemAvailable:"):
            yield 1024 * int(line.split()[1])
    most, held = _text(_GROUP / "memory.max").strip(), _text(_GROUP / "memory.current").strip()
    if most.isdigit() and held.isdigit():
        yield max(0, int(most) - int(held))
    try:
        import resource
    except ImportError:  # a module of Unix
        return
    limit, pages = resource.getrlimit(resource.RLIMIT_AS)[0], _text(Path("/proc/self/statm")).split()
    if limit != resource.RLIM_INFINITY and pages:
        yield max(0, limit - int(pages[0]) * resource.getpagesize())


def _text(path: Path) -> str:
    """Return the text of a system file, or an empty string."""
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
