"""The rules of the house that no linter knows: short files and functions, no swallowed errors, no code from data.

usage: python -m tools.house [FOLDER]      prints file:line of every breach; exit code 1 where there is one
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from tools.tree import ROOT, files

MAX_FILE = 400
MAX_FUNCTION = 60
#: Notes to oneself, written in parts because this file is read by its own check.
_NOTES = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|X" + r"XX)\b")
_WRITTEN = {".py", ".md", ".toml", ".yaml", ".yml", ".sh", ".csv", ".bib", ".cff", ".ts", ".css", ".html"}
_VAGUE = {"utils", "util", "helpers", "helper", "common", "misc", "manager"}
#: Modules that run what a file says.
_RUNS_DATA = {"pickle", "cPickle", "dill", "cloudpickle", "shelve", "marshal", "joblib"}
_RUNS_TEXT = {"eval", "exec"}

Breach = tuple[int, str]


def breaches_of_text(text: str) -> Iterator[Breach]:
    """Notes to oneself, in any file that people write."""
    for number, line in enumerate(text.splitlines(), start=1):
        if _NOTES.search(line):
            yield number, "a note to oneself - do it, or write an issue"


def breaches_of_python(path: Path, text: str) -> Iterator[Breach]:
    """Length, vague names, and what the syntax tree shows."""
    lines = len(text.splitlines())
    if lines >= MAX_FILE:
        yield lines, f"{lines} lines - expected fewer than {MAX_FILE}: give a part of it a file and a name"
    if path.stem in _VAGUE:
        yield 1, f"a module called {path.stem} - name it by what it holds"
    for node in ast.walk(ast.parse(text, filename=str(path))):
        message = breach_of_node(node)
        if message:
            yield getattr(node, "lineno", 1), message


def breach_of_node(node: ast.AST) -> str | None:
    """What is wrong with one node of the syntax tree, if anything is."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        length = (node.end_lineno or node.lineno) - node.lineno + 1
        too_long = length >= MAX_FUNCTION
        return f"{node.name} has {length} lines - expected fewer than {MAX_FUNCTION}" if too_long else None
    if isinstance(node, ast.ExceptHandler) and all(_does_nothing(statement) for statement in node.body):
        return "an exception is caught and dropped - handle it, or let it pass on"
    if isinstance(node, ast.Import | ast.ImportFrom):
        modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else [name.name for name in node.names]
        unsafe = [module for module in modules if module.split(".")[0] in _RUNS_DATA]
        return f"{unsafe[0]} runs code from data - write JSON, CSV, netCDF or Parquet" if unsafe else None
    return breach_of_call(node) if isinstance(node, ast.Call) else None


def breach_of_call(call: ast.Call) -> str | None:
    """Calls that run text or data as code."""
    called = ast.unparse(call.func)
    if called in _RUNS_TEXT:
        return f"{called}() runs text as code"
    if called.endswith("suppress") and any(ast.unparse(a) in ("Exception", "BaseException") for a in call.args):
        return "every exception is dropped - name the one that is expected"
    if called == "yaml.load":
        return "yaml.load builds any object - read YAML through tumen.case"
    if any(word.arg == "allow_pickle" and _is_true(word.value) for word in call.keywords):
        return "allow_pickle=True runs code from data"
    return None


def _does_nothing(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Pass) or (
        isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    )


def _is_true(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is True


def main(arguments: list[str]) -> int:
    """Look through every file that people write and print the breaches."""
    root = Path(arguments[0]).resolve() if arguments else ROOT
    looked = [path for path in files(root) if path.suffix in _WRITTEN and not path.is_symlink()]
    count = 0
    for path in looked:
        text = path.read_text(encoding="utf-8", errors="replace")
        found = list(breaches_of_text(text))
        if path.suffix == ".py":
            found += breaches_of_python(path, text)
        for line, message in sorted(found):
            print(f"{path.relative_to(root).as_posix()}:{line}: {message}")
        count += len(found)
    print(f"house: {len(looked)} files, {count} breaches")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
