"""What a customer does without login: report, add, chase, answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import filetype
from django.core.files.uploadedfile import UploadedFile
from django.db import connection, transaction
from django.utils.translation import gettext as _

from bihuan.apps.assets.models import Asset
from bihuan.apps.portal import figures, links
from bihuan.apps.portal.models import Link
from bihuan.apps.portal.refusals import (
    AnsweredAlready,
    ChasedAlready,
    NotAPhoto,
    NotAskedYet,
    NothingSaid,
    NotYours,
    OverAlready,
    PhotoTooBig,
    ReasonWanted,
    TooManyPhotos,
)  # fmt: skip
from bihuan.apps.portal.rules import Say, content
from bihuan.apps.tickets import actions as tickets
from bihuan.apps.tickets.actions import Received, Report
from bihuan.apps.tickets.actions.ending import independent
from bihuan.apps.tickets.enums import OPEN, Channel, Disposition, Impact, Kind, Source, Status
from bihuan.apps.tickets.models import Envelope, Ticket
from bihuan.apps.tickets.refusals import WrongStep
from bihuan.base.access.models import User
from bihuan.base.audit.actions import log
from bihuan.base.evidence.actions import store
from bihuan.base.evidence.kinds import KINDS, MEGABYTE
from bihuan.base.evidence.models import File
from bihuan.base.ui.marks import when

TITLE = 120


@dataclass(frozen=True)
class Said:
    """What the reporter filled in. `who` is what he says of machine and company where no code
    was scanned: it stands in the text, and the desk finds out which machine it is.
    """

    what: str
    phone: str
    impact: str = ""
    stopped: bool = False
    danger: bool = False
    name: str = ""
    happened_at: datetime | None = None
    who: str = ""
    photos: Sequence[UploadedFile[Any]] = field(default_factory=tuple)


@dataclass(frozen=True)
class Sent:
    """What came of a report, and the token of its tracking page."""

    ticket: Ticket
    disposition: str
    token: str


def report(*, said: Said, asset: Asset | None, key: str, by: User | None, now: datetime) -> Sent:
    """One ticket for one key, however often and in whatever order it arrives: the same content
    is the same message, other content under the same key is a further message on its ticket.

    Raises TooManyPhotos, PhotoTooBig, NotAPhoto, ImageBroken, and what `tickets.receive` raises.
    """
    check_photos(said.photos, now)
    channel = Channel.H5_QR if asset is not None else Channel.WEB
    text = f"{said.what.strip()}\n{said.who}" if said.who else said.what.strip()
    thread = f"portal:{key}"
    with transaction.atomic():
        _hold(thread)
        files = [store(each, by=by, now=now) for each in said.photos]
        mark = content([text, said.phone, said.name, said.impact, str(said.stopped),
                        str(said.danger), str(said.happened_at), *(each.sha256 for each in files)])  # fmt: skip
        received = tickets.receive(
            envelope=Envelope(
                channel=channel, message_id=f"{thread}:{mark}", thread=thread, sender=said.phone,
                sender_name=said.name[:60], text=text, machine=asset.token if asset else "",
                received_at=now,
                raw={"stopped": said.stopped, "impact": said.impact, "danger": said.danger, "who": said.who},
            ),
            files=files, by=by, now=now,
            report=Report(
                kind=Kind.FAULT, channel=channel, title=said.what.strip().splitlines()[0][:TITLE],
                text=text, reported_at=now, source=Source.FORM, asset=asset,
                caller_name=said.name, caller_phone=said.phone, happened_at=said.happened_at,
                impact=Impact.PERSON_SAFETY if said.danger else said.impact, downtime=said.stopped,
            ),
        )  # fmt: skip
        assert received.ticket is not None
        _link, token = links.make(
            ticket=received.ticket, own=_first(received, thread), by=by, now=now, thread=thread
        )
        if received.new:
            log(
                "portal.reported", by=by, now=now, thing=received.ticket,
                after={"door": channel, "became": received.disposition, "photos": len(files)},
            )  # fmt: skip
    return Sent(received.ticket, received.disposition, token)


def _first(received: Received, thread: str) -> bool:
    """Whether the ticket began with this reporter."""
    rows = Envelope.objects.filter(
        ticket=received.ticket, thread=thread, disposition=Disposition.NEW_TICKET
    )
    return rows.exists()


def _hold(name: str) -> None:
    """Two sendings of one key wait for each other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 7))", [name])


def check_photos(photos: Sequence[UploadedFile[Any]], now: datetime) -> None:
    """Number, size and kind, by content, before anything is kept.

    Raises TooManyPhotos, PhotoTooBig, NotAPhoto.
    """
    most, limit = figures.whole("photos", now), figures.whole("photo_mb", now)
    if len(photos) > most:
        raise TooManyPhotos(limit=most)
    for each in photos:
        name = (each.name or "")[-40:]
        if (each.size or 0) > limit * MEGABYTE:
            raise PhotoTooBig(name=name, limit=limit)
        each.seek(0)
        found = filetype.guess(each.read(8192))
        each.seek(0)
        kind = KINDS.get(found.mime) if found is not None else None
        if kind is None or not kind.is_image:
            raise NotAPhoto(name=name)


def add(
    *, link: Link, text: str, photos: Sequence[UploadedFile[Any]], key: str, now: datetime,
    prefix: str = "", danger: bool = False,
) -> None:  # fmt: skip
    """A message or photos on a running ticket; the same key and content is one. `danger`: people
    are in danger, which needs no words.

    Raises NothingSaid, OverAlready, and what `check_photos` raises.
    """
    if not text.strip() and not photos and not danger:
        raise NothingSaid
    check_photos(photos, now)
    with transaction.atomic():
        ticket = Ticket.objects.select_for_update().get(pk=link.ticket_id)
        if ticket.status not in OPEN:
            raise OverAlready
        files = [store(each, by=None, now=now) for each in photos]
        words = f"{prefix}{text.strip()}"
        said = "\n".join(filter(None, [_("有人受伤，或者有危险") if danger else "", words])) or _(
            "（照片）"
        )
        mark = content([key, said, *(each.sha256 for each in files)])
        worse = Report(
            kind=Kind(ticket.kind), channel=_channel(ticket), title=ticket.title, reported_at=now,
            source=Source.FORM, impact=Impact.PERSON_SAFETY,
        )  # fmt: skip
        tickets.receive(
            envelope=Envelope(
                channel=_channel(ticket), message_id=f"{link.thread}:{mark}", thread=link.thread,
                text=said, received_at=now,
            ),
            files=files, report=worse if danger else None, by=None, now=now, ticket=ticket,
        )  # fmt: skip


def _channel(ticket: Ticket) -> str:
    return Channel.WEB if ticket.channel == Channel.WEB else Channel.H5_QR


def chase(*, link: Link, now: datetime) -> Ticket:
    """The customer asks where it stays; taps in a row are one. Raises ChasedAlready, OverAlready."""
    span = timedelta(minutes=figures.whole("chase_minutes", now))
    with transaction.atomic():
        ticket = Ticket.objects.select_for_update().get(pk=link.ticket_id)
        if ticket.status not in OPEN:
            raise OverAlready
        if ticket.chased_at is not None and now < ticket.chased_at + span:
            raise ChasedAlready(at=when(ticket.chased_at, "smart", now))
        return tickets.chase(ticket=ticket, text=_("客户在进度页点了催单"), by=None, now=now)


def answer(
    *, link: Link, say: Say, text: str, key: str, now: datetime, score: int | None = None
) -> Ticket:
    """The customer's own word. A yes counts once, also a late one, with his score if he gave one; a no or “it came back” opens
    the ticket again, also where it was closed while his page still asked; “cannot tell yet” is kept
    as his message and is no yes.

    Raises NotYours, ReasonWanted, AnsweredAlready, NotAskedYet, OverAlready.
    """
    if not link.own or not independent(link.ticket, link.made_by, now):
        raise NotYours
    words = text.strip()
    if say != Say.YES and not words:
        raise ReasonWanted
    with transaction.atomic():
        ticket = Ticket.objects.select_for_update().get(pk=link.ticket_id)
        given: dict[str, Any] = {"ticket": ticket, "by": None, "now": now}
        told = {**given, "channel": _channel(ticket), "answer": words}
        try:
            if say == Say.YES:
                told["answer"] = f"{_('已解决')} {words}".strip()
                return _yes(ticket, told | {"score": score})
            if say == Say.LATER:
                _asked(ticket)
                add(link=link, text=words, photos=(), key=key, now=now, prefix=_("还不能确认："))
                return ticket
            if say == Say.NO and not _unheard(ticket):
                return tickets.deny(**told, thread=link.thread)
            return tickets.reopen(text=words, **given, thread=link.thread)
        except WrongStep:
            raise _why_not(ticket) from None


def _unheard(ticket: Ticket) -> bool:
    """Whether it was closed without the customer's word."""
    return ticket.status == Status.CLOSED and ticket.confirmed_at is None


def _yes(ticket: Ticket, told: dict[str, Any]) -> Ticket:
    if _unheard(ticket):
        return tickets.late_yes(**told)
    return tickets.confirm(**told)


def _asked(ticket: Ticket) -> None:
    if ticket.status not in (Status.FED_BACK, Status.UNCONFIRMED) and not _unheard(ticket):
        raise _why_not(ticket)


def _why_not(ticket: Ticket) -> AnsweredAlready | NotAskedYet:
    ticket.refresh_from_db()
    answered = ticket.confirmed_at is not None or ticket.reopened > 0
    return AnsweredAlready() if answered else NotAskedYet()


__all__ = ["File", "Said", "Sent", "add", "answer", "chase", "check_photos", "report"]
