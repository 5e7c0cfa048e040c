"""No file names a package registry, an index that this machine is configured to use, or a folder of this machine.

usage: python -m tools.registry_hosts [FOLDER]      prints file:line of every find; exit code 1 where there is one

Those who install take packages from wherever their own machine is told to; an address in the repository would lead
past that. So that this file passes its own check, the usual registries are written in parts; the hosts and folders of
the machine at hand are read from its settings for pip, uv, npm and apt when the check runs.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from tools.tree import ROOT, files

#: Registries of packages, without the last label: any host at or below `LABEL.ENDING` counts.
_USUAL = {
    "org": ("pypi", "pythonhosted", "npmjs", "anaconda", "debian", "rubygems", "golang", "maven", "pytorch"),
    "com": ("npmjs", "yarnpkg", "ubuntu"),
    "io": ("crates",),
}
_HOST = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+", re.IGNORECASE)
_ADDRESS = re.compile(r"[a-z+]+://[^\s'\"<>\]]+", re.IGNORECASE)
_LOCAL = {"localhost", "127.0.0.1", "0.0.0.0"}
_EVERYBODYS = {Path("/"), Path("/home"), Path("/opt"), Path("/usr"), Path("/srv"), Path("/mnt"), Path("/var/tmp")}


def usual_registries() -> set[str]:
    """The domains of the usual registries."""
    return {f"{label}.{ending}" for ending, labels in _USUAL.items() for label in labels}


def machine_settings() -> str:
    """All text in which this machine's settings may name an index; what cannot be asked is not there to be named."""
    texts = [value for name, value in os.environ.items() if name.upper().startswith(("PIP_", "UV_", "NPM_CONFIG_"))]
    for command in ([sys.executable, "-m", "pip", "config", "list"], ["npm", "config", "get", "registry"]):
        program = shutil.which(command[0])
        if program:
            asked = subprocess.run([program, *command[1:]], capture_output=True, text=True, check=False)
            texts.append(asked.stdout)
    sources = [Path("/etc/apt/sources.list"), *Path("/etc/apt/sources.list.d").glob("*"), Path.home() / ".npmrc"]
    texts += [path.read_text(errors="replace") for path in sources if path.is_file() and os.access(path, os.R_OK)]
    return "\n".join(texts)


def configured(settings: str) -> tuple[set[str], set[str]]:
    """Hosts and folders that such settings point to."""
    hosts, folders = set(), set()
    for address in _ADDRESS.findall(settings):
        parts = urlsplit(address)
        if parts.scheme == "file":
            folders.add(parts.path.rstrip("/"))
        elif parts.hostname:
            hosts.add(parts.hostname.lower())
    for value in re.findall(r"find[-_]links\s*=\s*'?(/[^\s']+)", settings):
        folders.add(value.rstrip("/"))
    return hosts - _LOCAL, folders


def machine_folders(root: Path) -> set[str]:
    """Folders that exist on this machine only: the home folder and the one in which the checkout lies."""
    common = _EVERYBODYS | {Path(tempfile.gettempdir())}
    return {str(path) for path in (Path.home(), root.parent) if path not in common}


def finds(text: str, domains: set[str], hosts: set[str], folders: set[str]) -> list[tuple[int, str]]:
    """(line, what) for every forbidden host or folder in a text."""
    found = []
    at = re.compile(r"(?<![\w.~-])(?:" + "|".join(map(re.escape, sorted(folders))) + r")(?![\w.-])")
    for number, line in enumerate(text.splitlines(), start=1):
        for host in _HOST.findall(line):
            name = host.lower()
            if name in hosts or any(f".{domain}." in f".{name}." for domain in domains):
                found.append((number, host))
        if folders:
            found += [(number, match.group()) for match in at.finditer(line)]
    return found


def main(arguments: list[str]) -> int:
    """Look through every file, and every file's name, and print what was found."""
    root = Path(arguments[0]).resolve() if arguments else ROOT
    hosts, folders = configured(machine_settings())
    folders |= machine_folders(root)
    looked, count = files(root), 0
    for path in looked:
        name = path.relative_to(root).as_posix()
        content = os.fsencode(path.readlink()) if path.is_symlink() else path.read_bytes()
        text = name + "\n" + content.decode("utf-8", errors="replace")
        for line, what in finds(text, usual_registries(), hosts, folders):
            print(f"{name}:{max(line - 1, 1)}: names {what}, a package registry or a folder of this machine only")
            count += 1
    print(f"hosts: {len(looked)} files, {count} finds")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
