"""The words of the house (packs/vocabulary), read once."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from bihuan.lib.policy import Vocabulary

PACKS = Path(__file__).resolve().parent.parent / "packs"


@cache
def vocabulary() -> Vocabulary:
    """Kinds of facts, subjects, roles, duties and evidence."""
    folder = PACKS / "vocabulary"
    return Vocabulary.read(
        {path.name: path.read_text("utf-8") for path in sorted(folder.glob("*.yaml"))}
    )
