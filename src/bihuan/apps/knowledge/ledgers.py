"""Synonyms from and to Excel: the words of a company as a list of its own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from bihuan.apps.knowledge import actions
from bihuan.apps.knowledge.models import Synonym
from bihuan.base.access.models import User
from bihuan.base.ledgers.declare import Column, Done, Ledger, Row, each
from bihuan.base.search.folding import fold


def save_synonym(row: Row, *, by: User | None, now: datetime) -> Done:
    """One pair; one that is known as it stands is left. Raises SynonymOfItself, WordsMissing."""
    other, ours = fold(row["other"])[:40], fold(row["ours"])[:40]
    if Synonym.objects.filter(other=other, ours=ours).exists():
        return Done.SAME
    actions.add_synonym(other=other, ours=ours, by=by, now=now)
    return Done.NEW


def synonyms_of(person: User) -> Iterator[Row]:
    for other, ours in Synonym.objects.values_list("other", "ours"):
        yield {"other": other, "ours": ours}


SYNONYMS = Ledger(
    name="synonyms",
    order=90,
    title={"zh": "同义词", "en": "Synonyms"},
    key=("other",),
    columns=(
        Column("other", {"zh": "别的说法", "en": "What others say"}, required=True),
        Column("ours", {"zh": "我们的说法", "en": "Our word"}, required=True),
    ),
    save=each(save_synonym),
    export=synonyms_of,
    needs="knowledge.edit",
    needs_export="knowledge.edit",
)
