"""People for tests."""

from __future__ import annotations

from itertools import count
from typing import Any

from django.test import Client

from bihuan.base.access.models import User

_numbers = count(1)
PASSWORD = "an old centrifuge hums"  # noqa: S105 - of tests only


def make_person(*roles: str, name: str = "", **values: Any) -> User:
    """Somebody with these roles; region R1 unless said otherwise."""
    number = next(_numbers)
    username = values.pop("username", "") or f"{roles[0] if roles else 'nobody'}{number}"
    values.setdefault("region", "R1")
    return User.objects.create(
        username=username, name=name or f"测试{number}", roles=list(roles), **values
    )


def signed_in(person: User, **defaults: Any) -> Client:
    """A browser in which this person is signed in, proved a moment ago."""
    import time

    client = Client(**defaults)
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    session = client.session
    session["account_authentication_methods"] = [
        {"method": "password", "at": time.time(), "reauthenticated": True}
    ]
    session["account_authentication_methods_user"] = str(person.pk)
    session.save()
    return client


def come_in(person: User) -> Client:
    """A browser as of `signed_in` that has opened its first page. For tests that take back each of
    very many pages: that somebody came is written once, and not anew at each.
    """
    client = signed_in(person)
    client.get("/")
    return client
