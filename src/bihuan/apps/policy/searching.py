"""Clauses in the global search."""

from __future__ import annotations

from django.urls import reverse

from bihuan.apps.policy.models import PackVersion
from bihuan.apps.policy.queries import pack_of
from bihuan.base import clock
from bihuan.base.search.actions import Entry
from bihuan.lib.policy import Pack


def entries(pack: Pack | None = None) -> list[Entry]:
    """One entry a clause of the given pack, or of the one in force now."""
    if pack is None:
        version = PackVersion.objects.in_force(clock.now()).first()
        if version is None:
            return []
        pack = pack_of(version)
    return [
        Entry(
            kind="clause",
            thing_id=clause.id,
            title={lang: f"§ {clause.number} {clause.title.of(lang)}" for lang in ("zh", "en")},
            url=reverse("policy:clause", args=[clause.id]),
            needs="policy.see",
            words=(clause.number, clause.title.zh, clause.title.en, clause.id),
        )
        for clause in pack.clauses.values()
    ]
