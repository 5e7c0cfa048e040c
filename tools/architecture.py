"""Draw the rooms of the package and the imports between them, from the code's own imports.

usage: python -m tools.architecture        writes docs/figures/architecture.svg

An arrow goes from a room to each room that it imports when it runs; imports for annotations alone are left out, and so
are arrows that follow from others (a room that is reached over a third one). The order is that of the import contract.
"""

import ast
import sys
import tomllib
from pathlib import Path

from tools.tree import ROOT

PACKAGE, FIGURE = ROOT / "src/tumen", ROOT / "docs/figures/architecture.svg"
#: What each room is for, in a line.
ABOUT = {
    "cli": "parse, call, print",
    "plots": "figures",
    "summary": "a result in numbers, tables and sentences",
    "experiment": "many runs: factorials, forecasts, sensitivity",
    "api": "the Python face of runs and estimates",
    "perform": "the options of a run; parameters and draws chosen",
    "infer": "from counts to a best fit and a posterior",
    "simulate": "from a world and a theory to a result",
    "engine": "people through states, month by month",
    "model": "law and parameters become monthly tables",
    "result": "labelled flows, their record and files",
    "case": "what is known of a country, dated and cited",
    "errors": "an error of four parts",
}
_WIDTH, _HEIGHT, _STEP, _LEFT, _TRACK = 430, 34, 56, 20, 16


def rooms() -> list[str]:
    """The rooms that exist, from the uppermost layer of the contract down."""
    contract = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    layers = [name.strip(" ()") for layer in contract["contracts"][0]["layers"] for name in layer.split(":")]
    return [name for name in layers if (PACKAGE / name).is_dir() or (PACKAGE / f"{name}.py").is_file()]


def imported(path: Path) -> set[str]:
    """The modules of the package that a file imports when it runs."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    annotations = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }
    found: set[str] = set()
    for node in ast.walk(tree):
        if id(node) in annotations:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return {name for name in found if name.startswith("tumen.")}


def imports() -> dict[str, set[str]]:
    """The rooms that each room imports, downwards."""
    order = rooms()
    found: dict[str, set[str]] = {}
    for place, room in enumerate(order):
        folder = PACKAGE / room
        files = sorted(folder.rglob("*.py")) if folder.is_dir() else [folder.with_suffix(".py")]
        reached = {name.split(".")[1] for path in files for name in imported(path)}
        found[room] = reached & set(order[place + 1 :])
    return found


def reduced(edges: dict[str, set[str]]) -> dict[str, set[str]]:
    """The arrows that do not follow from others."""

    def below(room: str) -> set[str]:
        return edges[room].union(*(below(other) for other in edges[room]))

    return {room: {one for one in to if not any(one in below(other) for other in to)} for room, to in edges.items()}


def svg() -> str:
    """The diagram: rooms as boxes from top to bottom, arrows to the right of them where they skip a room."""
    order, edges = rooms(), reduced(imports())
    place = {room: 20 + i * _STEP for i, room in enumerate(order)}
    shapes, tracks = list[str](), 0
    for room in order:
        for other in sorted(edges[room], key=order.index):
            begin, end = place[room] + _HEIGHT, place[other]
            if order.index(other) == order.index(room) + 1:
                path = f"M{_LEFT + _WIDTH / 2:g} {begin} V{end}"
            else:
                tracks += 1
                right = _LEFT + _WIDTH + _TRACK * tracks
                path = f"M{_LEFT + _WIDTH} {begin - 12} H{right} V{end + 14} H{_LEFT + _WIDTH}"
            shapes.append(f'<path d="{path}" fill="none" stroke="#595959" stroke-width="1.4" marker-end="url(#tip)"/>')
    for room in order:
        top = place[room]
        shapes.append(
            f'<rect x="{_LEFT}" y="{top}" width="{_WIDTH}" height="{_HEIGHT}" rx="4" fill="#ffffff" stroke="#1c1c1c"/>'
        )
        shapes.append(
            f'<text x="{_LEFT + 10}" y="{top + 22}"><tspan font-weight="bold">{room}</tspan>'
            f'<tspan x="{_LEFT + 108}" fill="#595959">{ABOUT.get(room, "")}</tspan></text>'
        )
    width, height = _LEFT + _WIDTH + _TRACK * (tracks + 1) + 8, place[order[-1]] + _HEIGHT + 20
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'font-family="Liberation Sans, Arial, Helvetica, sans-serif" font-size="13" fill="#1c1c1c">\n'
        "<title>Rooms of the package and the imports between them</title>\n"
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0 L8 4 L0 8 z" fill="#595959"/></marker></defs>\n'
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>\n'
    )
    return head + "\n".join(shapes) + "\n</svg>\n"


def main() -> int:
    """Write the diagram."""
    FIGURE.write_text(svg(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
