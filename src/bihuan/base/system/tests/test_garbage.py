"""What a page was made of does not stay for long, even where pages are answered side by side."""

from __future__ import annotations

import gc
import subprocess
import sys
import weakref

import pytest

from bihuan.base import garbage


class Page:
    def __init__(self) -> None:
        self.itself = self


def test_what_another_answer_made_old_goes_with_the_next_hundred():
    page = Page()
    for _ in range(2):  # other answers end while this one is made
        gc.collect(1)
    gone = weakref.ref(page)
    del page
    gc.collect(1)
    assert gone() is not None
    for _ in range(100):
        garbage._look()
    assert gone() is None


WORK = """
from bihuan.base.garbage import keep_for_good
keep_for_good()
def held():
    return int(open("/proc/self/statm").read().split()[1]) * 4096 / 2**20
bytes(30 * 2**20)  # one large piece, after which the C library by itself keeps 60 MiB
before = held()
work = [bytes(100_000) for _ in range(300)]
during = held()
del work
print(round(during - before), round(held() - before))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_what_much_work_has_left_free_goes_back_to_the_system():
    told = subprocess.run([sys.executable, "-c", WORK], check=True, capture_output=True, text=True)
    during, after = map(int, told.stdout.split())
    assert during > 10
    assert after < 5
