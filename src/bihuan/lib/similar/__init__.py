"""Similar cases of a fault: pairs of part and symptom found in a text, then the words it shares.

Pure: what is known of earlier cases comes through `Source`; `Memory` holds a few of them itself.
"""

from __future__ import annotations

from bihuan.lib.similar.memory import Memory
from bihuan.lib.similar.pairs import Pair, chances
from bihuan.lib.similar.rank import Case, Found, Source, similar
from bihuan.lib.similar.shared import shared
from bihuan.lib.similar.texts import grams, normal

__all__ = [
    "Case",
    "Found",
    "Memory",
    "Pair",
    "Source",
    "chances",
    "grams",
    "normal",
    "shared",
    "similar",
]
