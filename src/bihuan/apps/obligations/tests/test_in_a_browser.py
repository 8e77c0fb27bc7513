"""The way of a changed limit in a real browser: drafted, tried, sent, approved."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from bihuan.apps.obligations.models import Trial
from bihuan.apps.obligations.tests import factories as make
from bihuan.apps.obligations.trial import actions
from bihuan.apps.policy.enums import Status
from bihuan.apps.policy.models import PackVersion
from bihuan.apps.policy.tests.factories import SMALL
from bihuan.base import clock
from bihuan.base.testing.browser import fits, page_tests

NOW = make.moment("2026-04-01 09:00")

pytestmark = page_tests


@pytest.fixture
def house(monkeypatch):
    """Two urgent faults, answered after three hours and, at night, after six."""
    monkeypatch.setattr(make, "files", lambda **_: dict(SMALL))
    home = make.house()
    who = make.customer(home, "石湾精化", tier="GOLD")
    for number, (at, hours) in enumerate((("2026-03-02 10:00", 3), ("2026-03-04 23:10", 6)), 1):
        subjects, reported = {"asset": 1, "customer": who.pk}, make.moment(at)
        home.told(
            "fault.reported", reported, subjects=subjects, ticket=f"T{number}", severity="URGENT"
        )
        answered = reported + timedelta(hours=hours)
        home.told("ticket.contacted", answered, subjects=subjects, ticket=f"T{number}")
    return home


@pytest.fixture
def visit(open_page, house, monkeypatch):
    """Open a path as somebody on that morning."""
    monkeypatch.setattr(clock, "now", lambda: NOW)  # the server runs in a thread of its own
    return lambda path, person, width=1440, language="zh": open_page(
        path, person=person, width=width, language=language
    )


def test_two_hours_instead_of_four_are_drafted_tried_sent_and_approved(visit, house):
    base = PackVersion.objects.get()
    page = visit(reverse("policy:revise", args=[base.pk]), house.zhao)
    page.locator("#id_name").fill("2")
    page.locator("button[type=submit]", has_text="开始起草").click()
    page.wait_for_url(re.compile(r"/pack/drafts/\d+/"))
    card = page.locator("#rule-fault\\.urgent\\.phone")
    card.locator("summary").click()
    limit = card.locator("form.desk-value", has_text="限")
    limit.locator("input[name=value]").fill("2h")
    limit.locator("button").click()
    page.wait_for_load_state("load")
    page.locator("#cards li a.btn", has_text="改").click()  # the sentence that says so
    text = page.locator("textarea")
    text.fill(text.input_value().replace("T03:10", "T01:10"))
    page.locator("button[name=preview]").click()
    page.locator("section", has_text="存了会这样").wait_for()
    page.locator("button[name=keep]").click()
    page.wait_for_load_state("load")
    assert "4 小时" in page.locator("#rule-fault\\.urgent\\.phone del").first.inner_text()
    assert fits(page)
    page.locator("a.btn", has_text="试运行").click()
    page.locator("#id_since").fill("2026-01-01")
    page.locator("#id_until").fill("2026-03-31")
    page.locator("button[type=submit]", has_text="开始试运行").click()
    page.locator("#progress").wait_for()
    trial = Trial.objects.get()
    actions.work(trial.pk, now=NOW)  # as the background worker does
    page.locator(".trial-columns").wait_for(timeout=15_000)
    assert "其中 1 起原来不超时" in page.content()
    assert page.locator(".trial-choices .own").inner_text().split() == ["2", "小时", "0%"]
    assert fits(page)
    assert fits(visit(page.url, house.zhao, width=390, language="en"))
    page.locator("details.trial-why summary").first.click()
    assert page.locator("details.trial-why pre").first.is_visible()
    page.locator("a.btn", has_text="带结果送审").click()
    assert page.locator("#id_from_on").input_value() == "2026-05-01"
    page.locator("button[type=submit]", has_text="送审").click()
    page.locator(".desk-review").wait_for()
    draft = PackVersion.objects.get(version="2")
    assert (draft.status, draft.submission["trial"]) == (Status.REVIEW, trial.pk)
    boss = visit(reverse("policy:draft", args=[draft.pk]), house.gu, width=390)
    boss.locator(".desk-review a", has_text="试运行结果").wait_for()
    assert fits(boss)
    boss.locator("button", has_text="批准").first.click()
    boss.locator("dialog button, [role=dialog] button", has_text="批准").last.click()
    boss.wait_for_url(re.compile(r"/pack/versions/"))
    draft.refresh_from_db()
    assert draft.status == Status.PUBLISHED
    assert draft.in_force_from == make.moment("2026-05-01 00:00")


def test_the_desk_of_a_draft_fits_a_phone_and_speaks_english(visit, house):
    from bihuan.apps.policy.drafts import actions as drafts

    draft = drafts.revise(version=PackVersion.objects.get(), name="2", by=house.zhao, now=NOW)
    page = visit(reverse("policy:draft", args=[draft.pk]), house.zhao, width=390, language="en")
    assert fits(page)
    assert page.locator("a.btn", has_text="Send for approval").is_visible()
    page.locator("a", has_text="YAML").first.click()
    page.locator("textarea").wait_for()
    assert fits(page)
    page.locator("textarea").fill("- id: [")
    page.locator("button[name=preview]").click()
    page.locator(".form-errors").wait_for()
    draft.refresh_from_db()
    assert draft.revision == 0
