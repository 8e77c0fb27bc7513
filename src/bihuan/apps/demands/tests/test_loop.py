"""A demand from the customer's words to his own yes: clocks, outcomes, who may say what."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bihuan.apps.callbacks.tests.factories import record
from bihuan.apps.demands import actions
from bihuan.apps.demands.actions import Review
from bihuan.apps.demands.enums import Deed, State
from bihuan.apps.demands.models import Demand, Step
from bihuan.apps.demands.refusals import (
    CustomerWordMissing,
    NoSuggestion,
    NotByTeller,
    NotWithItself,
    PlanNotConfirmed,
    ProposalMissing,
    ReviewIncomplete,
    TellingUnproven,
    WordsMissing,
    WrongStep,
)  # fmt: skip
from bihuan.apps.demands.tests.conftest import NOW, made, moment
from bihuan.apps.demands.tests.factories import NOISE, demand, reviewed, told
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.obligations.tests.factories import shown
from bihuan.apps.tickets.actions import Report, open_ticket
from bihuan.base.facts.actions import tell
from bihuan.base.facts.models import Fact
from bihuan.base.testing.draining import drain

pytestmark = pytest.mark.django_db


def duty(row, kind):
    return Obligation.objects.get(occasion=row.number, kind=kind)


def kinds(row):
    return list(row.steps.order_by("pk").values_list("deed", flat=True))


def test_scenario_2_three_working_days_to_a_proposal_seven_to_a_plan(house):
    row = demand(house.customer, house.manager, NOW)
    drain(NOW)
    assert shown(duty(row, "demand.propose").due_at) == "2026-10-10 17:30"
    assert shown(duty(row, "demand.confirm_plan").due_at) == "2026-10-15 17:30"
    actions.classify(demand=row, topic="FUNCTION", by=house.analyst, now=NOW)
    at = moment("2026-10-10 11:00")
    with pytest.raises(ProposalMissing):
        actions.confirm_plan(demand=row, answer="可以", by=house.manager, now=at)
    actions.propose(demand=row, text="换一条分段降速曲线", by=house.specialist, now=at)
    reviewed(row, house.care, at)
    with pytest.raises(PlanNotConfirmed):
        actions.deliver(demand=row, text="装好了", by=house.rd, now=at)
    with pytest.raises(CustomerWordMissing):
        actions.confirm_plan(demand=row, answer="  ", by=house.manager, now=at)
    later = moment("2026-10-15 17:00")
    actions.confirm_plan(demand=row, answer="许工：按这个计划做", by=house.manager, now=later)
    done = moment("2026-11-02 10:00")
    actions.deliver(demand=row, text="曲线已装，噪声低四分贝", by=house.rd, now=done)
    drain(done)
    assert shown(duty(row, "demand.feedback").due_at) == "2026-11-03 17:30"
    told(row, house.manager, done)
    assert row.told_at == done
    actions.answered(demand=row, satisfied=True, words="许工：安静多了", by=house.caller, now=done)
    drain(done)
    assert row.satisfied is True
    states = dict(Obligation.objects.filter(occasion=row.number).values_list("kind", "state"))
    assert states == {
        "demand.classify": "DISCHARGED", "demand.review": "DISCHARGED", "demand.propose": "DISCHARGED",
        "demand.confirm_plan": "VERIFIED", "demand.feedback": "VERIFIED",
    }  # fmt: skip
    assert not any(
        each.late
        for each in Obligation.objects.filter(
            occasion=row.number, kind__in=("demand.propose", "demand.confirm_plan")
        )
    )
    told_facts = list(
        Fact.objects.filter(kind__startswith="demand.")
        .order_by("pk")
        .values_list("kind", flat=True)
    )
    assert told_facts == [
        "demand.received", "demand.classified", "demand.proposed", "demand.reviewed", "demand.plan_confirmed",
        "demand.delivered", "demand.fed_back",
    ]  # fmt: skip


def test_a_call_and_a_ticket_come_into_the_archive_with_their_words(house):
    call = record(
        house.customer,
        house.caller,
        NOW,
        agreed=True,
        contact=house.contact,
        demand=("SUGGESTION", "夜班想再培训一次"),
    )
    ticket = open_ticket(
        report=Report("OPTIMISE", "PHONE", "降低能耗", NOW, text="电费太高", customer=house.customer, contact=house.contact),
        by=house.desk, now=NOW,
    )  # fmt: skip
    drain(NOW)
    drain(NOW)
    rows = {row.source: row for row in Demand.objects.all()}
    assert set(rows) == {"CALLBACK", "TICKET"}
    assert (rows["CALLBACK"].text, rows["CALLBACK"].callback) == ("夜班想再培训一次", call)
    assert (rows["TICKET"].text, rows["TICKET"].ticket) == ("降低能耗\n电费太高", ticket)
    assert rows["TICKET"].number == ticket.number
    assert kinds(rows["CALLBACK"]) == [Deed.RECEIVED]


def test_heard_twice_it_is_one_row_and_foreign_facts_are_followed(house):
    subjects = {"customer": house.customer.pk}
    for key in ("a", "b"):
        tell(
            "demand.received", at=NOW, now=NOW, by=None, subjects=subjects, key=key,
            data={"demand": "ERP-7", "kind": "SUGGESTION", "source": "OTHER"}, source="api",
        )  # fmt: skip
    for kind, more in (
        ("demand.classified", {"class": "备件"}),
        ("demand.reviewed", {"kind": "SUGGESTION", "accepted": False, "urgency": 1, "feasibility": 2, "priority": 1}),
        ("demand.fed_back", {}),
    ):  # fmt: skip
        tell(
            kind,
            at=NOW,
            now=NOW,
            by=house.care,
            subjects=subjects,
            data={"demand": "ERP-7", **more},
            source="api",
        )
    drain(NOW)
    drain(NOW)
    row = Demand.objects.get()
    assert (row.topic, row.state, row.urgency, row.told_at) == ("备件", State.DECLINED, 1, NOW)
    assert kinds(row) == [Deed.RECEIVED, Deed.CLASSIFIED, Deed.REVIEWED, Deed.TOLD]


def test_a_refusal_that_was_told_elsewhere_takes_the_yes_back(house):
    row = demand(house.customer, house.manager, NOW)
    actions.propose(demand=row, text="换降速曲线", by=house.rd, now=NOW)
    actions.confirm_plan(demand=row, answer="许工：可以", by=house.manager, now=NOW)
    drain(NOW)
    tell(
        "demand.plan_refused", at=NOW, now=NOW, by=house.care, subjects={"customer": house.customer.pk},
        data={"demand": row.number}, source="api",
    )  # fmt: skip
    drain(NOW)
    drain(NOW)
    row.refresh_from_db()
    assert row.plan_confirmed_at is None
    assert kinds(row)[-2:] == [Deed.PLAN_CONFIRMED, Deed.PLAN_REFUSED]


def test_the_machine_never_decides_and_a_correction_keeps_both(house):
    row = demand(house.customer, house.manager, NOW)
    drain(NOW)
    row.refresh_from_db()
    assert row.topic == ""
    actions.classify(demand=row, topic="SERVICE", by=house.analyst, now=NOW)
    actions.classify(demand=row, topic="FUNCTION", by=house.analyst, now=NOW, text="听错了")
    steps = list(row.steps.filter(deed=Deed.CLASSIFIED).order_by("pk"))
    assert [each.data["after"]["topic"] for each in steps] == ["SERVICE", "FUNCTION"]
    assert steps[1].data["before"]["topic"] == "SERVICE"
    assert steps[0].data["proposed"] == "FUNCTION"
    assert Fact.objects.filter(kind="demand.classified").count() == 2


def test_a_kind_taken_down_wrongly_gets_the_clock_of_its_receipt(house):
    row = demand(house.customer, house.manager, NOW, kind="SUGGESTION")
    drain(NOW)
    assert not Obligation.objects.filter(kind="demand.propose").exists()
    later = moment("2026-10-09 09:00")
    actions.classify(demand=row, topic="FUNCTION", kind="OPTIMISE", by=house.analyst, now=later)
    drain(later)
    drain(later)
    assert shown(duty(row, "demand.propose").due_at) == "2026-10-10 17:30"
    assert Demand.objects.count() == 1


@pytest.mark.parametrize(
    "review",
    [
        Review("ACCEPTED", 3, 4, None), Review("ACCEPTED", 3, 4, 6), Review("DECLINED", 1, 1, 1),
        Review("PLANNED", 1, 1, 1), Review("PLANNED", 1, 1, 1, planned_for=(NOW - timedelta(days=1)).date()),
        Review("MERGED", 1, 1, 1), Review("SURE", 1, 1, 1),
    ],
)  # fmt: skip
def test_an_incomplete_decision_changes_nothing(house, review):
    row = demand(house.customer, house.manager, NOW)
    before = (Step.objects.count(), Fact.objects.count())
    with pytest.raises(ReviewIncomplete):
        actions.review(demand=row, review=review, by=house.care, now=NOW)
    row.refresh_from_db()
    assert (row.state, row.urgency, row.version) == (State.NEW, None, 1)
    assert (Step.objects.count(), Fact.objects.count()) == before


def test_later_keeps_it_on_the_agenda_and_its_clock_running(house):
    row = demand(house.customer, house.manager, NOW)
    drain(NOW)
    actions.review(demand=row, review=Review("LATER", 4, words="等样机"), by=house.care, now=NOW)
    drain(NOW)
    assert (row.state, row.urgency) == (State.NEW, 4)
    assert duty(row, "demand.review").state == "OPEN"


def test_a_refusal_is_answered_and_silence_is_no_consent(house):
    row = demand(house.customer, house.manager, NOW, kind="SUGGESTION")
    reviewed(row, house.care, NOW, "DECLINED", words="与安全联锁冲突")
    drain(NOW)
    owed = duty(row, "demand.feedback")
    assert owed.state == "OPEN"
    with pytest.raises(TellingUnproven):
        told(row, house.manager, NOW, channel="PHONE")
    row.refresh_from_db()
    assert row.told_at is None
    told(row, house.manager, NOW, channel="PHONE", said="知道了")
    drain(NOW)
    owed.refresh_from_db()
    assert (owed.state, row.answered_at) == ("DISCHARGED", None)
    with pytest.raises(NotByTeller):
        actions.answered(demand=row, satisfied=True, words="行", by=house.manager, now=NOW)
    assert Demand.objects.get().answered_at is None


def test_a_no_opens_it_again_on_the_old_clock(house):
    row = demand(house.customer, house.manager, NOW, kind="SUGGESTION")
    reviewed(row, house.care, NOW)
    actions.deliver(demand=row, text="加了夜班培训", by=house.rd, now=NOW)
    drain(NOW)
    due = duty(row, "demand.feedback").due_at
    told(row, house.manager, NOW)
    actions.answered(demand=row, satisfied=False, words="没教会", by=house.caller, now=NOW)
    drain(NOW)
    assert (row.state, row.told_at, row.reopened) == (State.ACCEPTED, None, 1)
    assert (duty(row, "demand.feedback").state, duty(row, "demand.feedback").due_at) == (
        "OPEN",
        due,
    )
    again = NOW + timedelta(days=30)
    actions.deliver(demand=row, text="又教了一次", by=house.rd, now=again)
    told(row, house.manager, again)
    drain(again)
    assert duty(row, "demand.feedback").late


def test_what_went_with_another_is_carried_out_with_it(house):
    main = demand(house.customer, house.manager, NOW)
    other = demand(house.customer, house.manager, NOW, text="也嫌吵", kind="SUGGESTION")
    third = demand(house.customer, house.manager, NOW, text="太吵了", kind="SUGGESTION")
    with pytest.raises(NotWithItself):
        reviewed(main, house.care, NOW, "MERGED", into=main)
    reviewed(third, house.care, NOW, "MERGED", into=other)
    reviewed(other, house.care, NOW, "MERGED", into=main)
    third.refresh_from_db()
    assert third.merged_into == main
    told(other, house.manager, NOW, text="与另一条一起办")
    reviewed(main, house.care, NOW)
    later = NOW + timedelta(days=20)
    actions.deliver(demand=main, text="换曲线", by=house.rd, now=later)
    drain(later)
    for row in (other, third):
        row.refresh_from_db()
        assert (row.state, row.told_at) == (State.DELIVERED, None)
        assert duty(row, "demand.feedback").state == "OPEN"


def test_what_went_with_a_declined_one_is_decided_anew(house):
    main = demand(house.customer, house.manager, NOW)
    other = demand(house.customer, house.manager, NOW, text="也嫌吵", kind="SUGGESTION")
    reviewed(other, house.care, NOW, "MERGED", into=main)
    reviewed(main, house.care, NOW, "DECLINED", words="做不了")
    other.refresh_from_db()
    assert (other.state, other.merged_into) == (State.NEW, None)


def test_of_two_at_once_the_second_is_told(house):
    row = demand(house.customer, house.manager, NOW)
    stale = Demand.objects.get(pk=row.pk)
    reviewed(row, house.care, NOW)
    with pytest.raises(WrongStep):
        reviewed(stale, house.boss, NOW, "DECLINED", words="不做")
    assert Demand.objects.get().state == State.ACCEPTED
    assert Step.objects.filter(deed=Deed.REVIEWED).count() == 1


def test_a_new_proposal_needs_the_customers_yes_anew(house):
    row = demand(house.customer, house.manager, NOW, text=NOISE)
    actions.propose(demand=row, text="方案一", by=house.specialist, now=NOW)
    actions.confirm_plan(demand=row, answer="好", by=house.manager, now=NOW)
    actions.propose(demand=row, text="方案二", by=house.specialist, now=NOW + timedelta(days=1))
    assert (row.proposed_at, row.plan_confirmed_at) == (NOW, None)


def test_mail_is_sent_from_here_when_a_mailbox_is_there(house):
    from bihuan.apps.demands.refusals import NoMailAddress
    from bihuan.apps.tickets.doors.models import Mailbox
    from bihuan.base.notify.models import Delivery

    row = demand(house.customer, house.manager, NOW, kind="SUGGESTION")
    reviewed(row, house.care, NOW, "DECLINED", words="做不了")
    Mailbox.objects.create(title="服务", address="service@haiyue.example", active=True, made_at=NOW)
    with pytest.raises(NoMailAddress):
        told(row, house.manager, NOW, channel="EMAIL")
    row.refresh_from_db()
    assert row.told_at is None
    told(row, house.manager, NOW, channel="EMAIL", contact=house.contact)
    sent = Delivery.objects.get()
    assert sent.body["to"] == "xu@jinling.example"
    assert row.number in sent.body["subject"]
    assert row.steps.get(deed=Deed.TOLD).mailed


def test_what_went_with_a_ticket_is_carried_out_with_it(house):
    from bihuan.apps.tickets.actions import Solution, solve

    ticket = open_ticket(
        report=Report("MAINTENANCE", "PHONE", "保养", NOW, customer=house.customer),
        by=house.desk, now=NOW,
    )  # fmt: skip
    row = demand(house.customer, house.manager, NOW, kind="SUGGESTION", text="保养时换滤芯")
    reviewed(row, house.care, NOW, "MERGED", into=ticket)
    later = NOW + timedelta(days=9)
    solve(ticket=ticket, solution=Solution("ONSITE", "滤芯已换"), by=house.specialist, now=later)
    drain(later)
    drain(later)
    row.refresh_from_db()
    assert (row.state, row.told_at) == (State.DELIVERED, None)
    assert duty(row, "demand.feedback").state == "OPEN"


@pytest.mark.parametrize("by_meeting", [True, False])
def test_a_suggestion_goes_to_whom_it_concerns_and_its_conclusion_to_the_customer(by_meeting):
    house = made("instruments")
    text = "建议触摸屏界面字大一点"
    row = demand(house.customer, house.manager, NOW, kind="SUGGESTION", text=text)
    drain(NOW)
    assert not Fact.objects.filter(kind="suggestion.received").exists()  # nobody has sorted it
    actions.classify(demand=row, topic="SOFTWARE", by=house.specialist, now=NOW)
    drain(NOW)
    decide = Obligation.objects.get(rule="suggestion.decide")
    assert (decide.assignee, decide.occasion, decide.state) == (house.rd, row.number, "OPEN")
    assert decide.anchor_at == row.received_at
    later = moment("2026-10-12 10:00")
    if by_meeting:
        reviewed(row, house.care, later, "DECLINED", words="新版已有大字模式")
    else:
        actions.conclude(demand=row, accepted=False, why="新版已有大字模式", by=house.rd, now=later)
    drain(later)
    decide.refresh_from_db()
    assert (decide.state, row.state) == ("DISCHARGED", "DECLINED")
    fact = Fact.objects.get(kind="suggestion.disposed")
    assert fact.own() == {"suggestion": row.number, "accepted": False}
    told(row, house.manager, later)
    drain(later)
    assert Obligation.objects.get(rule="suggestion.reply").state == "DISCHARGED"


def test_a_suggestion_sorted_anew_goes_to_others_and_one_of_no_suggestion_to_nobody():
    house = made("machinery")
    row = demand(house.customer, house.manager, NOW, kind="SUGGESTION", text="到场太慢")
    actions.classify(demand=row, topic="FUNCTION", by=house.analyst, now=NOW)
    actions.classify(
        demand=row, topic="SOFTWARE", by=house.analyst, now=NOW
    )  # of the product, still
    actions.classify(demand=row, topic="SERVICE", by=house.analyst, now=NOW)
    told_of = [
        each.own()["about"]
        for each in Fact.objects.filter(kind="suggestion.received").order_by("pk")
    ]
    assert told_of == ["PRODUCT", "SERVICE"]
    wish = demand(house.customer, house.manager, NOW)
    actions.classify(demand=wish, topic="FUNCTION", by=house.analyst, now=NOW)
    before = Demand.objects.values().get(pk=wish.pk)
    with pytest.raises(NoSuggestion):
        actions.conclude(demand=wish, accepted=True, why="好", by=house.care, now=NOW)
    with pytest.raises(WordsMissing):
        actions.conclude(demand=row, accepted=True, why=" ", by=house.care, now=NOW)
    assert Demand.objects.values().get(pk=wish.pk) == before
    assert Fact.objects.filter(kind="suggestion.received").count() == 2
    assert not Fact.objects.filter(kind="suggestion.disposed").exists()


def test_two_demands_never_go_with_each_other(house):
    """A second meeting had read both before the first one decided."""
    one = demand(house.customer, house.manager, NOW)
    two = demand(house.customer, house.manager, NOW)
    stale = Demand.objects.get(pk=two.pk)
    reviewed(two, house.care, NOW, "MERGED", into=one)
    with pytest.raises(NotWithItself):
        reviewed(one, house.care, NOW, "MERGED", into=stale)
    one.refresh_from_db()
    assert one.state == State.NEW
