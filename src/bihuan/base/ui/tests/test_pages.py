"""Pages that everybody meets: sign-in, look, gallery, errors."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from bihuan.base.access.models import User

pytestmark = [pytest.mark.django_db, pytest.mark.urls("bihuan.base.ui.tests.routes")]


@pytest.fixture
def person():
    user = User(username="limuyan", name="李慕言")
    user.set_password("a long pass phrase 9")
    user.save()
    return user


@pytest.fixture
def signed_in(client: Client, person: User) -> Client:
    client.force_login(person)
    return client


def test_sign_in_page_is_ours(client):
    page = client.get("/accounts/login/").content.decode()
    assert "<h1>登录</h1>" in page
    assert 'name="login"' in page
    assert 'id="passkey_login"' in page
    assert 'data-allauth-onload="allauth.webauthn.forms.loginForm"' in page
    assert "<style" not in page


def test_sign_in_page_speaks_english(client):
    page = client.get("/accounts/login/", headers={"Accept-Language": "en-GB"}).content.decode()
    assert "<h1>Sign in</h1>" in page
    assert 'lang="en"' in page


def test_wrong_password_is_said_in_the_form(client, person):
    data = {"login": "limuyan", "password": "wrong"}
    page = client.post("/accounts/login/", data).content.decode()
    assert 'class="form-errors" role="alert"' in page


@pytest.mark.parametrize(
    "path",
    [
        "/accounts/password/change/",
        "/accounts/2fa/",
        "/accounts/sessions/",
        "/accounts/logout/",
    ],
)
def test_account_pages_are_ours(signed_in, path):
    answer = signed_in.get(path, follow=True)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "ui/components.css" in page
    assert not re.search(r"<script(?![^>]*(src=|application/json))", page)


def test_gallery_shows_every_component(signed_in):
    page = signed_in.get("/gallery/").content.decode()
    for mark in ("ring is-closed", "chip paused", "clause is-on", "stepper", "explain", "week"):
        assert f'class="{mark}' in page, mark
    assert " style=" not in page


def test_gallery_is_closed_to_strangers(client):
    answer = client.get("/gallery/")
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/accounts/login/")


def test_look_is_kept_in_cookies(client):
    answer = client.post(
        "/settings/look/", {"language": "en", "theme": "dark", "next": "/gallery/"}
    )
    assert answer.headers["Location"] == "/gallery/"
    assert client.cookies["bihuan_language"].value == "en"
    assert client.cookies["bihuan_theme"].value == "dark"
    page = client.get("/accounts/login/").content.decode()
    assert 'lang="en" data-theme="dark"' in page
    client.post("/settings/look/", {"theme": "system"})
    assert client.cookies["bihuan_theme"].value == ""


@pytest.mark.parametrize(
    "place", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"]
)
def test_look_goes_back_to_this_site_only(client, place):
    answer = client.post("/settings/look/", {"language": "en", "next": place})
    assert answer.headers["Location"] == "/"


def test_nonsense_changes_no_look(client):
    client.post("/settings/look/", {"language": "fr", "theme": '"><script>'})
    assert "bihuan_language" not in client.cookies
    assert "bihuan_theme" not in client.cookies
    client.cookies["bihuan_theme"] = "x onload=1"
    assert "data-theme" not in client.get("/accounts/login/").content.decode()


def test_a_missing_page_says_so_plainly(signed_in):
    answer = signed_in.get("/no/such/page/")
    assert answer.status_code == 404
    assert "<h1>没有找到</h1>" in answer.content.decode()
    assert 'class="menu"' in answer.content.decode()


def test_a_stranger_gets_the_same_without_the_menu(client):
    page = client.get("/no/such/page/").content.decode()
    assert "没有找到" in page
    assert "再扫一次设备上的码" in page
    assert "Ctrl K" not in page.split("<h1>")[1].split("</main>")[0]
    assert 'class="menu"' not in page
