"""The process beside this one ends in silence when the one that started it was killed."""

from __future__ import annotations

import subprocess
import sys

CODE = """
import json, subprocess, sys
from numba import cloudpickle
from tumen.infer import beside
serve = [sys.executable, "-c", "from tumen.infer.beside import serve; serve()"]
child = subprocess.Popen(serve, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
beside._write(child.stdin, cloudpickle.dumps((len, "four")))
print(beside._read(child.stdout), beside._read(child.stdout)[0], flush=True)
child.stdout.close()  # as where the reader is lost, while calls still come
beside._write(child.stdin, cloudpickle.dumps((len, "five")))
print(child.wait(60), flush=True)
"""


def test_a_reader_that_is_lost_ends_it_without_a_word() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.splitlines() == ["('begun', None) done", "0"]
    assert done.stderr == ""
