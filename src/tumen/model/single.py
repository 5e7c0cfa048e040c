"""Formulas in the precision of what they are given.

numba takes every number written in a formula as double precision, so that one `2.0` would turn a loop over columns of
single precision into double and halve how many people it runs at a time. Functions compiled with `SingleCompiler` take
their written numbers in single precision if one of their arguments is of single precision, and else as they are.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba.core import ir, types
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_machinery import FunctionPass, register_pass
from numba.core.untyped_passes import IRProcessing


@register_pass(mutates_CFG=False, analysis_only=False)  # type: ignore[no-untyped-call]
class SingleNumbers(FunctionPass):
    """Turn the numbers written in a function into single precision where an argument is."""

    _name = "tumen_single_numbers"

    def __init__(self) -> None:
        FunctionPass.__init__(self)  # type: ignore[no-untyped-call]

    def run_pass(self, state: Any) -> bool:
        """Rewrite the assignments of numbers in place; says whether anything was done."""
        if not any(getattr(a, "dtype", a) == types.float32 for a in state.args):
            return False
        for block in state.func_ir.blocks.values():
            for statement in block.body:
                value = getattr(statement, "value", None)
                if isinstance(value, ir.Const | ir.Global | ir.FreeVar):
                    value.value = _single(value.value)
        return True


def _single(value: Any) -> Any:
    if isinstance(value, float):
        return np.float32(value)
    if isinstance(value, tuple) and value and all(isinstance(v, float) for v in value):
        return tuple(np.float32(v) for v in value)
    return value


class SingleCompiler(CompilerBase):
    """numba's compiler with `SingleNumbers` before types are inferred."""

    def define_pipelines(self) -> list[Any]:
        """The one pipeline."""
        passes: Any = DefaultPassBuilder.define_nopython_pipeline(self.state)  # type: ignore[no-untyped-call]
        passes.add_pass_after(SingleNumbers, IRProcessing)
        passes.finalize()
        return [passes]
