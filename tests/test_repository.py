"""The repository's own promises: checks that find what they look for, whole pins, the README's commands."""

import ast
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import packages_distributions, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import dev
from tools import architecture, doc_blocks, house, index_settings, registry_hosts, tree

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
INDEX = ".".join(("pypi", "org"))


def plant(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def run(*command: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


class TestRegistryHosts:
    def test_a_planted_host_is_found_with_its_line(self, tmp_path, capsys):
        plant(tmp_path, "clean.md", "a case of the court, see example.org\n")
        plant(tmp_path, "docs/bad.md", f"first\nfetch https://files.{INDEX}/simple\n")
        assert registry_hosts.main([str(tmp_path)]) == 1
        assert f"docs/bad.md:2: names files.{INDEX}" in capsys.readouterr().out

    def test_a_host_in_a_file_name_is_found(self, tmp_path):
        plant(tmp_path, f"{INDEX}.txt", "nothing\n")
        assert registry_hosts.main([str(tmp_path)]) == 1

    def test_a_clean_folder_passes(self, tmp_path):
        plant(tmp_path, "clean.md", "the index that pip is told to use; 127.0.0.1; tumen.cli; case.yaml\n")
        assert registry_hosts.main([str(tmp_path)]) == 0

    def test_hosts_and_folders_are_read_from_the_machines_settings(self):
        settings = "global.index-url='https://me:secret@Mirror.example.net:8443/simple'\nfind-links='/srv/wheels'\n"
        settings += "global.extra-index-url='file:///srv/index/simple http://localhost:3141/'\n"
        hosts, folders = registry_hosts.configured(settings)
        assert hosts == {"mirror.example.net"}
        assert folders == {"/srv/wheels", "/srv/index/simple"}

    @pytest.mark.parametrize(
        ("text", "count"),
        [("cd /job/tumen", 1), ("'/job'", 1), ("file:///job/x", 1), ("state/job/x", 0), ("/jobs", 0), ("/job.csv", 0)],
    )
    def test_folders_count_as_whole_names(self, text, count):
        assert len(registry_hosts.finds(text, set(), set(), {"/job"})) == count

    def test_shared_folders_are_nobodys(self, tmp_path):
        assert "/opt" not in registry_hosts.machine_folders(Path("/opt/tumen"))
        assert "/data/me" in registry_hosts.machine_folders(Path("/data/me/tumen"))


class TestHouse:
    @pytest.mark.parametrize(
        ("code", "message"),
        [
            ("try:\n    f()\nexcept ValueError:\n    pass\n", "4: an exception is caught"),
            ("try:\n    f()\nexcept Exception:\n    ...\n", "an exception is caught"),
            ("with contextlib.suppress(Exception):\n    f()\n", "every exception is dropped"),
            ("import os, " + "pickle\n", "runs code from data"),
            ("from " + "joblib import load\n", "runs code from data"),
            ("x = ev" + "al('1')\n", "runs text as code"),
            ("x = yaml." + "load(f)\n", "yaml.load builds any object"),
            ("x = np.load(f, allow_pickle=True)\n", "runs code from data"),
            ("# TO" + "DO: later\n", "a note to oneself"),
            ("def f():\n" + "    x = 1\n" * 60, "f has 61 lines"),
            ("x = 1\n" * 400, "400 lines"),
        ],
    )
    def test_a_planted_breach_is_found(self, tmp_path, capsys, code, message):
        plant(tmp_path, "planted.py", code)
        assert house.main([str(tmp_path)]) == 1
        shown = capsys.readouterr().out
        assert message.removeprefix("4: ") in shown
        assert shown.startswith("planted.py:")

    def test_a_vague_name_is_found(self, tmp_path):
        plant(tmp_path, "utils.py", "x = 1\n")
        assert house.main([str(tmp_path)]) == 1

    def test_a_note_in_a_document_is_found(self, tmp_path):
        plant(tmp_path, "docs/a.md", "FIX" + "ME\n")
        assert house.main([str(tmp_path)]) == 1

    def test_decent_code_passes(self, tmp_path):
        code = (
            "def f():\n    try:\n        return 1\n    except ValueError as error:\n        raise KeyError from error\n"
        )
        plant(tmp_path, "decent.py", code + "x = yaml.load\ny = np.load(g, allow_pickle=False)\n")
        assert house.main([str(tmp_path)]) == 0


class TestDocBlocks:
    def test_python_blocks_share_names_and_shell_blocks_run_between(self, tmp_path):
        text = (
            "# T\n```python\nx = 2\n```\n\n```sh\necho one > made\n```\n\n```python\nassert x == 2\nopen('made')\n```\n"
        )
        assert doc_blocks.run_document(plant(tmp_path, "a.md", text)) == (3, True)

    @pytest.mark.parametrize(
        ("block", "says"),
        [
            ("```python\n1 / 0\n```", 'a.md", line 4'),
            ("```sh\ntrue\nfalse\ntrue\n```", "line 4: the command failed"),
            ("```console\n$ false\nsome output\n```", "the command failed"),
        ],
    )
    def test_a_failing_block_is_found_with_its_line(self, tmp_path, capsys, block, says):
        assert doc_blocks.run_document(plant(tmp_path, "a.md", f"# T\n\n{block}\n")) == (1, False)
        assert says in capsys.readouterr().out

    def test_text_blocks_and_calls_of_dev_are_left_out(self, tmp_path):
        text = "```text\nrm everything\n```\n```sh\n# set up\npython3 dev.py test\n```\n```yaml\na: 1\n```\n"
        assert doc_blocks.run_document(plant(tmp_path, "a.md", text)) == (0, True)

    def test_a_block_inside_a_list_is_run(self, tmp_path):
        text = "- so:\n\n  ```python\n  if True:\n      raise SystemExit(3)\n  ```\n"
        assert doc_blocks.run_document(plant(tmp_path, "a.md", text)) == (1, False)


class TestCommands:
    def test_the_readme_states_the_two_commands_in_order(self):
        assert doc_blocks.readme_commands(ROOT)[:2] == ["python3 dev.py demo", "python3 dev.py test"]

    def test_ci_takes_them_from_the_readme(self):
        text = (ROOT / ".ci/run").read_text(encoding="utf-8")
        assert "doc_blocks --commands" in text
        assert "dev.py test" not in text
        assert "dev.py demo" not in text
        assert os.access(ROOT / ".ci/run", os.X_OK)
        assert run("bash", "-n", ".ci/run").returncode == 0

    def test_an_old_python_is_told_what_to_type(self):
        act = "import runpy, sys; sys.version_info = (3, 9, 1); sys.argv = ['dev.py', 'demo']; runpy.run_path('dev.py')"
        done = run(sys.executable, "-c", act)
        assert done.returncode == 1
        assert "too old" in done.stderr
        assert "is 3.9 - expected 3.11 or later - type: python3.11 dev.py demo" in done.stderr

    @pytest.mark.parametrize(
        "words", [[], ["dmeo"], ["demo", "x"], ["check", "spelling"], ["lock", "x"], ["setup", "x"]]
    )
    def test_a_wrong_command_line_is_refused(self, words, capsys):
        assert dev.main(words) == 2
        assert "usage: python3 dev.py demo" in capsys.readouterr().err

    def test_help_is_no_error(self, capsys):
        assert dev.main(["--help"]) == 0
        assert "usage: python3 dev.py demo" in capsys.readouterr().out

    def test_a_folder_that_is_no_environment_is_not_touched(self, tmp_path, monkeypatch, capsys):
        monkeypatch.setattr(dev, "VENV", tmp_path)
        monkeypatch.setattr(dev, "PYTHON", tmp_path / "bin" / "python")
        mine = plant(tmp_path, "letters.txt", "mine")
        assert dev.main(["setup"]) == 1
        assert "is no virtual environment" in capsys.readouterr().err
        assert mine.read_text(encoding="utf-8") == "mine"

    def test_a_set_up_environment_is_left_as_it_is(self, tmp_path, monkeypatch):
        for name, text in (("run.txt", "a"), ("dev.txt", "b"), ("pyvenv.cfg", "c"), ("pyproject.toml", "d")):
            plant(tmp_path, name, text)
        for name in ("ROOT", "VENV", "PINS"):
            monkeypatch.setattr(dev, name, tmp_path)
        monkeypatch.setattr(dev, "STAMP", tmp_path / "stamp")
        monkeypatch.setattr(dev, "make_venv", lambda: None)
        monkeypatch.setattr(dev, "pip_command", lambda: pytest.fail("it installed again"))
        dev.STAMP.write_text(dev.fingerprint("dev"), encoding="utf-8")
        dev.set_up("dev")
        dev.set_up("run")
        plant(tmp_path, "run.txt", "a2")
        with pytest.raises(pytest.fail.Exception, match="it installed again"):
            dev.set_up("run")


class TestIndexSettings:
    def test_pips_order_of_precedence_holds(self):
        listing = ":env:.index-url='https://c.example/'\nglobal.index-url='https://a.example/'\n"
        listing += "install.index-url='https://b.example/'\nglobal.cert='/etc/ca.pem'\ndownload.timeout='3'\n"
        assert index_settings.parse_pip_settings(listing) == {"index-url": "https://c.example/", "cert": "/etc/ca.pem"}

    def test_uv_is_told_the_same_in_its_own_terms(self):
        settings = {"extra-index-url": "https://a.example/\nhttps://b.example/", "find-links": "/x /y", "no-index": "1"}
        told = index_settings.uv_environment(settings, {})
        assert told.variables["UV_INDEX"] == "https://a.example/ https://b.example/"
        assert told.variables["UV_FIND_LINKS"] == "/x,/y"
        assert told.variables["UV_INDEX_STRATEGY"] == "unsafe-best-match"
        assert told.flags == ["--no-index"]

    @pytest.mark.parametrize("variable", ["UV_DEFAULT_INDEX", "UV_INDEX_URL"])
    def test_what_the_user_set_for_uv_wins(self, variable, monkeypatch):
        monkeypatch.setenv(variable, "https://mine.example/")
        told = index_settings.uv_environment({"index-url": "https://theirs.example/", "timeout": "9"}, os.environ)
        assert "UV_DEFAULT_INDEX" not in told.variables
        assert told.variables["UV_HTTP_TIMEOUT"] == "9"


def pins(name: str) -> dict[str, list[tuple[str, str]]]:
    """Package -> (version, text of its entry) of a requirements file; several versions where Pythons differ."""
    text = (ROOT / f"requirements/{name}.txt").read_text(encoding="utf-8")
    found: dict[str, list[tuple[str, str]]] = {}
    for entry in re.split(r"\n(?=\S)", "\n" + text):
        match = re.match(r"([A-Za-z0-9._-]+)==(\S+)", entry)
        if match:
            found.setdefault(canonicalize_name(match[1]), []).append((match[2], entry))
    return found


class TestPins:
    @pytest.mark.parametrize("name", ["run", "dev", "uv"])
    def test_every_package_has_hashes_and_no_address(self, name):
        text = (ROOT / f"requirements/{name}.txt").read_text(encoding="utf-8")
        assert "://" not in text
        assert "--index" not in text
        assert "--find-links" not in text
        entries = [entry for versions in pins(name).values() for _, entry in versions]
        assert entries
        assert all("--hash=sha256:" in entry for entry in entries)

    @pytest.mark.parametrize("name", ["run", "dev"])
    def test_what_the_project_asks_for_is_pinned(self, name):
        groups = PROJECT["dependency-groups"]
        wanted = PROJECT["project"]["dependencies"] + groups["build"] + (groups["dev"] if name == "dev" else [])
        held = pins(name)
        for requirement in map(Requirement, wanted):
            versions = held.get(canonicalize_name(requirement.name), [])
            assert versions, f"{requirement.name} is not in requirements/{name}.txt: type python3 dev.py lock"
            assert all(requirement.specifier.contains(number) for number, _ in versions), requirement

    def test_development_has_the_versions_of_the_run(self):
        run_pins, dev_pins = pins("run"), pins("dev")
        assert {name: [v for v, _ in held] for name, held in run_pins.items()} == {
            name: [v for v, _ in dev_pins.get(name, [])] for name in run_pins
        }

    def test_the_package_imports_only_what_it_declares(self):
        always = {canonicalize_name(Requirement(text).name) for text in PROJECT["project"]["dependencies"]}
        extras = PROJECT["project"]["optional-dependencies"]
        of_room = {
            room: always | {canonicalize_name(Requirement(text).name) for text in extras[name]}
            for room, name in {"case": "calibrate", "infer": "calibrate", "experiment": "experiment"}.items()
        }
        providers = packages_distributions()
        for path in (ROOT / "src/tumen").rglob("*.py"):
            declared = of_room.get(path.relative_to(ROOT / "src/tumen").parts[0], always)
            for module in sorted(imported(path) - set(sys.stdlib_module_names) - {"tumen"}):
                names = {canonicalize_name(name) for name in providers.get(module, [])}
                assert names & declared, (
                    f"{path.relative_to(ROOT)} imports {module}, which pyproject.toml does not declare"
                )


def imported(path: Path) -> set[str]:
    """First part of every absolute import in a file."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {name.name.split(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    return names


class TestPackage:
    def test_the_version_is_the_same_everywhere(self):
        stated = PROJECT["project"]["version"]
        source = (ROOT / "src/tumen/__init__.py").read_text(encoding="utf-8")
        assert f'__version__ = "{stated}"' in source
        assert version("tumen") == stated
        assert re.search(rf"^version: {re.escape(stated)}$", (ROOT / "CITATION.cff").read_text(encoding="utf-8"), re.M)
        assert f"\n## {stated}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")

    def test_the_wheel_holds_every_file_of_the_package(self, tmp_path):
        done = run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path))
        assert done.returncode == 0, done.stderr
        (wheel,) = tmp_path.glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            held = {name for name in archive.namelist() if ".dist-info/" not in name}
        package = ROOT / "src"
        expected = {path.relative_to(package).as_posix() for path in tree.files(ROOT) if path.is_relative_to(package)}
        assert held == expected


class TestImportContract:
    def contract(self, folder: Path, **modules: str) -> subprocess.CompletedProcess[str]:
        """Check the contracts of pyproject.toml on a package of given modules, in which every room is a package."""
        text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
        plant(folder, "pyproject.toml", text[text.index("[tool.importlinter]") :])
        for contract in PROJECT["tool"]["importlinter"]["contracts"]:
            for room in contract.get("ancestors", []):
                plant(folder, f"{room.replace('.', '/')}/__init__.py", "")
        plant(folder, "tumen/__init__.py", "")
        for name, code in modules.items():
            plant(
                folder, f"tumen/{name}/__init__.py" if (folder / "tumen" / name).is_dir() else f"tumen/{name}.py", code
            )
        return run(sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()", cwd=folder)

    def test_the_way_down_is_allowed(self, tmp_path):
        done = self.contract(tmp_path, cli="import tumen.engine, tumen.case", engine="import tumen.case", case="")
        assert done.returncode == 0, done.stdout

    @pytest.mark.parametrize(
        "modules",
        [
            {"cli": "", "case": "import tumen.cli"},
            {"engine": "import tumen.summary", "summary": ""},
            {"model": "def f():\n    import tumen.summary", "summary": ""},
            {"odds": "", "case": ""},
        ],
    )
    def test_the_way_up_and_a_room_without_a_place_are_refused(self, tmp_path, modules):
        done = self.contract(tmp_path, **modules)
        assert done.returncode == 1, done.stdout

    def test_a_circle_inside_a_room_is_refused(self, tmp_path):
        circle = {"case/one": "import tumen.case.two", "case/two": "def f():\n    import tumen.case.one"}
        assert self.contract(tmp_path / "straight", **{"case/one": circle["case/one"], "case/two": ""}).returncode == 0
        done = self.contract(tmp_path / "round", **circle)
        assert done.returncode == 1
        assert "No cycles are allowed in tumen.case" in done.stdout


#: Private terms that the field's words have replaced; each as a whole word, in its case.
PRIVATE = (
    "nought", "Lawbook", "Vocable", "Klass", "lane", "lanes", "Lane", "heir", "even draws", "ledger", "desk", "Stepped",
    "tally", "Findings", "kin_at", "Piece", "rows of people", "posterior_gallery", "worlds that never were",
    "tells no law", "shown by nothing", "it is no", "wanted noise", "Chance.", "trunk", "stretch", "unsound",
)  # fmt: skip
#: Ordinary English with one of these words, by exact phrase.
ORDINARY = ('"--unsound"',)


class TestWords:
    """Decisions are history and keep their words; data of a case cite their sources."""

    def found(self, root: Path) -> list[str]:
        """Every private term as file:line: term."""
        pattern = re.compile("|".join(rf"(?<![\w-]){re.escape(term)}(?!\w)" for term in PRIVATE))
        places = [*(root / "src/tumen").rglob("*.py"), *(root / "docs").glob("*.md"), root / "README.md"]
        found = []
        for path in places:
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
                for phrase in ORDINARY:
                    line = line.replace(phrase, "")
                found += [f"{path.relative_to(root)}:{number}: {match[0]}" for match in pattern.finditer(line)]
        return found

    def test_no_private_term_is_left(self):
        assert self.found(ROOT) == []

    def test_a_planted_term_is_found(self, tmp_path):
        plant(tmp_path, "README.md", "the lanes of a figure\n")
        plant(tmp_path, "src/tumen/a.py", '"""Planes, and zero."""\nx = "nought"\n')
        assert self.found(tmp_path) == ["src/tumen/a.py:2: nought", "README.md:1: lanes"]


class TestArchitecture:
    def test_the_diagram_is_what_the_script_makes_of_the_imports(self):
        assert architecture.FIGURE.read_text(encoding="utf-8") == architecture.svg(), "python -m tools.architecture"

    def test_every_room_is_drawn_and_described(self):
        assert set(architecture.rooms()) <= set(architecture.ABOUT)
        assert architecture.imports()["perform"] >= {"infer", "simulate", "case"}

    def test_arrows_that_follow_from_others_are_left_out(self):
        assert architecture.reduced({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == {"a": {"b"}, "b": {"c"}, "c": set()}

    def test_files_named_in_the_document_exist(self):
        text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
        named = re.findall(r"`((?:[a-z_]+/)+[a-z_]+\.(?:py|yaml))`", text)
        assert len(named) > 20
        assert all((ROOT / "src/tumen" / name).is_file() for name in named)
