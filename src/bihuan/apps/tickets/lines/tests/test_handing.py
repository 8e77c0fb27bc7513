"""From line to line: nothing empty, nothing lost, every return counted."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from bihuan.apps.obligations.models import Obligation
from bihuan.apps.tickets import actions
from bihuan.apps.tickets.actions import Handing
from bihuan.apps.tickets.enums import Kind, Note, Severity
from bihuan.apps.tickets.lines import queries
from bihuan.apps.tickets.lines.actions import (
    QueueAs,
    set_queue,
    take_next,
)  # fmt: skip
from bihuan.apps.tickets.models import Entry, Handover, Ticket
from bihuan.apps.tickets.refusals import (
    HandOverEmpty,
    NothingToTake,
    NothingToWithdraw,
    NotOfThisQueue,
    NotYourHandOver,
    OwnHandOver,
    ReasonMissing,
    TextMissing,
    WrongLine,
    WrongStep,
)  # fmt: skip
from bihuan.apps.tickets.tests.factories import report, solved, ticket, verified
from bihuan.base.errors import ChangedMeanwhile
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


@pytest.mark.parametrize(("line", "take"), [(2, 30 * MINUTE), (3, 2 * HOUR)])
def test_a_question_about_no_machine_has_the_clocks_of_the_line_it_is_handed_to(lines, line, take):
    asked = report(lines.now, asset=None, customer=lines.customer, kind=Kind.CONSULT, impact="", severity=Severity.NORMAL)  # fmt: skip
    row = actions.open_ticket(report=asked, by=lines.desk, now=lines.now)
    over = handed(lines, row, {2: lines.second, 3: lines.third}[line])
    drain(lines.now)
    duties = Obligation.objects.filter(occasion=f"{row.number}/{over.pk}")
    assert {each.rule: each.due_at - lines.now for each in duties} == {
        "line.take": take, "line.answer": 4 * HOUR + 30 * MINUTE,
    }  # fmt: skip
    assert {(each.customer, each.asset_id) for each in duties} == {(lines.customer, None)}
    who = {2: lines.specialist, 3: lines.developer}[line]
    actions.take_over(handover=over, by=who, now=lines.now + MINUTE)
    actions.answer_handover(handover=over, text="可以", by=who, now=lines.now + HOUR)
    drain(lines.now + HOUR)
    assert set(duties.values_list("state", flat=True)) == {"DISCHARGED"}


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
