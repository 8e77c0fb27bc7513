"""Messages of social platforms and of WeCom by webhook: signed, any JSON, named by a mapping."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bihuan.apps.assets.models import Asset
from bihuan.apps.tickets.actions.opening import Received, Report, receive
from bihuan.apps.tickets.doors.keeping import keep
from bihuan.apps.tickets.doors.models import Hook
from bihuan.apps.tickets.doors.seal import Unreadable, opened, sealed
from bihuan.apps.tickets.doors.words_of_mail import tidy
from bihuan.apps.tickets.enums import Channel, Disposition, Kind, Source
from bihuan.apps.tickets.models import Envelope
from bihuan.base.access.models import User
from bihuan.base.audit.actions import log
from bihuan.base.errors import BadInput, NoSuchThing, Refusal
from bihuan.base.notify.actions import make_secret
from bihuan.base.notify.channels.webhook import signature
from bihuan.base.storable import storable

FIELDS = ("id", "text", "sender", "name", "thread", "title", "machine", "at")
PLAIN = {name: name for name in FIELDS}
TOLERANCE = timedelta(minutes=5)
MOST_BYTES = 256 * 1024
LONGEST = 8000
_MARK = re.compile(r"t=(\d{1,12}),v1=([0-9a-f]{64})")


class BadSignature(Refusal):
    code = "bad_signature"
    message = gettext_lazy("签名不对，或者已经过期。")
    status = 403


class MessageTooBig(Refusal):
    code = "message_too_big"
    message = gettext_lazy("消息太大，最多 %(limit)d KB。")
    status = 413


def announced(length: str | None) -> None:
    """Refuse by what a call says of its length, before it is read. Raises MessageTooBig, BadInput."""
    if not length:
        return
    if not (length.isascii() and length.isdecimal()):
        raise BadInput({"": _("请求头里的长度不是数字。")})
    if len(length) > 12 or int(length) > MOST_BYTES:
        raise MessageTooBig(limit=MOST_BYTES // 1024)


def add_hook(
    *, title: str, channel: str, mapping: Mapping[str, str], by: User, now: datetime
) -> tuple[Hook, str]:
    """A new address and its secret, which is shown once."""
    secret = make_secret()
    with transaction.atomic():
        row = Hook.objects.create(
            title=title, code=secrets.token_urlsafe(12), channel=Channel(channel), secret=sealed(secret),
            mapping={name: path for name, path in mapping.items() if name in FIELDS and path},
            made_at=now,
        )  # fmt: skip
        log(
            "tickets.hook_added",
            by=by,
            now=now,
            thing=row,
            after={"title": title, "channel": channel},
        )
    return row, secret


def toggle_hook(*, hook: Hook, by: User, now: datetime) -> Hook:
    """Stop it, or let it take messages again."""
    with transaction.atomic():
        Hook.objects.filter(pk=hook.pk).update(active=not hook.active)
        hook.refresh_from_db()
        log("tickets.hook_toggled", by=by, now=now, thing=hook, after={"active": hook.active})
    return hook


def take(*, code: str, header: str, body: bytes, now: datetime) -> Received:
    """One message. Raises NoSuchThing, BadSignature, MessageTooBig, BadInput; what finds no ticket
    is kept.
    """
    hook = Hook.objects.filter(code=code, active=True).first() if "\x00" not in code else None
    if hook is None:
        raise NoSuchThing
    _check(hook, header, body, now)
    if len(body) > MOST_BYTES:
        raise MessageTooBig(limit=MOST_BYTES // 1024)
    try:
        data = storable(json.loads(body))
    except (ValueError, RecursionError) as error:
        raise BadInput({"": _("内容应是 JSON。")}) from error
    found = {name: picked(data, path) for name, path in (PLAIN | hook.mapping).items()}
    text = tidy(found["text"])[:LONGEST]
    if not text or not found["id"]:
        raise BadInput({"text" if not text else "id": _("按字段对照没有取到内容。")})
    at = _moment(found["at"], now)
    envelope = Envelope(
        channel=hook.channel, message_id=f"hook:{hook.code}:{short(found['id'])}",
        thread=f"hook:{hook.code}:{short(found['thread'] or found['sender'] or found['id'])}",
        sender=_line(found["sender"])[:254], sender_name=_line(found["name"])[:60],
        subject=_line(found["title"])[:200], text=text, received_at=at,
        machine=found["machine"][:80], raw={"body": data, "hook": hook.pk},
    )  # fmt: skip
    asset = Asset.objects.filter(token=envelope.machine).first() if envelope.machine else None
    report = Report(
        kind=Kind.FAULT if asset else Kind.CONSULT, channel=hook.channel, asset=asset,
        title=envelope.subject or text.split("\n")[0], text=text, reported_at=at,
        source=Source.MESSAGE, caller_name=envelope.sender_name or envelope.sender[:60],
    )  # fmt: skip
    try:
        with transaction.atomic():
            return receive(envelope=envelope, report=report, by=None, now=now)
    except Refusal as refusal:
        envelope.pk, envelope.raw["why"] = None, refusal.code
        kept = keep(envelope, disposition=Disposition.TO_LOOK, now=now)
        return Received(kept, None, kept.disposition, new=True)


def _check(hook: Hook, header: str, body: bytes, now: datetime) -> None:
    given = _MARK.fullmatch(header.strip())
    try:
        secret = opened(hook.secret)
    except Unreadable:
        given, secret = None, ""
    seconds = int(given[1]) if given else 0
    near = abs(now.timestamp() - seconds) <= TOLERANCE.total_seconds()
    if (
        given is None
        or not near
        or not hmac.compare_digest(signature(secret, seconds, body), given[2])
    ):
        log("tickets.hook_refused", by=None, now=now, thing=hook, after={"bytes": len(body)})
        raise BadSignature


def picked(data: Any, path: str) -> str:
    """What stands at `message.from.0.id` of a JSON; empty when nothing does."""
    for step in path.split("."):
        if isinstance(data, Mapping):
            data = data.get(step)
        elif isinstance(data, list) and step.isdecimal() and int(step) < len(data):
            data = data[int(step)]
        else:
            return ""
    if data is None or isinstance(data, bool | dict | list):
        return ""
    return str(data).replace("\x00", "")


def _line(text: str) -> str:
    return tidy(text).replace("\n", " ")


def short(text: str) -> str:
    """As it is when it is short; a long one by its hash."""
    return text if len(text) <= 120 else hashlib.sha256(text.encode()).hexdigest()


def _moment(text: str, now: datetime) -> datetime:
    """When it was written, if that is of the last day; else now. Seconds since 1970 are taken, too."""
    try:
        at = (
            datetime.fromtimestamp(float(text), UTC)
            if text.replace(".", "").isdecimal()
            else datetime.fromisoformat(text)
        )
    except (ValueError, OverflowError, OSError):
        return now
    if at.tzinfo is None or not now - timedelta(days=1) <= at <= now:
        return now
    return at
