"""Tables of worlds of known content, in the shape in which a factorial is read back."""

from itertools import product

import numpy as np
import xarray as xr

AGES = (*(f"{age}-{age + 4}" for age in range(0, 80, 5)), "80+")


def table(factors, persons, draws=4, seeds=1, years=(2002, 2003), single=(), histories=None, seed=1):
    """A factorial: factors maps names to further levels; persons(levels, draw, year) gives (women, men)."""
    rng = np.random.default_rng(seed)
    worlds, columns = [], {name: [] for name in factors}
    for levels in product(*(("base", *more) for more in factors.values())):
        named = dict(zip(factors, levels, strict=True))
        worlds.append((", ".join(f"{k}={v}" for k, v in named.items() if v != "base") or "base", named))
    worlds += [(name, dict.fromkeys(factors, "base")) for name in single]
    span = range(years[0], years[1] + 1)
    flows = np.zeros((len(worlds), draws, seeds, len(span), 2, len(AGES)))
    for i, (name, levels) in enumerate(worlds):
        for name_of, level in levels.items():
            columns[name_of].append(level)
        for k, (j, year) in product(range(draws), enumerate(span)):
            by_sex = np.array(persons({**levels, "world": name}, k, year), dtype=float)
            flows[i, k, :, j] = (
                by_sex[:, None] * np.eye(len(AGES))[4] * 0.75 + by_sex[:, None] * np.eye(len(AGES))[6] * 0.25
            )
    noise = rng.normal(0, 1e-3, (1, draws, seeds, 1, 1, 1))
    dims = ("world", "draw", "seed", "year", "sex", "age")
    coords = {
        "world": [name for name, _ in worlds],
        **{name: ("world", column) for name, column in columns.items()},
        "draw": 10 * np.arange(draws),
        "history": ("draw", histories or ["base"] * draws),
        "seed": np.arange(seeds),
        "year": list(span),
        "sex": ["female", "male"],
        "age": list(AGES),
    }
    variables = {"arrivals": (dims, flows * (1 + noise)), "departures": (dims, 2 * flows * (1 + noise))}
    return xr.Dataset(variables, coords, {"case": "toyland", "theory": "interplay"})


def with_shares(share, total=1000.0):
    """Persons of a world whose women's share is a function of levels and draw."""

    def persons(levels, draw, year):
        part = share(levels, draw)
        return total * part, total * (1 - part)

    return persons
