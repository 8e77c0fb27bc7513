from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.core.cache import cache
from django.test import Client

from bihuan.base import clock
from bihuan.base.access.actions import end_sessions
from bihuan.base.access.allauth_adapter import MFAAdapter
from bihuan.base.access.models import LoginFailures
from bihuan.base.audit.models import Entry
from bihuan.base.testing.people import PASSWORD, make_person, signed_in

pytestmark = pytest.mark.django_db
SIGN_IN = "/accounts/login/"


@pytest.fixture(autouse=True)
def nobody_tried_before():
    cache.clear()


@pytest.fixture
def li():
    person = make_person("sales", username="li")
    person.set_password(PASSWORD)
    person.save()
    return person


def sign_in(client, password=PASSWORD, name="li"):
    return client.post(SIGN_IN, {"login": name, "password": password})


def sign_in_from(address):
    client = Client(REMOTE_ADDR=address)
    sign_in(client)
    return client


def inside(client):
    return client.get("/me/").status_code == 200


def test_the_right_password_opens_and_is_written_down(li):
    client = Client()
    assert sign_in(client).status_code == 302
    assert inside(client)
    assert Entry.objects.filter(verb="access.signed_in", by=li).exists()
    client.post("/accounts/logout/")
    assert not inside(client)


def test_nobody_makes_an_account_alone():
    answer = Client().post(
        "/accounts/signup/", {"username": "eve", "password1": PASSWORD, "password2": PASSWORD}
    )
    assert answer.status_code in (200, 403, 302)
    from bihuan.base.access.models import User

    assert not User.objects.exists()


def test_wrong_passwords_close_the_name_for_every_process(li):
    client = Client()
    for _ in range(5):
        assert sign_in(client, "wrong").status_code == 200
    cache.clear()  # another process has another cache
    answer = sign_in(client)
    assert not inside(client)
    assert "暂停登录" in answer.content.decode()
    with clock.set_to(datetime.now(UTC) + timedelta(minutes=2)):
        assert sign_in(client).status_code == 302
    assert not LoginFailures.objects.exists()


def tried(name, times, address):
    for _ in range(times):
        Client(REMOTE_ADDR=address).post(SIGN_IN, {"login": name, "password": "wrong"})
        cache.clear()  # the limits per address are another matter


def test_wrong_passwords_of_strangers_keep_nobody_out(li):
    """Nor do they get further by coming from elsewhere."""
    known = Client()
    sign_in(known)
    known.post("/accounts/logout/")
    tried("li", 5, "203.0.113.7")
    assert not inside(sign_in_from("203.0.113.99"))  # the same network
    assert inside(sign_in_from("198.51.100.1"))
    for n in range(6):
        tried("li", 4, f"203.0.{n}.7")
    assert not inside(sign_in_from("198.51.100.1"))  # all strangers together had enough
    tried("li", 5, "127.0.0.1")  # even from the same network as the known browser
    assert sign_in(known).status_code == 302
    assert inside(known)
    assert not inside(sign_in_from("198.51.100.1"))  # which takes nothing off the others
    other = Client()
    other.cookies["bihuan_known"] = "forged"
    assert sign_in(other).status_code != 302


def test_a_living_session_is_asked_again_whatever_strangers_try(li):
    client = signed_in(li)
    tried("li", 30, "203.0.113.7")
    wrong = [client.post("/accounts/reauthenticate/", {"password": "wrong"}) for _ in range(4)]
    assert {each.status_code for each in wrong} == {200}
    assert client.post("/accounts/reauthenticate/", {"password": PASSWORD}).status_code == 302
    for _ in range(5):
        cache.clear()
        client.post("/accounts/reauthenticate/", {"password": "wrong"})
    cache.clear()
    closed = client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    assert closed.status_code == 200
    assert inside(client)


def test_an_unknown_name_is_answered_like_a_known_one(li):
    known = sign_in(Client(), "wrong").content.decode()
    unknown = sign_in(Client(), "wrong", "nobody").content.decode()
    assert known.count("<li>") == unknown.count("<li>")
    assert len(known) - len(unknown) < 200


def test_a_closed_account_opens_nothing(li):
    client = Client()
    sign_in(client)
    li.is_active = False
    li.save()
    assert not inside(client)
    assert not inside_after(Client())


def inside_after(client):
    sign_in(client)
    return inside(client)


def test_a_session_ends_when_nobody_uses_it(li, settings):
    client = signed_in(li)
    start = datetime.now(UTC)
    with clock.set_to(start):
        assert inside(client)
    with clock.set_to(start + timedelta(seconds=settings.IDLE_SECONDS - 10)):
        assert client.get("/notices/bell/", headers={"X-Poll": "1"}).status_code == 200
    with clock.set_to(start + timedelta(seconds=settings.IDLE_SECONDS + 10)):
        answer = client.get("/me/")
        assert answer.headers["Location"].startswith(SIGN_IN)
        fragment = client.get("/notices/bell/", headers={"HX-Request": "true"})
        assert fragment.status_code == 401
        assert fragment.headers["HX-Redirect"].startswith(SIGN_IN)


def test_use_keeps_a_session_alive(li, settings):
    client = signed_in(li)
    moment = datetime.now(UTC)
    for _ in range(4):
        moment += timedelta(seconds=settings.IDLE_SECONDS - 10)
        with clock.set_to(moment):
            client.get("/me/")
    with clock.set_to(moment):
        assert inside(client)


@pytest.mark.parametrize("idle", [True, False], ids=["idle", "unknown"])
@pytest.mark.parametrize(
    ("said", "page"),
    [
        ({"HTTP_REFERER": "http://testserver/users/new/?a=1"}, "/users/new/?a=1"),
        ({"HTTP_HX_REQUEST": "true", "HTTP_HX_CURRENT_URL": "http://testserver/users/"}, "/users/"),
        ({"HTTP_REFERER": "http://elsewhere.example/users/"}, "/"),
        ({}, "/"),
    ],
)
def test_who_sends_a_form_after_the_end_comes_back_to_its_page(settings, idle, said, page):
    """The address of the deed itself opens nothing."""
    client = signed_in(make_person("administrator")) if idle else Client()
    if idle:
        client.get("/me/")
    with clock.set_to(datetime.now(UTC) + timedelta(seconds=settings.IDLE_SECONDS + 1)):
        answer = client.post("/users/1/close/", **said)
    there = answer.headers.get("HX-Redirect") or answer.headers["Location"]
    assert parse_qs(urlsplit(there).query)["next"] == [page]


def stale(client):
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time() - 3600}]
    session.save()


def test_a_sensitive_step_asks_again_and_then_goes_on():
    chief = make_person("administrator", username="chief")
    chief.set_password(PASSWORD)
    chief.save()
    other = make_person("sales")
    client = signed_in(chief)
    stale(client)
    answer = client.post(f"/users/{other.pk}/close/")
    assert answer.headers["Location"].startswith("/accounts/reauthenticate/")
    other.refresh_from_db()
    assert other.is_active
    answer = client.post(answer.headers["Location"], {"password": "wrong"})
    other.refresh_from_db()
    assert other.is_active
    answer = client.post(
        f"/accounts/reauthenticate/?next=/users/{other.pk}/close/", {"password": PASSWORD}
    )
    other.refresh_from_db()
    assert not other.is_active


def test_a_second_factor_is_asked_for_and_works_once(li, monkeypatch):
    moment = SimpleNamespace(time=lambda: 1_800_000_000)  # the code must not run out in between
    monkeypatch.setattr(totp, "time", moment)
    secret = "JBSWY3DPEHPK3PXP"
    TOTP.activate(li, secret)
    assert secret not in str(Authenticator.objects.get().data)
    assert MFAAdapter().decrypt(Authenticator.objects.get().data["secret"]) == secret
    code = format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))
    first, second = Client(), Client()
    for client in (first, second):
        assert "2fa" in sign_in(client).headers["Location"]
        assert not inside(client)
    first.post("/accounts/2fa/authenticate/", {"code": code})
    assert inside(first)
    second.post("/accounts/2fa/authenticate/", {"code": code})
    assert not inside(second)


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_after_signing_in_one_stays_here(li, target):
    answer = Client().post(SIGN_IN, {"login": "li", "password": PASSWORD, "next": target})
    assert "evil" not in answer.headers.get("Location", "")


def test_a_session_is_listed_once_a_minute_and_anew_under_a_new_key(li):
    client, start = Client(), datetime.now(UTC)
    seen = []
    with clock.set_to(start):
        sign_in(client)
    for seconds in (1, 30, 70):
        with clock.set_to(start + timedelta(seconds=seconds)):
            assert inside(client)
        seen.append(UserSession.objects.get(user=li).last_seen_at)
    assert seen[0] == seen[1] < seen[2]

    session = client.session
    session.cycle_key()  # as a new password does
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
    with clock.set_to(start + timedelta(seconds=71)):
        assert inside(client)
    assert UserSession.objects.filter(user=li, session_key=session.session_key).exists()
    end_sessions(li)
    assert not inside(client)
