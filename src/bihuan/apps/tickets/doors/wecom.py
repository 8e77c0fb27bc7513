"""Messages of a WeCom application: the address is verified, each message becomes an envelope."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from bihuan.apps.tickets.actions.common import event
from bihuan.apps.tickets.actions.opening import Received, Report, receive
from bihuan.apps.tickets.doors import wecom_crypt as crypt
from bihuan.apps.tickets.doors.hooks import (
    LONGEST,
    MOST_BYTES,
    TOLERANCE,
    BadSignature,
    MessageTooBig,
    short,
)
from bihuan.apps.tickets.doors.hours import opens_at
from bihuan.apps.tickets.doors.keeping import keep
from bihuan.apps.tickets.doors.models import WecomApp
from bihuan.apps.tickets.doors.seal import Unreadable, opened, sealed
from bihuan.apps.tickets.doors.words_of_mail import tidy
from bihuan.apps.tickets.enums import Channel, Disposition, Kind, Note, Source
from bihuan.apps.tickets.models import Envelope, Ticket
from bihuan.base.access.models import User
from bihuan.base.audit.actions import log
from bihuan.base.errors import BadInput, NoSuchThing, Refusal

KINDS = {
    "image": "（图片）", "voice": "（语音）", "video": "（视频）", "file": "（文件）", "location": "（位置）",
    "link": "（链接）",
}  # fmt: skip
DAY = 86400


@dataclass(frozen=True)
class Signed:
    """What stands in the address of each call."""

    signature: str
    timestamp: str
    nonce: str


def add_app(
    *, title: str, receiver: str, token: str, aes_key: str, by: User, now: datetime
) -> WecomApp:
    """A new address for an application, with what WeCom's own page shows. Raises BadInput."""
    faults = {}
    try:
        crypt.key_of(aes_key)
    except crypt.Unsound:
        faults["aes_key"] = _("EncodingAESKey 是 43 个字符，请从企业微信后台整段复制。")
    if not (token.isascii() and token.isalnum() and len(token) <= 32):
        faults["token"] = _("Token 只有字母和数字，最多 32 个。")
    if faults:
        raise BadInput(faults)
    with transaction.atomic():
        row = WecomApp.objects.create(
            title=title, code=secrets.token_urlsafe(12), receiver=receiver, token=sealed(token),
            aes_key=sealed(aes_key), made_at=now,
        )  # fmt: skip
        log("tickets.wecom_added", by=by, now=now, thing=row, after={"title": title})
        return row


def toggle_app(*, app: WecomApp, by: User, now: datetime) -> WecomApp:
    """Stop it, or let it take messages again."""
    with transaction.atomic():
        WecomApp.objects.filter(pk=app.pk).update(active=not app.active)
        app.refresh_from_db()
        log("tickets.wecom_toggled", by=by, now=now, thing=app, after={"active": app.active})
    return app


def verify(*, code: str, signed: Signed, echo: str, now: datetime) -> bytes:
    """What WeCom wants to read when the address is entered. Raises NoSuchThing, BadSignature."""
    app = _app(code)
    token, key = _secrets(app)
    found = _open(app, token, key, signed, echo, now)
    WecomApp.objects.filter(pk=app.pk).update(verified_at=now)
    return found


def take(*, code: str, signed: Signed, body: bytes, now: datetime) -> bytes:
    """One message, and the answer to it: empty, or for a new ticket a receipt that stops no clock.

    Raises NoSuchThing, BadSignature, MessageTooBig, BadInput. What finds no ticket is kept.
    """
    app = _app(code)
    token, key = _secrets(app)
    if len(body) > MOST_BYTES:
        raise MessageTooBig(limit=MOST_BYTES // 1024)
    outer = _fields(body)
    plain = _open(app, token, key, signed, outer.get("Encrypt", ""), now)
    given = _fields(plain)
    done = _received(app, given, now)
    if (
        done is None
        or not done.new
        or done.disposition != Disposition.NEW_TICKET
        or not done.ticket
    ):
        return b""
    return _receipt(app, done.ticket, given, token, key, now)


def _app(code: str) -> WecomApp:
    row = WecomApp.objects.filter(code=code, active=True).first() if "\x00" not in code else None
    if row is None:
        raise NoSuchThing
    return row


def _secrets(app: WecomApp) -> tuple[str, bytes]:
    try:
        return opened(app.token), crypt.key_of(opened(app.aes_key))
    except (Unreadable, crypt.Unsound) as error:
        raise BadSignature from error


def _open(
    app: WecomApp, token: str, key: bytes, signed: Signed, cipher_text: str, now: datetime
) -> bytes:
    """Raises BadSignature (forged, old, or for somebody else), with a line in the audit log."""
    seconds = int(signed.timestamp) if signed.timestamp.isdecimal() and len(signed.timestamp) < 12 else 0  # fmt: skip
    near = abs(now.timestamp() - seconds) <= TOLERANCE.total_seconds()
    if near and crypt.is_signed(
        signed.signature, token, signed.timestamp, signed.nonce, cipher_text
    ):
        try:
            return crypt.opened(cipher_text, key, app.receiver)
        except crypt.Unsound:
            pass
    log("tickets.wecom_refused", by=None, now=now, thing=app)
    raise BadSignature


def _fields(body: bytes) -> dict[str, str]:
    """The elements of a flat XML. Raises BadInput; a document type is never read."""
    wrong = BadInput({"": _("内容应是企业微信的 XML。")})
    try:
        text = body.decode()
        if "<!DOCTYPE" in text.upper() or "<!ENTITY" in text.upper():
            raise wrong
        root = ET.fromstring(text)  # noqa: S314 - without a document type nothing expands
    except (ET.ParseError, ValueError) as error:
        raise wrong from error
    return {each.tag: (each.text or "").replace("\0", "") for each in root}


def _received(app: WecomApp, given: dict[str, str], now: datetime) -> Received | None:
    """None: an event of the platform, nothing that anybody said."""
    kind, sender = given.get("MsgType", ""), given.get("FromUserName", "")
    text = tidy(given.get("Content", "")) if kind == "text" else _other(kind, given)
    if not text or not sender or not given.get("MsgId", ""):
        return None
    at = _moment(given.get("CreateTime", ""), now)
    envelope = Envelope(
        channel=Channel.WECOM, message_id=f"wecom:{app.code}:{short(given['MsgId'])}",
        thread=f"wecom:{app.code}:{short(sender)}", sender=sender[:120], sender_name=sender[:60],
        text=text[:LONGEST], received_at=at, raw={"body": given, "wecom": app.pk},
    )  # fmt: skip
    report = Report(
        kind=Kind.CONSULT, channel=Channel.WECOM, title=text.split("\n")[0], text=envelope.text,
        reported_at=at, source=Source.MESSAGE, caller_name=sender[:60],
    )  # fmt: skip
    try:
        with transaction.atomic():
            return receive(envelope=envelope, report=report, by=None, now=now)
    except Refusal as refusal:
        envelope.pk, envelope.raw["why"] = None, refusal.code
        kept = keep(envelope, disposition=Disposition.TO_LOOK, now=now)
        return Received(kept, None, kept.disposition, new=True)


def _other(kind: str, given: dict[str, str]) -> str:
    more = tidy(given.get("Label", "") or given.get("Title", "") or given.get("FileName", ""))
    return f"{KINDS[kind]}{more}" if kind in KINDS else ""


def _moment(text: str, now: datetime) -> datetime:
    """When it was written, if that is of the last day; else now."""
    if text.isdecimal() and len(text) < 12:
        at = datetime.fromtimestamp(int(text), UTC)
        if 0 <= (now - at).total_seconds() <= DAY:
            return at
    return now


def _receipt(
    app: WecomApp, ticket: Ticket, given: dict[str, str], token: str, key: bytes, now: datetime
) -> bytes:
    """The answer in the same call: the number, and when somebody will be there. Nobody has
    answered by that: no fact is told, no clock stops.
    """
    opening = opens_at(now, ticket)
    said = f"已收到，工单号 {ticket.number}。"
    if opening is None:
        said += "我们会尽快由专人联系您。"
    else:
        said += f"现在不在服务时间内，{timezone.localtime(opening):%Y-%m-%d %H:%M} 起有人处理。如有人身危险或整线停产，请直接拨打服务热线。"
    event(
        ticket, Note.RECEIVED, at=now, by=None, ack=True, opens_at=opening.isoformat() if opening else None,
    )  # fmt: skip
    seconds, nonce = str(int(now.timestamp())), secrets.token_hex(8)
    inner = _xml(
        ToUserName=given["FromUserName"], FromUserName=given.get("ToUserName", ""), CreateTime=seconds,
        MsgType="text", Content=said,
    )  # fmt: skip
    cipher_text = crypt.sealed(inner, key, app.receiver, secrets.token_bytes(16))
    mark = crypt.signature(token, seconds, nonce, cipher_text)
    return _xml(Encrypt=cipher_text, MsgSignature=mark, TimeStamp=seconds, Nonce=nonce)


def _xml(**fields: str) -> bytes:
    body = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in fields.items())
    return f"<xml>{body}</xml>".encode()
