"""Times in which a machine's alarms are expected: recorded, told to nobody, and told when it is over."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bihuan.apps.assets.enums import Status
from bihuan.apps.monitoring import figures
from bihuan.apps.monitoring.actions import expecting
from bihuan.apps.monitoring.actions.trials import put
from bihuan.apps.monitoring.enums import Awaited, Hushed
from bihuan.apps.monitoring.models import Expected
from bihuan.apps.monitoring.queries.expected import expecting as quiet
from bihuan.apps.monitoring.tests.conftest import NOON
from bihuan.apps.monitoring.tests.factories import alarm
from bihuan.base import clock
from bihuan.base.audit.models import Entry
from bihuan.base.facts.models import Fact
from bihuan.base.testing.people import signed_in

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def at_ten():
    with clock.set_to(NOON):
        yield


def text(answer):
    return answer.content.decode()


def planned(house, hours=4, **more):
    given = {"reason": Awaited.WASH_DOWN, "text": "每月清洗", "from_at": NOON, "until_at": NOON + hours * HOUR}  # fmt: skip
    return expecting.expect(
        asset=house.asset, plan=expecting.Plan(**given | more), by=house.remote, now=NOON
    )


def posted(client, house, **more):
    given = {"reason": "WASH_DOWN", "text": "清洗", "from_at": "2026-09-30T10:00", "until_at": "2026-09-30T14:00"}  # fmt: skip
    return client.post(f"/machines/{house.asset.pk}/expected/new/", given | more)


def test_who_handles_alarms_says_so_on_the_page_and_ends_it_early(house):
    client = signed_in(house.remote)
    answer = posted(client, house, days=["3"], starts="08:00", ends="12:00", until_at="2026-12-30T10:00")  # fmt: skip
    assert answer.status_code == 302
    row = Expected.objects.get()
    assert (row.days, row.by, row.reason) == ([3], house.remote, "WASH_DOWN")
    assert quiet([house.asset.pk], NOON) == {house.asset.pk}  # a Wednesday
    assert quiet([house.asset.pk], NOON + 3 * HOUR) == set()
    page = text(client.get(f"/machines/{house.asset.pk}/expected/"))
    assert "每周 周三 08:00–12:00" in page and "现在" in page
    assert "每周 周三" in text(client.get(f"/alarms/of/{house.asset.pk}/"))  # the machine's own tab
    assert "1 台设备现在预期会报警" in text(client.get("/alarms/"))
    assert house.asset.serial in text(client.get("/monitoring/calls/"))
    assert client.post(f"/monitoring/expected/{row.pk}/end/").status_code == 302
    row.refresh_from_db()
    assert (row.ended_by, row.ended_at) == (house.remote, NOON)
    assert quiet([house.asset.pk], NOON) == set()
    assert "提前结束" in text(client.get(f"/machines/{house.asset.pk}/expected/"))
    assert {each.verb for each in Entry.objects.filter(verb__startswith="alarm.expect")} == {
        "alarm.expect", "alarm.expect_end",
    }  # fmt: skip
    assert client.post(f"/monitoring/expected/{row.pk}/end/").status_code == 302
    assert Entry.objects.filter(verb="alarm.expect_end").count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"until_at": "2026-09-30T09:00"},
        {"from_at": "2026-09-29T08:00", "until_at": "2026-09-30T09:00"},
        {"until_at": "2026-10-03T10:01"},  # 72 hours and a minute
        {"until_at": "2026-12-01T10:00", "days": ["3"], "starts": "08:00", "ends": "20:01"},
        {"until_at": "2027-12-01T10:00", "days": ["3"], "starts": "08:00", "ends": "09:00"},
        {"until_at": "2026-12-01T10:00", "days": ["3"]},
        {"until_at": "2026-12-01T10:00", "days": ["8"], "starts": "08:00", "ends": "09:00"},
        {"text": "  "},
        {"reason": "PARTY"},
    ],
)
def test_what_is_too_long_or_makes_no_sense_is_refused(house, wrong):
    assert posted(signed_in(house.remote), house, **wrong).status_code == 422
    assert not Expected.objects.exists()
    assert not Entry.objects.filter(verb__startswith="alarm.expect").exists()


def test_who_may_say_so(house):
    assert posted(signed_in(house.auditor), house).status_code == 403
    assert posted(signed_in(house.far), house).status_code in (403, 404)
    row = planned(house)
    assert signed_in(house.auditor).post(f"/monitoring/expected/{row.pk}/end/").status_code == 403
    assert Expected.objects.get().ended_at is None
    assert "设定一段" not in text(
        signed_in(house.auditor).get(f"/machines/{house.asset.pk}/expected/")
    )


def test_what_still_stands_when_its_time_is_over_is_told_once(house):
    planned(house)
    stands = alarm(house.asset, NOON, hushed=Hushed.EXPECTED)
    over = alarm(
        house.asset, NOON, rule="bearing.notice", hushed=Hushed.EXPECTED, cleared_at=NOON + HOUR
    )
    assert expecting.wake(NOON + HOUR) == 0
    late = NOON + 4 * HOUR
    assert expecting.wake(late) == 1
    assert expecting.wake(late) == 0
    stands.refresh_from_db()
    over.refresh_from_db()
    assert (stands.hushed, stands.told_at, over.hushed) == ("", late, Hushed.EXPECTED)
    assert stands.diagnosis["causes"]
    fact = Fact.objects.get(kind="alarm.raised")
    assert (fact.own()["alarm"], fact.at) == (stands.number, late)


def test_ended_early_wakes_at_once(house):
    row = planned(house)
    alarm(house.asset, NOON, hushed=Hushed.EXPECTED)
    expecting.end(row=row, by=house.remote, now=NOON + HOUR)
    assert expecting.wake(NOON + HOUR) == 1


def test_what_still_stands_when_the_machine_is_repaired_is_told_once(house):
    house.asset.status = Status.UNDER_REPAIR
    house.asset.save()
    stands = alarm(house.asset, NOON, hushed=Hushed.REPAIR)
    alarm(house.asset, NOON, rule="fleet.apart", hushed=Hushed.TRIAL)
    assert expecting.wake(NOON + HOUR) == 0
    house.asset.status = Status.IN_USE
    house.asset.save()
    planned(house)  # and now washed down
    assert expecting.wake(NOON + HOUR) == 0
    late = NOON + 4 * HOUR
    assert (expecting.wake(late), expecting.wake(late)) == (1, 0)
    stands.refresh_from_db()
    assert (stands.hushed, stands.told_at) == ("", late)
    assert Fact.objects.get(kind="alarm.raised").own()["alarm"] == stands.number


def use(house, rule, *, observe):
    put(template="centrifuge", rule=rule, observe=observe, why="看过了", by=house.remote, now=NOON)


def test_what_stands_when_its_rule_is_put_into_use_is_told_once(house):
    stands = alarm(house.asset, NOON, rule="fleet.apart", hushed=Hushed.TRIAL)
    assert expecting.wake(NOON + HOUR) == 0
    use(house, "fleet.apart", observe=False)
    house.asset.status = Status.UNDER_REPAIR
    house.asset.save()
    assert expecting.wake(NOON + HOUR) == 0  # for another reason now
    house.asset.status = Status.IN_USE
    house.asset.save()
    assert (expecting.wake(NOON + HOUR), expecting.wake(NOON + HOUR)) == (1, 0)
    assert Fact.objects.get(kind="alarm.raised").own()["alarm"] == stands.number


def test_what_was_expected_is_not_told_while_its_rule_is_on_trial(house):
    alarm(house.asset, NOON, hushed=Hushed.EXPECTED)
    use(house, "vibration.notice", observe=True)
    assert expecting.wake(NOON + HOUR) == 0
    use(house, "vibration.notice", observe=False)
    assert expecting.wake(NOON + HOUR) == 1


def test_what_still_stands_after_the_flood_is_told_once(house, monkeypatch):
    monkeypatch.setitem(figures._own(), "monitoring.flood_min", "10")
    alarm(house.asset, NOON, hushed=Hushed.FLOOD)
    alarm(house.asset, NOON, rule="bearing.notice", hushed=Hushed.FLOOD, cleared_at=NOON)
    assert expecting.wake(NOON + timedelta(minutes=9)) == 0
    late = NOON + timedelta(minutes=10)
    assert (expecting.wake(late), expecting.wake(late)) == (1, 0)
    assert Fact.objects.filter(kind="alarm.raised").count() == 1
