"""A customer's page of his own machines: their values with the band of good order, hours and fuel to download; nothing
of anybody else, nothing from before they were his, nothing whose data he does not want kept.
"""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta

import pytest
from django.test import Client

from bihuan.apps.assets.actions import move
from bihuan.apps.assets.enums import MoveReason
from bihuan.apps.assets.models import Asset
from bihuan.apps.assets.tests.factories import machine, model
from bihuan.apps.customers.tests.factories import customer
from bihuan.apps.monitoring.actions.consents import record
from bihuan.apps.monitoring.actions.devices import register
from bihuan.apps.monitoring.models import MachineDay
from bihuan.apps.monitoring.queries import briefs, customers
from bihuan.apps.monitoring.tests.commanding import reads
from bihuan.apps.monitoring.tests.conftest import NOON, made
from bihuan.apps.portal import fleets
from bihuan.apps.portal.models import FleetLink
from bihuan.apps.portal.tests.conftest import text
from bihuan.base import clock
from bihuan.base.audit.models import Entry as Logged
from bihuan.base.testing.people import make_person, signed_in

VALUES = {
    "ENGINE_SPEED": 1812.0, "ENGINE_OIL_PRESSURE": 96.0, "FUEL": 41.0, "OIL_TEMP": 88.5, "COOLANT_TEMP": 84.0, "HOURS": 3412.0,
    "LATITUDE": 31.29912, "LONGITUDE": 120.58512, "LOAD": 55.0,
}  # fmt: skip


def digger(house, serial, owner=None):
    house.asset = machine(owner or house.customer, serial, model=model("HY-20T", family="EXCAVATOR"), now=NOON)  # fmt: skip
    house.device, _key = register(asset=house.asset, by=None, now=NOON)
    return house.asset


def day(asset, on, hours, fuel):
    return MachineDay.objects.create(
        asset=asset, day=on, template="excavator", samples=100, seen_s=40000, run_s=hours * 3600, starts=2, states={}, used={"FUEL": fuel}, folded_at=NOON,
    )  # fmt: skip


@pytest.fixture
def house(db):
    with clock.set_to(NOON):
        found = made("machinery", "A")
        digger(found, "EX-0001")
        reads(found, NOON, state="WORKING", **VALUES)
        found.desk = make_person("service_desk", name="何岚", region="east")
        found.link, found.token = fleets.make(customer=found.customer, by=found.desk, now=NOON)
        yield found


def shown(house, token="", **asked):
    return Client().get(f"/f/{token or house.token}/", asked)


def lines(house, **asked):
    answer = Client().get(f"/f/{house.token}/file/", {"format": "csv"} | asked)
    assert answer.status_code == 200
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))[1:]


def test_values_with_their_bands_and_without_the_place(house):
    page = text(shown(house))
    for word in ("机油压力", "150 – 700", "油位", "发动机转速", "1,812", "作业", "3,412"):
        assert word in page
    assert '<b class="portal-red">96</b>' in page
    assert '<b class="portal-orange">88.5</b>' in page
    assert "31.29" not in page
    assert "120.58" not in page
    house.link.refresh_from_db()
    assert house.link.seen == 1
    reads(house, NOON, state="OFF", **VALUES | {"ENGINE_SPEED": 0.0, "ENGINE_OIL_PRESSURE": 0.0})
    assert "portal-red" not in text(shown(house))  # at rest there is none


def test_hours_and_fuel_by_machine_and_for_the_fleet_to_look_at_and_to_take(house):
    first = house.asset
    second = digger(house, "EX-0002")
    day(first, date(2026, 9, 28), 8, 96.5)
    day(first, date(2026, 9, 29), 7, 80.0)
    day(second, date(2026, 9, 29), 5, 61.0)
    day(second, date(2026, 8, 29), 9, 99.0)
    found = lines(house, period="month", on="2026-09-15")
    assert [each[1:3] for each in found[1:]] == [
        ["EX-0001", "15.0"],
        ["EX-0002", "5.0"],
        ["", "20.0"],
    ]
    assert found[0][-1] == "油耗 (L)"
    assert [each[-1] for each in found[1:]] == ["176.5", "61.0", "237.5"]
    assert [each[2] for each in lines(house, period="day", on="2026-09-28")[1:]] == ["8.0", "8.0"]
    assert [each[2] for each in lines(house, period="month", on="2026-08-02")[1:]] == ["9.0", "9.0"]
    assert "237.5" in text(shown(house))
    taken = Logged.objects.filter(verb="portal.fleet_taken")
    assert (taken.count(), taken.first().by) == (3, None)
    excel = Client().get(f"/f/{house.token}/file/")
    assert excel.content[:2] == b"PK"


def test_nobody_elses_machine_and_nothing_from_before_it_was_his(house):
    other = customer("别家工程有限公司")
    digger(house, "EX-OTHER", other)
    day(house.asset, date(2026, 9, 29), 3, 30.0)
    assert "EX-OTHER" not in text(shown(house))
    sold = Asset.objects.get(serial="EX-0001")
    day(sold, date(2026, 9, 29), 8, 96.5)
    move(asset=sold, reason=MoveReason.RESOLD, customer=other, by=house.desk, now=NOON)
    assert "EX-0001" not in text(shown(house))
    assert len(lines(house)) == 1
    _link, token = fleets.make(customer=other, by=house.desk, now=NOON)
    page = text(shown(house, token))
    assert "EX-0001" in page
    assert "1,812" not in page
    found = list(csv.reader(io.StringIO(Client().get(f"/f/{token}/file/", {"format": "csv"}).content.decode("utf-8-sig"))))  # fmt: skip
    assert [each[1] for each in found[2:-1]] == ["EX-OTHER"]


def test_what_he_does_not_want_kept_is_not_shown(house):
    day(house.asset, date(2026, 9, 29), 8, 96.5)
    record(asset=house.asset, what="DATA", given=False, person="许主任", told="PHONE", evidence="来电", said_at=NOON, by=house.desk, now=NOON)  # fmt: skip
    page = text(shown(house))
    assert "不要保存这台设备的数据" in page
    assert "1,812" not in page
    assert len(lines(house)) == 1


@pytest.mark.parametrize("what", ["wrong", "revoked", "over"])
def test_an_address_that_is_none_any_more_opens_nothing(house, what):
    token, now = house.token, NOON
    if what == "wrong":
        token = "A" * 32
    elif what == "revoked":
        fleets.revoke(link=house.link, by=house.desk, now=NOON)
    else:
        now = NOON + timedelta(days=366)
    with clock.set_to(now):
        for path in (f"/f/{token}/", f"/f/{token}/file/"):
            answer = Client().get(path)
            assert answer.status_code == 404
            assert "EX-0001" not in text(answer)
    assert FleetLink.objects.get().seen == 0


def test_who_may_make_and_end_a_link(house):
    path = f"/customers/{house.customer.pk}/fleet-links/"
    answer = signed_in(house.desk).post(path)
    assert "/f/" in text(answer)
    assert FleetLink.objects.count() == 2
    assert "/f/" not in text(signed_in(house.desk).get(path))  # shown once
    assert signed_in(house.near).post(path).status_code in (403, 404)
    assert FleetLink.objects.count() == 2
    end = f"/customers/fleet-links/{house.link.pk}/revoke/"
    assert signed_in(house.near).post(end).status_code in (403, 404)
    assert FleetLink.objects.get(pk=house.link.pk).revoked_at is None
    assert signed_in(house.desk).post(end).status_code == 302
    assert shown(house).status_code == 404
    before = FleetLink.objects.get(pk=house.link.pk).seen
    assert before == 0


def test_many_machines_are_asked_for_in_a_fixed_number_of_queries(
    house, django_assert_max_num_queries
):
    for number in range(8):
        digger(house, f"EX-1{number:03}")
        reads(house, NOON, state="WORKING", **VALUES)
    with django_assert_max_num_queries(22):
        shown(house)


def test_hours_are_paged_with_the_machines_and_summed_for_the_fleet(house):
    for number in range(29):
        day(digger(house, f"EX-1{number:03}"), date(2026, 9, 29), 2, 10.0)
    first, second = shown(house), shown(house, page=2)
    assert [len(each.context["rows"]) for each in (first, second)] == [24, 5]  # EX-0001 has no day
    for each in (first, second):
        assert {row[1] for row in each.context["rows"]} <= {one.asset.serial for one in each.context["machines"]}  # fmt: skip
        assert each.context["total"] == ["合计（29 台）", "", 58.0, 58, 290.0]
    assert len(lines(house)) == 31, "the file has all of them"


def test_what_is_asked_for_does_not_grow_with_the_machines_that_were_anothers(house):
    def asked():
        found = customers.days_of(house.customer.pk, briefs.span_of("month", NOON.date()), NOON)
        return str(found.query)

    before = asked()
    for number in range(3):
        bought = digger(house, f"EX-2{number:03}", customer(f"卖家{number}"))
        day(bought, date(2026, 9, 28), 8, 96.5)
        move(
            asset=bought, reason=MoveReason.RESOLD, customer=house.customer, by=house.desk, now=NOON
        )
        day(bought, date(2026, 10, 2), 3, 30.0)
        record(asset=bought, what="DATA", given=False, person="许主任", told="PHONE", evidence="来电", said_at=NOON, by=house.desk, now=NOON)  # fmt: skip
        if number:
            record(asset=bought, what="DATA", given=True, person="许主任", told="PHONE", evidence="来电", said_at=NOON, by=house.desk, now=NOON)  # fmt: skip
    assert asked() == before
    assert len(lines(house)) == 1
    assert [each[1] for each in lines(house, on="2026-10-01")[1:-1]] == ["EX-2001", "EX-2002"]
