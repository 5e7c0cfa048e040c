"""The files of the repository that the checks look at: what git tracks or would track."""

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
#: Left out where there is no git to ask: what .gitignore names.
_MADE = {".git", ".venv", "results", "build", "dist", "node_modules", "__pycache__"}


def files(root: Path) -> list[Path]:
    """Every file under root that is tracked by git or not ignored by it, sorted; without git, every file not made."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, cwd=root, capture_output=True, check=True).stdout
        names = {os.fsdecode(name) for name in listed.split(b"\0") if name}
        found = [root / name for name in names]
    except (OSError, subprocess.CalledProcessError):
        found = [path for path in root.rglob("*") if not _made(path.relative_to(root))]
    return sorted(path for path in found if path.is_file() or path.is_symlink())


def _made(path: Path) -> bool:
    return any(part in _MADE or part.endswith(("_cache", ".egg-info")) for part in path.parts)
