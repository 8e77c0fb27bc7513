"""The work brief: its numbers are those of the days, beside the period before; nobody reads beyond his reach."""

from __future__ import annotations

import io
from datetime import date, timedelta

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from bihuan.apps.assets.tests.factories import machine
from bihuan.apps.customers.tests.factories import customer
from bihuan.apps.monitoring.models import MachineDay
from bihuan.apps.monitoring.queries import briefs
from bihuan.base import clock
from bihuan.base.audit.models import Entry
from bihuan.base.testing.people import make_person, signed_in

pytestmark = pytest.mark.django_db
WEEK = date(2026, 11, 16)  # a Monday


@given(st.dates(date(2001, 1, 1), date(2098, 1, 1)), st.sampled_from(briefs.PERIODS))
def test_periods_follow_one_another_without_a_gap(day, kind):
    span = briefs.span_of(kind, day)
    assert span.start <= day <= span.end
    assert briefs.before(span).end == span.start - timedelta(days=1)
    assert briefs.after(span).start == span.end + timedelta(days=1)
    assert briefs.after(briefs.before(span)) == span


def worked(asset, day, hours, **more):
    given_ = {
        "template": "centrifuge", "samples": 1, "seen_s": 36000, "run_s": hours * 3600, "starts": 2, "states": {"AT_SPEED": hours * 3600},
        "gained": {"CYCLES": 4.0}, "used": {"ENERGY": 10.0}, "alarms": {"HIGH": 1}, "folded_at": clock.now(),
    }  # fmt: skip
    return MachineDay.objects.create(asset=asset, day=day, **given_ | more)


@pytest.fixture
def fleet():
    near, far = (
        machine(customer(name, region=region))
        for name, region in (("近处的客户有限公司", "R1"), ("远处的客户有限公司", "R9"))
    )
    worked(near, WEEK, 5)
    worked(near, WEEK + timedelta(days=1), 3)
    worked(near, WEEK - timedelta(days=3), 4)
    worked(far, WEEK, 10)
    return near, far


def page(client, **asked):
    return client.get("/monitoring/brief/", {"period": "week", "on": WEEK.isoformat(), **asked})


def test_the_numbers_are_those_of_the_days_beside_the_period_before(fleet):
    near, _far = fleet
    client = signed_in(make_person("technical_head"))
    found = page(client)
    said = {each.title: each for each in found.context["figures"]}
    assert (said["运行时间"].value, said["运行时间"].before, said["运行时间"].change) == (
        "18.0",
        "4.0",
        350,
    )
    assert (said["循环"].value, said["用电"].value, said["报警"].value) == ("12", "30.0", "3")
    assert [row["run"] for row in found.context["rows"]] == [10.0, 8.0]
    one = page(client, of="machine", id=near.pk)
    assert [row["run"] for row in one.context["days"]] == [3.0, 5.0]
    assert len(one.context["bars"]) == 7
    of_customer = page(client, of="customer", id=near.customer_id)
    assert of_customer.context["figures"][0].value == "8.0"
    day = client.get(
        "/monitoring/brief/",
        {"period": "day", "on": WEEK.isoformat(), "of": "machine", "id": near.pk},
    )
    assert day.context["figures"][0].value == "5.0"
    assert (
        client.get(
            "/monitoring/brief/", {"period": "month", "on": "1999-99-99", "of": "moon", "id": "x"}
        ).status_code
        == 200
    )


def test_who_may_only_look_takes_nothing_out(fleet):
    client = signed_in(make_person("service_desk"))
    page_ = page(client)
    assert page_.status_code == 200
    assert "/monitoring/brief/file/" not in page_.content.decode()
    body = {"of": "fleet", "id": "", "period": "week", "on": WEEK.isoformat(), "format": "csv"}
    assert client.post("/monitoring/brief/file/", body).status_code == 403
    assert not Entry.objects.filter(verb="brief.export").exists()


def test_what_is_taken_out_reaches_as_far_as_the_right_to_take_it(fleet):
    near, far = fleet
    person = make_person("region_lead", region="R1")
    person.roles = ["region_lead", "service_desk"]
    person.save()
    body = {"of": "fleet", "id": "", "period": "week", "on": WEEK.isoformat(), "format": "csv"}
    client = signed_in(person)
    assert far.serial in page(client).content.decode()
    text = client.post("/monitoring/brief/file/", body).content.decode("utf-8-sig")
    assert near.serial in text
    assert far.serial not in text


def test_nobody_reads_beyond_his_reach(fleet):
    near, far = fleet
    person = make_person("region_lead", region="R1")
    client = signed_in(person)
    found = page(client)
    assert found.context["figures"][0].value == "8.0"
    assert "远处的客户" not in found.content.decode()
    assert page(client, of="machine", id=far.pk).status_code == 404
    assert page(client, of="customer", id=far.customer_id).status_code == 404
    assert page(client, of="machine", id=near.pk).status_code == 200
    body = {
        "of": "machine",
        "id": far.pk,
        "period": "week",
        "on": WEEK.isoformat(),
        "format": "csv",
    }
    assert client.post("/monitoring/brief/file/", body).status_code == 404
    assert not Entry.objects.filter(verb="brief.export").exists()


def test_as_a_file_it_says_the_same_and_who_took_it(fleet):
    near, _far = fleet
    person = make_person("technical_head", name="=危险")
    client = signed_in(person)
    body = {"of": "fleet", "id": "", "period": "week", "on": WEEK.isoformat()}
    text = client.post("/monitoring/brief/file/", body | {"format": "csv"}).content.decode(
        "utf-8-sig"
    )
    lines = text.splitlines()
    assert lines[0].startswith("\"'=危险") or lines[0].startswith("'=危险")
    assert near.serial in text
    assert lines[2].split(",")[3] == "10.0"
    book = load_workbook(
        io.BytesIO(
            client.post(
                "/monitoring/brief/file/", body | {"format": "xlsx", "of": "machine", "id": near.pk}
            ).content
        )
    )
    rows = list(book.active.values)
    assert (rows[1][0], rows[2][1], rows[3][1]) == ("日期", 5, 3)
    entry = Entry.objects.filter(verb="brief.export").first()
    assert (entry.by_id, entry.after["rows"]) == (person.pk, 2)


def test_a_page_of_many_machines_asks_as_much_as_one_of_few(fleet, django_assert_max_num_queries):
    client = signed_in(make_person("technical_head"))
    page(client)
    with django_assert_max_num_queries(40) as few:
        page(client)
    owner = fleet[0].customer
    for _ in range(30):
        worked(machine(owner), WEEK, 1)
    with django_assert_max_num_queries(len(few.captured_queries)):
        page(client)
    assert timezone.localdate(clock.now()) > WEEK
