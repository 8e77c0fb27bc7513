from __future__ import annotations

import os
import subprocess
import sys

import pytest

LOOK = """
import os, subprocess, sys
from bihuan.config.cores import share_a_core
other = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
share_a_core(other.pid)
print(*os.sched_getaffinity(0), "/", *os.sched_getaffinity(other.pid))
other.communicate(b"x")
share_a_core(other.pid)  # of somebody who is gone nothing is known, and nothing is said
"""


@pytest.mark.skipif(
    not hasattr(os, "sched_getaffinity") or len(os.sched_getaffinity(0)) < 2,
    reason="one core only, or a system that does not tell",
)
def test_two_who_take_turns_keep_to_one_core():
    done = subprocess.run([sys.executable, "-c", LOOK], capture_output=True, text=True, check=True)
    mine, theirs = done.stdout.strip().split(" / ")
    assert mine == theirs == str(max(os.sched_getaffinity(0)))
