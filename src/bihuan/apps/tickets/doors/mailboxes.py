"""Setting a mailbox up and trying it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from bihuan.apps.tickets.doors import imap
from bihuan.apps.tickets.doors.models import Mailbox
from bihuan.apps.tickets.doors.seal import sealed
from bihuan.base.access.models import User
from bihuan.base.audit.actions import log

ERRORS = {
    "connect": _("连不上服务器。请核对服务器地址和端口。"),
    "tls": _("加密连接没有建立：证书不对，或这个端口不支持。"),
    "login": _("登录名或密码不对。有的邮箱要用授权码。"),
    "folder": _("没有这个文件夹。"),
    "secret": _("保存的密码打不开了，请重新填写。"),
    "broken": _("服务器的回答读不懂，稍后会再试。"),
}


def save(*, row: Mailbox, secret: str, by: User, now: datetime) -> Mailbox:
    """Keep it; without a new password the old one stays."""
    with transaction.atomic():
        new = row.pk is None
        old = Mailbox.objects.filter(pk=row.pk).first() if row.pk else None
        if secret:
            row.password = sealed(secret)
        if old is not None and (old.host, old.login, old.folder) != (
            row.host,
            row.login,
            row.folder,
        ):
            # another place: its UIDs are others, though it may number them under the same name
            row.place, row.uidvalidity, row.last_uid = old.place + 1, 0, 0
        row.error = ""
        names = [
            "title",
            "address",
            "host",
            "port",
            "security",
            "login",
            "password",
            "folder",
            "active",
            "place",
            "uidvalidity",
            "last_uid",
            "error",
        ]
        if new:
            row.save(force_insert=True)
        else:
            row.save(update_fields=names)
        log(
            "tickets.mailbox_saved", by=by, now=now, thing=row,
            after={"address": row.address, "host": row.host, "active": row.active, "password": bool(secret)},
        )  # fmt: skip
        return row


def test(*, row: Mailbox, by: User, now: datetime) -> tuple[str, int]:
    """An error's code (empty = it works) and how many letters lie there."""
    code, count = "", 0
    try:
        with imap.entered(row) as session:
            _name, data = session.response("EXISTS")
            known = data[0] if data else b"0"
            count = int(known) if isinstance(known, bytes) and known.isdigit() else 0
    except imap.Unreachable as error:
        code = error.code
    Mailbox.objects.filter(pk=row.pk).update(error=code)
    log("tickets.mailbox_tested", by=by, now=now, thing=row, after={"error": code})
    return code, count
