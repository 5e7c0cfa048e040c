"""A posterior on disk and in hand: draws of the parameters, what they predict, how they came about, and whether they
may be used.

The file is netCDF with the groups that ArviZ reads (posterior, prior, sample_stats, posterior_predictive,
prior_predictive, observed_data, constant_data); docs/inference.md lists their variables. Two texts in JSON stand at
its root: `provenance`, what it was made from, and `diagnostics`, what was checked.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tumen.case import Case, CaseError, ParameterSet
from tumen.case.folder import POSTERIORS, migrated
from tumen.case.inputs import BASE
from tumen.infer.run_cache import home
from tumen.result.atomic import replace_file
from tumen.result.record import sha256

if TYPE_CHECKING:
    import xarray as xr

GROUPS = (
    *("posterior", "prior", "sample_stats", "posterior_predictive", "prior_predictive"),
    *("observed_data", "constant_data"),
)
#: Behind the HDF5 data, where readers of netCDF do not look: this mark, and the SHA-256 of all before it.
_MARK = b"\ntumen sha256 "


@dataclass(frozen=True)
class Check:
    """One thing that was asked of a posterior: the figure found, what it had to be, and whether it was."""

    name: str
    found: float
    wanted: str
    passed: bool
    said: str


@dataclass(frozen=True)
class Draw:
    """One draw: the dated values that parameters move, their history (None: the base), the random seed of its run."""

    parameters: ParameterSet
    history: str | None
    seed: int


@dataclass(frozen=True, eq=False)
class Posterior:
    """Draws from what the counts leave of the priors, under one theory.

    place: the file it was read from. notice: what was passed over to come to it, a sentence; empty where nothing was.
    """

    groups: Mapping[str, xr.Dataset] = field(repr=False)
    provenance: Mapping[str, Any] = field(repr=False)
    checks: tuple[Check, ...] = field(repr=False)
    place: Path | None = field(default=None, repr=False)
    notice: str = field(default="", repr=False)

    def __repr__(self) -> str:
        passed = sum(check.passed for check in self.checks)
        return (
            f"<Posterior of theory {self.theory}: {self.size} draws of {len(self.parameters)} parameters, "
            f"{passed} of {len(self.checks)} checks passed>"
        )

    @property
    def theory(self) -> str:
        """The theory's name."""
        return str(self.provenance["theory"])

    @property
    def sound(self) -> bool:
        """Whether every check was passed."""
        return all(check.passed for check in self.checks)

    @property
    def size(self) -> int:
        """The number of draws, over all chains."""
        sizes = self.groups["posterior"].sizes
        return int(sizes["chain"] * sizes["draw"])

    @property
    def agents(self) -> int:
        """Agents of the posterior's own runs."""
        return int(self.provenance["agents"])

    def flat(self, name: str) -> Any:
        """A variable of the draws, (size, ...), chain after chain."""
        held = self.groups["posterior"][name].values
        return held.reshape(self.size, *held.shape[2:])

    def refuse_more(self, number: int, where: str) -> None:
        """Raise CaseError where so many draws cannot be had."""
        if not 1 <= number <= self.size:
            raise CaseError.single(
                f"{number} draws are asked for, and the posterior of {self.theory} has {self.size}",
                where,
                f"1 to {self.size}",
                "ask for fewer, or calibrate with more",
            )

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """The names of the parameters, one a row of priors.yaml."""
        return tuple(map(str, self.groups["posterior"]["parameter"].values))

    @cached_property
    def dated(self) -> tuple[str, ...]:
        """The dated values that the parameters move, `KEY[.PART]@DATE`."""
        return tuple(map(str, self.groups["posterior"]["dated_value"].values))

    def draw(self, index: int) -> Draw:
        """One draw by number, 0 to size - 1: chain after chain. Raises CaseError for a number that there is not."""
        if not 0 <= index < self.size:
            raise CaseError.single(
                f"the posterior of {self.theory} has no draw {index}",
                "draws of the posterior",
                f"0 to {self.size - 1}",
                "give another number",
            )
        values = dict(zip(self.dated, self.flat("dated")[index].tolist(), strict=True))
        history = str(self.flat("history")[index])
        named = ParameterSet(f"{self.theory}, draw {index}", values)
        return Draw(named, None if history == BASE else history, int(self.flat("seed")[index]))

    def __iter__(self) -> Iterator[Draw]:
        return (self.draw(index) for index in range(self.size))

    @property
    def central(self) -> Draw:
        """The draw whose predictions lie nearest the middle of all: one world to look at when one must do."""
        return self.draw(int(self.provenance["central"]))

    def to_bytes(self) -> bytes:
        """The posterior as a netCDF file, sealed by its hash; the same posterior gives the same bytes."""
        import xarray as xr

        tree = xr.DataTree.from_dict({f"/{name}": self.groups[name] for name in GROUPS if name in self.groups})
        tree.attrs = {
            "provenance": json.dumps(self.provenance, sort_keys=True),
            "diagnostics": json.dumps([vars(check) for check in self.checks]),
        }
        packed = {
            f"/{name}": {
                str(variable): {"zlib": True, "complevel": 6, "shuffle": True}
                for variable in group.data_vars
                if group[variable].ndim and group[variable].dtype.kind in "fiu"
            }
            for name, group in self.groups.items()
        }
        content = bytes(tree.to_netcdf(engine="h5netcdf", encoding=packed))
        return content + _MARK + sha256(content).encode()

    def write(self, path: Path) -> None:
        """Write the file, whole or not at all."""
        replace_file(path, self.to_bytes())


def read(path: Path) -> Posterior:
    """The posterior in a file. Raises CaseError where there is none or it cannot be read."""
    import h5py
    import xarray as xr

    wanted = "a netCDF file written by tumen calibrate"
    try:
        content = path.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise CaseError.single(
            f"the posterior cannot be read: {reason}", str(path), wanted, "check the path, or make one: tumen calibrate"
        ) from None
    try:
        content = _unsealed(content)
        # h5netcdf prints a trace of its own when a damaged file stops it half-way; h5py refuses such a file first.
        with h5py.File(io.BytesIO(content), "r") as held:
            dict(held.attrs)
        with xr.open_datatree(io.BytesIO(content), engine="h5netcdf") as tree:
            groups = {name: tree[name].to_dataset().load() for name in GROUPS if name in tree}
            provenance = migrated(json.loads(tree.attrs["provenance"]))
            checks = tuple(Check(**check) for check in json.loads(tree.attrs["diagnostics"]))
        _refuse_parts(groups, provenance)
    except (OSError, KeyError, ValueError, TypeError, RuntimeError) as error:
        raise CaseError.single(
            f"the file holds no posterior: {type(error).__name__}", str(path), wanted, "make it anew: tumen calibrate"
        ) from None
    return Posterior(groups, provenance, checks)


def _unsealed(content: bytes) -> bytes:
    """What a file holds before its seal, if it has one. Raises ValueError where that is damaged.

    The HDF5 library may read a damaged file for ever; files of older versions have no seal.
    """
    held, mark, seal = content.rpartition(_MARK)
    if mark and sha256(held).encode() != seal:
        raise ValueError("the file does not match its seal")
    return held if mark else content


def _refuse_parts(groups: Mapping[str, xr.Dataset], provenance: Any) -> None:
    """Raise KeyError where something that every posterior has is not there."""
    told = [(provenance, name) for name in ("theory", "simulation_hash", "central", "agents")]
    for held, name in [*told, (groups, "posterior")]:
        if not isinstance(held, Mapping) or name not in held:
            raise KeyError(name)
    for name in ("theta", "dated", "dated_value", "history", "parameter", "seed", "phi", "rho"):
        if name not in groups["posterior"].variables:
            raise KeyError(name)


def own_place(case: Case, theory: str) -> Path:
    """Where the user's own posterior of a theory is kept."""
    return home() / "posteriors" / case.name / f"{theory}.nc"


def places(case: Case, theory: str) -> tuple[Path, ...]:
    """Where posteriors of a theory are: the user's own, then the one shipped with the case, as far as there are any."""
    shipped = case.folder / POSTERIORS / f"{theory}.nc"
    return tuple(path for path in (own_place(case, theory), shipped) if path.exists())


def posterior(
    case: Case, theory: str, *, allow_failed_diagnostics: bool = False, file: Path | None = None
) -> Posterior:
    """The posterior of a theory: the one in a file, else the user's own, else the one shipped with the case.

    The user's own is passed over where it may not be used, and `notice` of what is returned says so. Raises CaseError
    where there is none to use: none at all, made from another version of the case or, unless
    `allow_failed_diagnostics`, with a check that was not passed.
    """
    if file is not None:
        return _usable(file, case, theory, allow_failed_diagnostics)
    passed_over = list[CaseError]()
    for path in places(case, theory):
        try:
            found = _usable(path, case, theory, allow_failed_diagnostics)
        except CaseError as refusal:
            passed_over.append(refusal)
            continue
        notice = "; ".join(map(said_of, passed_over))
        return replace(found, notice=notice)
    if passed_over:
        raise passed_over[0]
    raise CaseError.single(
        f"there is no posterior of {theory}",
        f"case {case.name}",
        f"posteriors/{theory}.nc",
        f"make one: tumen calibrate {case.name} --theory {theory}",
    )


def said_of(refusal: CaseError) -> str:
    """The sentence for a posterior that is passed over."""
    return f"{refusal.where} is passed over: {refusal.what} ({refusal.remedy})"


def _usable(path: Path, case: Case, theory: str, allow_failed: bool) -> Posterior:
    """The posterior in a file. Raises CaseError where it is not one of this case and theory, or failed a check."""
    found = replace(read(path), place=path)
    again = f"tumen calibrate {case.name} --theory {theory}"
    if found.theory != theory:
        raise CaseError.single(
            f"the file holds a posterior of {found.theory}, not of {theory}",
            str(path),
            f"a posterior of {theory}",
            f"name the theory {found.theory}, or another file",
        )
    if found.provenance["simulation_hash"] != case.simulation_hash and not allow_failed:
        raise CaseError.single(
            f"the posterior of {theory} was made from another version of the case",
            str(path),
            f"inputs and targets that hash to {str(found.provenance['simulation_hash'])[:12]}",
            f"{again}, or use it all the same with allow_failed_diagnostics=True",
        )
    refuse_failed(found, str(path), allow_failed, again)
    return found


def refuse_failed(found: Posterior, where: str, allow_failed: bool, again: str) -> None:
    """Raise CaseError for a posterior that has failed a check, unless it is wanted all the same."""
    failed = [check for check in found.checks if not check.passed]
    if failed and not allow_failed:
        raise CaseError.single(
            f"the posterior of {found.theory} failed its diagnostics: " + "; ".join(check.said for check in failed),
            where,
            "every check passed",
            f"{again}, with more runs, or use it all the same with allow_failed_diagnostics=True",
        )
