"""What an alarm really was: kept once, said by people, and the next first opinion is better by it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bihuan.apps.assets.tests.factories import machine
from bihuan.apps.customers.tests.factories import customer
from bihuan.apps.monitoring import handlers
from bihuan.apps.monitoring.actions.opinion import opinion
from bihuan.apps.monitoring.learning import closed, standing
from bihuan.apps.monitoring.models import Alarm, Lesson
from bihuan.apps.monitoring.tests.conftest import NOON
from bihuan.apps.monitoring.tests.factories import alarm
from bihuan.base import clock
from bihuan.base.audit.models import Entry
from bihuan.base.facts.actions import tell
from bihuan.base.facts.models import Fact
from bihuan.base.testing.draining import drain
from bihuan.base.testing.people import signed_in
from bihuan.lib.diagnosis import OTHER

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
VALUES = {"VIBRATION": 5.2, "IMBALANCE_SHARE": 40.0}
LIKE = {"VIBRATION": 5.2, "HIGH_BAND": 3.0, "BEARING_TEMP": 80.0}
UNLIKE = {"VIBRATION": 1.0, "SPEED": 4200.0, "SET_SPEED": 4200.0, "IMBALANCE_SHARE": 20.0, "BEARING_TEMP": 30.0, "HIGH_BAND": 0.1, "CHAMBER_TEMP": 4.0}  # fmt: skip


@pytest.fixture(autouse=True)
def at_ten():
    with clock.set_to(NOON):
        yield


def text(answer):
    return answer.content.decode()


def raised(asset, at=NOON, **values):
    """An alarm with its first opinion, as the worker writes it."""
    row = alarm(asset, at, **values)
    row.diagnosis = opinion(row, "centrifuge", VALUES, at)
    row.save(update_fields=["diagnosis"])
    return row


def say(client, row, cause):
    return client.post(f"/alarms/{row.pk}/deed/cause/", {"cause": cause})


def heard(told, asset, ticket, at, **data):
    tell(
        told, at=at, now=at, by=None, subjects={"asset": asset.pk, "customer": asset.customer_id},
        data={"ticket": ticket, **data}, key=f"{told}:{ticket}:{at}",
    )  # fmt: skip
    drain(at)


def resolved(asset, ticket, at=NOON, cause="WEAR"):
    heard("ticket.resolved", asset, ticket, at, kind="FAULT", how="ONSITE", cause=cause)


def reopened(asset, ticket, at):
    heard("ticket.reopened", asset, ticket, at, round=f"{ticket}#1")


def replayed():
    handlers.on_tickets(list(Fact.objects.filter(kind__startswith="ticket.").order_by("-pk")), NOON)


def chance(row, code, at=NOON):
    """What an opinion now says of a cause, by the values of `raised`."""
    found = opinion(row, "centrifuge", VALUES, at)
    return {each["code"]: each["probability"] for each in found["causes"]}.get(code, 0)


def kept():
    return list(Lesson.objects.order_by("pk").values())


def test_a_solved_ticket_leaves_one_row_whatever_is_told_again(house):
    row = raised(house.asset, ticket_number="WX-1")
    before = chance(row, "FOOT_LOOSE")
    resolved(house.asset, "WX-1")
    lesson = Lesson.objects.get()
    assert (lesson.alarm, lesson.template, lesson.rule) == (row, "centrifuge", row.rule)
    assert (lesson.hint, lesson.solved, lesson.cause) == ("WEAR", True, "")
    assert lesson.named == row.diagnosis["causes"][0]["code"]
    assert lesson.shown == row.diagnosis["shown"] and lesson.shown["VIBRATION_HIGH"] is True
    assert chance(row, "FOOT_LOOSE") == before  # a class of cause is a hint, no cause
    page = text(signed_in(house.remote).get(f"/alarms/{row.pk}/"))
    assert "工单 WX-1 已解决" in page and "磨损" in page
    assert "磨损" in text(signed_in(house.remote).get(f"/alarms/{row.pk}/deed/cause/"))
    once = kept()
    replayed()
    assert kept() == once
    resolved(house.asset, "WX-2")  # no alarm led to it
    assert kept() == once


def test_what_was_found_moves_the_next_opinion(house):
    row = raised(house.asset)
    before = chance(row, "FOOT_LOOSE")
    assert row.diagnosis["learned"] == 0
    client = signed_in(house.remote)
    assert say(client, row, "FOOT_LOOSE").status_code == 302
    one = chance(row, "FOOT_LOOSE")
    for days in range(1, 9):
        past = raised(house.asset, NOON - timedelta(days=days), cleared_at=NOON)
        say(client, past, "FOOT_LOOSE")
    assert before < one < chance(row, "FOOT_LOOSE")
    assert one - before < 0.1  # one moves little
    late = raised(house.asset, NOON + HOUR, rule="bearing.notice")
    assert late.diagnosis["learned"] == 9
    assert "用上了 9 次" in text(client.get(f"/alarms/{late.pk}/"))
    assert opinion(row, "pump", {}, NOON)["learned"] == 0  # another template


def test_said_once_and_changed_replaces(house):
    row = raised(house.asset)
    client = signed_in(house.remote)
    say(client, row, "FOOT_LOOSE")
    foot, belt = chance(row, "FOOT_LOOSE"), chance(row, "BELT_WORN")
    before = kept()
    again = say(signed_in(house.desk), row, "FOOT_LOOSE")
    assert again.status_code == 422 and "已经定为" in text(again)
    assert kept() == before and Entry.objects.filter(verb="alarm.cause").count() == 1
    say(client, row, "BELT_WORN")
    lesson = Lesson.objects.get()
    assert (lesson.cause, lesson.said_by, lesson.said_at) == ("BELT_WORN", house.remote, NOON)
    assert chance(row, "FOOT_LOOSE") < foot and chance(row, "BELT_WORN") > belt
    entry = Entry.objects.filter(verb="alarm.cause").latest("pk")
    assert (entry.before, entry.after) == ({"cause": "FOOT_LOOSE"}, {"cause": "BELT_WORN"})
    assert "传动皮带磨损或打滑" in text(client.get(f"/alarms/{row.pk}/"))


def test_a_ticket_that_opens_again_takes_it_back(house):
    row = raised(house.asset, ticket_number="WX-1")
    before = chance(row, "FOOT_LOOSE")
    resolved(house.asset, "WX-1")
    say(signed_in(house.remote), row, "FOOT_LOOSE")
    assert chance(row, "FOOT_LOOSE") > before
    reopened(house.asset, "WX-1", NOON + HOUR)
    lesson = Lesson.objects.get()
    assert (lesson.cause, lesson.said_by, lesson.solved) == ("", None, False)
    assert chance(row, "FOOT_LOOSE") == before
    assert Entry.objects.filter(verb="alarm.cause").count() == 2
    with clock.set_to(NOON + 2 * HOUR):
        resolved(house.asset, "WX-1", NOON + 2 * HOUR, cause="INSTALLATION")
        say(signed_in(house.remote), row, "BELT_WORN")
    once = kept()
    replayed()
    assert kept() == once and once[0]["cause"] == "BELT_WORN" and once[0]["hint"] == "INSTALLATION"
    assert chance(row, "BELT_WORN") > chance(row, "FOOT_LOOSE") - before


def test_alarms_of_one_ticket_are_one_fault(house):
    first = raised(house.asset, ticket_number="WX-1")
    second = raised(house.asset, rule="bearing.notice", ticket_number="WX-1")
    say(signed_in(house.remote), second, "BEARING_WEAR")
    assert set(Lesson.objects.values_list("alarm", "cause")) == {
        (first.pk, "BEARING_WEAR"), (second.pk, "BEARING_WEAR"),
    }  # fmt: skip
    faults = closed(standing().select_related("alarm"))
    assert [each.cause for each in faults] == ["BEARING_WEAR"]
    assert raised(house.asset, NOON + HOUR, rule="vibration.danger").diagnosis["learned"] == 1


def test_a_wrong_cause_changes_nothing(house):
    row = raised(house.asset)
    client = signed_in(house.remote)
    diagnosis = opinion(row, "centrifuge", VALUES, NOON)
    for cause in ("", "NO_SUCH", "WEAR", "<b>"):
        assert say(client, row, cause).status_code == 422
    assert not Lesson.objects.exists() and not Entry.objects.filter(verb="alarm.cause").exists()
    assert opinion(row, "centrifuge", VALUES, NOON) == diagnosis
    Lesson.objects.create(  # of a file that had other codes
        alarm=row,
        template="centrifuge",
        rule=row.rule,
        cause="GONE",
        said_at=NOON,
        shown={"X": True},
    )
    now = opinion(row, "centrifuge", VALUES, NOON)
    assert now["causes"] == diagnosis["causes"] and now["other"] == diagnosis["other"]


def test_a_false_alarm_has_no_cause_and_teaches_nothing(house):
    row = raised(house.asset)
    before = chance(row, "FOOT_LOOSE")
    client = signed_in(house.remote)
    say(client, row, "FOOT_LOOSE")
    client.post(f"/alarms/{row.pk}/deed/false/", {"text": "碰了一下"})
    assert chance(row, "FOOT_LOOSE") == before
    once = kept()
    refused = say(client, row, "BELT_WORN")
    assert refused.status_code == 422 and "误报" in text(refused)
    assert kept() == once
    assert "deed/cause/" not in text(client.get(f"/alarms/{row.pk}/"))


def test_who_may_say_it(house):
    row = raised(house.asset)
    assert say(signed_in(house.far), row, "BELT_WORN").status_code == 404
    assert say(signed_in(house.auditor), row, "BELT_WORN").status_code == 403
    assert not Lesson.objects.exists()
    bare = alarm(house.asset, NOON, rule="bearing.danger", layout=None)
    assert "deed/cause/" not in text(signed_in(house.remote).get(f"/alarms/{bare.pk}/"))
    assert say(signed_in(house.remote), bare, "BELT_WORN").status_code == 422


def test_the_page_counts_all_and_links_what_one_may_see(house):
    away = machine(customer("远方的客户有限公司", region="north", now=NOON), "8L999999", now=NOON)
    client = signed_in(house.remote)
    mine = [raised(house.asset, NOON - timedelta(days=n), cleared_at=NOON) for n in (1, 2, 3)]
    theirs = raised(away)
    Lesson.objects.create(
        alarm=theirs, template="centrifuge", rule=theirs.rule, cause=OTHER, said_at=NOON
    )
    for row in mine:
        say(client, row, "BEARING_WEAR")
    row = raised(house.asset)
    page = text(signed_in(house.near).get(f"/alarms/{row.pk}/"))
    assert "过去 4 次类似报警中 3 次是轴承磨损" in page
    assert "过去 4 次类似报警中 1 次是清单以外的原因" in page
    assert all(page.count(f'href="/alarms/{each.pk}/"') >= 1 for each in mine)
    assert f"/alarms/{theirs.pk}/" not in page and "8L999999" not in page and "远方的" not in page
    other = raised(house.asset, rule="bearing.notice")
    assert "还没有查明过原因" in text(client.get(f"/alarms/{other.pk}/"))


def test_only_so_many_of_the_newest_count(house):
    row = raised(house.asset)
    like = {"asset": house.asset, "rule": row.rule, "layout": row.layout, "title": row.title}
    times = {"since": NOON, "raised_at": NOON, "told_at": NOON, "cleared_at": NOON}
    past = Alarm.objects.bulk_create(
        Alarm(number=f"BJ-OLD-{n}", **like, **times) for n in range(510)
    )
    Lesson.objects.bulk_create(
        Lesson(alarm=each, template="centrifuge", rule=row.rule, cause="FOOT_LOOSE", said_at=NOON)
        for each in past
    )
    assert opinion(row, "centrifuge", VALUES, NOON)["learned"] == 500


def test_evidence_unlike_all_is_still_not_known(house):
    """Many lessons of one cause do not make it the answer to what does not look like it."""
    row = raised(house.asset)
    assert opinion(row, "centrifuge", UNLIKE, NOON)["unknown"]
    for n in range(1, 61):
        past = alarm(house.asset, NOON - n * HOUR, cleared_at=NOON)
        Lesson.objects.create(
            alarm=past, template="centrifuge", rule=past.rule, cause="BEARING_WEAR", said_at=NOON,
            shown={"VIBRATION_HIGH": True, "HIGH_BAND_HIGH": True, "BEARING_WARM": True},
        )  # fmt: skip
    found = opinion(row, "centrifuge", LIKE, NOON)
    assert found["learned"] == 60 and not found["unknown"]
    assert found["causes"][0]["code"] == "BEARING_WEAR"
    assert opinion(row, "centrifuge", UNLIKE, NOON)["unknown"]
