"""What a population costs by its size: time and memory of an agent, and what its blocks would exchange each month.

usage: python -m benchmarks.blocks [AGENTS...]      one fresh process for each size; one thread
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Sequence

import numpy as np

from tumen.case import load
from tumen.engine.loop import simulate
from tumen.engine.state import accumulator
from tumen.model.compiler import compile_model
from tumen.model.theories import get
from tumen.simulate.session import sample

SIZES = (4_000, 20_000, 100_000, 500_000)


def peak() -> int:
    """The most memory that this process has held, bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def measure(agents: int) -> None:
    """Print one row: agents, ns of processor time of an agent in a month, bytes of memory of an agent."""
    world, theory = load("north_korea").world(settings=["kin_per_arrival=1"]), get("interplay")
    compiled = compile_model(world, theory)
    few = sample(world, 500, 1)
    simulate(compiled, few, theory, seed=1, real=np.float32, threads=1)  # compiled code is loaded
    before = peak()
    people = sample(world, agents, 1)
    began = time.process_time()
    simulate(compiled, people, theory, seed=1, real=np.float32, threads=1)
    spent = time.process_time() - began
    months = compiled.months
    held = (peak() - before) / people.size
    print(f"| {people.size:,} | {1e9 * spent / people.size / months:.1f} | {held:,.0f} | {spent:.1f} |", flush=True)


def main(words: Sequence[str]) -> int:
    """Print the table."""
    if words[:1] == ["--one"]:
        measure(int(words[1]))
        return 0
    compiled = compile_model(load("north_korea").world(), get("interplay"))
    counted = sum(table.nbytes for table in accumulator(compiled, False))
    print(f"counted of each block in a month: {counted:,} bytes\n")
    print(
        "| agents | ns of an agent in a month | bytes of an agent | seconds of a run |\n|---|---|---|---|", flush=True
    )
    for size in [int(word) for word in words] or SIZES:
        subprocess.run([sys.executable, "-m", "benchmarks.blocks", "--one", str(size)], check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
