"""The extras that some verbs need: refused, with what to type, where they are not installed."""

from __future__ import annotations

#: What a likelihood is computed with; a calibration needs all of the extra.
LIKELIHOOD = ("jax", "numpyro")
EVERYTHING = (*LIKELIHOOD, "distributed", "arviz_stats")
#: A backtest needs scores, too.
SCORES = (*EVERYTHING, "scoringrules")
#: Worlds side by side, with results at any address.
EXPERIMENT = ("distributed", "fsspec")
#: Designs and indices of sensitivity beside, and the emulator that Sobol indices are worked out on.
SENSITIVITY = (*EXPERIMENT, "SALib")
EMULATOR = ("jax", "tinygp")


def need_extra(what: str, verb: str, packages: tuple[str, ...], extra: str = "calibrate") -> None:
    """Raise CaseError, with what to type, where a package of the extra is not installed."""
    from importlib.util import find_spec

    from tumen.case import CaseError

    missing = [name for name in packages if find_spec(name) is None]
    if missing:
        raise CaseError.single(
            f"{what} needs packages that are not installed: " + ", ".join(missing),
            verb,
            f"the extra '{extra}'",
            f"pip install 'tumen[{extra}]'",
        )
