"""Deeds on accounts. Each is one transaction with its entry in the log."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from bihuan.base import registry
from bihuan.base.access import lockout
from bihuan.base.access.errors import LastAdministrator, NameTaken, NotYourself, StillHolds
from bihuan.base.access.models import ApiToken, OneTimeLink, User
from bihuan.base.audit.actions import log
from bihuan.base.errors import BadInput
from bihuan.base.facts.actions import tell
from bihuan.base.texts import in_a_row
from bihuan.base.vocabulary import vocabulary

ADMINISTRATOR = "administrator"
FIELDS = (
    "name", "staff_no", "email", "phone", "roles", "region", "team_id", "dealer_id", "customer_id",
    "language", "joined_on",
)  # fmt: skip
# What the log says of a person is that these changed, not what they are.
PRIVATE = {"email", "phone"}


def tidy_username(text: str) -> str:
    """One width, lower case, no spaces or invisible marks: two names that look alike are one."""
    plain = unicodedata.normalize("NFKC", text).strip().casefold()
    return "".join(each for each in plain if unicodedata.category(each)[0] not in "CZ")


def add_user(*, username: str, name: str, by: User | None, now: datetime, **values: Any) -> User:
    """Make an account without a password; its owner sets one by a one-time link.

    Raises BadInput (fields) and NameTaken.
    """
    username = tidy_username(username)
    _check(dict(values, username=username, name=name))
    with transaction.atomic():
        if User.objects.filter(username__iexact=username).exists():
            raise NameTaken(name=username)
        user = User(username=username, name=name.strip(), **_known(values))
        user.set_unusable_password()
        user.save(force_insert=True)
        log("access.user_added", by=by, now=now, thing=user, after=_shown(user))
    return user


def change_user(user: User, *, values: Mapping[str, Any], by: User | None, now: datetime) -> User:
    """Change an account. Raises BadInput, NotYourself (own roles), LastAdministrator."""
    _check(values)
    with transaction.atomic():
        row = locked(user.pk)
        before = _shown(row)
        roles = values.get("roles", row.roles)
        if by is not None and by.pk == row.pk and set(roles) != set(row.roles):
            raise NotYourself
        if ADMINISTRATOR in row.roles and ADMINISTRATOR not in roles:
            not_the_last(row)
        private = [
            name for name in PRIVATE if name in values and getattr(row, name) != values[name]
        ]
        for name, value in _known(values).items():
            setattr(row, name, value)
        row.save()
        after = _shown(row) | ({"changed": sorted(private)} if private else {})
        if before != after:
            log("access.user_changed", by=by, now=now, thing=row, before=before, after=after)
    return row


def close_account(user: User, *, by: User | None, now: datetime) -> User:
    """Nobody signs in with it any more; of our own people the regulation hears it. Raises StillHolds
    while anything has no heir.
    """
    with transaction.atomic():
        row = locked(user.pk)
        if by is not None and by.pk == row.pk:
            raise NotYourself
        if ADMINISTRATOR in row.roles:
            not_the_last(row)
        held = [str(what) for _c, _n, function in registry.named("holds") for what in function(row)]
        if held:
            raise StillHolds(what=in_a_row(held))
        row.is_active = False
        row.left_on = timezone.localdate(now)
        row.save(update_fields=["is_active", "left_on"])
        OneTimeLink.objects.filter(user=row, used_at=None).delete()
        ApiToken.objects.filter(user=row, revoked_at=None).update(revoked_at=now)
        end_sessions(row)
        log("access.account_closed", by=by, now=now, thing=row)
        if row.customer_id is None and row.dealer_id is None:
            tell(
                "staff.left", at=now, now=now, by=by, subjects={"person": row.pk},
                data={"last_day": row.left_on.isoformat(), "roles": list(row.roles)},
                key=f"staff:{row.pk}:left:{row.left_on}",
            )  # fmt: skip
    return row


def open_account(user: User, *, by: User | None, now: datetime) -> User:
    """An account that was closed may be used again; a new password is needed."""
    with transaction.atomic():
        row = locked(user.pk)
        row.is_active, row.left_on = True, None
        row.set_unusable_password()
        row.save(update_fields=["is_active", "left_on", "password"])
        log("access.account_opened", by=by, now=now, thing=row)
    return row


def set_password(user: User, password: str, *, by: User | None, now: datetime) -> User:
    """Set the password after the house's rules. Raises BadInput; other sessions end."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise BadInput({"password": " ".join(error.messages)}) from error
    with transaction.atomic():
        user.set_password(password)
        user.save(update_fields=["password"])
        end_sessions(user)
        lockout.clear(user.username)
        log("access.password_set", by=by, now=now, thing=user)
    return user


def drop_second_factors(user: User, *, by: User | None, now: datetime) -> int:
    """Somebody lost the phone: the administrator takes the second factors off."""
    from allauth.mfa.models import Authenticator

    with transaction.atomic():
        count: int = Authenticator.objects.filter(user=user).delete()[0]
        end_sessions(user)
        log("access.second_factors_dropped", by=by, now=now, thing=user, after={"count": count})
    return count


def end_sessions(user: User) -> int:
    """Sign this person out everywhere."""
    from allauth.usersessions.models import UserSession

    rows = UserSession.objects.filter(user=user)
    Session.objects.filter(
        session_key__in=list(rows.values_list("session_key", flat=True))
    ).delete()
    count: int = rows.delete()[0]
    return count


def _known(values: Mapping[str, Any]) -> dict[str, Any]:
    found = {name: values[name] for name in FIELDS if name in values}
    if "name" in found:
        found["name"] = str(found["name"]).strip()
    return found


def _shown(user: User) -> dict[str, Any]:
    return {name: getattr(user, name) for name in FIELDS if name not in PRIVATE} | {
        "username": user.username
    }


def locked(pk: int) -> User:
    """The account, which nobody else changes until the transaction is over."""
    return User.objects.select_for_update().get(pk=pk)


def not_the_last(user: User) -> None:
    """Raises LastAdministrator unless another open account administers."""
    others = User.objects.select_for_update().filter(
        is_active=True, roles__contains=[ADMINISTRATOR]
    )
    if not [each for each in others if each.pk != user.pk]:
        raise LastAdministrator


def _check(values: Mapping[str, Any]) -> None:
    wrong: dict[str, str] = {}
    if "username" in values and not values["username"]:
        wrong["username"] = _("请填登录名。")
    if "name" in values and not str(values["name"]).strip():
        wrong["name"] = _("请填姓名。")
    roles: Sequence[str] = values.get("roles", ())
    unknown = [role for role in roles if role not in vocabulary().roles]
    if unknown:
        wrong["roles"] = _("没有这些岗位：%(names)s") % {"names": ", ".join(unknown)}
    if values.get("language", "zh") not in ("zh", "en"):
        wrong["language"] = _("只能是 zh 或 en。")
    if wrong:
        raise BadInput(wrong)
