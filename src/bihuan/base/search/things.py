"""The things of one kind whose entry holds what was typed: for lists that are narrowed by words."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import BigIntegerField, QuerySet
from django.db.models.functions import Cast

from bihuan.base.search.folding import fold
from bihuan.base.search.models import Entry

MOST_WORDS = 8
MOST = 2_000
"""So many of the newest are looked at: who wants older ones says one word more."""


def holding(text: str) -> QuerySet[Entry]:
    """Entries that hold every word of the text (by the index of trigrams)."""
    rows = Entry.objects.all()
    for word in fold(text).split()[:MOST_WORDS]:
        rows = rows.filter(hay__contains=word)
    return rows


def things(kind: str, text: str) -> Sequence[int]:
    """The ids of the newest, at most `MOST`. Who may see them is for the list to say."""
    rows = holding(text).filter(kind=kind).annotate(thing=Cast("thing_id", BigIntegerField()))
    return list(rows.order_by("-pk").values_list("thing", flat=True)[:MOST])
