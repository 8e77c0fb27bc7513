"""Deeds of the list of to-dos: giving many to somebody else, with the way back, and notes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from bihuan.apps.obligations.actions import assign, locked, tell_acts
from bihuan.apps.obligations.acts import apply
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.obligations.refusals import NobodyBefore, NoteMissing
from bihuan.base.access.models import User
from bihuan.base.errors import ChangedMeanwhile


def assign_many(*, obligation_id: int, to: User, by: User, now: datetime, reason: str) -> Any:
    """As `assign`, for one row of a deed on many: gives what `assign_back` needs."""
    with transaction.atomic():
        before = locked([obligation_id])[0].assignee_id
        row = assign(obligation_id=obligation_id, to=to, by=by, now=now, reason=reason)
        return {"from": before, "act": _last_act(row)}


def assign_back(*, obligation_id: int, kept: Any, by: User, now: datetime) -> None:
    """The inverse of `assign_many`. Raises ChangedMeanwhile when anybody did anything after it,
    NobodyBefore when nobody had it.
    """
    with transaction.atomic():
        row = locked([obligation_id])[0]
        if _last_act(row) != kept["act"]:
            raise ChangedMeanwhile
        before = User.objects.filter(pk=kept["from"]).first()
        if before is None:
            raise NobodyBefore
        assign(obligation_id=row.pk, to=before, by=by, now=now, reason=str(_("撤销转派")))


def note(*, obligation_id: int, text: str, by: User, now: datetime) -> Obligation:
    """Write a note into its history; state and clock stay as they are. Raises NoteMissing."""
    if not text.strip():
        raise NoteMissing
    with transaction.atomic():
        row = locked([obligation_id])[0]
        fact = tell_acts("obligation.noted", [row], at=now, now=now, by=by)[0]
        apply(fact, row, note=text.strip())
        return row


def _last_act(row: Obligation) -> int:
    return row.acts.order_by("-pk").values_list("pk", flat=True).first() or 0
