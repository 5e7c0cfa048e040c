"""What the package says in errors."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def test_errors_of_the_package_name_no_option_of_the_command_line():
    """Python has no `--draw`: what raises outside `cli` names arguments, and `cli` turns them into options."""
    commands = re.compile(r"tumen [a-z]+[^\"']* --[a-z]")
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in sorted((ROOT / "src/tumen").rglob("*.py"))
        if "cli" not in path.parts
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if re.search(r"[\"' (]--[a-z]", line) and not commands.search(line) and "`tumen --help`" not in line
    ]
    assert found == []
