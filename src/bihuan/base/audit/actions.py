"""Writing the log."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Model

from bihuan.base.access.models import User
from bihuan.base.audit.context import origin
from bihuan.base.audit.models import Entry
from bihuan.base.together import later


def log(
    verb: str,
    *,
    by: User | None,
    now: datetime,
    thing: Model | tuple[str, object] | None = None,
    before: Any = None,
    after: Any = None,
    acting_for: User | None = None,
    pack_version: str = "",
) -> Entry:
    """
    Write one entry in the caller's transaction.

    `thing` is a row or `(label, id)`. Dates, decimals and ids in `before` and `after` are written
    as text. Passwords, tokens and keys do not belong here.
    """
    label, pk = _named(thing)
    here = origin()
    entry = Entry(
        at=now,
        by=by,
        acting_for=acting_for,
        request_id=here.request_id,
        ip=here.ip,
        verb=verb,
        thing_label=label,
        thing_id=pk,
        before=_plain(before),
        after=_plain(after),
        pack_version=pack_version,
    )
    if not later(_write, entry):
        entry.save(force_insert=True)
    return entry


def _write(entries: Sequence[Entry]) -> None:
    Entry.objects.bulk_create(entries)


def _named(thing: Model | tuple[str, object] | None) -> tuple[str, str]:
    if thing is None:
        return "", ""
    if isinstance(thing, Model):
        return thing._meta.label, str(thing.pk)
    return thing[0], str(thing[1])


def _plain(value: Any) -> Any:
    return None if value is None else json.loads(json.dumps(value, cls=DjangoJSONEncoder))
