"""What a function computes has a name of its own: any change of it, or of what it reads, is another; doubt is said."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from numba import cloudpickle

from tumen.case import CaseError
from tumen.infer.identity import UnknownContentError, digest, refuse_changed

PLAIN = """
import numpy as np
from numba import njit

RATE = 2.0

def helper(x):
    return x * RATE

@njit
def hazard(x):
    return helper_compiled(x) + np.log(x)

@njit
def helper_compiled(x):
    return x * RATE

def rows(x, least=1):
    return [helper(one) for one in x if one > least]
"""


def defined(text: str, name: str) -> Callable[..., Any]:
    """A function of a module that no other process can import, as one of a notebook."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "notebook.py"
        path.write_text(text, encoding="utf-8")
        spec = spec_from_file_location("notebook", path)
        assert spec is not None and spec.loader is not None
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
    found: Callable[..., Any] = getattr(module, name)
    return found


@pytest.mark.parametrize("name", ["hazard", "rows"])
@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("RATE = 2.0", "RATE = 2.5", False),
        ("return x * RATE", "return x / RATE", False),
        ("np.log(x)", "np.exp(x)", None),
        ("least=1", "least=2", None),
        ("RATE = 2.0", "RATE = 2.0  # why", True),
        ("RATE = 2.0", "RATE = 2.0\nOTHER = 1", True),
    ],
    ids=["a global", "a function called", "a ufunc", "a default", "a comment", "what is not read"],
)
def test_a_change_of_what_is_computed_is_another_name(name: str, old: str, new: str, same: bool | None) -> None:
    before, after = digest(defined(PLAIN, name)), digest(defined(PLAIN.replace(old, new), name))
    if same is None:
        same = (name == "rows") == ("np" in old)  # the change is in the other function
    assert (before == after) == same


def test_closures_are_read() -> None:
    def made(rate: float) -> Callable[[float], float]:
        return lambda x: x * rate

    assert digest(made(1.0)) == digest(made(1.0)) != digest(made(2.0))


@pytest.mark.parametrize(
    "body",
    ["open('x').read()", "np.load('x')", "np.random.random()", "os.environ['x']", "path.read_text()", "unheard_of"],
)
def test_what_may_read_from_outside_has_no_name(body: str) -> None:
    text = f"import os\nimport numpy as np\npath = None\ndef rows(x):\n    return {body}\n"
    with pytest.raises(UnknownContentError):
        digest(defined(text, "rows"))


def test_an_object_that_cannot_be_read_has_no_name(tmp_path: Path) -> None:
    with (tmp_path / "x").open("w") as file, pytest.raises(UnknownContentError):
        digest(file)


@pytest.mark.parametrize("name", ["hazard", "rows"])
def test_a_function_sent_to_another_process_keeps_its_name(name: str) -> None:
    function = defined(PLAIN, name)
    assert digest(cloudpickle.loads(cloudpickle.dumps(function))) == digest(function)


def test_a_value_changed_after_compilation_is_refused() -> None:
    function = defined(PLAIN, "hazard")
    digest(function)
    function.py_func.__globals__["RATE"] = 3.0  # type: ignore[attr-defined]
    with pytest.raises(CaseError, match="RATE was changed after helper_compiled was compiled"):
        digest(function)


def test_a_plain_function_is_held_to_what_it_read_once_the_engine_compiles_it() -> None:
    function = defined("RATE = 1.0\ndef step(x):\n    x[0] = RATE\n", "step")
    refuse_changed(function)  # type: ignore[arg-type]
    function.__globals__["RATE"] = 3.0  # type: ignore[attr-defined]
    with pytest.raises(CaseError, match="RATE was changed"):
        refuse_changed(function)  # type: ignore[arg-type]


def test_data_is_told_apart_by_type_and_content() -> None:
    values = [1, 1.0, True, "1", (1,), [1], {1}, {1: 1}, np.array([1]), np.array([1.0]), np.float32(1), None]
    assert len({digest(value) for value in values}) == len(values)
    assert digest(np.zeros((2, 3))) != digest(np.zeros((3, 2)))
