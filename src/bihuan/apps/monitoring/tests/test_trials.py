"""A rule is tried on the past before it is used, and runs without telling anybody until then."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bihuan.apps.monitoring.actions.trials import ask, put, work
from bihuan.apps.monitoring.catalogue import as_shipped
from bihuan.apps.monitoring.models import Alarm, Block, Hour, Layout, PastTest, Trial
from bihuan.apps.monitoring.refusals import AlreadySo, NoSuchRule, NothingPacked, ReasonMissing
from bihuan.apps.monitoring.store.keeping import block_of
from bihuan.apps.monitoring.store.packing import Packed
from bihuan.apps.monitoring.store.replaying import replay
from bihuan.apps.monitoring.tests.factories import alarm, device
from bihuan.base import clock
from bihuan.base.errors import BadInput
from bihuan.base.testing.people import signed_in
from bihuan.lib.machines.past import Past

START = datetime(2026, 9, 1, tzinfo=UTC)
NOW = START + timedelta(days=30, hours=1)
TEMPLATE = as_shipped()["centrifuge"]
NOTICE = TEMPLATE.rule("vibration.notice")
CODES = [point.code for point in TEMPLATE.points]
WIDE = len(CODES)


def rows(vibration):
    """Samples at speed, ten seconds apart."""
    values = np.full((len(vibration), WIDE), math.nan)
    values[:, CODES.index("SPEED")] = values[:, CODES.index("SET_SPEED")] = 4000.0
    values[:, CODES.index("VIBRATION")] = vibration
    return values


def hours(vibration):
    """(epoch hour, millis, values) of a series of samples."""
    count = len(vibration)
    millis = round(START.timestamp()) * 1000 + 10_000 * np.arange(count)
    values = rows(vibration)
    return [
        (first, millis[first : first + 360], values[first : first + 360])
        for first in range(0, count, 360)
    ]


def run(vibration, *, value, lasting, skip):
    past = Past(TEMPLATE, NOTICE, value=value, lasting=lasting, again=0)
    before = None
    for _first, millis, values in hours(vibration):
        low = [None if np.isnan(each).all() else float(np.nanmin(each)) for each in values.T]
        high = [None if np.isnan(each).all() else float(np.nanmax(each)) for each in values.T]
        if skip and not past.needs(7, low, high):
            before = (millis[-1] / 1000, values[-1])
            continue
        if before is not None:
            past.resume(7, before[0], before[1].tolist())
            before = None
        past.hour(np.full(len(millis), 7), millis / 1000, values)
    return past.fired


@settings(max_examples=12, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0.5, 9), st.integers(1, 120)), min_size=1, max_size=12),
    st.floats(2, 8), st.sampled_from([0.0, 30.0, 300.0]),
)  # fmt: skip
def test_hours_that_are_left_out_change_nothing(pieces, value, lasting):
    vibration = np.repeat([each for each, _n in pieces], [n for _each, n in pieces])
    whole = run(vibration, value=value, lasting=lasting, skip=False)
    assert run(vibration, value=value, lasting=lasting, skip=True) == whole


@pytest.fixture
def month(house):
    """A month with vibration of 2, and of 5.2 for five minutes in each of fourteen hours."""
    found, _key = device(asset=house.asset, now=START)
    layout, _new = Layout.objects.get_or_create(template="centrifuge", points=CODES)
    blocks = []
    for number in range(0, 30 * 24, 6):
        moment = START + timedelta(hours=number)
        vibration = np.full(360, 2.0)
        if number % 48 == 12 and number < 14 * 48:
            vibration[100:130] = 5.2
        millis = round(moment.timestamp()) * 1000 + 10_000 * np.arange(360)
        blocks.append(block_of(found.pk, moment, layout.pk, Packed(millis, rows(vibration))))
    Block.objects.bulk_create(blocks)
    Hour.objects.create(hour=START + timedelta(days=30) - timedelta(hours=1), packed_at=NOW)
    return found


@pytest.mark.django_db
def test_it_says_how_often_a_changed_limit_would_have_fired(house, month):
    real = alarm(
        house.asset, START, device=month, verdict="REAL", since=START + timedelta(hours=12, minutes=16),
        raised_at=START + timedelta(hours=12, minutes=17), cleared_at=START + timedelta(hours=12, minutes=25),
    )  # fmt: skip
    client = signed_in(house.remote)
    with clock.set_to(NOW):
        answer = client.post(
            f"/machines/{house.asset.pk}/rules/try/",
            {"rule": "vibration.notice", "value": "5", "minutes": "0.5"},
        )
        row = PastTest.objects.get()
        assert answer.url == f"/monitoring/past/{row.pk}/"
        assert "正在用保存的历史数据算" in client.get(answer.url).content.decode()
        work(row.pk, now=NOW)
        row.refresh_from_db()
        assert (row.times, row.now_times, row.machines) == (14, 14, 1)
        page = client.get(answer.url).content.decode()
        assert (
            "会报警 14 次" in page
            and "其中当时判为属实 1 次" in page
            and f"/alarms/{real.pk}/" in page
        )
        chart = client.get(f"/monitoring/past/{row.pk}/chart/0/").content.decode()
        assert "mon-path" in chart and "当时的限值 5 mm/s" in chart
        assert signed_in(house.far).get(answer.url).status_code == 404
        harder = ask(asset=house.asset, rule="vibration.notice", value=5.0, lasting=600, whole_model=False, by=house.remote, now=NOW)  # fmt: skip
        work(harder.pk, now=NOW)
        harder.refresh_from_db()
        assert (harder.times, harder.now_times) == (0, 14)
        assert "一次都不会报警" in client.get(f"/monitoring/past/{harder.pk}/").content.decode()
    assert Alarm.objects.count() == 1, "trying changes nothing"


@pytest.mark.django_db
def test_all_machines_of_the_model_are_those_that_the_asker_sees(house, month):
    with clock.set_to(NOW):
        for whole, machines in ((True, 1), (False, 1)):
            row = ask(asset=house.asset, rule="vibration.notice", value=5.0, lasting=30, whole_model=whole, by=house.near, now=NOW)  # fmt: skip
            work(row.pk, now=NOW)
            row.refresh_from_db()
            assert row.machines == machines and not row.problem


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("given", "refusal"),
    [({"rule": "nobody"}, NoSuchRule), ({"rule": "drift.own"}, NoSuchRule), ({"value": 1e9}, BadInput), ({"lasting": 1e9}, BadInput)],
)  # fmt: skip
def test_a_slip_in_asking_changes_nothing(house, month, given, refusal):
    said = {"rule": "vibration.notice", "value": 5.0, "lasting": 30.0, "whole_model": False} | given
    with pytest.raises(refusal):
        ask(asset=house.asset, by=house.remote, now=NOW, **said)
    Hour.objects.all().delete()
    with pytest.raises(NothingPacked):
        ask(asset=house.asset, by=house.remote, now=NOW, rule="vibration.notice", value=5.0, lasting=30, whole_model=False)  # fmt: skip
    assert not PastTest.objects.exists()


@pytest.mark.django_db
def test_a_rule_on_trial_is_shown_and_put_into_use_with_a_reason(house):
    alarm(house.asset, START, rule="fleet.apart", kind="FLEET", hushed="TRIAL", device=device(asset=house.asset)[0], raised_at=NOW)  # fmt: skip
    client = signed_in(house.remote)
    with clock.set_to(NOW):
        page = client.get("/monitoring/trials/").content.decode()
        assert "和同型号设备不一样" in page and "30 天会报警 1 次" in page
        said = {"template": "centrifuge", "rule": "fleet.apart", "deed": "use"}
        assert (
            signed_in(house.desk).post("/monitoring/trials/put/", said | {"why": "x"}).status_code
            == 403
        )
        client.post("/monitoring/trials/put/", said | {"why": " "})
        assert not Trial.objects.exists()
        client.post("/monitoring/trials/put/", said | {"why": "看过一个月，都属实"})
        row = Trial.objects.get()
        assert (row.observe, row.by, row.why) == (False, house.remote, "看过一个月，都属实")
        centrifuges = [
            part
            for part in client.get("/monitoring/trials/").content.decode().split("<li>")
            if "离心机" in part
        ]
        assert not centrifuges
    for refusal, slip in (
        (AlreadySo, {}),
        (NoSuchRule, {"rule": "nobody"}),
        (ReasonMissing, {"why": ""}),
    ):
        with pytest.raises(refusal):
            put(
                **{
                    "template": "centrifuge",
                    "rule": "fleet.apart",
                    "observe": False,
                    "why": "x",
                    "by": house.remote,
                    "now": NOW,
                }
                | slip
            )
    assert Trial.objects.count() == 1


@pytest.mark.django_db
def test_an_hour_that_passes_the_limit_in_the_tenth_digit_is_not_left_out(house):
    found, _key = device(asset=house.asset, now=START)
    layout, _new = Layout.objects.get_or_create(template="centrifuge", points=CODES)
    vibration = np.full(360, 2.0)
    vibration[100:130] = 5.2 + 1e-9
    millis = round(START.timestamp()) * 1000 + 10_000 * np.arange(360)
    block_of(found.pk, START, layout.pk, Packed(millis, rows(vibration))).save(force_insert=True)
    fired = replay(
        TEMPLATE, NOTICE, {house.asset.pk: 5.2}, START, START + timedelta(days=1), lasting=30,
        again=0,
    )  # fmt: skip
    assert [each["peak"] for each in fired] == [5.2 + 1e-9]


def test_what_was_tried_is_kept_for_the_machine_and_is_what_the_next_one_is_compared_with(
    house, month
):
    client = signed_in(house.remote)
    with clock.set_to(NOW):
        asked = {"rule": "vibration.notice", "value": "4.5", "minutes": "6"}
        page = client.post(f"/machines/{house.asset.pk}/rules/try/", asked).url
        row = PastTest.objects.get()
        work(row.pk, now=NOW)
        row.refresh_from_db()
        assert (row.times, row.now_times) == (0, 14)
        assert 'name="minutes" value="6"' in client.get(page).content.decode()
        client.post(f"/machines/{house.asset.pk}/rules/change/", asked | {"why": "五分钟的抖动没关系", "deed": "set"})  # fmt: skip
        again = ask(asset=house.asset, rule="vibration.notice", value=4.5, lasting=30.0, whole_model=False, by=house.remote, now=NOW)  # fmt: skip
        work(again.pk, now=NOW)
        again.refresh_from_db()
        assert (again.times, again.now_times) == (14, 0)
