"""One process of the first promise: run the same world in several ways and print a hash of each.

usage: python -m validation.fresh CASE PEOPLE MONTHS SPLIT_SEED WAYS
"""

from __future__ import annotations

import json
import sys
import tempfile
from itertools import pairwise
from pathlib import Path
from unittest import mock

import numpy as np

from tumen.case import World, load
from tumen.engine import loop
from tumen.model.theories import get
from tumen.simulate import run
from validation.stage import SEED, digest, stage


def split(size: int, rng: np.random.Generator) -> list[tuple[int, int]]:
    """A split of `size` people in order: blocks of one random size, or up to twelve ranges of any."""
    if rng.random() < 0.5:
        block = -(-size // int(rng.integers(1, 60)))
        edges = [*range(0, size, block), size]
    else:
        edges = [0, *np.unique(rng.integers(0, size + 1, rng.integers(0, 12))).tolist(), size]
    return [(a, b) for a, b in pairwise(edges) if b > a]


def ways(world: World, people: int, split_seed: int, count: int) -> list[dict[str, str]]:
    """Hashes of counts and of a saved result's files, run `count` times over threads, splits and sizes of chunks."""
    rng = np.random.default_rng(split_seed)
    found = []
    staged = stage(world, people)
    for way in range(count):
        threads = 1 + (way + split_seed) % 2
        counts = staged.run(threads=threads, ranges=split(staged.population.size, rng), histories=True)
        chunk = mock.patch.object(loop, "CHUNK", int(rng.integers(people // 40, people + 2)))
        with tempfile.TemporaryDirectory() as folder, chunk:
            result = run(world, get("interplay"), people=people, seed=SEED, threads=threads, events=True)
            saved = result.save(Path(folder) / "result").record
            found.append({"counts": digest(counts), "run.json": saved["seal"], **saved["files"]})
    return found


def main(words: list[str]) -> None:
    """Print the hashes as one JSON list."""
    name, people, months, split_seed, count = words[0], *map(int, words[1:])
    # Few kin: with the centres of the priors the network of the larger case grows without end, which a run refuses.
    world = load(name).world(settings=["kin_per_arrival=1"])
    print(json.dumps(ways(world.within(world.start, months), people, split_seed, count)))


if __name__ == "__main__":
    main(sys.argv[1:])
