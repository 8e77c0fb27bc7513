"""What is said: to the customer, among colleagues; who watches."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.urls import reverse

from bihuan.apps.tickets import words
from bihuan.apps.tickets.actions.common import change, event, say, tell_watchers, write
from bihuan.apps.tickets.actions.ending import reopen
from bihuan.apps.tickets.actions.telling import acknowledged, answered
from bihuan.apps.tickets.actions.working import must_be_open
from bihuan.apps.tickets.enums import Channel, EntryKind, Kind, Note
from bihuan.apps.tickets.models import Entry, Ticket
from bihuan.apps.tickets.refusals import (
    AnsweredMeanwhile,
    InTheFuture,
    OverAlready,
    TextMissing,
)  # fmt: skip
from bihuan.base.access.models import User
from bihuan.base.access.scope import may
from bihuan.base.evidence.models import File
from bihuan.base.notify.actions import tell as notify

MENTION = re.compile(r"@([\w·]{2,20})")


def contacted(
    *, ticket: Ticket, channel: str, text: str, by: User, now: datetime, at: datetime | None = None
) -> Ticket:
    """A person spoke to the customer. Raises TextMissing, WrongStep, InTheFuture."""
    if not text.strip():
        raise TextMissing
    at = at or now
    if at > now:
        raise InTheFuture
    must_be_open(ticket)
    with transaction.atomic():
        first = ticket.contacted_at is None
        change(ticket, **({"contacted_at": at} if first else {}))
        event(ticket, Note.CONTACTED, at=at, by=by, text=text, channel=channel)
        say(ticket, "ticket.contacted", at=at, now=now, by=by, channel=channel, human=True)
        acknowledged(
            ticket, "call_log" if channel == Channel.PHONE else "message_receipt", text, by, now
        )
        if ticket.asked and ticket.kind != Kind.CONSULT:
            answered(ticket, at=at, now=now, by=by)
        return ticket


def reply(
    *, ticket: Ticket, text: str, channel: str, by: User, now: datetime, seen: int | None = None,
    next_update_at: datetime | None = None, files: Sequence[File] = (),
) -> Entry:  # fmt: skip
    """Write to the customer: a person's answer, so the first one is the first contact. `seen` is
    the last entry the writer had before him.

    Raises TextMissing, AnsweredMeanwhile (nothing is sent), OverAlready.
    """
    if not text.strip():
        raise TextMissing
    if not ticket.open:
        raise OverAlready(status=words.status_of(ticket.status))
    with transaction.atomic():
        Ticket.objects.select_for_update().get(pk=ticket.pk)
        if seen is not None:
            later = ticket.entries.filter(pk__gt=seen, kind=EntryKind.PUBLIC_REPLY).exclude(by=by)
            if (other := later.select_related("by").first()) is not None:
                raise AnsweredMeanwhile(who=other.by.name if other.by else "—")
        changes: dict[str, Any] = {"next_update_at": next_update_at} if next_update_at else {}
        if ticket.contacted_at is None:
            changes["contacted_at"] = now
        change(ticket, **changes)
        row = write(
            ticket, EntryKind.PUBLIC_REPLY, at=now, by=by, text=text, channel=channel, files=files
        )
        say(ticket, "ticket.contacted", at=now, now=now, by=by, channel=channel, human=True)
        acknowledged(ticket, "message_receipt", text, by, now)
        if ticket.asked and ticket.kind != Kind.CONSULT:
            answered(ticket, at=now, now=now, by=by)
        tell_watchers(ticket, by=by, now=now, key=f"reply:{row.pk}")
        return row


def reply_again(
    *, ticket: Ticket, text: str, channel: str, by: User, now: datetime, seen: int | None = None,
    files: Sequence[File] = (),
) -> Entry:  # fmt: skip
    """Write to the customer of a ticket that has ended: it is open again, with these words as the
    reason, or nothing is done.

    Raises what `reopen` and `reply` raise.
    """
    with transaction.atomic():
        reopen(ticket=ticket, text=text, by=by, now=now)
        return reply(
            ticket=ticket, text=text, channel=channel, by=by, now=now, seen=seen, files=files
        )


def note(
    *, ticket: Ticket, text: str, by: User, now: datetime, files: Sequence[File] = (),
    mentions: Sequence[User] = (),
) -> Entry:  # fmt: skip
    """An internal note. Raises TextMissing."""
    if not text.strip():
        raise TextMissing
    with transaction.atomic():
        change(ticket)
        named = list(mentions) or mentioned(text)
        row = write(ticket, EntryKind.NOTE, at=now, by=by, text=text, files=files, mentions=named)
        # who does not see the ticket is not told its title either
        told = [each for each in named if each.pk != by.pk and may(each, "tickets.see", ticket)]
        if told:
            notify(
                to=told, kind="ticket.mention", now=now, key=f"mention:{row.pk}",
                title={"zh": f"{by.name} 在 {ticket.number} 提到您", "en": f"{by.name} mentioned you on {ticket.number}"},
                text=ticket.title, url=reverse("tickets:detail", args=[ticket.pk]),
            )  # fmt: skip
        return row


def mentioned(text: str) -> list[User]:
    """The colleagues that a note names with an @ before the whole name."""
    names = set(MENTION.findall(text))
    if not names:
        return []
    return list(User.objects.filter(name__in=names, is_active=True, customer_id=None))


def watch(*, ticket: Ticket, by: User) -> None:
    """Be told of what happens to it."""
    ticket.watchers.add(by)


def unwatch(*, ticket: Ticket, by: User) -> None:
    ticket.watchers.remove(by)
