"""Double precision where it is needed: jax computes in single precision unless told, and the setting is everybody's."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import jax

_P = ParamSpec("_P")
_R = TypeVar("_R")


def in_double(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """Have a function compute in 64 bits; outside it, jax stays as the user has set it."""

    @wraps(function)
    def inside(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        with jax.enable_x64(True):
            return function(*args, **kwargs)

    return inside
