"""A ticket from the call to the customer's yes, with the duties of the machinery pack as clocks."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bihuan.apps.obligations.models import Obligation
from bihuan.apps.obligations.queries import of_matter
from bihuan.apps.tickets import actions
from bihuan.apps.tickets.actions import Handing
from bihuan.apps.tickets.enums import Status
from bihuan.apps.tickets.models import Entry, Envelope, Ticket
from bihuan.apps.tickets.refusals import (
    AnsweredMeanwhile,
    AnswerMissing,
    FactsMissing,
    HandOverEmpty,
    LaterNeedsApproval,
    NotByDoer,
    NotReachedYet,
    NotReadyToClose,
    RemoteNotTried,
    ReporterUnknown,
    SolutionIncomplete,
    WrongStep,
)  # fmt: skip
from bihuan.apps.tickets.tests.factories import report, solved, ticket, told, verified
from bihuan.base.facts.models import Fact
from bihuan.base.notify.models import Notice
from bihuan.base.testing.draining import drain, settle

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def duty(row: Ticket, rule: str) -> Obligation:
    return of_matter(row.number).get(rule=rule)


def opened(house) -> Ticket:
    row = ticket(house.machine, house.desk, house.now)
    drain(house.now)
    return row


def fed_back(house) -> Ticket:
    row = opened(house)
    at = house.now + HOUR
    verified(row, house.desk, at)
    solved(row, house.specialist, at)
    told(row, house.specialist, at)
    drain(at)
    return row


def test_the_loop_ends_by_the_word_of_the_customer_taken_by_somebody_else(house):
    row = fed_back(house)
    at = house.now + 2 * HOUR
    actions.confirm(
        ticket=row, answer="许工：好了，转速正常", channel="PHONE", by=house.caller, now=at
    )
    actions.close(ticket=row, by=house.desk, now=at)
    assert row.status == Status.CLOSED
    assert row.number == "WX-20260310-0001" or row.number.startswith("WX-20260310-")
    kinds = list(
        Fact.objects.filter(source="screen", kind__regex="^(fault|ticket)")
        .order_by("pk")
        .values_list("kind", flat=True)
    )
    assert kinds == [
        "fault.reported", "ticket.contacted", "ticket.attended", "ticket.resolved", "ticket.fed_back", "ticket.confirmed",
        "ticket.closed",
    ]  # fmt: skip


@pytest.mark.parametrize(("impact", "major"), [("LINE_STOP", True), ("DEGRADED", False)])
def test_a_solved_fault_says_whether_it_was_a_major_one(house, impact, major):
    row = opened(house)
    verified(row, house.desk, house.now)
    Ticket.objects.filter(pk=row.pk).update(impact=impact)
    solved(Ticket.objects.get(pk=row.pk), house.specialist, house.now + HOUR)
    assert Fact.objects.get(kind="ticket.resolved").own()["major"] is major


def test_the_quarter_of_an_hour_after_a_call_out_is_kept_by_speaking_to_the_customer(house):
    row = opened(house)
    verified(row, house.desk, house.now)
    sent = house.now + 10 * MINUTE
    actions.dispatch(
        ticket=row,
        engineer=house.engineer,
        callout=True,
        tried="远程看过参数，判断是轴承",
        by=house.desk,
        now=sent,
    )
    drain(sent)
    contact = duty(row, "order.contact")
    assert contact.due_at == sent + 15 * MINUTE
    assert duty(row, "order.check").opens_at == sent + 15 * MINUTE
    actions.contacted(
        ticket=row, channel="PHONE", text="已约下午两点到", by=house.engineer, now=sent + 9 * MINUTE
    )
    drain(sent + 9 * MINUTE)
    contact.refresh_from_db()
    assert (contact.state, contact.discharged_at) == ("DISCHARGED", sent + 9 * MINUTE)


def test_after_48_hours_the_cause_is_looked_for_and_solving_ends_it(house):
    row = opened(house)
    verified(row, house.desk, house.now)
    actions.dispatch(
        ticket=row,
        engineer=house.engineer,
        callout=True,
        tried="判断是轴承",
        by=house.desk,
        now=house.now,
    )
    drain(house.now)
    assert duty(row, "order.overdue").opens_at == house.now + 48 * HOUR
    late = house.now + 49 * HOUR
    settle(late)
    assert duty(row, "order.overdue").state == "OPEN"
    actions.arrived(ticket=row, by=house.engineer, now=late)
    solved(row, house.engineer, late + HOUR, how="ONSITE", cause="WEAR")
    drain(late + HOUR)
    assert duty(row, "order.overdue").state == "DISCHARGED"


def test_nobody_takes_the_yes_for_his_own_work(house):
    row = fed_back(house)
    with pytest.raises(NotByDoer):
        actions.confirm(
            ticket=row,
            answer="好了",
            channel="PHONE",
            by=house.specialist,
            now=house.now + 2 * HOUR,
        )
    with pytest.raises(NotByDoer):  # the desk owns it
        actions.confirm(
            ticket=row, answer="好了", channel="PHONE", by=house.desk, now=house.now + 2 * HOUR
        )
    row.refresh_from_db()
    assert (row.status, row.attempts.count()) == (Status.FED_BACK, 0)


def test_the_customers_own_hand_confirms(house):
    row = fed_back(house)
    actions.confirm(ticket=row, answer="已解决", channel="H5_QR", by=None, now=house.now + 2 * HOUR)
    assert (row.status, row.confirmed_by) == (Status.CONFIRMED, None)


def test_silence_is_no_yes(house):
    row = fed_back(house)
    with pytest.raises(AnswerMissing):
        actions.confirm(
            ticket=row, answer=" ", channel="PHONE", by=house.caller, now=house.now + 2 * HOUR
        )
    with pytest.raises(NotReadyToClose):
        actions.close(ticket=row, by=house.desk, now=house.now + 2 * HOUR)
    row.refresh_from_db()
    assert row.status == Status.FED_BACK


def test_a_consultation_may_be_confirmed_in_the_same_call(house):
    row = actions.open_ticket(
        report=report(house.now, kind="CONSULT", title="转子能不能水洗", customer=house.customer, impact=""),
        by=house.desk, now=house.now,
    )  # fmt: skip
    solved(row, house.desk, house.now, action="可以，水温不超过五十度", cause="")
    told(row, house.desk, house.now)
    actions.confirm(ticket=row, answer="明白了", channel="PHONE", by=house.desk, now=house.now)
    actions.close(ticket=row, by=house.desk, now=house.now)
    assert row.status == Status.CLOSED


def test_a_customer_who_cannot_be_reached_is_counted_apart(house):
    row = fed_back(house)
    at = house.now + 2 * HOUR
    for day, channel in ((0, "PHONE"), (1, "PHONE"), (2, "WECOM")):
        with pytest.raises(NotReachedYet):
            actions.give_up(ticket=row, by=house.caller, now=at + timedelta(days=day))
        actions.try_confirm(
            ticket=row,
            channel=channel,
            result="NO_ANSWER",
            answer="",
            by=house.caller,
            now=at + timedelta(days=day),
        )
    end = at + timedelta(days=2, hours=1)
    actions.give_up(ticket=row, by=house.caller, now=end)
    assert row.status == Status.UNCONFIRMED
    actions.close(ticket=row, by=house.desk, now=end)
    assert (row.status, row.confirmed_at) == (Status.CLOSED, None)
    assert not Fact.objects.filter(kind="ticket.confirmed").exists()


def test_a_no_opens_the_ticket_and_its_duty_on_the_old_clock(house):
    row = opened(house)
    verified(row, house.desk, house.now)
    actions.dispatch(
        ticket=row,
        engineer=house.engineer,
        callout=True,
        tried="判断是轴承",
        by=house.desk,
        now=house.now,
    )
    at = house.now + 2 * HOUR
    actions.arrived(ticket=row, by=house.engineer, now=at)
    drain(at)
    proposal = duty(row, "repair.proposal")
    solved(row, house.engineer, at + HOUR, how="ONSITE", cause="WEAR")
    told(row, house.engineer, at + HOUR)
    drain(at + HOUR)
    assert duty(row, "repair.proposal").state == "DISCHARGED"
    actions.deny(ticket=row, answer="又响了", channel="PHONE", by=house.caller, now=at + 2 * HOUR)
    drain(at + 2 * HOUR)
    again = duty(row, "repair.proposal")
    assert (again.state, again.due_at) == ("OPEN", proposal.due_at)
    assert (row.status, row.reopened, row.solved_at) == (Status.DIAGNOSING, 1, None)
    assert of_matter(row.number).filter(rule="ticket.again").count() == 1
    solved(row, house.engineer, at + 3 * HOUR, how="REMOTE")
    told(row, house.engineer, at + 3 * HOUR)
    drain(at + 3 * HOUR)
    actions.deny(ticket=row, answer="还是响", channel="PHONE", by=house.caller, now=at + 4 * HOUR)
    drain(at + 4 * HOUR)
    assert of_matter(row.number).filter(rule="ticket.again").count() == 2


def test_what_is_not_known_is_refused(house):
    with pytest.raises(ReporterUnknown):
        actions.open_ticket(report=report(house.now), by=house.desk, now=house.now)
    row = ticket(house.machine, house.desk, house.now, place="", happened_at=None)
    with pytest.raises(FactsMissing):
        verified(row, house.desk, house.now)
    with pytest.raises(FactsMissing):
        solved(row, house.desk, house.now)
    with pytest.raises(SolutionIncomplete):
        solved(row, house.desk, house.now, cause="")
    row.refresh_from_db()
    assert (row.status, row.version, Ticket.objects.count()) == (Status.ACCEPTED, 1, 1)


def test_nobody_is_sent_before_it_was_tried_remotely(house):
    row = verified(opened(house), house.desk, house.now)
    with pytest.raises(RemoteNotTried):
        actions.dispatch(
            ticket=row,
            engineer=house.engineer,
            callout=True,
            tried=" ",
            by=house.desk,
            now=house.now,
        )
    row.refresh_from_db()
    assert row.status == Status.DIAGNOSING


def test_two_people_accept_at_once_and_one_does(house):
    row = actions.open_ticket(report=report(house.now, asset=house.machine), by=None, now=house.now)
    twice = Ticket.objects.get(pk=row.pk)
    actions.accept(ticket=row, by=house.desk, now=house.now)
    with pytest.raises(WrongStep):
        actions.accept(ticket=twice, by=house.specialist, now=house.now)
    assert Ticket.objects.get(pk=row.pk).owner == house.desk


def test_a_handover_cannot_be_empty_and_waits_to_be_taken(house):
    row = verified(opened(house), house.desk, house.now)
    with pytest.raises(HandOverEmpty):
        actions.hand_over(
            ticket=row,
            handing=Handing(2, "", "有毛刺", "请看波形", house.now + HOUR),
            by=house.desk,
            now=house.now,
        )
    handed = actions.hand_over(
        ticket=row, handing=Handing(2, "换过传感器", "波形仍有毛刺", "请看波形", house.now + HOUR), by=house.desk,
        now=house.now,
    )  # fmt: skip
    actions.take_over(handover=handed, by=house.specialist, now=house.now + 5 * MINUTE)
    row.refresh_from_db()
    assert (row.line, row.owner) == (2, house.specialist)


def test_the_third_chase_goes_to_the_one_above(house):
    row = opened(house)
    for n in range(3):
        actions.chase(ticket=row, text="怎么还没人来", by=house.desk, now=house.now + n * HOUR)
    assert Notice.objects.filter(kind="ticket.chased", to=house.desk).count() == 3
    assert Notice.objects.filter(kind="ticket.chased", to=house.lead).count() == 1


def test_nobody_answers_over_another_unseen(house):
    row = opened(house)
    seen = row.entries.order_by("-pk").first().pk
    actions.reply(
        ticket=row, text="正在看", channel="WECOM", by=house.specialist, now=house.now, seen=seen
    )
    with pytest.raises(AnsweredMeanwhile):
        actions.reply(
            ticket=row, text="请重启", channel="WECOM", by=house.desk, now=house.now, seen=seen
        )
    assert Entry.objects.filter(kind="PUBLIC_REPLY").count() == 1


def test_later_is_said_by_a_head_who_did_not_enter_it(house):
    row = actions.open_ticket(
        report=report(house.now - HOUR, asset=house.machine), by=house.desk, now=house.now
    )
    with pytest.raises(LaterNeedsApproval):
        actions.move_reported_at(
            ticket=row,
            to=house.now - MINUTE,
            source="CALL",
            why="听错了",
            by=house.desk,
            now=house.now,
        )
    actions.move_reported_at(
        ticket=row,
        to=house.now - MINUTE,
        source="CALL",
        why="通话记录为准",
        by=house.care,
        now=house.now,
    )
    assert row.reported_at == house.now - MINUTE


def test_pausing_stops_every_clock_and_resuming_moves_them(house):
    row = opened(house)
    before = duty(row, "fault.dispatch").due_at
    actions.pause(
        ticket=row,
        reason="WAIT_CUSTOMER",
        evidence="客户说周三才停机",
        told_customer=True,
        by=house.desk,
        now=house.now + MINUTE,
    )
    assert row.status == Status.WAITING
    actions.resume(ticket=row, by=house.desk, now=house.now + HOUR + MINUTE)
    assert duty(row, "fault.dispatch").due_at == before + HOUR
    assert row.status == Status.ACCEPTED


def envelope(house, message: str, **values) -> Envelope:
    given = {
        "channel": "H5_QR", "message_id": message, "text": "启动后异响", "received_at": house.now,
        "machine": house.machine.token, "sender": "13900001111", "sender_name": "夜班小刘",
    }  # fmt: skip
    return Envelope(**(given | values))


def test_a_second_report_of_the_same_machine_is_linked_and_the_same_message_is_one(house):
    first = actions.receive(envelope=envelope(house, "a"), by=None, now=house.now)
    again = actions.receive(envelope=envelope(house, "a"), by=None, now=house.now)
    double = actions.receive(
        envelope=envelope(house, "b", text="还在响，冒烟了"), by=None, now=house.now + HOUR
    )
    assert (first.disposition, again.new, double.disposition) == ("NEW_TICKET", False, "DOUBLE")
    assert first.ticket == again.ticket == double.ticket
    assert (Ticket.objects.count(), Envelope.objects.count()) == (1, 2)
    assert first.ticket.status == Status.NEW
    assert first.ticket.entries.filter(kind="INBOUND").count() == 2


def test_a_fault_of_an_unknown_machine_starts_its_clock_at_the_report_once_it_is_known(house):
    row = actions.open_ticket(
        report=report(house.now, customer=house.customer, impact=""), by=house.desk, now=house.now
    )
    assert Fact.objects.filter(kind="consultation.asked").count() == 1
    later = house.now + HOUR
    actions.identify(ticket=row, asset=house.machine, by=house.desk, now=later)
    drain(later)
    found = Fact.objects.get(kind="fault.reported")
    assert found.at == house.now
    assert duty(row, "fault.dispatch").anchor_at == house.now
