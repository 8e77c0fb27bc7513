"""The fleet on a map and in a list, and machines of a model compared: in reach alone, in few queries."""

from __future__ import annotations

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from bihuan.apps.assets.tests.factories import machine, model
from bihuan.apps.customers.tests.factories import customer
from bihuan.apps.monitoring.models import Condition, MachineDay
from bihuan.apps.monitoring.queries import fleets
from bihuan.apps.monitoring.tests.factories import condition
from bihuan.base import clock
from bihuan.base.testing.people import make_person, signed_in

pytestmark = pytest.mark.django_db
URL = "/monitoring/fleet/"


def placed(owner, lat, lon, **more):
    return condition(machine(owner), clock.now(), latitude=lat, longitude=lon, **more)


@pytest.fixture
def owner():
    return customer("近处的客户有限公司", region="R1")


def test_machines_near_each_other_are_one_circle_with_the_worst_colour_and_open_when_asked(owner):
    placed(owner, 31.0, 121.0)
    placed(owner, 31.01, 121.01, grade="DANGER", index=20.0)
    placed(owner, 40.0, 116.0)
    placed(owner, None, None, grade="POOR", index=55.0)
    client = signed_in(make_person("technical_head"))
    found = client.get(URL).context["map"]
    assert sorted((each.n, each.tone) for each in found.circles) == [(1, "calm"), (2, "red")]
    assert (found.placed, found.totals["all"], found.totals["DANGER"]) == (3, 4, 1)
    assert found.nowhere == [("R1", found.nowhere[0][1], 1, 0)]
    both = next(each for each in found.circles if each.n == 2)
    inside = client.get(URL, {"box": both.box})
    assert inside.context["map"].placed == 2
    assert len(inside.context["map"].circles) == 2
    for box in ("", "x", "1,2,3", "nan,nan,nan,nan", "50,1,40,2", "1,2,3,4,5"):
        assert client.get(URL, {"box": box}).context["map"].totals["all"] == 4


def test_the_list_has_the_worst_first_and_is_narrowed(owner):
    placed(owner, 31.0, 121.0, index=90.0, grade="GOOD")
    worst = placed(owner, 31.0, 121.0, index=20.0, grade="DANGER")
    unknown = placed(owner, 31.0, 121.0, index=None, grade="")
    client = signed_in(make_person("technical_head"))
    rows = client.get(URL).context["rows"]
    assert [rows[0]["row"].pk, rows[-1]["row"].pk] == [worst.pk, unknown.pk]
    assert [each["row"].pk for each in client.get(URL, {"grade": "DANGER"}).context["rows"]] == [
        worst.pk
    ]
    assert [
        each["row"].pk for each in client.get(URL, {"q": worst.asset.serial}).context["rows"]
    ] == [worst.pk]
    assert len(client.get(URL, {"q": "近处"}).context["rows"]) == 3
    assert len(client.get(URL, {"family": "LARGE"}).context["rows"]) == 3
    assert not client.get(URL, {"family": "PUMP"}).context["rows"]
    assert len(client.get(URL, {"grade": "MOON"}).context["rows"]) == 3


def test_nobody_sees_machines_beyond_his_reach(owner):
    mine = placed(owner, 31.0, 121.0)
    far = placed(customer("远处的客户有限公司", region="R9"), 40.0, 116.0)
    client = signed_in(make_person("field_engineer", region="R1"))
    found = client.get(URL)
    assert [each["row"].pk for each in found.context["rows"]] == [mine.pk]
    assert found.context["map"].totals["all"] == 1
    assert far.asset.serial not in client.get(URL + "compare/").content.decode()
    assert "远处" not in client.get(URL + "compare/").content.decode()


def test_a_thousand_machines_ask_no_more_than_three(owner, django_assert_max_num_queries):
    for number in range(3):
        placed(owner, 31.0 + number, 121.0)
    client = signed_in(make_person("technical_head"))
    client.get(URL)
    with django_assert_max_num_queries(60) as few:
        client.get(URL)
    for number in range(80):
        condition(
            machine(owner), clock.now(), latitude=20.0 + number / 3, longitude=100.0 + number / 7
        )
    with django_assert_max_num_queries(len(few.captured_queries)):
        found = client.get(URL)
    assert found.context["map"].totals["all"] == 83
    assert sum(each.n for each in found.context["map"].circles) == 83
    assert len(found.context["rows"]) <= 50


@given(st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=60))
def test_a_band_lies_in_its_values_and_leaves_few_outside(values):
    band = fleets.band_of(values)
    assert min(values) <= band.low <= band.middle <= band.high <= max(values)
    outside = sum(not band.low <= value <= band.high for value in values)
    assert outside <= 0.2 * len(values) + 2


def test_a_measure_is_ranked_with_the_band_of_the_model(owner):
    today = timezone.localdate(clock.now())
    for number in range(12):
        row = condition(machine(owner), clock.now(), index=60.0 + number)
        MachineDay.objects.filter(asset=row.asset, day__lt=today).update(
            points={"VIBRATION": [3600, 9.0 if number == 4 else 2 + number / 10, 1, 3, 4]}
        )
    client = signed_in(make_person("technical_head"))
    found = client.get(URL + "compare/")
    assert [row["value"] for row in found.context["rows"]][:2] == ["71.00", "70.00"]
    pk = model("HY-8L").pk
    vibration = client.get(URL + "compare/", {"model": pk, "of": "VIBRATION"})
    first = vibration.context["rows"][0]
    assert (first["value"], first["outside"], first["rank"]) == ("9.00", True, 1)
    assert vibration.context["band"].high < 9
    assert client.get(URL + "compare/", {"model": "x", "of": "y"}).status_code == 200
    Condition.objects.all().delete()
    assert "还没有设备的机况" in client.get(URL + "compare/").content.decode()
