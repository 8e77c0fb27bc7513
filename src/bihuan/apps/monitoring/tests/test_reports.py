"""A health report: kept as it was, made in the background, checked by the code on the paper."""

from __future__ import annotations

import io
from datetime import timedelta

import pdfplumber
import pytest
from django.utils import timezone

from bihuan.apps.assets.tests.factories import machine
from bihuan.apps.customers.tests.factories import customer
from bihuan.apps.monitoring.actions import reports
from bihuan.apps.monitoring.models import Condition, Report
from bihuan.apps.monitoring.refusals import NothingKnown
from bihuan.apps.monitoring.tests import factories
from bihuan.base import clock
from bihuan.base.audit.models import Entry
from bihuan.base.errors import BadInput
from bihuan.base.evidence.actions import path_of
from bihuan.base.testing.draining import worker_dies
from bihuan.base.testing.people import make_person, signed_in

pytestmark = pytest.mark.django_db
EVIL = '#set page(fill: red) *粗* $x$ ] " \\'


@pytest.fixture
def asset():
    found = machine(customer(f"金陵{EVIL}公司", region="R1"))
    factories.condition(found, clock.now())
    factories.alarm(found, clock.now())
    return found


def asked(asset, **more):
    today = timezone.localdate(clock.now())
    given = {
        "start": today - timedelta(days=30),
        "end": today,
        "site": "http://ex/",
        "by": make_person("technical_head"),
        "now": clock.now(),
    }
    return reports.ask(asset=asset, **given | more)


def test_the_paper_says_what_was_known_when_it_was_asked_for_and_no_text_is_markup(asset):
    row = asked(asset)
    Condition.objects.update(index=5)
    reports.make(row.pk, now=clock.now())
    row.refresh_from_db()
    reports.make(row.pk, now=clock.now())
    with pdfplumber.open(io.BytesIO(path_of(row.file).read_bytes())) as paper:
        text = "".join(page.extract_text() for page in paper.pages)
        fonts = {each["fontname"] for page in paper.pages for each in page.chars}
    assert row.number in text
    assert "#set page(fill: red)" in text
    assert "主轴轴承" in text
    assert "振动速度" in text
    assert "72" in text
    assert "第 1 页，共" in text
    assert all("Noto" in font for font in fonts)
    again = asked(asset)
    assert (again.version, again.number != row.number) == (2, True)


def test_it_is_made_by_a_worker_and_fetched_by_those_who_see_the_machine(asset):
    person = make_person("technical_head")
    client = signed_in(person)
    page = f"/machines/{asset.pk}/reports/"
    today = timezone.localdate(clock.now())
    body = {"start": (today - timedelta(days=9)).isoformat(), "end": today.isoformat()}
    assert client.post(page + "new/", body).status_code == 302
    row = Report.objects.get()
    assert "正在生成" in client.get(page).content.decode()
    assert client.get(f"/verify/{row.token}/").status_code == 404
    reports.make(row.pk, now=clock.now())
    row.refresh_from_db()
    path = f"/evidence/{row.file_id}/"
    assert path in client.get(page).content.decode()
    assert b"".join(client.get(path).streaming_content).startswith(b"%PDF")
    assert signed_in(make_person("field_engineer", region="R9")).get(path).status_code == 404
    seen = client.get(f"/verify/{row.token}/").content.decode()
    assert row.number in seen
    assert asset.serial not in seen
    assert "金陵" not in seen
    assert client.get("/verify/nobody/").status_code == 404
    assert Entry.objects.get(verb="health_report.ask").by_id == person.pk


def test_a_slip_makes_no_report(asset):
    today = timezone.localdate(clock.now())
    for start, end in (
        (today, today - timedelta(days=1)),
        (today - timedelta(days=500), today),
        (today, today + timedelta(days=1)),
    ):
        with pytest.raises(BadInput):
            asked(asset, start=start, end=end)
    with pytest.raises(NothingKnown):
        asked(machine(customer()))
    client = signed_in(make_person("technical_head"))
    client.post(f"/machines/{asset.pk}/reports/new/", {"start": "x", "end": "99"})
    assert (
        signed_in(make_person("auditor")).post(f"/machines/{asset.pk}/reports/new/", {}).status_code
        == 403
    )
    assert not Report.objects.exists()


def test_what_fails_is_said_and_what_waits_is_planned_again(asset):
    from bihuan.apps.monitoring.tasks import plan_again

    row = asked(asset)
    assert plan_again(clock.now()) == 0  # its job waits
    worker_dies()
    assert plan_again(clock.now()) == 1
    worker_dies()
    reports.give_up(row.pk, "没有做成")
    assert plan_again(clock.now()) == 0
    assert (
        "没有做成"
        in signed_in(make_person("auditor")).get(f"/machines/{asset.pk}/reports/").content.decode()
    )
