"""A JT/T 808 terminal is made known, registers itself once, and shows its code ever after."""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from bihuan.apps.monitoring import figures
from bihuan.apps.monitoring.keys import hash_of, new_key
from bihuan.apps.monitoring.models import Device, Terminal
from bihuan.apps.monitoring.refusals import NotAPhone, PhoneTaken
from bihuan.base.access.models import User
from bihuan.base.audit.actions import log
from bihuan.lib.jt808 import Registration
from bihuan.lib.jt808.bodies import ALREADY, NO_TERMINAL, OK

CODE = 20
"""Characters of a terminal's code: 120 random bits; old terminals take no longer ones."""


def make_known(
    *, device: Device, phone: str, terminal: str, by: User | None, now: datetime
) -> Terminal:
    """From now on the terminal may register itself, for so many hours; what it had is void. Raises
    NotAPhone, PhoneTaken.
    """
    digits = phone.strip().lstrip("0")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 20):
        raise NotAPhone
    until = now + timedelta(hours=figures.number("jt808_register_hours", now))
    values = {
        "phone": digits, "terminal": terminal.strip()[:30], "code_hash": "", "open_until": until, "registered_at": None,
        "said": {}, "made_at": now, "made_by": by,
    }  # fmt: skip
    try:
        with transaction.atomic():
            Terminal.objects.filter(phone=digits, device__revoked_at__isnull=False).delete()
            row, _new = Terminal.objects.update_or_create(device=device, defaults=values)
            log("device.terminal", by=by, now=now, thing=device.asset, after={"phone": digits, "terminal": row.terminal})  # fmt: skip
    except IntegrityError:
        raise PhoneTaken(phone=digits) from None
    return row


def register(*, phone: str, told: Registration, now: datetime) -> tuple[int, str]:
    """The result for the terminal, and its code where that is 0: the one it had before is void."""
    row = _row(phone)
    if row is None or (row.terminal and row.terminal != told.terminal):
        return NO_TERMINAL, ""
    if row.open_until < now:
        return ALREADY, ""
    code = new_key()[:CODE]
    said = {
        "maker": told.maker,
        "model": told.model,
        "terminal": told.terminal,
        "plate": told.plate,
    }
    Terminal.objects.filter(pk=row.pk).update(
        code_hash=hash_of(code), registered_at=now, said={key: _clean(text) for key, text in said.items()}
    )  # fmt: skip
    return OK, code


def admit(*, phone: str, code: str, now: datetime) -> Device | None:
    """The device of a terminal that shows its code."""
    row = _row(phone)
    if row is None or not row.code_hash:
        return None
    if not hmac.compare_digest(hash_of(code), row.code_hash):
        return None
    Device.objects.filter(pk=row.device_id).update(signed_in_at=now)
    # It has its code for good: nobody else gets one by registering with its number.
    Terminal.objects.filter(pk=row.pk, open_until__gt=now).update(open_until=now)
    return row.device


def _row(phone: str) -> Terminal | None:
    rows = Terminal.objects.filter(phone=phone, device__revoked_at=None)
    return rows.select_related("device__asset").first()


def _clean(text: str) -> str:
    return "".join(each for each in text if each.isprintable())[:60]
