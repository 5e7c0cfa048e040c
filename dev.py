"""Set up, run, test and check tumen: needs Python 3.11 or later with pip, and nothing installed.

usage: python3 dev.py demo              set up, run the main job (results/north_korea)
       python3 dev.py test [ARGS...]    set up, then run the tests; ARGS go to pytest
       python3 dev.py check [STEP...]   lint, format, types, imports, house, hosts, docs: all, or those named
       python3 dev.py setup             only set up .venv for development
       python3 dev.py lock [--upgrade]  write requirements/*.txt anew from pyproject.toml

Set up means: .venv is made beside this file, uv put into it, and the hash-pinned packages of requirements/ and tumen
itself installed. It is done once and again whenever the pins or pyproject.toml change. The package index is the one
that pip is configured to use. Exit codes: 0 done, 1 something failed, 2 wrong usage, 130 interrupted.
"""

import hashlib
import importlib.util
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

if sys.version_info < (3, 11):  # before anything that an older Python could stumble over
    sys.exit(
        f"dev.py: this Python is too old - {sys.executable} is {sys.version_info[0]}.{sys.version_info[1]} - "
        f"expected 3.11 or later - type: python3.11 dev.py {' '.join(sys.argv[1:])}"
    )

from tools.index_settings import read_pip_settings, uv_environment

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
PINS = ROOT / "requirements"
STAMP = VENV / "tumen-setup"
#: What each check runs, inside .venv and at the top of the repository.
CHECKS: dict[str, tuple[str, ...]] = {
    "lint": ("ruff", "check"),
    "format": ("ruff", "format", "--check"),
    "types": ("mypy",),
    "imports": ("lint-imports", "--no-logo"),
    "house": ("python", "-m", "tools.house"),
    "hosts": ("python", "-m", "tools.registry_hosts"),
    "docs": ("python", "-m", "tools.doc_blocks"),
}


class SetupError(Exception):
    """The machine lacks something that the set-up needs; the message says what, and what to type."""


def say(text: str) -> None:
    """Tell what is being done, in order with what the commands themselves print."""
    print(f"dev.py: {text}", flush=True)


def run(command: list[str], env: dict[str, str]) -> int:
    """Run a command at the top of the repository and return its exit code; 128 + n if signal n ended it."""
    code = subprocess.run(command, cwd=ROOT, env=env, check=False).returncode
    return code if code >= 0 else 128 - code


def answers(command: list[str]) -> bool:
    """Whether a command can be started and exits with 0; what it prints is dropped."""
    try:
        return subprocess.run(command, capture_output=True, check=False, timeout=60).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def clean_environment() -> dict[str, str]:
    """The environment without what would lead Python or pip past .venv, and with uv kept to the Python at hand."""
    env = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
    return env | {"UV_PYTHON_DOWNLOADS": "never", "PIP_USER": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


# --- set-up -----------------------------------------------------------------------------------------------------------


def make_venv() -> None:
    """Make .venv unless it is there and its Python runs; without ensurepip (Debian splits it off) it has no pip."""
    if answers([str(PYTHON), "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]):
        return
    if VENV.exists() and any(VENV.iterdir()) and not (VENV / "pyvenv.cfg").exists():
        raise SetupError(f"{VENV} is no virtual environment - expected one, or nothing there - move it away")
    if importlib.util.find_spec("venv") is None:
        raise SetupError("this Python has no venv module - install it (Debian, Ubuntu: apt-get install python3-venv)")
    say(f"making .venv with Python {sys.version.split()[0]}")
    pipless = [] if importlib.util.find_spec("ensurepip") else ["--without-pip"]
    if run([sys.executable, "-m", "venv", "--clear", *pipless, str(VENV)], clean_environment()):
        raise SetupError(f"{VENV} could not be made - Python's own message is above - repair that, then type it again")


def pip_command() -> list[str]:
    """The pip that installs into .venv: its own, else that of the Python which runs this file."""
    if answers([str(PYTHON), "-m", "pip", "--version"]):
        return [str(PYTHON), "-m", "pip"]
    outer = [sys.executable, "-m", "pip", "--python", str(PYTHON)]
    if answers([*outer, "--version"]):
        return outer
    raise SetupError(
        "neither .venv nor this Python has pip 22.3 or later - install it "
        "(Debian, Ubuntu: apt-get install python3-pip python3-venv), then type it again"
    )


def uv_command(pip: list[str]) -> list[str]:
    """The pinned uv in .venv, installed if need be; an empty list where there is none for this machine."""
    pin = (PINS / "uv.txt").read_text(encoding="utf-8")
    uv = BIN / ("uv.exe" if os.name == "nt" else "uv")
    if uv.exists():
        shown = subprocess.run([str(uv), "--version"], capture_output=True, text=True, check=False).stdout.split()
        if len(shown) > 1 and f"uv=={shown[1]} " in pin:
            return [str(uv)]
    say("installing uv into .venv")
    wanted = ["--require-hashes", "--only-binary", ":all:", "-r", str(PINS / "uv.txt")]
    if run([*pip, "install", "--quiet", "--retries", "2", *wanted], clean_environment()):
        say("no uv to be had: pip goes on alone, which takes longer")
        return []
    return [str(uv)]


def install(pins: Path, pip: list[str], uv: list[str]) -> None:
    """Install pinned packages, then tumen itself from this folder; with uv, and with pip where uv fails."""
    locked = ["--require-hashes", "-r", str(pins)]
    itself = ["--no-deps", "--no-build-isolation", "--editable", str(ROOT)]  # its build tool is among the pins
    if uv:
        settings = uv_environment(read_pip_settings(pip), os.environ)
        # Compiled once here, as pip does: where Python may not write bytecode, each start would compile 1,700 modules.
        base = [*uv, "pip", "install", "--compile-bytecode", "--python", str(PYTHON), *settings.flags]
        env = clean_environment() | settings.variables
        if run([*base, *locked], env) == 0 and run([*base, *itself], env) == 0:
            return
        say("uv could not install the packages: trying with pip")
    base, env = [*pip, "install", "--retries", "2"], clean_environment()
    if run([*base, *locked], env) or run([*base, *itself], env):
        raise SetupError(
            f"the packages of {pins.relative_to(ROOT)} could not be installed - pip's message is above - expected a "
            "package index that can be reached - check the network, or set PIP_INDEX_URL to your own index"
        )


def fingerprint(lock: str) -> str:
    """What an installation depends on, as one hash: the pins, pyproject.toml, the Python in .venv and this folder."""
    names = ["run", "dev"] if lock == "dev" else ["run"]
    parts = [*(PINS / f"{name}.txt" for name in names), ROOT / "pyproject.toml", VENV / "pyvenv.cfg"]
    digest = hashlib.sha256(str(ROOT).encode())
    for part in parts:
        digest.update(part.read_bytes())
    return f"{lock} {digest.hexdigest()}"


def set_up(lock: str) -> None:
    """Have .venv hold what a lock (run or dev; dev includes run) names, doing nothing where it does already."""
    make_venv()
    stamp = STAMP.read_text(encoding="utf-8") if STAMP.exists() else ""
    if stamp in (fingerprint("dev"), fingerprint(lock)):
        return
    started = time.perf_counter()
    pip = pip_command()
    uv = uv_command(pip)
    say(f"installing requirements/{lock}.txt and tumen into .venv")
    STAMP.unlink(missing_ok=True)
    install(PINS / f"{lock}.txt", pip, uv)
    run([str(PYTHON), "-m", "compileall", "-q", str(ROOT / "src")], clean_environment())
    STAMP.write_text(fingerprint(lock), encoding="utf-8")
    say(f"set up in {time.perf_counter() - started:.1f} s")


# --- the verbs --------------------------------------------------------------------------------------------------------


def in_venv(*command: str) -> int:
    """Say and run one command of .venv, with .venv's programs found first, and return its exit code."""
    say("$ " + " ".join(command))
    env = clean_environment() | {"VIRTUAL_ENV": str(VENV)}
    env["PATH"] = f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"
    env.setdefault("OMP_NUM_THREADS", "1")  # work is spread over processes and blocks, not inside linear algebra
    head = str(PYTHON) if command[0] == "python" else str(BIN / command[0])
    return run([head, *command[1:]], env)


def demo(arguments: list[str]) -> int:
    """Set up and run the main job, which shows its table and draws its figures."""
    if arguments:
        return usage("demo takes no arguments")
    set_up("run")
    # Until a reference posterior travels with the case: at the priors' centres the network would grow without end.
    return in_venv("tumen", "run", "north_korea", "-o", "results/north_korea")


def test(arguments: list[str]) -> int:
    """Set up and run the tests, two at a time unless the arguments say otherwise."""
    set_up("dev")
    with tempfile.TemporaryDirectory() as folder:  # compiles the kernels once, before several processes need them
        tiny = ("--people", "2000", "-q", "--no-figures", "-o", str(Path(folder) / "warm"))
        if in_venv("tumen", "run", "toyland", *tiny):
            say("the warming run failed: the tests will say why")
    chosen = any(a.startswith(("-n", "--numprocesses", "--pdb")) or a == "no:xdist" for a in arguments)
    spread = [] if chosen else ["-n", "2", "--dist", "worksteal"]
    return in_venv("python", "-m", "pytest", *spread, *arguments)


def check(arguments: list[str]) -> int:
    """Run every check (or those named) to its end, and list what each said and took."""
    unknown = [name for name in arguments if name not in CHECKS]
    if unknown:
        return usage(f"no check is called {unknown[0]!r} - expected one of {', '.join(CHECKS)}")
    set_up("dev")
    rows, failed = [], 0
    for name in arguments or CHECKS:
        started = time.perf_counter()
        code = in_venv(*CHECKS[name])
        failed += code != 0
        rows.append(f"{'failed' if code else 'passed':8}{name:10}{time.perf_counter() - started:6.1f} s")
    for row in rows:
        say(row)
    return 1 if failed else 0


def setup(arguments: list[str]) -> int:
    """Set up .venv for development."""
    if arguments:
        return usage("setup takes no arguments")
    set_up("dev")
    say(f"ready: {BIN / 'tumen'}")
    return 0


def lock(arguments: list[str]) -> int:
    """Write the pins anew from pyproject.toml: every file of every package by hash, for all systems, no addresses."""
    if arguments not in ([], ["--upgrade"]):
        return usage("lock takes --upgrade or nothing")
    make_venv()
    pip = pip_command()
    uv = uv_command(pip)
    if not uv:
        raise SetupError("pins are made by uv - it could not be installed - see pip's message above")
    settings = uv_environment(read_pip_settings(pip), os.environ)
    form = ["--universal", "--python-version", "3.11", "--generate-hashes", "--no-annotate", "--no-emit-index-url"]
    form += ["--custom-compile-command", "python3 dev.py lock", "--quiet", *settings.flags, *arguments]
    project = ["pyproject.toml", "--group", "build"]  # what the main job needs; the extras are for tests and for users
    dev = [*project, "--all-extras", "--group", "dev", "-c", str(PINS / "run.txt")]  # the run-time pins' versions
    jobs = {"uv": ["requirements/uv.in"], "run": project, "dev": dev}
    for name, sources in jobs.items():
        say(f"writing requirements/{name}.txt")
        command = [*uv, "pip", "compile", *form, *sources, "-o", str(PINS / f"{name}.txt")]
        if run(command, clean_environment() | settings.variables):
            return 1
    return 0


def usage(problem: str) -> int:
    """Say what was wrong with the command line, and what is right."""
    print(f"dev.py: {problem}\n\n{__doc__}", file=sys.stderr)
    return 2


def main(arguments: list[str]) -> int:
    """Do what the command line says and return the exit code."""
    verbs = {"demo": demo, "test": test, "check": check, "setup": setup, "lock": lock}
    if arguments and arguments[0] in ("-h", "--help", "help"):
        print(__doc__)
        return 0
    if not arguments or arguments[0] not in verbs:
        return usage(f"no such command: {arguments[0]!r}" if arguments else "no command given")
    try:
        return verbs[arguments[0]](arguments[1:])
    except SetupError as error:
        print(f"dev.py: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
