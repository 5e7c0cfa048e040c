"""The process that promise 24 kills: a sweep of toyland into a folder.

usage: python -m validation.interrupted FOLDER UNITS
"""

from __future__ import annotations

import sys
from pathlib import Path

from tumen.experiment.store import Store
from tumen.experiment.sweep import sweep
from validation.sweeps import planned

if __name__ == "__main__":
    sweep(planned(int(sys.argv[2])), Store(Path(sys.argv[1])))
