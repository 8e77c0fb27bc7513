"""The things of one kind whose entry holds what was typed: for lists that are narrowed by words."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import QuerySet

from bihuan.base.access.models import User
from bihuan.base.access.reach import ALL
from bihuan.base.access.scope import reaches
from bihuan.base.search.models import Entry
from bihuan.base.search.queries import Asked, newest, recent, within_reach

MOST = 2_000
"""So many of the newest are looked at: who wants older ones says one word more."""


def holding(text: str) -> QuerySet[Entry]:
    """Entries that hold every word of the text or what else it is called (by the index of trigrams)."""
    asked = Asked.of(text)
    return Entry.objects.none() if asked is None else Entry.objects.filter(asked.condition())


def things(kind: str, text: str, person: User, needs: str) -> Sequence[int]:
    """The ids of the newest, at most `MOST`, and as many of the newest that this person reaches:
    else the little that is somebody's own lies behind what the whole house has. Who may see them
    is for the list to say.
    """
    found = holding(text).filter(kind=kind)
    places = [found]
    if ALL not in reaches(person, needs):
        places.append(found & within_reach(person, needs))
    ends = recent()
    return [
        int(thing)
        for rows in places
        for thing in newest(rows, MOST, ends, "thing_id", throughout=True)
    ]
