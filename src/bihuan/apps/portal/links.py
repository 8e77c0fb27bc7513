"""Addresses of tracking pages: made, opened, revoked, and when they end."""

from __future__ import annotations

import secrets
from datetime import datetime

from django.db import transaction

from bihuan.apps.portal import figures
from bihuan.apps.portal.models import Link
from bihuan.apps.portal.rules import TOKEN, digest, ended
from bihuan.apps.tickets.actions.ending import independent
from bihuan.apps.tickets.enums import EntryKind, Event, Status
from bihuan.apps.tickets.models import Ticket
from bihuan.base.access.models import User
from bihuan.base.audit.actions import log
from bihuan.base.errors import ChangedMeanwhile

TOKEN_BYTES = 24


def make(
    *, ticket: Ticket, own: bool, by: User | None, now: datetime, thread: str = ""
) -> tuple[Link, str]:
    """A link and its token, which is shown this once. A link that somebody made who did the work
    himself answers nothing.
    """
    token = secrets.token_urlsafe(TOKEN_BYTES)
    with transaction.atomic():
        link = Link.objects.create(
            ticket=ticket, digest=digest(token), own=own and independent(ticket, by, now),
            thread=thread or f"link:{secrets.token_hex(16)}", made_at=now, made_by=by,
        )  # fmt: skip
        log("portal.link_made", by=by, now=now, thing=link, after={"ticket": ticket.number})
    return link, token


def revoke(*, link: Link, by: User, now: datetime) -> None:
    """It opens no more, at once. Raises ChangedMeanwhile."""
    with transaction.atomic():
        if not Link.objects.filter(pk=link.pk, revoked_at=None).update(
            revoked_at=now, revoked_by=by
        ):
            raise ChangedMeanwhile
        log("portal.link_revoked", by=by, now=now, thing=link)


def opened(token: str, now: datetime) -> Link | None:
    """The living link of a token; None for wrong, revoked and ended ones alike."""
    if not TOKEN.fullmatch(token):
        return None
    rows = Link.objects.select_related(
        "ticket__asset__model", "ticket__engineer", "ticket__duplicate_of", "made_by"
    )
    link = rows.filter(digest=digest(token), revoked_at=None).first()
    if link is None or ended(end_of(link.ticket), figures.whole("link_days", now), now):
        return None
    return link


def end_of(ticket: Ticket) -> datetime | None:
    """When it ended; None while it runs."""
    if ticket.status == Status.CLOSED:
        return ticket.closed_at
    if ticket.status not in (Status.CANCELLED, Status.DUPLICATE):
        return None
    last = ticket.entries.filter(kind=EntryKind.EVENT, code__in=[Event.CANCEL, Event.MERGE])
    row = last.order_by("-pk").first()
    return row.at if row else ticket.recorded_at
