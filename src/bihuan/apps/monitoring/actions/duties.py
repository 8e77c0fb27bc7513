"""The duty to have a remote change agreed to and approved: carried out by the command itself."""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import override

from bihuan.apps.monitoring.models import Command
from bihuan.apps.monitoring.models.commands import RUNNING
from bihuan.apps.obligations import actions as obligations
from bihuan.apps.obligations.actions import Proof
from bihuan.apps.obligations.enums import LIVE, REMOTE_APPROVAL, VoidReason
from bihuan.apps.obligations.models import Obligation
from bihuan.base.errors import Refusal
from bihuan.base.prepared import planned
from bihuan.base.ui.addresses import address

log = logging.getLogger(__name__)
AT_ONCE = 200


def settle(now: datetime) -> int:
    """A tick: what was approved is discharged as of then, with the customer's answer and the approval;
    what came to nothing is not owed any more. Twice is once.
    """
    done, after = 0, 0
    while done < AT_ONCE and (page := _living(after, most=AT_ONCE)):
        after = page[-1].pk
        known = Command.objects.select_related("approved_by").in_bulk(
            {named(row) for row in page}, field_name="number"
        )
        for row in page:
            command = known.get(named(row))
            if command is not None and (
                command.approved_at is not None or command.state not in RUNNING
            ):
                done += _settled(row, command, now)
    return done


@planned
def _living(after: int, *, most: int) -> QuerySet[Obligation]:
    rows = Obligation.objects.filter(kind=REMOTE_APPROVAL, state__in=LIVE, pk__gt=after)
    return rows.order_by("pk")[:most]


def named(duty: Obligation) -> str:
    """The number of the command that it is about."""
    return str(duty.match.get("command") or duty.occasion)


def _settled(row: Obligation, command: Command, now: datetime) -> int:
    try:
        with transaction.atomic(), override("zh-hans"):
            if command.approved_at is None:
                obligations.void(
                    obligation_id=row.pk, by=None, now=now, reason=VoidReason.SUBJECT_GONE,
                    note=_("调参没有进行到批准：%(number)s") % {"number": command.number}, with_matter=True,
                )  # fmt: skip
                return 1
            link = address("monitoring:command", command.pk)
            said = f"{command.consent_by} {command.said}".strip()
            proofs = [
                Proof("customer_reply", said or _("客户在自己的页面上同意"), link=link),
                Proof(
                    "approval", command.approved_by.name if command.approved_by else "—", link=link
                ),
            ]
            obligations.discharge(
                obligation_ids=[row.pk],
                by=command.approved_by,
                now=now,
                at=command.approved_at,
                evidence=proofs,
            )
            return 1
    except Refusal as refusal:
        log.warning("duty %d of command %s: %s", row.pk, command.number, refusal.code)
        return 0
