"""Telling somebody: a line in the bell, and messages that wait until they can be sent."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from bihuan.base import bulk, sql
from bihuan.base.access.models import User
from bihuan.base.audit.actions import log
from bihuan.base.errors import NoSuchThing
from bihuan.base.notify.channels import port
from bihuan.base.notify.hours import next_moment
from bihuan.base.notify.models import Channel, Delivery, Notice, Preference, Webhook
from bihuan.base.notify.tasks import send_later
from bihuan.base.texts import both
from bihuan.base.together import later

Words = str | Mapping[str, str]


def tell(
    *,
    to: User | Sequence[User],
    kind: str,
    title: Words,
    text: Words = "",
    url: str = "",
    now: datetime,
    key: str | None = None,
    urgent: bool = False,
    ways: Sequence[Channel] = (),
) -> list[Notice]:
    """
    Tell one or several people, in the caller's transaction; returns the new notices.

    A person who was told under the same `key` before is not told again. `urgent` does not wait
    for the end of quiet hours or for the digest. `ways` are ways besides those that the person
    chose (a text message, a call). Texts are `{zh, en}` or Chinese. Within
    `together` all is written at the end of the block, and nothing is returned.
    """
    people = [to] if isinstance(to, User) else list({person.pk: person for person in to}.values())
    told = _Told(
        [
            Notice(to=person, kind=kind, title=both(title), text=both(text), url=url, key=key, at=now)
            for person in people
            if person.is_active
        ],
        urgent,
        tuple(ways),
    )  # fmt: skip
    return [] if later(_write, told) else _write([told])


@dataclass(frozen=True)
class _Told:
    """One telling: a notice for each person."""

    notices: list[Notice]
    urgent: bool
    ways: tuple[Channel, ...] = ()


def _write(tellings: Sequence[_Told]) -> list[Notice]:
    with transaction.atomic():
        fresh = _fresh(tellings)
        made = [each for told in fresh for each in told.notices]
        bulk.add(made)
        _plan(fresh)
    return made


# by pairs: of hundreds of people and keys at once each person would be asked for each key
KNOWN = """
    SELECT to_id, key FROM notify_notice
    JOIN unnest(%s::bigint[], %s::text[]) AS asked (to_id, key) USING (to_id, key)
"""


def _fresh(tellings: Sequence[_Told]) -> list[_Told]:
    """Without the people who were told under the same key before."""
    keyed = [each for told in tellings for each in told.notices if each.key is not None]
    known: set[tuple[int, str | None]] = set()
    if keyed:
        # the locks make a second teller of the same key wait until the first has committed
        _lock(sorted({f"notice {each.key}" for each in keyed}))
        people = bulk.array_of(each.to_id for each in keyed)
        known = set(sql.rows(KNOWN, [people, [each.key for each in keyed]]))
    found = []
    for told in tellings:
        kept = [each for each in told.notices if (each.to_id, each.key) not in known]
        known |= {(each.to_id, each.key) for each in kept if each.key is not None}
        if kept:
            found.append(_Told(kept, told.urgent, told.ways))
    return found


def _lock(names: Sequence[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(name, 0))"
            " FROM jsonb_array_elements_text(%s::jsonb) WITH ORDINALITY AS names (name, place)"
            " ORDER BY place",
            [bulk.json_of(names)],
        )


def _plan(tellings: Sequence[_Told]) -> None:
    people = {each.to_id for told in tellings for each in told.notices}
    asked = sql.load(Preference, "WHERE t.user_id = ANY(%s)", [list(people)])
    wishes = {wish.user_id: wish for wish in asked}
    hooks = sql.load(Webhook, "WHERE t.active") if people else []
    rows: list[Delivery] = []
    moments: list[datetime] = []
    for told in tellings:
        for notice in told.notices:
            if notice.to_id not in wishes:
                wishes[notice.to_id] = Preference(user_id=notice.to_id)
            wish = wishes[notice.to_id]
            due = notice.at if told.urgent else next_moment(wish, notice.at)
            if wish.mail and notice.to.email:
                rows.append(_delivery(notice, Channel.MAIL, due))
            if wish.wecom and wish.wecom_id:
                rows.append(_delivery(notice, Channel.WECOM, due))
            rows += [_delivery(notice, way, notice.at) for way in told.ways if notice.to.phone]
        rows += _for_webhooks(told.notices[0], hooks)
        moments += [told.notices[0].at] * (len(rows) - len(moments))
    for made, at in zip(Delivery.objects.bulk_create(rows), moments, strict=True):
        send_later(made, at)


def _delivery(notice: Notice, channel: Channel, due: datetime) -> Delivery:
    return Delivery(
        notice=notice,
        channel=channel,
        due_at=due,
        message_id=f"{channel.lower()}-{uuid.uuid4()}",
        waits_for="" if port(channel).is_ready() else channel,
    )


def write_mail(
    *, to: str, sender: str, subject: str, text: str, headers: Mapping[str, str], message_id: str,
    now: datetime, files: Sequence[int] = (),
) -> Delivery:  # fmt: skip
    """A mail to somebody outside, in the caller's transaction; sent once, as every delivery."""
    one_line = subject.replace("\r", " ").replace("\n", " ")
    delivery = Delivery.objects.create(
        channel=Channel.MAIL, due_at=now, message_id=message_id,
        waits_for="" if port(Channel.MAIL).is_ready() else Channel.MAIL,
        body={
            "to": to, "sender": sender, "subject": one_line, "text": text, "headers": dict(headers),
            "files": list(files),
        },
    )  # fmt: skip
    send_later(delivery, now)
    return delivery


def write_sms(
    *, to: str, text: str, message_id: str, now: datetime, channel: Channel = Channel.SMS
) -> Delivery:
    """A text message to somebody outside, or a call that says it (`channel` VOICE), in the caller's
    transaction; sent once.
    """
    delivery = Delivery.objects.create(
        channel=channel, due_at=now, message_id=message_id,
        waits_for="" if port(channel).is_ready() else channel, body={"to": to, "text": text},
    )  # fmt: skip
    send_later(delivery, now)
    return delivery


def _for_webhooks(notice: Notice, hooks: Sequence[Webhook]) -> list[Delivery]:
    """Once a telling, however many people heard it; who they are is not said outside."""
    return [
        Delivery(
            webhook=hook,
            channel=Channel.WEBHOOK,
            due_at=notice.at,
            message_id=f"webhook-{uuid.uuid4()}",
            body={
                "kind": notice.kind,
                "title": notice.title,
                "url": notice.url,
                "at": notice.at.isoformat(),
            },
        )
        for hook in hooks
        if any(
            notice.kind == each or (each.endswith(".") and notice.kind.startswith(each))
            for each in hook.kinds
        )
    ]


def read(notices: Sequence[int] | None, *, by: User, now: datetime) -> int:
    """Mark these notices of this person read (None = all); returns how many."""
    rows = Notice.objects.filter(to=by, read_at=None)
    if notices is not None:
        rows = rows.filter(pk__in=notices)
    return rows.update(read_at=now)


def make_secret() -> str:
    """A key for signing webhooks."""
    return secrets.token_urlsafe(48)


def add_webhook(
    *, title: str, address: str, kinds: Sequence[str], by: User | None, now: datetime
) -> Webhook:
    """Somebody outside hears notices of these kinds from now on."""
    with transaction.atomic():
        hook = Webhook.objects.create(
            title=title, address=address, kinds=list(kinds), secret=make_secret(), made_at=now
        )
        log("notify.webhook_added", by=by, now=now, thing=hook, after={"kinds": list(kinds)})
    return hook


def toggle_webhook(pk: int, *, by: User | None, now: datetime) -> Webhook:
    """Stop it, or let it hear again. Raises NoSuchThing."""
    with transaction.atomic():
        hook = Webhook.objects.select_for_update().filter(pk=pk).first()
        if hook is None:
            raise NoSuchThing
        hook.active = not hook.active
        hook.save(update_fields=["active"])
        log("notify.webhook_toggled", by=by, now=now, thing=hook, after={"active": hook.active})
    return hook
