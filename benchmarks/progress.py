"""What is said while measuring, to stderr, since stdout holds the answer alone."""

from __future__ import annotations

import sys


def say(text: str) -> None:
    """Tell what is being measured."""
    print(f"benchmarks: {text}", file=sys.stderr, flush=True)
