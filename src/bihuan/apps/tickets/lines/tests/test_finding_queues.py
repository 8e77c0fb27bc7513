"""A ticket finds its queue, and a queue its people."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from bihuan.apps.people.actions import take_leave
from bihuan.apps.people.models import Skill
from bihuan.apps.tickets import actions
from bihuan.apps.tickets.lines import queries
from bihuan.apps.tickets.lines.actions import (
    QueueAs,
    RouteAs,
    drop_route,
    first_queues,
    set_queue,
    set_route,
    take_next,
)  # fmt: skip
from bihuan.apps.tickets.lines.tests.test_handing import handed
from bihuan.apps.tickets.models import Handover, Queue, Route, Ticket
from bihuan.apps.tickets.refusals import (
    NothingToTake,
    OnLeave,
)  # fmt: skip
from bihuan.apps.tickets.tests.factories import report, ticket, verified
from bihuan.base.errors import BadInput

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def row(lines):
    return verified(ticket(lines.machine, lines.desk, lines.now), lines.desk, lines.now)


def test_a_new_ticket_finds_its_queue_and_the_page_can_say_why(lines):
    quick = set_queue(
        queue=None,
        to=QueueAs("紧急", 1, members=[lines.desk, lines.caller, lines.specialist]),
        by=lines.boss,
        now=lines.now,
    )
    set_route(route=None, to=RouteAs(lines.first, place=90), by=lines.boss, now=lines.now)
    set_route(
        route=None,
        to=RouteAs(quick, place=10, kind="FAULT", severity="URGENT", skill="电气", assign=True),
        by=lines.boss,
        now=lines.now,
    )
    for person in (lines.caller, lines.specialist):
        Skill.objects.create(user=person, code="电气")
    take_leave(
        user=lines.caller,
        substitute=None,
        from_on=date(2026, 3, 9),
        to_on=date(2026, 3, 12),
        by=None,
        now=lines.now,
    )
    urgent = actions.open_ticket(
        report=report(lines.now, asset=lines.machine, impact="LINE_STOP"), by=None, now=lines.now
    )
    assert (urgent.queue, urgent.owner, urgent.status) == (quick, lines.specialist, "NEW")
    why = queries.why(urgent, lines.now)
    assert (why.queue, why.person, why.load) == ("紧急", "陈砺", 0)
    assert {(name, by) for name, _load, by in why.passed} == {
        ("孙乐平", "请假"),
        ("何岚", "不会这项技能"),
    }
    assert why.lost == [("一线", "排在后面")]
    plain = actions.open_ticket(
        report=report(lines.now, asset=lines.machine, title="另一件"), by=None, now=lines.now
    )
    assert (plain.queue, plain.owner) == (lines.first, None)
    Skill.objects.filter(user=lines.specialist).update(until=date(2026, 3, 9))  # run out yesterday
    third = actions.open_ticket(
        report=report(lines.now, asset=lines.machine, impact="LINE_STOP", title="第三件"),
        by=None,
        now=lines.now,
    )
    assert (third.queue, third.owner) == (quick, None)


def test_nobody_on_leave_is_given_anything_by_hand_either(lines, row):
    take_leave(
        user=lines.caller,
        substitute=lines.lead,
        from_on=date(2026, 3, 9),
        to_on=date(2026, 3, 12),
        by=None,
        now=lines.now,
    )
    take_leave(
        user=lines.developer,
        substitute=None,
        from_on=date(2026, 3, 10),
        to_on=date(2026, 3, 11),
        by=None,
        now=lines.now,
    )
    version = row.version
    with pytest.raises(OnLeave, match="周敏"):
        actions.assign(ticket=row, to=lines.caller, by=lines.desk, now=lines.now)
    with pytest.raises(OnLeave):
        handed(lines, row, lines.third, to=lines.developer)
    with pytest.raises(OnLeave):
        actions.dispatch(
            ticket=row,
            engineer=lines.developer,
            callout=True,
            tried="试过",
            by=lines.desk,
            now=lines.now,
        )
    row.refresh_from_db()
    assert (row.version, row.owner, Handover.objects.count()) == (version, lines.desk, 0)


def test_two_who_take_the_next_get_two_and_nobody_a_third(lines):
    set_route(route=None, to=RouteAs(lines.first, place=90), by=lines.boss, now=lines.now)
    low = actions.open_ticket(
        report=report(lines.now - HOUR, asset=lines.machine, happened_at=None, title="慢"),
        by=None,
        now=lines.now,
    )
    urgent = actions.open_ticket(
        report=report(lines.now, asset=lines.machine, impact="LINE_STOP"), by=None, now=lines.now
    )
    assert take_next(by=lines.desk, now=lines.now) == urgent
    assert take_next(by=lines.caller, now=lines.now) == low
    with pytest.raises(NothingToTake):
        take_next(by=lines.desk, now=lines.now)
    with pytest.raises(NothingToTake):
        take_next(by=lines.developer, now=lines.now)
    assert set(Ticket.objects.values_list("owner__name", "status")) == {
        ("何岚", "ACCEPTED"),
        ("孙乐平", "ACCEPTED"),
    }


def test_the_third_line_takes_what_is_expected_soonest(lines, row):
    other = verified(
        ticket(lines.machine, lines.desk, lines.now, title="又一件"), lines.desk, lines.now
    )
    late = handed(lines, row, lines.third)
    soon = handed(lines, other, lines.third, expected_at=lines.now + HOUR)
    assert take_next(by=lines.developer, now=lines.now) == soon
    assert take_next(by=lines.colleague, now=lines.now) == late


def test_suppliers_and_our_people_are_never_in_one_queue(lines):
    count = Queue.objects.count()
    for outside, member in ((False, lines.supplier), (True, lines.desk), (False, lines.money)):
        with pytest.raises(BadInput):
            set_queue(
                queue=None,
                to=QueueAs("混", 3, outside=outside, members=[member]),
                by=lines.boss,
                now=lines.now,
            )
    with pytest.raises(BadInput):
        set_queue(queue=None, to=QueueAs("研发", 3), by=lines.boss, now=lines.now)
    with pytest.raises(BadInput):
        set_route(route=None, to=RouteAs(lines.outside, line=3), by=lines.boss, now=lines.now)
    assert (Queue.objects.count(), Route.objects.count()) == (count, 0)


def test_queues_are_made_of_posts_once(lines):
    Queue.objects.all().delete()
    made = first_queues(by=lines.boss, now=lines.now)
    assert [each.line for each in made] == [1, 2, 3]
    assert set(made[2].members.values_list("name", flat=True)) == {"杜研", "方研", "郑工"}
    assert first_queues(by=lines.boss, now=lines.now) == []
    assert Route.objects.count() == 3
    drop_route(route=Route.objects.first(), by=lines.boss, now=lines.now)
    assert Route.objects.count() == 2
