"""Around the steps as the desk sees it: clocks that stand, tickets that belong together, chases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from bihuan.apps.obligations import actions as obligations
from bihuan.apps.obligations.models import Obligation, Pause
from bihuan.apps.tickets import actions, tasks
from bihuan.apps.tickets.enums import Note, Status
from bihuan.apps.tickets.models import Ticket
from bihuan.apps.tickets.tests.factories import ticket
from bihuan.base import clock
from bihuan.base.notify.models import Notice
from bihuan.base.testing.draining import drain
from bihuan.base.testing.people import signed_in

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def at(house):
    with clock.set_to(house.now):
        yield house


def opened(at):
    row = ticket(at.machine, at.desk, at.now)
    drain(at.now)
    return row


def paused(at, row, reason="WAIT_CUSTOMER"):
    actions.pause(
        ticket=row, reason=reason, evidence="许工说周三才停机", told_customer=True, by=at.desk, now=at.now
    )  # fmt: skip
    return row


def page(person, row):
    return signed_in(person).get(reverse("tickets:detail", args=[row.pk])).content.decode()


def standing(row):
    return Obligation.objects.filter(occasion=row.number, paused_at__isnull=False).count()


def test_going_on_lets_the_clocks_run_again(at):
    row = paused(at, opened(at))
    assert standing(row)
    before = {
        each.pk: each.internal_due_at
        for each in Obligation.objects.filter(occasion=row.number, paused_at__isnull=False)
    }
    actions.go_on(ticket=row, by=at.desk, now=at.now + HOUR)
    assert (row.status, standing(row)) == (Status.ACCEPTED, 0)
    for pk, inner in before.items():
        duty = Obligation.objects.get(pk=pk)
        assert duty.due_at > inner == duty.internal_due_at
    assert row.entries.filter(code=Note.RESUMED).count() == 1


def test_going_on_without_a_pause_starts_no_clock(at):
    row = opened(at)
    actions.wait(ticket=row, why="PART", text="等轴承", by=at.desk, now=at.now)
    actions.go_on(ticket=row, by=at.desk, now=at.now)
    assert not row.entries.filter(code=Note.RESUMED).exists()


@pytest.mark.parametrize(
    ("reason", "word", "state"),
    [("WAIT_CUSTOMER_PART", "等客户备件", "等客户"), ("FORCE_MAJEURE", "不可抗力", "挂起")],
)
def test_a_clock_that_stands_says_why_and_explains_itself(at, reason, word, state):
    row = paused(at, opened(at), reason)
    text = page(at.desk, row)
    clocks = text.split('id="ticket-clocks"')[1].split('id="ticket-')[0]
    assert f"停表·{word}" in clocks
    duty = Obligation.objects.filter(occasion=row.number, paused_at__isnull=False).first()
    assert reverse("obligations:explain", args=[duty.pk]) in clocks
    assert state in text.split('id="ticket-head"')[1].split("stepper")[0]
    flow = text.split('id="ticket-flow"')[1]
    assert flow.count("许工说周三才停机") == 1
    assert word in flow
    actions.resume(ticket=row, by=at.desk, now=at.now + HOUR)
    assert (row.status, standing(row)) == (Status.ACCEPTED, 0)


def test_what_stands_until_an_agreed_time_runs_again_then_and_tells_the_owner(at):
    row = opened(at)
    Ticket.objects.filter(pk=row.pk).update(owner=at.desk)
    until = at.now + 2 * HOUR
    actions.pause(
        ticket=row, reason="WAIT_CUSTOMER", evidence="许工说下午才停机", told_customer=True, until=until,
        by=at.desk, now=at.now,
    )  # fmt: skip
    shown = f"约好 {timezone.localtime(until):%Y-%m-%d %H:%M} 恢复"
    assert shown in page(at.desk, row).split('id="ticket-flow"')[1]
    assert tasks.resume_agreed(until - MINUTE) == 0
    assert standing(row)
    assert tasks.resume_agreed(until) == 1
    row.refresh_from_db()
    assert (row.status, row.resume_at, standing(row)) == (Status.ACCEPTED, None, 0)
    assert tasks.resume_agreed(until + HOUR) == 0
    told = Notice.objects.filter(to=at.desk, kind="ticket.resumed")
    assert told.count() == 1
    assert row.entries.filter(code=Note.RESUMED).count() == 1


def test_a_clock_ends_its_pause_when_it_was_agreed_however_late_the_beat_comes(at):
    row = opened(at)
    until = at.now + 2 * HOUR
    actions.pause(
        ticket=row, reason="WAIT_CUSTOMER", evidence="许工说下午才停机", told_customer=True, until=until,
        by=at.desk, now=at.now,
    )  # fmt: skip
    assert tasks.resume_agreed(until + 3 * HOUR) == 1
    ends = Pause.objects.filter(obligation__occasion=row.number).values_list("to_at", flat=True)
    assert set(ends) == {until}


def test_the_owner_is_told_also_where_a_limit_of_the_pause_was_quicker(at):
    row = opened(at)
    Ticket.objects.filter(pk=row.pk).update(owner=at.desk)
    until = at.now + 2 * HOUR
    actions.pause(
        ticket=row, reason="WAIT_CUSTOMER", evidence="许工说下午才停机", told_customer=True, until=until,
        by=at.desk, now=at.now,
    )  # fmt: skip
    for each in Obligation.objects.filter(occasion=row.number, paused_at__isnull=False):
        obligations.resume(obligation_id=each.pk, by=None, now=at.now + HOUR)
    assert tasks.resume_agreed(until) == 1
    row.refresh_from_db()
    assert (row.status, row.resume_at) == (Status.ACCEPTED, None)
    assert Notice.objects.filter(to=at.desk, kind="ticket.resumed").count() == 1


def test_a_ticket_that_ended_has_no_time_to_go_on(at):
    row = opened(at)
    actions.pause(
        ticket=row, reason="WAIT_CUSTOMER", evidence="许工说下午才停机", told_customer=True,
        until=at.now + 2 * HOUR, by=at.desk, now=at.now,
    )  # fmt: skip
    actions.cancel(ticket=row, text="客户撤了", by=at.desk, now=at.now + HOUR)
    assert row.resume_at is None
    assert tasks.resume_agreed(at.now + 3 * HOUR) == 0
    assert not Notice.objects.filter(kind="ticket.resumed").exists()


def test_what_was_started_again_by_hand_does_not_wait_for_the_agreed_time(at):
    row = opened(at)
    actions.pause(
        ticket=row, reason="WAIT_CUSTOMER", evidence="许工说下午才停机", told_customer=True,
        until=at.now + 2 * HOUR, by=at.desk, now=at.now,
    )  # fmt: skip
    actions.resume(ticket=row, by=at.desk, now=at.now + HOUR)
    assert row.resume_at is None
    assert tasks.resume_agreed(at.now + 3 * HOUR) == 0
    assert row.entries.filter(code=Note.RESUMED).count() == 1


def test_nobody_agrees_on_a_time_that_is_over(at):
    row = opened(at)
    answer = signed_in(at.desk).post(
        reverse("tickets:deed", args=[row.pk, "pause"]),
        {
            "reason": "WAIT_CUSTOMER", "evidence": "许工说昨天", "told": "on", "until": "2026-01-05T09:00",
            "version": row.version,
        },
    )  # fmt: skip
    assert "约好恢复的时间已经过了" in answer.content.decode()
    row.refresh_from_db()
    assert (standing(row), row.resume_at) == (0, None)
    assert not row.entries.filter(code=Note.PAUSED).exists()


def test_the_page_says_how_tickets_belong_together(at):
    one, double, other = (ticket(at.machine, at.desk, at.now, title=f"异响{n}") for n in range(3))
    child = actions.split(
        ticket=one, kind="CONSULT", title="另问备件", text="", by=at.desk, now=at.now
    )
    actions.link(ticket=one, other=other, by=at.desk, now=at.now)
    actions.merge(ticket=double, into=one, text="同一件", by=at.desk, now=at.now)

    def how(row, to):
        list_ = page(at.desk, row).split("有关的工单")[1].split("</ul>")[0]
        return next(each for each in list_.split("<li>") if to.number in each)

    assert "拆出去的" in how(one, child) and "上级工单" in how(child, one)
    assert "并进来的" in how(one, double) and "已并入它" in how(double, one)
    assert "关联" in how(one, other)
    flow = page(at.desk, double).split('id="ticket-flow"')[1]
    assert one.number in flow.split("并入另一张工单")[1].split("</li>")[0]
    assert '<select class="field-box small" name="channel"' not in page(at.desk, double)


def test_the_other_ticket_is_offered_from_those_of_the_customer_within_reach(at):
    row, other = (ticket(at.machine, at.desk, at.now, title=f"异响{n}") for n in range(2))
    gone = ticket(at.machine, at.desk, at.now, title="撤了")
    actions.cancel(ticket=gone, text="客户撤了", by=at.desk, now=at.now)
    for name in ("merge", "link"):
        address = reverse("tickets:deed", args=[row.pk, name])
        form = signed_in(at.desk).get(address).content.decode()
        offered = form.split("<datalist")[1].split("</datalist>")[0]
        assert f'value="{other.number}"' in offered
        assert row.number not in offered and gone.number not in offered


def test_a_chase_of_a_ticket_that_nobody_owns_is_heard_by_the_head_of_the_desk(at):
    row = ticket(at.machine, None, at.now, channel="WEB")
    actions.chase(ticket=row, text="", by=None, now=at.now)
    assert row.owner is None
    assert [each.to for each in Notice.objects.filter(kind="ticket.chased")] == [at.lead]


def test_the_history_says_which_chase_went_up(at):
    row = opened(at)
    for n in range(3):
        actions.chase(ticket=row, text=f"催{n}", by=at.desk, now=at.now + n * HOUR)
    flow = page(at.desk, row).split('id="ticket-flow"')[1]
    assert flow.count("已报告上一级") == 1
    assert "第 3 次，已报告上一级" in flow and "第 2 次" in flow
