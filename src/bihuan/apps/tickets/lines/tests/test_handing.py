"""From line to line: nothing empty, nothing lost, every return counted."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.urls import reverse

from bihuan.apps.obligations.models import Obligation
from bihuan.apps.people.actions import take_leave
from bihuan.apps.people.models import Skill
from bihuan.apps.tickets import actions
from bihuan.apps.tickets.actions import Handing
from bihuan.apps.tickets.enums import Note
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
from bihuan.apps.tickets.models import Entry, Handover, Queue, Route, Ticket
from bihuan.apps.tickets.refusals import (
    HandOverEmpty,
    NothingToTake,
    NothingToWithdraw,
    NotOfThisQueue,
    NotYourHandOver,
    OnLeave,
    OwnHandOver,
    ReasonMissing,
    TextMissing,
    WrongLine,
    WrongStep,
)  # fmt: skip
from bihuan.apps.tickets.tests.factories import report, solved, ticket, verified
from bihuan.base.errors import BadInput, ChangedMeanwhile
from bihuan.base.facts.models import Fact
from bihuan.base.notify.models import Notice
from bihuan.base.testing.draining import drain
from bihuan.base.testing.people import signed_in

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def handed(at, row, queue, **values):
    given = {
        "to_line": queue.line, "tried": "换过传感器", "finding": "波形在 12000 转有毛刺", "question": "轴承游隙是否超差？",
        "expected_at": at.now + 4 * HOUR, "queue": queue,
    } | values  # fmt: skip
    return actions.hand_over(ticket=row, handing=Handing(**given), by=at.desk, now=at.now)


@pytest.fixture
def row(lines):
    return verified(ticket(lines.machine, lines.desk, lines.now), lines.desk, lines.now)


@pytest.mark.parametrize("empty", ["tried", "finding", "question"])
def test_a_hand_over_with_an_empty_field_changes_nothing(lines, row, empty):
    before = Ticket.objects.get()
    with pytest.raises(HandOverEmpty):
        handed(lines, row, lines.third, **{empty: "  "})
    with pytest.raises(HandOverEmpty):
        handed(lines, row, lines.third, expected_at=lines.now)
    with pytest.raises(NotOfThisQueue):
        handed(lines, row, lines.third, to=lines.specialist)
    after = Ticket.objects.get()
    assert (after.version, after.line, after.queue) == (before.version, before.line, before.queue)
    assert Handover.objects.count() == 0


def test_the_third_line_answers_and_it_goes_back_to_who_asked(lines, row):
    over = handed(lines, row, lines.third)
    row.refresh_from_db()
    assert (row.line, row.queue, row.owner) == (3, lines.third, lines.desk)
    assert set(Notice.objects.filter(kind="line.handed").values_list("to__name", flat=True)) == {
        "杜研",
        "方研",
    }
    drain(lines.now)
    duties = {
        each.rule: each for each in Obligation.objects.filter(occasion=f"{row.number}/{over.pk}")
    }
    assert duties["line.take"].due_at == lines.now + 2 * HOUR
    assert duties["line.answer"].due_at == lines.now + 4 * HOUR + 30 * MINUTE

    actions.take_over(handover=over, by=lines.developer, now=lines.now + 10 * MINUTE)
    row.refresh_from_db()
    assert row.owner == lines.desk  # who speaks to the customer stays
    with pytest.raises(TextMissing):
        actions.answer_handover(handover=over, text=" ", by=lines.developer, now=lines.now + HOUR)
    actions.answer_handover(
        handover=over, text="超差，换 7206AC", by=lines.developer, now=lines.now + HOUR
    )
    row.refresh_from_db()
    assert (row.line, row.queue, row.owner) == (1, over.from_queue, lines.desk)
    assert Notice.objects.filter(kind="line.answered", to=lines.desk).count() == 1
    drain(lines.now + HOUR)
    states = {
        each.rule: each.state
        for each in Obligation.objects.filter(occasion=f"{row.number}/{over.pk}")
    }
    assert states == {"line.take": "DISCHARGED", "line.answer": "DISCHARGED"}
    with pytest.raises(ChangedMeanwhile):
        actions.answer_handover(
            handover=over, text="再说一次", by=lines.developer, now=lines.now + HOUR
        )
    assert Entry.objects.filter(code=Note.LINE_ANSWERED).count() == 1


def test_handed_back_only_with_a_reason_and_counted(lines, row):
    over = handed(lines, row, lines.second)
    with pytest.raises(ReasonMissing):
        actions.hand_back(handover=over, reason=" ", by=lines.specialist, now=lines.now)
    assert Handover.objects.get().open
    assert Ticket.objects.get().line == 2
    actions.hand_back(
        handover=over, reason="没有波形文件", by=lines.specialist, now=lines.now + MINUTE
    )
    row.refresh_from_db()
    assert row.line == 1
    again = handed(lines, row, lines.second)
    actions.hand_back(
        handover=again, reason="还是没有", by=lines.specialist, now=lines.now + 2 * MINUTE
    )
    told = Fact.objects.filter(kind="ticket.handed_back").order_by("pk")
    assert [fact.data["fact"]["times"] for fact in told] == [1, 2]
    board = {each.queue.pk: each for each in queries.board(lines.now)}
    assert board[lines.second.pk].back == 2
    with pytest.raises(ChangedMeanwhile):
        actions.take_over(handover=again, by=lines.specialist, now=lines.now + HOUR)


def test_withdrawn_before_anybody_took_it(lines, row):
    over = handed(lines, row, lines.second, to=lines.specialist)
    drain(lines.now)
    assert Ticket.objects.get().owner == lines.specialist
    later = lines.now + MINUTE
    for wrong, reason, who in (
        (ReasonMissing, " ", lines.desk), (NotYourHandOver, "x", lines.caller),
    ):  # fmt: skip
        with pytest.raises(wrong):
            actions.withdraw(handover=over, reason=reason, by=who, now=later)
    assert Handover.objects.get().untaken
    assert not Entry.objects.filter(code=Note.WITHDRAWN).exists()

    actions.withdraw(handover=over, reason="点错了队列", by=lines.desk, now=later)
    row.refresh_from_db()
    assert (row.line, row.queue, row.owner) == (1, over.from_queue, lines.desk)
    drain(later)
    duties = Obligation.objects.filter(occasion=f"{row.number}/{over.pk}")
    assert {each.rule: each.state for each in duties} == {
        "line.take": "VOID",
        "line.answer": "VOID",
    }
    assert Notice.objects.filter(kind="line.withdrawn", to=lines.specialist).count() == 1
    board = {each.queue.pk: each for each in queries.board(later)}
    assert (board[lines.second.pk].back, board[lines.second.pk].waiting) == (0, 0)
    with pytest.raises(ChangedMeanwhile):
        actions.take_over(handover=over, by=lines.specialist, now=later)
    again = handed(lines, row, lines.third)  # and now to whom it was meant
    actions.take_over(handover=again, by=lines.developer, now=later)
    with pytest.raises(NothingToWithdraw):
        actions.withdraw(handover=again, reason="晚了", by=lines.desk, now=later)
    assert Handover.objects.get(pk=again.pk).open


def test_a_line_that_was_late_before_the_withdrawal_stays_late(lines, row):
    over = handed(lines, row, lines.third)
    drain(lines.now)
    late = lines.now + 3 * HOUR
    actions.withdraw(handover=over, reason="客户自己好了", by=lines.desk, now=late)
    drain(late)
    duties = {
        each.rule: each for each in Obligation.objects.filter(occasion=f"{row.number}/{over.pk}")
    }
    assert duties["line.answer"].state == "VOID"
    take = duties["line.take"]
    assert (take.state, take.discharged_at > take.due_at) == ("DISCHARGED", True)


def test_nobody_takes_over_what_he_handed_over_himself(lines, row):
    set_queue(
        queue=lines.third, to=QueueAs("研发", 3, members=[lines.desk, lines.developer]), by=lines.boss,
        now=lines.now,
    )  # fmt: skip
    over = handed(lines, row, lines.third)
    with pytest.raises(OwnHandOver):
        actions.take_over(handover=over, by=lines.desk, now=lines.now)
    with pytest.raises(NothingToTake):
        take_next(by=lines.desk, now=lines.now)
    assert Handover.objects.get().untaken
    assert take_next(by=lines.developer, now=lines.now) == over


def test_from_the_third_line_on_to_a_supplier_and_back_the_same_way(lines, row):
    over = handed(lines, row, lines.third)
    actions.take_over(handover=over, by=lines.developer, now=lines.now)
    with pytest.raises(WrongLine):
        handed(lines, row, lines.third)
    out = handed(lines, row, lines.outside)
    assert (
        Fact.objects.filter(kind="ticket.handed_over").order_by("pk").last().data["fact"]["outside"]
        is True
    )
    actions.answer_handover(
        handover=out, text="同批轴承有超差", by=lines.supplier, now=lines.now + HOUR
    )
    row.refresh_from_db()
    assert (row.line, row.queue) == (3, lines.third)
    actions.answer_handover(
        handover=over, text="换新批轴承", by=lines.developer, now=lines.now + HOUR
    )
    row.refresh_from_db()
    assert row.line == 1


def test_our_third_line_answers_for_a_supplier_whose_queue_it_is_not_in(lines, row):
    """Who owes the answer opens the question from his duty; a colleague who owes nothing does not."""
    out = handed(lines, row, lines.outside)
    drain(lines.now)
    duties = Obligation.objects.filter(occasion=f"{row.number}/{out.pk}")
    assert duties.count() == 2
    duties.update(assignee=lines.developer)
    page = reverse("tickets:technical_page", args=[out.pk])
    owing, other = signed_in(lines.developer), signed_in(lines.colleague)
    for each in duties:
        answer = owing.get(reverse("tickets:line_duty", args=[each.pk]))
        assert (answer.status_code, answer.url) == (302, page)
    assert page in owing.get(reverse("tickets:technical")).content.decode()
    assert other.get(page).status_code == 404
    url = reverse("tickets:technical_answer", args=[out.pk])
    assert other.post(url, {"text": "同批轴承有超差"}).status_code == 404
    assert Handover.objects.get(pk=out.pk).answered_at is None
    assert owing.post(url, {"text": "同批轴承有超差"}).status_code == 302
    drain(lines.now)
    assert {each.state for each in duties.all()} == {"DISCHARGED"}
    assert Handover.objects.get(pk=out.pk).answered_by == lines.developer


def test_what_is_solved_needs_no_answer(lines, row):
    over = handed(lines, row, lines.third)
    solved(row, lines.specialist, lines.now + MINUTE)
    with pytest.raises(WrongStep):
        actions.answer_handover(handover=over, text="好", by=lines.developer, now=lines.now + HOUR)
    drain(lines.now + HOUR)
    states = set(
        Obligation.objects.filter(occasion=f"{row.number}/{over.pk}").values_list(
            "state", flat=True
        )
    )
    assert states == {"DISCHARGED"}


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
