"""The inbox and the pop-up of a call in a real browser."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse

from bihuan.apps.tickets.doors import calls
from bihuan.apps.tickets.doors.keeping import keep
from bihuan.apps.tickets.enums import Disposition
from bihuan.apps.tickets.models import Envelope
from bihuan.apps.tickets.tests.factories import ticket
from bihuan.base import clock
from bihuan.base.testing.browser import fits
from bihuan.base.testing.people import make_person, signed_in

playwright = pytest.importorskip("playwright.sync_api")
CHROMIUM = Path("/usr/bin/chromium")
SHOTS = os.environ.get("BIHUAN_SHOTS", "")
pytestmark = [
    pytest.mark.page,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no system browser"),
]


@pytest.fixture(scope="module")
def chromium() -> Iterator:
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with playwright.sync_playwright() as maker:
        browser = maker.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


def shot(page, name, width):
    fitting = fits(page)
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/door-{name}-{width}.png")
    assert fitting, name


def settings_fit(chromium, live_server):
    admin = (
        signed_in(make_person("administrator", "care_lead"))
        .cookies[settings.SESSION_COOKIE_NAME]
        .value
    )
    for width, language, who in ((1440, "zh", admin), (390, "en", admin)):
        context = chromium.new_context(viewport={"width": width, "height": 844})
        pairs = {settings.SESSION_COOKIE_NAME: who, "bihuan_language": language}
        context.add_cookies(
            [{"name": k, "value": v, "url": live_server.url} for k, v in pairs.items()]
        )
        page = context.new_page()
        for name in ("ways", "new_mailbox", "on_call", "paper"):
            page.goto(live_server.url + reverse(f"tickets:{name}"))
            shot(page, name, width)
        page.click("form.form button[type=submit]")
        page.wait_for_selector(".paper")
        shot(page, "print", width)
        context.close()


def test_the_call_pops_up_and_the_inbox_fits(chromium, live_server, house, monkeypatch):
    now = house.now
    monkeypatch.setattr(clock, "now", lambda: now)
    ticket(house.machine, house.desk, now)
    calls.sit_down(number="8001", by=house.desk, now=now)
    whole = "补充：今天早上又响了。\n\n> 请问转速多少"
    for n in range(3):
        row = keep(
            Envelope(
                channel="EMAIL", message_id=f"mail:{n}", sender="wang@elsewhere.cn", sender_name="王工", subject="Re: [WX-20260310-0001] 离心机异响",
                text="补充：今天早上又响了。", received_at=now - timedelta(minutes=n), raw={"why": "not_proven", "claimed": "WX-20260310-0001", "whole": whole},
            ),
            disposition=Disposition.TO_LOOK, now=now,
        )  # fmt: skip
    session = signed_in(house.desk).cookies[settings.SESSION_COOKIE_NAME].value
    complaints: list[str] = []
    for width, language in ((1440, "zh"), (390, "en")):
        context = chromium.new_context(viewport={"width": width, "height": 844})
        pairs = {settings.SESSION_COOKIE_NAME: session, "bihuan_language": language}
        context.add_cookies(
            [{"name": k, "value": v, "url": live_server.url} for k, v in pairs.items()]
        )
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console", lambda said: complaints.append(said.text) if said.type == "error" else None
        )
        page.goto(live_server.url + reverse("tickets:inbox"))
        shot(page, "inbox", width)
        page.goto(live_server.url + reverse("tickets:envelope", args=[row.pk]))
        shot(page, "envelope", width)
        page.goto(live_server.url + reverse("tickets:calls"))  # sits down in this session
        shot(page, "calls", width)
        told = calls.Event(
            call=f"c{width}",
            what=calls.Told.RINGING,
            at=now,
            number="13912345520",
            extension="8001",
        )
        calls.hear(told=told, source=make_person("administrator"), now=now)
        page.wait_for_selector("#live .card", timeout=30_000)
        assert house.customer.called in page.inner_text("#live")
        shot(page, "ringing", width)
        page.click("#live button[type=submit]")
        page.wait_for_selector("#live .card", state="detached", timeout=30_000)
        context.close()
    settings_fit(chromium, live_server)
    assert complaints == []
