"""How allauth behaves here: nobody signs up alone, wrong passwords close a name for a while."""

from __future__ import annotations

import base64
import secrets
from datetime import timedelta
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _

from bihuan.base import clock
from bihuan.base.access import lockout
from bihuan.base.access.models import User
from bihuan.base.audit.actions import log
from bihuan.base.keys import key

KNOWN = "bihuan_known"
"""The cookie of a browser in which a name has signed in; it opens nothing."""
KNOWN_FOR = timedelta(days=180)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False  # accounts are made by an administrator

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        name = str(credentials.get("username") or "")
        minutes = lockout.closed_minutes(name, clock.now(), _place(request, name))
        if minutes:
            raise ValidationError(
                _(
                    "密码连续输错，这个登录名暂停登录，约 %(minutes)d 分钟后再试。也可以请管理员重置密码。"
                )
                % {"minutes": minutes}
            )
        super().pre_authenticate(request, **credentials)

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        user = super().authenticate(request, **credentials)
        if user is not None:
            lockout.clear(user.username, _place(request, user.username))
        return user

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        name = str(credentials.get("username") or "")
        lockout.count_failure(name, clock.now(), _place(request, name))

    def post_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> Any:
        log("access.signed_in", by=user, now=clock.now(), thing=user)
        answer = super().post_login(request, user, **kwargs)
        answer.set_signed_cookie(
            KNOWN, secrets.token_hex(16), salt=_salt(user.username), max_age=KNOWN_FOR, httponly=True,
            secure=settings.SESSION_COOKIE_SECURE, samesite="Lax",
        )  # fmt: skip
        return answer

    def logout(self, request: HttpRequest) -> None:
        person = request.user
        super().logout(request)
        if isinstance(person, User):
            log("access.signed_out", by=person, now=clock.now(), thing=person)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Nothing of an account depends on mail: links are handed over by the administrator."""

    def send_notification_mail(
        self, template_prefix: str, user: Any, *args: Any, **kwargs: Any
    ) -> None:
        """Security events of an account are written to the log of deeds."""
        if isinstance(user, User):
            verb = f"access.{template_prefix.rpartition('/')[2]}"[:60]
            log(verb, by=user, now=clock.now(), thing=user)


def _salt(name: str) -> str:
    return f"bihuan.known:{name.strip().casefold()}"


def _place(request: HttpRequest, name: str) -> lockout.Place:
    """From where a password for this name is tried."""
    person = request.user
    if isinstance(person, User) and person.username.casefold() == name.strip().casefold():
        return lockout.own("session", str(request.session.session_key))
    browser = request.get_signed_cookie(KNOWN, "", salt=_salt(name), max_age=KNOWN_FOR)
    if browser:
        return lockout.own("browser", browser)
    return lockout.network(request.META.get("REMOTE_ADDR") or "")


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Secrets of second factors are stored encrypted; the key is a file, not a row."""

    def encrypt(self, text: str) -> str:
        return _fernet().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _fernet().decrypt(encrypted_text.encode()).decode()

    def get_totp_label(self, user: Any) -> str:
        return str(user.username)

    def _get_user_identifier(self, user: Any) -> str:
        return str(user.username)


def _fernet() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(key("mfa")))
