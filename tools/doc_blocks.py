"""Run every code block and command line of the documents, so that none of them can go stale.

usage: python -m tools.doc_blocks [FILE.md...]      run the blocks; exit code 1 where one fails
       python -m tools.doc_blocks --commands        print the README's commands (its `sh` blocks), one block a line

One Python process a file, in an empty scratch folder: ```python blocks share their names from block to block;
```sh and ```bash blocks run as they stand, and of ```console blocks the lines behind `$ `, in bash, stopping at the
first failure. Other blocks (```text, ```yaml ...) are not run. Lines that call dev.py are left out: CI runs those of
the README itself, and a check that started the checks would not end.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap
import time
from dataclasses import dataclass
from pathlib import Path

from tools.tree import ROOT, files

_FENCE = re.compile(r"^(?P<indent> *)(?P<mark>`{3,}|~{3,})(?P<info>[^`]*)$")
_SHELL = ("sh", "bash")
_LIMIT = 600  # seconds for one file
#: First line of every generated script; the documents' own lines keep their numbers because no block starts there.
_PRELUDE = (
    "import subprocess as _p; _sh = lambda line, text: _p.run(['bash', '-euo', 'pipefail', '-c', text]).returncode "
    "and exit(f'line {line}: the command failed: {text}')"
)


@dataclass(frozen=True)
class Block:
    """A fenced block: language word, number of its first line within the file, text without the fences' indent."""

    language: str
    line: int
    text: str


def blocks(document: str) -> list[Block]:
    """All fenced blocks of a Markdown text, in order; one that is never closed runs to the end."""
    found: list[Block] = []
    mark, language, start, body = "", "", 0, [""]
    for number, line in enumerate(document.splitlines(), start=1):
        fence = _FENCE.match(line)
        if not mark and fence:
            mark, start, body = fence["mark"], number + 1, []
            language = (fence["info"].split() or [""])[0].lower()
        elif mark and fence and fence["mark"].startswith(mark) and not fence["info"].strip():
            found.append(Block(language, start, textwrap.dedent("\n".join(body))))
            mark = ""
        elif mark:
            body.append(line)
    return found + ([Block(language, start, textwrap.dedent("\n".join(body)))] if mark else [])


def shell_text(block: Block) -> str:
    """The commands of a shell block that are to be run; empty where there are none."""
    lines = block.text.splitlines()
    if block.language == "console":
        lines = [line[2:] for line in lines if line.startswith("$ ")]
    kept = [line for line in lines if not re.match(r"\s*(git clone |cd tumen$|python3? dev\.py)", line)]
    return "\n".join(kept) if any(line.strip() and not line.lstrip().startswith("#") for line in kept) else ""


def script(document: str) -> tuple[str, int]:
    """One Python script that runs a document's blocks on the lines where they stand, and how many there are."""
    lines, count = [""] * (len(document.splitlines()) + 2), 0
    lines[0] = _PRELUDE
    for block in blocks(document):
        if block.language == "python":
            lines[block.line - 1 : block.line - 1 + len(block.text.splitlines())] = block.text.splitlines()
            count += 1
        elif block.language in (*_SHELL, "console") and shell_text(block):
            call = f"_sh({block.line}, {shell_text(block)!r})"
            if block.line - 2:
                lines[block.line - 2] = call  # the fence's own line is free
            else:
                lines[0] += f"; {call}"
            count += 1
    return "\n".join(lines) + "\n", count


def run_document(path: Path) -> tuple[int, bool]:
    """Run one document's blocks; how many there are, and whether all went well. Prints what failing ones say."""
    text, count = script(path.read_text(encoding="utf-8"))
    if not count:
        return 0, True
    programs = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as beside:
        program = Path(beside) / path.name  # under the document's name, for the traceback
        program.write_text(text, encoding="utf-8")
        command = [sys.executable, str(program)]
        env = os.environ | {"PATH": programs}
        try:
            done = subprocess.run(
                command, cwd=folder, env=env, input="", capture_output=True, text=True, timeout=_LIMIT
            )
        except subprocess.TimeoutExpired:
            print(f"stopped after {_LIMIT} s")
            return count, False
    if done.returncode:
        print(done.stdout[-4000:], done.stderr[-4000:], sep="\n")
    return count, done.returncode == 0


def readme_commands(root: Path) -> list[str]:
    """The README's `sh` blocks as commands: first what shows the main job, second what runs the tests."""
    document = (root / "README.md").read_text(encoding="utf-8")
    told = [block.text.splitlines() for block in blocks(document) if block.language in _SHELL]
    return [" && ".join(line for line in lines if line.strip() and not line.startswith("#")) for lines in told]


def main(arguments: list[str]) -> int:
    """Run the named documents' blocks, or those of README, CONTRIBUTING and docs."""
    if arguments == ["--commands"]:
        print("\n".join(readme_commands(ROOT)))
        return 0
    if not shutil.which("bash"):
        print("docs: bash is not on the PATH - expected it for the sh blocks - install it")
        return 1
    told = [path for path in files(ROOT) if path.suffix == ".md" and _is_read(path)]
    failed = 0
    for path in [Path(name) for name in arguments] or told:
        started = time.perf_counter()
        count, well = run_document(path)
        failed += not well
        if count:
            outcome = "passed" if well else "FAILED"
            print(f"docs: {outcome} {path}: {count} blocks, {time.perf_counter() - started:.1f} s")
    return 1 if failed else 0


def _is_read(path: Path) -> bool:
    parts = path.relative_to(ROOT).parts
    return parts[0] == "docs" or parts in (("README.md",), ("CONTRIBUTING.md",))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
