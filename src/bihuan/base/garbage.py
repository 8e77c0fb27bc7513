"""How often the process looks for garbage."""

from __future__ import annotations

import gc


def keep_for_good() -> None:
    """What is loaded by now (models, words, addresses) stays: it is never looked through again.

    A whole look through these half a million objects stops a page for a tenth of a second.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
