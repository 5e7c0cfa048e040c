"""Loaded by Dask into each process of this machine's own cluster: it ends with the process that started it.

Dask ends them when the cluster is closed; a process that is killed closes nothing, and would leave them running.
"""

from __future__ import annotations

import os
import threading
import time
from typing import Any

#: Where a process finds the number of the one that started it.
PARENT = "TUMEN_CLUSTER_OF"
_SECONDS = 1.0


def dask_setup(of: Any) -> None:
    """Called by Dask in a scheduler or the keeper of a worker."""
    threading.Thread(target=_watch, args=(int(os.environ[PARENT]),), daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_SECONDS)
    os._exit(1)
