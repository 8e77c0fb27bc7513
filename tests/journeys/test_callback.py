"""An account manager's day: workbench, call-back, script, one call for three duties, the check."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.urls import reverse

from bihuan.apps.callbacks.apps import CALLS
from bihuan.apps.callbacks.models import Callback, Problem, Promise, Sample
from bihuan.apps.obligations.actions import discharge
from bihuan.apps.obligations.acts import Proof
from bihuan.apps.obligations.models import Obligation
from bihuan.base import clock
from bihuan.base.facts.models import Fact

pytestmark = pytest.mark.journey
DAY = "2026-06-16 10:00"  # three days before the Dragon Boat Festival
WORDS = "夜班低速段有轻微异响"


@pytest.fixture
def june(winter_firm):
    """Two quarters' calls and a greeting are open with one silver customer; the manager wished a
    happy Spring Festival in time.
    """
    firm = winter_firm
    firm.come("2026-02-16 09:00")
    owed = Obligation.objects.filter(kind="greeting.send", customer__in=firm.customers.values())
    assert owed.count() == len(firm.customers)
    with clock.set_to(firm.now):
        discharge(
            obligation_ids=owed.values_list("pk", flat=True), by=firm.limuyan, now=firm.now,
            at=firm.now, evidence=[Proof("message_receipt")],
        )  # fmt: skip
    firm.come("2026-04-01 09:00")
    firm.come(DAY)
    return firm


def calls_to(customer):
    rows = Obligation.objects.filter(customer=customer, kind__in=CALLS)
    return rows.order_by("pk")


def text(answer) -> str:
    return answer.content.decode()


def key_of(page: str) -> str:
    return re.findall(r'name="key" value="([0-9a-f-]+)"', page)[0]


def talk(firm, page: str) -> dict[str, object]:
    """The form of the desk as the manager sends it."""
    return {
        "key": key_of(page), "channel": "PHONE", "outcome": "DONE",
        "serve": re.findall(r'name="serve" value="(\d+)"[^>]* checked', page),
        "block": re.findall(r'name="block" value="(\w+)"', page),
        "a-running": "MINOR", "a-score": "4", "summary": "设备正常，有小毛病。",
        "problem-0-text": WORDS, "problem-0-disposition": "TICKET", "problem-0-grade": "GENERAL",
        "promise-0-text": "发配平视频", "promise-0-owner": firm.limuyan.pk,
        "promise-0-due": "2026-06-18",
    }  # fmt: skip


def prepared(firm) -> None:
    """The service desk writes the preparation pack that is due before the call."""
    desk = firm.browser("helan")
    brief = Obligation.objects.get(
        customer=firm.yanbei, kind="callback.brief", occasion="2026-Q2", state="OPEN"
    )
    answer = desk.post(reverse("callbacks:brief", args=[brief.pk]), {"goal": "问清夜班配平"})
    assert answer.status_code == 302, text(answer)
    brief.refresh_from_db()
    assert brief.state == "DISCHARGED"


def opened(firm) -> tuple[object, str, str]:
    """From the workbench to the desk, by the links that stand there: browser, address, page."""
    manager = firm.browser("limuyan")
    greeting = calls_to(firm.yanbei).get(kind="greeting.send", state="OPEN")
    assert greeting.assignee == firm.limuyan
    link = f"/callbacks/for/{greeting.pk}/"
    assert link in text(manager.get("/"))
    answer = manager.get(link, follow=True)
    return manager, answer.redirect_chain[-1][0], text(answer)


@pytest.mark.django_db
def test_one_call_discharges_three_duties_once(june, set_to):
    with set_to(DAY):
        prepared(june)
        manager, address, page = opened(june)
        assert "问清夜班配平" in page  # the preparation pack
        assert "设备运行正常吗？" in page  # the script
        sent = talk(june, page)
        assert len(sent["serve"]) == 3
        first = manager.post(address, sent)
        assert first.status_code == 302, text(first)
        facts = Fact.objects.count()
        again = manager.post(address, sent)  # the button was pressed twice
        assert again.headers["Location"] == first.headers["Location"]
        assert Fact.objects.count() == facts
        assert (Callback.objects.count(), Problem.objects.count(), Promise.objects.count()) == (
            1, 1, 1,
        )  # fmt: skip
        june.come("2026-06-16 10:05")
        served = Obligation.objects.filter(pk__in=sent["serve"])
        assert {row.state for row in served} == {"DISCHARGED"}
        assert {row.discharged_by_id for row in served} == {june.limuyan.pk}
        assert {row.kind for row in served} == {"callback.routine", "greeting.send"}
        number = Problem.objects.get().number
        assert Obligation.objects.filter(match__problem=number, kind="problem.handle").count() == 1
        assert Obligation.objects.filter(kind="promise.keep").count() == 1


@pytest.mark.django_db
def test_a_refused_call_discharges_nothing(june, set_to):
    with set_to(DAY):
        manager, address, page = opened(june)
        sent = talk(june, page) | {"problem-0-disposition": ""}
        before = Fact.objects.count()
        assert manager.post(address, sent).status_code == 422
        sent = talk(june, page) | {"block": ["MACHINES"]}
        assert manager.post(address, sent).status_code == 422
        assert not Callback.objects.exists()
        assert not Problem.objects.exists()
        assert Fact.objects.count() == before
        rows = Obligation.objects.filter(pk__in=sent["serve"])
        assert {row.state for row in rows} == {"OPEN"}


@pytest.mark.django_db
def test_the_doer_does_not_check_himself(june, set_to):
    with set_to(DAY):
        manager, address, page = opened(june)
        manager.post(address, talk(june, page))
        june.come(DAY)
        row = Problem.objects.get()
        there = reverse("callbacks:problem", args=[row.pk])
        assert manager.post(there, {"deed": "handle", "text": "换了垫"}).status_code == 302
        told = {"deed": "feed_back", "text": "已告知", "channel": "PHONE"}
        assert manager.post(there, told).status_code == 302
        before = Fact.objects.count()
        answer = manager.post(there, {"deed": "confirm", "text": "他说好了"})
        assert answer.status_code == 422
        assert "要由没有处理过这个问题的人来记" in text(answer)
        row.refresh_from_db()
        assert (row.state, row.confirmed_by, Fact.objects.count()) == ("FED_BACK", None, before)
        other = june.browser("sunleping")
        assert other.post(there, {"deed": "confirm", "text": "许工：好了"}).status_code == 302
        row.refresh_from_db()
        assert (row.state, row.confirmed_by) == ("CONFIRMED", june.sunleping)


@pytest.mark.django_db
def test_the_call_is_sampled_by_somebody_else(june, set_to):
    with set_to(DAY):
        # The head of care may call and may sample: only that the call is hers stops her.
        june.yanbei.account_manager = june.shenyue
        june.yanbei.save(update_fields=["account_manager"])
        caller = june.browser("shenyue")
        address = f"/callbacks/?customer={june.yanbei.pk}"
        answer = caller.post(address, talk(june, text(caller.get(address))))
        assert answer.status_code == 302, text(answer)
        june.browser("qianlei").post(reverse("callbacks:samples") + "?month=2026-06")
        row = Sample.objects.get()
        there = reverse("callbacks:sample", args=[row.pk])
        page = text(june.browser("qianlei").get(there))
        marks = dict.fromkeys(re.findall(r'name="(c-\w+)"', page), "4") | {"text": "问得全"}
        assert len(marks) > 1
        assert caller.post(there, marks).status_code == 422
        row.refresh_from_db()
        assert (row.score, row.scored_by) == (None, None)
        assert june.browser("limuyan").post(there, marks).status_code in (403, 404)
        assert june.browser("qianlei").post(there, marks).status_code == 302
        row.refresh_from_db()
        assert (row.score, row.scored_by) == (80, june.qianlei)


@pytest.fixture
def opened_by(chromium, live_server, june, monkeypatch) -> Iterator:
    """Open a path in Chromium as somebody; complaints of the page fail the test."""
    playwright = pytest.importorskip("playwright.sync_api")
    monkeypatch.setattr(clock, "now", lambda: june.now)  # the server runs in another thread
    # Playwright keeps an event loop in this thread; Django would refuse the database beside it.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    complaints: list[str] = []
    with playwright.sync_playwright() as maker:
        browser = maker.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )

        def go(name: str, path: str):
            context = browser.new_context(viewport={"width": 1440, "height": 900})
            session = june.browser(name).cookies[settings.SESSION_COOKIE_NAME].value
            pairs = {settings.SESSION_COOKIE_NAME: session, "bihuan_language": "zh"}
            context.add_cookies([
                {"name": key, "value": value, "url": live_server.url}
                for key, value in pairs.items()
            ])  # fmt: skip
            page = context.new_page()
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.goto(f"{live_server.url}{path}", wait_until="load")
            return page

        yield go
        browser.close()
    assert complaints == []


@pytest.mark.page
@pytest.mark.django_db(transaction=True)
def test_the_day_in_a_real_browser(june, opened_by):
    prepared(june)
    greeting = calls_to(june.yanbei).get(kind="greeting.send", state="OPEN")
    # A press on a link of a row must follow it, not explain the row's limit.
    page = opened_by("limuyan", "/")
    page.locator(f'a[href="/callbacks/for/{greeting.pk}/"]').first.click()
    page.locator(".desk.is-live").wait_for()
    assert "问清夜班配平" in page.content()
    assert page.locator("[name=serve]:checked").count() == 3
    blocks = page.locator("[data-step-to]").count()
    for step in range(blocks):
        page.locator("[data-step-to]").nth(step).click()
        for box in page.locator("[name=block]:visible").all():
            box.check()
    page.locator("[data-add=problem]").click()
    page.locator("[name=problem-0-text]").fill(WORDS)
    page.locator("[name=problem-0-disposition][value=TICKET]").check(force=True)
    page.locator("[data-add=promise]").click()
    page.locator("[name=promise-0-text]").fill("发配平视频")
    page.locator("[name=promise-0-owner]").select_option(str(june.limuyan.pk))
    page.locator("[name=promise-0-due]").fill("2026-06-18")
    page.locator("#id_summary").fill("设备正常，有小毛病。")
    page.locator("[data-save]").dblclick()
    page.wait_for_url(re.compile(r"/callbacks/\d+/$"))
    call = Callback.objects.get()
    assert (call.served.count(), call.problems.count(), call.promises.count()) == (3, 1, 1)
    assert {row.state for row in calls_to(june.yanbei).filter(pk__in=call.served.values("obligation"))} == {"DISCHARGED"}  # fmt: skip
