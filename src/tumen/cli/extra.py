"""The extra `calibrate`, which estimation needs: refused, with what to type, where it is not installed."""

from __future__ import annotations

#: What a likelihood is computed with; a calibration needs all of the extra.
LIKELIHOOD = ("jax", "numpyro")
EVERYTHING = (*LIKELIHOOD, "distributed", "arviz_stats")
#: A backtest needs scores, too.
SCORES = (*EVERYTHING, "scoringrules")


def need_extra(what: str, verb: str, packages: tuple[str, ...]) -> None:
    """Raise CaseError, with what to type, where a package of the extra is not installed."""
    from importlib.util import find_spec

    from tumen.case import CaseError

    missing = [name for name in packages if find_spec(name) is None]
    if missing:
        raise CaseError.single(
            f"{what} needs packages that are not installed: " + ", ".join(missing),
            verb,
            "the extra 'calibrate'",
            "pip install 'tumen[calibrate]'",
        )
