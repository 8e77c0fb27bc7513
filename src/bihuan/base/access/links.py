"""One-time links: an invitation or a reset, handed over by the administrator, no mail needed."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db import transaction

from bihuan.base.access.actions import set_password
from bihuan.base.access.errors import LinkSpent
from bihuan.base.access.models import OneTimeLink, User
from bihuan.base.audit.actions import log

INVITE, RESET = "INVITE", "RESET"
LASTS = {INVITE: timedelta(days=3), RESET: timedelta(minutes=30)}


def sha256_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def make_link(user: User, *, by: User | None, now: datetime) -> tuple[OneTimeLink, str]:
    """A new link (the older ones of this person die) and its token, which is kept nowhere."""
    purpose = RESET if user.has_usable_password() else INVITE
    token = secrets.token_urlsafe(24)
    with transaction.atomic():
        OneTimeLink.objects.filter(user=user, used_at=None).delete()
        link = OneTimeLink.objects.create(
            user=user,
            purpose=purpose,
            token_sha256=sha256_of(token),
            made_at=now,
            made_by=by,
            expires_at=now + LASTS[purpose],
        )
        log(f"access.{purpose.lower()}_link_made", by=by, now=now, thing=user)
    return link, token


def link_for(token: str, now: datetime) -> OneTimeLink:
    """The link of this token while it can be used. Raises LinkSpent."""
    link = (
        OneTimeLink.objects.select_related("user")
        .filter(
            token_sha256=sha256_of(token), used_at=None, expires_at__gt=now, user__is_active=True
        )
        .first()
    )
    if link is None:
        raise LinkSpent
    return link


def use_link(token: str, *, password: str, now: datetime) -> User:
    """Set the password; the link is spent. Raises LinkSpent and BadInput (then it is not spent)."""
    with transaction.atomic():
        link = link_for(token, now)
        if not OneTimeLink.objects.filter(pk=link.pk, used_at=None).update(used_at=now):
            raise LinkSpent
        return set_password(link.user, password, by=link.user, now=now)
