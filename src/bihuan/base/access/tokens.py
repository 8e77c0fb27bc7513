"""Keys for programs: they act as their owner and never further than their scopes."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from bihuan.base.access.errors import TokenScope
from bihuan.base.access.links import sha256_of
from bihuan.base.access.models import ApiToken, User
from bihuan.base.access.scope import reaches
from bihuan.base.audit.actions import log

MARK = "bh_"
LONGEST_DAYS = 366
GRAIN = timedelta(minutes=1)


@dataclass(frozen=True)
class Caller:
    """Who calls: the owner, and the verbs this key opens."""

    user: User
    scopes: frozenset[str]
    token: ApiToken


def make_token(
    user: User,
    *,
    title: str,
    scopes: Sequence[str],
    expires_at: datetime,
    by: User | None,
    now: datetime,
) -> tuple[ApiToken, str]:
    """A new key and its text, which is shown once and kept nowhere. Raises TokenScope."""
    beyond = [verb for verb in scopes if not reaches(user, verb)]
    if beyond or not scopes:
        raise TokenScope(verbs=", ".join(beyond) or "—")
    text = MARK + secrets.token_urlsafe(32)
    latest = now + timedelta(days=LONGEST_DAYS)
    with transaction.atomic():
        token = ApiToken.objects.create(
            user=user,
            title=title,
            prefix=text[:9],
            token_sha256=sha256_of(text),
            scopes=sorted(set(scopes)),
            made_at=now,
            made_by=by,
            expires_at=min(expires_at, latest),
        )
        log("access.token_made", by=by, now=now, thing=token, after={"scopes": token.scopes})
    return token, text


def revoke_token(token: ApiToken, *, by: User | None, now: datetime) -> bool:
    """The key opens nothing any more."""
    with transaction.atomic():
        done = ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=now)
        if done:
            log("access.token_revoked", by=by, now=now, thing=token)
    return bool(done)


def caller_of(text: str, now: datetime) -> Caller | None:
    """Whose key this is; None when it opens nothing."""
    token = (
        ApiToken.objects.select_related("user")
        .filter(
            token_sha256=sha256_of(text), revoked_at=None, expires_at__gt=now, user__is_active=True
        )
        .first()
    )
    if token is None:
        return None
    if token.last_used_at is None or now - token.last_used_at > GRAIN:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return Caller(token.user, frozenset(token.scopes), token)


def note_refused(text: str, *, verb: str, now: datetime) -> None:
    """A line in the audit log for a key of ours that does not open this (ended, revoked, of a closed
    account, for something else). A made-up one is nobody's and leaves none.
    """
    token = ApiToken.objects.filter(token_sha256=sha256_of(text)).first()
    if token is not None:
        log("access.token_refused", by=None, now=now, thing=token, after={"verb": verb})
