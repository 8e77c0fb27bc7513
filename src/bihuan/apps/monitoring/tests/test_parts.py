"""A part is replaced or measured: by those who may, with a reason, on record; its life goes on from there."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from bihuan.apps.assets.enums import PartWhy
from bihuan.apps.assets.models import Check
from bihuan.apps.assets.models import Part as Fitted
from bihuan.apps.monitoring.actions.parts import measure, replace
from bihuan.apps.monitoring.models import Condition, Wear
from bihuan.apps.monitoring.refusals import NoSuchPart, ReasonMissing
from bihuan.apps.monitoring.tests import days
from bihuan.apps.monitoring.tests.days import START
from bihuan.base.audit.models import Entry
from bihuan.base.errors import BadInput
from bihuan.base.facts.models import Fact
from bihuan.base.testing.people import make_person, signed_in

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate(START)


@pytest.fixture
def device():
    return days.connected()


def life(device, part="BEARING"):
    return next(
        row for row in Condition.objects.get(asset=device.asset).lives if row["part"] == part
    )


def renew(device, now, **more):
    given = {
        "part": "BEARING",
        "on": TODAY,
        "why": PartWhy.WORN,
        "note": "高频振动大",
        "serial": "7014C-9",
        "by": None,
    }
    return replace(asset=device.asset, now=now, **given | more)


def test_a_new_part_begins_a_new_life_and_everybody_hears_of_it(device):
    now, _found = days.folded(device, HOURS=9990.0)
    assert life(device)["told"] == 0.8
    person = make_person("remote_specialist")
    new = renew(device, now, by=person)
    assert (new.position, new.serial, new.hour_limit) == ("BEARING", "7014C-9", 12_000)
    assert life(device)["used"] == pytest.approx(4, abs=0.1)
    assert life(device)["since"] == TODAY.isoformat()
    told = Fact.objects.get(kind="part.replaced")
    assert (told.own()["part"], told.own()["wear"], told.asset_id) == (
        "BEARING",
        pytest.approx(0.83, abs=0.01),
        device.asset_id,
    )
    entry = Entry.objects.get(verb="part.renew")
    assert (entry.by_id, entry.after["note"]) == (person.pk, "高频振动大")
    renew(device, now + timedelta(hours=1), on=timezone.localdate(now + timedelta(hours=1)))
    assert (
        list(
            Fitted.objects.filter(asset=device.asset)
            .order_by("pk")
            .values_list("removed_on", flat=True)
        )[1]
        is None
    )


def test_a_measured_wear_corrects_the_estimate_and_is_an_inspection(device):
    now, _found = days.folded(device, HOURS=5990.0)
    before = life(device)
    measure(asset=device.asset, part="BEARING", at=now, wear=0.9, note="听诊", by=None, now=now)
    after = life(device)
    assert after["wear"] > before["wear"]
    assert after["left"] < before["left"]
    assert after["on"] < before["on"]
    assert after["left_high"] - after["left_low"] < before["left_high"] - before["left_low"]
    check = Check.objects.get()
    assert (float(check.wear), Wear.objects.get().check_row) == (0.9, check)
    assert Fact.objects.get(kind="asset.inspected").own()["wear"] == 0.9
    renew(device, now + timedelta(minutes=1), on=timezone.localdate(now))
    assert life(device)["measured"] is None


@pytest.mark.parametrize(
    ("deed", "more", "refusal"),
    [
        (renew, {"part": "WING"}, NoSuchPart), (renew, {"note": " "}, ReasonMissing), (renew, {"on": TODAY + timedelta(days=9)}, BadInput),
    ],
)  # fmt: skip
def test_a_slip_changes_nothing(device, deed, more, refusal):
    now, _found = days.folded(device)
    before = Condition.objects.get(asset=device.asset).lives
    with pytest.raises(refusal):
        deed(device, now, **more)
    assert not Fitted.objects.exists()
    assert not Fact.objects.filter(kind="part.replaced").exists()
    assert Condition.objects.get(asset=device.asset).lives == before


@pytest.mark.parametrize("wear", [-0.1, 1.1, float("nan")])
def test_a_wear_that_cannot_be_changes_nothing(device, wear):
    now, _found = days.folded(device)
    with pytest.raises(BadInput):
        measure(asset=device.asset, part="BEARING", at=now, wear=wear, note="", by=None, now=now)
    assert not Wear.objects.exists()
    assert not Check.objects.exists()


def test_the_page_says_why_and_those_who_may_renew_a_part(device):
    days.folded(device, VIBRATION=5.2)
    seeing, caring = (signed_in(make_person(role)) for role in ("auditor", "technical_head"))
    path = f"/machines/{device.asset_id}/condition/"
    page = seeing.get(path).content.decode()
    assert "振动速度 5.20 mm/s，限值 4.5" in page
    assert "主轴轴承" in page
    assert "没有登记何时换的" in page
    assert "/parts/BEARING/replace/" not in page
    form = f"/machines/{device.asset_id}/parts/BEARING/replace/"
    assert seeing.get(form).status_code == 403
    body = {"on": TODAY.isoformat(), "why": "WORN", "serial": "B-1", "note": "磨损"}
    assert (
        "这个字段" in caring.post(form, body | {"note": ""}).content.decode()
        or not Fitted.objects.exists()
    )
    assert caring.post(form, body).status_code == 302
    assert "B-1" in caring.get(path).content.decode()
    assert caring.get(f"/machines/{device.asset_id}/parts/WING/replace/").status_code == 404
    wear = f"/machines/{device.asset_id}/parts/BEARING/measure/"
    assert (
        caring.post(wear, {"at": f"{TODAY}T09:00", "percent": "50", "note": ""}).status_code == 302
    )
    assert "实测磨损 50%" in caring.get(path).content.decode()
