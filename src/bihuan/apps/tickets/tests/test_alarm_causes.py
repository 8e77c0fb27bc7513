"""Where a machine's ticket is solved, its form asks what the alarm was, and the answer teaches."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bihuan.apps.monitoring.actions.alarms import judge
from bihuan.apps.monitoring.actions.opinion import opinion
from bihuan.apps.monitoring.enums import Verdict
from bihuan.apps.monitoring.learning import closed, standing
from bihuan.apps.monitoring.models import Alarm, Lesson
from bihuan.apps.monitoring.tests.factories import alarm
from bihuan.apps.tickets import actions
from bihuan.apps.tickets.doors.alarms import bring
from bihuan.apps.tickets.models import Ticket
from bihuan.base import clock
from bihuan.base.audit.models import Entry
from bihuan.base.testing.draining import drain
from bihuan.base.testing.people import signed_in

pytestmark = pytest.mark.django_db
VALUES = {"VIBRATION": 5.2, "IMBALANCE_SHARE": 80.0}
HOUR = timedelta(hours=1)


@pytest.fixture
def taken(house):
    """`house.alarm` came in as `house.ticket`, which somebody has in hand."""
    house.alarm = raised(house)
    house.ticket = bring(alarm=house.alarm, now=house.now).ticket
    Ticket.objects.filter(pk=house.ticket.pk).update(place="车间", impact="SLOWED")
    house.ticket.refresh_from_db()
    actions.accept(ticket=house.ticket, by=house.desk, now=house.now)
    with clock.set_to(house.now + HOUR):
        yield house


def raised(house, **values):
    row = alarm(house.machine, house.now, klass="URGENT", **values)
    row.diagnosis = opinion(row, "centrifuge", VALUES, house.now)
    row.save(update_fields=["diagnosis"])
    return row


def solved(house, **more):
    given = {"how": "REMOTE", "cause": "WEAR", "action": "换了轴承"}
    return signed_in(house.desk).post(f"/tickets/{house.ticket.pk}/deed/solve/", given | more)


def shown(house):
    page = signed_in(house.desk).get(f"/tickets/{house.ticket.pk}/deed/solve/")
    return page.content.decode()


def test_the_form_offers_the_ranked_causes_and_the_choice_teaches(taken):
    page = shown(taken)
    first = taken.alarm.diagnosis["causes"][0]
    assert first["code"] == "IMBALANCE"
    percent = round(100 * first["probability"])
    assert f"{first['title']['zh']} {percent}%" in page
    assert "清单以外的原因" in page and "还不清楚" in page and taken.alarm.number in page
    assert page.index("IMBALANCE") < page.index("BEARING_WEAR")
    assert solved(taken, found="BEARING_WEAR").status_code == 302
    lesson = Lesson.objects.get()
    assert (lesson.cause, lesson.said_by, lesson.named) == ("BEARING_WEAR", taken.desk, "IMBALANCE")
    drain(taken.now + 2 * HOUR)
    lesson.refresh_from_db()
    assert (lesson.cause, lesson.hint, lesson.solved) == ("BEARING_WEAR", "WEAR", True)
    assert [each.cause for each in closed(standing().select_related("alarm"))] == ["BEARING_WEAR"]
    assert opinion(raised(taken, rule="bearing.notice"), "centrifuge", VALUES, taken.now)["learned"] == 1  # fmt: skip


def test_he_must_say_or_say_that_he_does_not_know(taken):
    for wrong in ({}, {"found": ""}, {"found": "NO_SUCH"}):
        assert solved(taken, **wrong).status_code == 422
    taken.ticket.refresh_from_db()
    assert taken.ticket.solved_at is None and not Lesson.objects.exists()
    assert solved(taken, found="-").status_code == 302
    assert not Lesson.objects.exclude(cause="").exists()


def test_all_alarms_of_the_ticket_are_one_fault_and_said_before_stands_in_the_form(taken):
    Alarm.objects.filter(pk=raised(taken, rule="bearing.notice").pk).update(
        ticket_number=taken.ticket.number
    )
    signed_in(taken.desk).post(f"/alarms/{taken.alarm.pk}/deed/cause/", {"cause": "FOOT_LOOSE"})
    assert '<option value="FOOT_LOOSE" selected>' in shown(taken)
    assert solved(taken, found="FOOT_LOOSE").status_code == 302
    assert set(Lesson.objects.values_list("cause", flat=True)) == {"FOOT_LOOSE"}
    assert Lesson.objects.count() == 2
    assert Entry.objects.filter(verb="alarm.cause").count() == 1


def test_a_false_alarm_and_a_ticket_without_one_are_not_asked(taken):
    judge(alarm=taken.alarm, verdict=Verdict.FALSE, text="碰了一下", by=taken.desk, now=taken.now)
    assert "报警的实际原因" not in shown(taken)
    assert solved(taken).status_code == 302
    assert not Lesson.objects.exclude(cause="").exists()


def test_solved_anew_after_it_came_back_asks_anew(taken):
    solved(taken, found="BEARING_WEAR")
    drain(taken.now + 2 * HOUR)
    later = taken.now + 3 * HOUR
    with clock.set_to(later):
        row = Ticket.objects.get(pk=taken.ticket.pk)
        actions.feed_back(ticket=row, text="换了轴承", channel="PHONE", by=taken.desk, now=later)
        row.refresh_from_db()
        actions.deny(ticket=row, answer="还在振", channel="PHONE", by=taken.boss, now=later)
        drain(later)
        assert Lesson.objects.get().cause == ""
        assert 'value="BEARING_WEAR" selected' not in shown(taken)
