"""Recording calls: one talk, several duties; attempts, hours, the cap; what is refused."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import date, timedelta

import pytest

from bihuan.apps.callbacks import actions
from bihuan.apps.callbacks.actions import Found, Promised
from bihuan.apps.callbacks.actions.touches import cap_state, may_contact, note
from bihuan.apps.callbacks.models import Attempt, Callback, Problem, Promise, Served, Touch
from bihuan.apps.callbacks.queries import desk
from bihuan.apps.callbacks.refusals import (
    BlocksMissing,
    CapReached,
    DispositionMissing,
    DoNotDisturb,
    NotOfThisCustomer,
    OutsideHours,
    PromiseIncomplete,
    TalkInTheFuture,
    TooLateToTakeBack,
)  # fmt: skip
from bihuan.apps.callbacks.tests.conftest import NOW, moment
from bihuan.apps.callbacks.tests.factories import contact, problem, record, talk
from bihuan.apps.customers.models import Customer
from bihuan.apps.obligations import actions as obligations
from bihuan.apps.obligations.actions import Proof
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.obligations.refusals import NotByDoer
from bihuan.base import registry
from bihuan.base.facts.actions import tell
from bihuan.base.facts.models import Fact
from bihuan.base.testing.draining import drain

pytestmark = pytest.mark.django_db


def calls_owed(house) -> list[Obligation]:
    kinds = ["callback.routine", "contact.proactive", "callback.completion"]
    return list(
        Obligation.objects.filter(customer=house.customer, kind__in=kinds, state="OPEN").order_by(
            "pk"
        )
    )


def solved(house, ticket: str = "WX-1") -> None:
    at = NOW - timedelta(hours=2)
    tell(
        "ticket.resolved", at=at, now=at, by=house.engineer, subjects={"customer": house.customer.pk, "asset": 77},
        data={"ticket": ticket, "how": "ONSITE"},
    )  # fmt: skip
    drain(NOW)


def nothing_kept() -> bool:
    return not (
        Callback.objects.exists()
        or Attempt.objects.exists()
        or Touch.objects.exists()
        or Problem.objects.exists()
    )


def test_one_call_discharges_three_duties(house):
    solved(house)
    duties = calls_owed(house)
    assert [row.kind for row in duties] == [
        "callback.routine",
        "contact.proactive",
        "callback.completion",
    ]
    call = record(
        house.customer,
        house.caller,
        NOW,
        contact=house.contact,
        obligation_ids=[row.pk for row in duties],
    )
    assert call.state == "DONE"
    assert call.served.count() == 3
    acts = {row.evidence.get(kind="call_log").act for row in duties}
    assert len(acts) == 1  # declared as one act
    drain(NOW)
    states = set(
        Obligation.objects.filter(pk__in=[row.pk for row in duties]).values_list(
            "state", "discharged_by"
        )
    )
    assert states == {("DISCHARGED", house.caller.pk)}
    told = Fact.objects.filter(
        kind__in=["callback.attempted", "callback.done", "contact.made"]
    ).values_list("kind", flat=True)
    assert sorted(told) == ["callback.attempted", "callback.done", "contact.made"]
    assert Fact.objects.get(kind="callback.done").own()["kind"] == "COMPLETION"


def test_a_duty_taken_back_is_open_again_on_its_clock(house):
    duties = calls_owed(house)
    before = {row.pk: row.due_at for row in duties}
    call = record(house.customer, house.caller, NOW, obligation_ids=[row.pk for row in duties])
    drain(NOW)
    routine = duties[0]
    actions.take_back(
        callback=call, obligation_id=routine.pk, by=house.caller, now=NOW, reason="没谈到例行内容"
    )
    drain(NOW)
    routine.refresh_from_db()
    assert (routine.state, routine.due_at) == ("OPEN", before[routine.pk])
    assert Served.objects.get(obligation=routine).reason == "没谈到例行内容"
    duties[1].refresh_from_db()
    assert duties[1].state == "DISCHARGED"
    with pytest.raises(TooLateToTakeBack):
        actions.take_back(
            callback=call,
            obligation_id=duties[1].pk,
            by=house.caller,
            now=NOW + timedelta(days=4),
            reason="晚了",
        )
    duties[1].refresh_from_db()
    assert duties[1].state == "DISCHARGED"


def test_mandatory_blocks_are_talked_about_or_nothing_is_kept(house):
    duties = calls_owed(house)
    given = talk(
        house.customer,
        NOW,
        obligation_ids=[duties[0].pk],
        script=house.scripts["routine"],
        blocks=["MACHINES"],
    )
    with pytest.raises(BlocksMissing) as refusal:
        actions.record(talk=given, by=house.caller, now=NOW)
    assert "需求建议" in str(refusal.value)
    assert nothing_kept()
    duties[0].refresh_from_db()
    assert duties[0].state == "OPEN"


def test_every_problem_needs_a_disposition_and_a_promise_an_owner(house):
    for wrong, error in (
        ({"problems": [Found("轻微异响", "")]}, DispositionMissing),
        ({"promises": [Promised("发视频", None, date(2026, 10, 13))]}, PromiseIncomplete),
        ({"promises": [Promised("发视频", house.manager, date(2026, 10, 1))]}, PromiseIncomplete),
    ):
        with pytest.raises(error):
            actions.record(talk=talk(house.customer, NOW, **wrong), by=house.caller, now=NOW)
        assert nothing_kept()
        assert not Promise.objects.exists()


def test_problems_and_promises_become_duties(house):
    record(
        house.customer, house.caller, NOW, problems=[Found("低速段异响", "TICKET", "SERIOUS", technical=True)],
        promises=[Promised("发夜班配平视频", house.manager, date(2026, 10, 13))],
    )  # fmt: skip
    drain(NOW)
    handle = Obligation.objects.get(kind="problem.handle")
    assert handle.match == {"problem": Problem.objects.get().number}
    keep = Obligation.objects.get(kind="promise.keep")
    assert keep.assignee == house.manager
    assert keep.due_at is not None
    assert keep.due_at.date() == date(2026, 10, 13)
    assert Fact.objects.get(kind="problem.found").own()["grade"] == "SERIOUS"
    assert "低速段" not in str(
        Fact.objects.get(kind="problem.found").data
    )  # no words of people in facts


def test_the_same_form_sent_twice_is_one_call(house):
    duties = calls_owed(house)
    given = talk(house.customer, NOW, obligation_ids=[row.pk for row in duties], key=uuid.uuid4())
    first = actions.record(talk=given, by=house.caller, now=NOW)
    again = actions.record(talk=given, by=house.caller, now=NOW + timedelta(seconds=2))
    assert first.pk == again.pk
    assert Attempt.objects.count() == 1


def test_a_form_that_comes_late_again_is_still_one_attempt(house):
    missed = talk(house.customer, NOW, outcome="NO_ANSWER", key=uuid.uuid4())
    call = actions.record(talk=missed, by=house.caller, now=NOW)
    later = NOW + timedelta(hours=1)
    actions.record(
        talk=talk(house.customer, later, outcome="NO_ANSWER", key=uuid.uuid4()),
        by=house.caller, now=later,
    )  # fmt: skip
    assert actions.record(talk=missed, by=house.caller, now=later) == call
    assert Attempt.objects.count() == 2


def test_a_duty_of_another_customer_is_refused(house):
    from bihuan.apps.customers.actions import add_customer

    stranger = add_customer(name="燕北生物制药有限公司", by=None, now=NOW)
    duties = calls_owed(house)
    with pytest.raises(NotOfThisCustomer):
        record(stranger, house.caller, NOW, obligation_ids=[duties[0].pk])
    with pytest.raises(NotOfThisCustomer):
        record(stranger, house.caller, NOW, contact=house.contact)
    assert nothing_kept()


def test_a_call_carries_out_no_duty_of_another_kind_or_person(house):
    problem(house.customer, house.other_caller, NOW)
    drain(NOW)
    handle = Obligation.objects.filter(kind="problem.handle").get()
    call = calls_owed(house)[0]
    for by, duty in ((house.caller, handle), (house.engineer, call)):
        with pytest.raises(NotOfThisCustomer):
            record(house.customer, by, NOW, obligation_ids=[duty.pk], contact=house.contact)
        assert Obligation.objects.get(pk=duty.pk).state == duty.state
    assert not Callback.objects.exists()


def test_a_talk_of_tomorrow_is_refused(house):
    with pytest.raises(TalkInTheFuture):
        actions.record(talk=talk(house.customer, NOW + timedelta(days=1)), by=house.caller, now=NOW)
    assert nothing_kept()


def test_three_attempts_on_two_days_by_two_channels_are_unreachable(house):
    def attempt(at: str, channel: str) -> Callback:
        return record(
            house.customer, house.caller, moment(at), outcome="NO_ANSWER", channel=channel
        )

    assert attempt("2026-10-09 10:00", "PHONE").state == "OPEN"
    assert attempt("2026-10-09 15:00", "PHONE").state == "OPEN"
    assert (
        attempt("2026-10-10 09:30", "PHONE").state == "OPEN"
    )  # three on two days, but one channel
    call = attempt("2026-10-10 14:00", "WECOM")
    assert call.state == "UNREACHABLE"
    assert call.attempts.count() == 4
    assert not Touch.objects.exists()  # nobody was reached: the cap is untouched


def test_silence_after_a_repair_is_a_timeout_and_never_a_confirmation(house):
    solved(house)
    duty = Obligation.objects.get(kind="callback.completion")
    for at, channel in (
        ("2026-10-09 15:00", "PHONE"),
        ("2026-10-10 09:30", "PHONE"),
        ("2026-10-10 14:00", "WECOM"),
    ):
        call = record(
            house.customer,
            house.caller,
            moment(at),
            outcome="NO_ANSWER",
            channel=channel,
            obligation_ids=[duty.pk],
        )
    assert call.state == "CONFIRM_TIMEOUT"
    duty.refresh_from_db()
    assert duty.state == "OPEN"
    assert not Fact.objects.filter(kind="callback.done").exists()


def test_hours_and_do_not_disturb_unless_agreed(house):
    noon = moment("2026-10-09 12:30")
    with pytest.raises(OutsideHours) as refused:
        record(house.customer, house.caller, noon)
    assert str(refused.value).startswith("12:30 不在可以联系客户的时段")  # the talk's time, not now
    Customer.objects.filter(pk=house.customer.pk).update(preferences={"dnd": "14:00-16:00"})
    quiet = Customer.objects.get(pk=house.customer.pk)
    with pytest.raises(DoNotDisturb):
        record(quiet, house.caller, NOW)
    assert nothing_kept()
    assert record(quiet, house.caller, NOW, agreed=True).state == "DONE"


def test_one_cap_over_calls_surveys_greetings_and_visits(house):
    key = house.contact.pk
    note(
        customer_id=house.customer.pk,
        contact_id=key,
        kind="SURVEY",
        at=NOW - timedelta(days=9),
        key="s1",
    )
    note(
        customer_id=house.customer.pk,
        contact_id=key,
        kind="SURVEY",
        at=NOW - timedelta(days=9),
        key="s1",
    )
    note(
        customer_id=house.customer.pk,
        contact_id=key,
        kind="GREETING",
        at=NOW - timedelta(days=8),
        key="g1",
    )
    note(
        customer_id=house.customer.pk,
        contact_id=key,
        kind="NOTICE",
        at=NOW - timedelta(days=7),
        key="n1",
        safety=True,
    )
    assert cap_state(key, NOW).used == 2
    record(
        house.customer, house.caller, NOW - timedelta(days=3), contact=house.contact, agreed=True
    )
    with pytest.raises(CapReached):
        record(house.customer, house.caller, NOW, contact=house.contact)
    assert Callback.objects.count() == 1
    ask = registry.service("contact.may")
    assert ask is not None
    with pytest.raises(CapReached):
        ask(contact_id=key, now=NOW)
    assert ask(contact_id=key, now=NOW, safety=True).used == 3


def test_two_calls_on_one_day_to_one_person_are_merged_or_refused(house):
    record(
        house.customer, house.caller, NOW - timedelta(hours=2), contact=house.contact, agreed=True
    )
    with pytest.raises(CapReached):
        may_contact(contact_id=house.contact.pk, now=NOW)
    assert may_contact(contact_id=house.contact.pk, now=NOW + timedelta(days=1)).used == 1
    other = contact(house.customer, "韩工", now=NOW)
    assert record(house.customer, house.caller, NOW, contact=other).state == "DONE"


def test_who_did_the_work_does_not_make_the_completion_call(house):
    solved(house)
    duty = Obligation.objects.get(kind="callback.completion")
    twin = Obligation.objects.get(pk=duty.pk)
    twin.pk, twin.uid, twin.rule, twin.kind, twin.needs = (
        None,
        uuid.uuid4(),
        "repair",
        "ticket.restore",
        [],
    )
    twin.proof = {"any": ["record"]}
    twin.save()
    obligations.discharge(
        obligation_ids=[twin.pk], by=house.caller, now=NOW, at=NOW, evidence=[Proof("record")]
    )
    asked = {"obligation_ids": [duty.pk], "blocks": ("EFFECT", "CONDUCT")}
    with pytest.raises(NotByDoer) as refusal:
        record(house.customer, house.caller, NOW, **asked)
    assert house.caller.name in str(refusal.value)
    assert nothing_kept()
    assert record(house.customer, house.other_caller, NOW, **asked).state == "DONE"


def test_the_blocks_of_the_script_that_serves_a_duty_are_asked_also_without_it(house):
    solved(house)
    duty = Obligation.objects.get(kind="callback.completion")
    with pytest.raises(BlocksMissing):
        record(house.customer, house.other_caller, NOW, obligation_ids=[duty.pk])
    assert nothing_kept()


def test_a_record_after_its_limit_shows_that_it_is_late(house):
    given = talk(house.customer, NOW)
    assert actions.record(talk=given, by=house.caller, now=NOW + timedelta(days=6)).late
    call = actions.record(
        talk=replace(given, at=NOW + timedelta(days=6)),
        by=house.caller,
        now=NOW + timedelta(days=6),
    )
    assert not call.late


def test_care_is_counted_apart_from_sales(house):
    duties = [row for row in calls_owed(house) if row.kind == "contact.proactive"]
    record(house.customer, house.caller, NOW, care=False)
    drain(NOW)
    duties[0].refresh_from_db()
    assert duties[0].state == "OPEN"  # a sales talk is no care
    record(house.customer, house.caller, NOW)
    drain(NOW)
    duties[0].refresh_from_db()
    assert duties[0].state == "DISCHARGED"


def test_a_call_that_nobody_answered_leaves_the_desk_with_the_last_duty_it_was_for(house):
    record(house.customer, house.caller, NOW, outcome="NO_ANSWER")
    now = NOW + timedelta(hours=1)
    assert [each.tries for each in desk.queue(house.caller, now, mine=False).lines] == [1]
    Obligation.objects.filter(customer=house.customer).update(state="VOID")
    assert desk.queue(house.caller, now, mine=False).lines == []
    tomorrow = {"outcome": "RESCHEDULED", "planned_at": now + timedelta(days=1)}
    record(house.customer, house.caller, now, **tomorrow)  # an agreed time stays
    found = desk.queue(house.caller, now, mine=False)
    assert [each.customer_id for each in found.lines] == [house.customer.pk]
    assert (found.counts["agreed"], found.counts["all"]) == (1, 1)
