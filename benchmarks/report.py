"""What was measured, as text to read or as the file of figures."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import tumen
from tumen.result.bundle import cpu

FIGURES = Path(__file__).parent / "figures.json"
_COLUMNS = ("engine", "cpu_ns_per_person_month", "times_tumen", "peak_mb", "flows_agree", "largest_gap", "against")


def text(found: dict[str, Any]) -> str:
    """Engines as a table, a line an engine; limits as lists, a line a figure, units in the names."""
    parts = [table(found["engines"])] if found["engines"] else []
    for name, figures in found["limits"].items():
        lines = list(lines_of(figures))
        width = max(len(key) for key, _ in lines)
        parts.append("\n".join([name, *(f"  {key:{width}}  {value}" for key, value in lines)]))
    return "\n\n".join(parts)


def table(rows: list[dict[str, Any]]) -> str:
    """The engines as aligned columns, names to the left and figures to the right."""
    cells = [list(_COLUMNS), *([shown(row[key]) for key in _COLUMNS] for row in rows)]
    widths = [max(len(line[i]) for line in cells) for i in range(len(_COLUMNS))]
    return "\n".join("  ".join([line[0].ljust(widths[0]), *map(str.rjust, line[1:], widths[1:])]) for line in cells)


def lines_of(figures: dict[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    """Every figure of a limit with the names that lead to it."""
    for key, value in figures.items():
        if isinstance(value, dict):
            yield from lines_of(value, f"{before}{key}.")
        else:
            yield f"{before}{key}", shown(value)


def shown(value: Any) -> str:
    """A figure as text."""
    if value is None:
        return "none seen"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(shown, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def write(found: dict[str, Any], path: Path = FIGURES) -> None:
    """Write the figures with what they depend on: versions and the processor's name."""
    names = ("numpy", "numba", "llvmlite", "scipy")
    about = {
        "processor": cpu(),
        "system": platform.system(),
        "versions": {"tumen": tumen.__version__, "python": platform.python_version()}
        | {name: version(name) for name in names},
    }
    path.write_text(json.dumps({"about": about, **found}, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
