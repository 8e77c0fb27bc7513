"""The things of one kind whose entry holds what was typed: for lists that are narrowed by words."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import BigIntegerField, QuerySet
from django.db.models.functions import Cast

from bihuan.base.search.models import Entry
from bihuan.base.search.queries import Asked

MOST = 2_000
"""So many of the newest are looked at: who wants older ones says one word more."""


def holding(text: str) -> QuerySet[Entry]:
    """Entries that hold every word of the text or what else it is called (by the index of trigrams)."""
    asked = Asked.of(text)
    return Entry.objects.none() if asked is None else Entry.objects.filter(asked.condition())


def things(kind: str, text: str) -> Sequence[int]:
    """The ids of the newest, at most `MOST`. Who may see them is for the list to say."""
    rows = holding(text).filter(kind=kind).annotate(thing=Cast("thing_id", BigIntegerField()))
    return list(rows.order_by("-pk").values_list("thing", flat=True)[:MOST])
