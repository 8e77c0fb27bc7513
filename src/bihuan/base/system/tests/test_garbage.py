"""What a page was made of does not stay for long, even where pages are answered side by side."""

from __future__ import annotations

import gc
import weakref

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
