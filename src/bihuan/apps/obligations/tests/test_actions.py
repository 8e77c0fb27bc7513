"""Deeds on obligations: what they do, what they refuse, and that a refusal changes nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from bihuan.apps.obligations import actions
from bihuan.apps.obligations.acts import Proof
from bihuan.apps.obligations.enums import PauseReason, State, Verifier, VoidReason, WaiveReason
from bihuan.apps.obligations.history import history
from bihuan.apps.obligations.models import Act, Evidence, Obligation, Waiver
from bihuan.apps.obligations.refusals import (
    AlreadyPaused,
    BeforeItBegan,
    InTheFuture,
    NoAuthority,
    NotByStaff,
    NothingToVerify,
    NotIndependent,
    NotOpen,
    NotPaused,
    PauseNeedsProof,
    ProofMissing,
    ReasonMissing,
    SamePerson,
    TooLateToWaive,
    TooManyWaivers,
)  # fmt: skip
from bihuan.apps.obligations.tests import factories as make
from bihuan.apps.people.actions import change_calendar
from bihuan.apps.people.models import WorkCalendar
from bihuan.base.errors import NoSuchThing
from bihuan.base.facts.models import Fact
from bihuan.base.notify.models import Notice
from bihuan.base.testing.kept import kept

pytestmark = pytest.mark.django_db
NOW = make.moment("2026-03-09 14:00")
CALL = [Proof("call_log", "通话")]


@pytest.fixture
@kept
def home():
    home = make.house()
    home.gold = make.customer(home)
    subjects = {"asset": 7, "customer": home.gold.pk}
    home.told(
        "fault.reported", "2026-03-09 09:00", subjects=subjects, ticket="T1", severity="URGENT"
    )
    home.told(
        "fault.reported", "2026-03-09 13:00", subjects=subjects, ticket="T2", severity="NORMAL"
    )
    home.told(
        "demand.received",
        "2026-03-09 10:00",
        subjects=subjects,
        demand="D1",
        kind="OPTIMISE",
        source="CALLBACK",
    )
    return home


@pytest.fixture
def nothing_changes(home):
    """A refusal leaves rows, evidence, deeds and facts as they were."""

    def shot():
        rows = list(Obligation.objects.order_by("pk").values())
        return (
            rows,
            Evidence.objects.count(),
            Act.objects.count(),
            Fact.objects.count(),
            Waiver.objects.count(),
        )

    class Held:
        def __enter__(self):
            self.before = shot()

        def __exit__(self, kind, error, trace):
            if kind is None:
                assert shot() == self.before

    return Held


def normal() -> Obligation:
    return make.one(rule="fault.normal.phone")


def test_one_act_discharges_several_and_says_so(home):
    rows = [make.one(rule="fault.urgent.phone"), normal()]
    done = actions.discharge(
        obligation_ids=[row.pk for row in rows], by=home.chen, now=NOW, at=NOW, evidence=CALL
    )
    assert {row.state for row in done} == {State.DISCHARGED}
    assert Evidence.objects.values("act").distinct().count() == 1
    assert make.one(rule="fault.urgent.phone").late
    assert not normal().late
    assert Fact.objects.filter(kind="obligation.discharged").count() == 2


def test_the_history_says_on_which_later_day_a_deed_was_entered(home):
    row, urgent = normal(), make.one(rule="fault.urgent.phone")
    later = NOW + timedelta(days=40)
    for each, now in ((row, later), (urgent, NOW)):
        actions.discharge(obligation_ids=[each.pk], by=home.chen, now=now, at=NOW, evidence=CALL)
    said = next(each["text"] for each in history(row) if each["at"] == NOW)
    assert said == f"{timezone.localdate(later)} 才登记"
    assert "才登记" not in str(history(urgent))


def test_what_discharge_refuses(home, nothing_changes):
    row, urgent = normal(), make.one(rule="fault.urgent.phone")

    def act(ids=(row.pk,), at=NOW, evidence=CALL, by=home.chen):
        return actions.discharge(obligation_ids=ids, by=by, now=NOW, at=at, evidence=evidence)

    with nothing_changes():
        with pytest.raises(ProofMissing):
            act(evidence=[Proof("photo")])
        with pytest.raises(BeforeItBegan):
            act(at=make.moment("2026-03-09 12:00"))
        with pytest.raises(InTheFuture):
            act(at=make.moment("2026-03-09 15:00"))
        with pytest.raises(NoSuchThing):
            act(ids=(row.pk, 999_999))
        with pytest.raises(ProofMissing):
            act(ids=(row.pk, make.one(rule="demand.proposal").pk))
    act(ids=(urgent.pk,))
    with nothing_changes(), pytest.raises(NotOpen, match="这条义务已办结，不能再办"):
        act(ids=(row.pk, urgent.pk))


def test_an_executive_visit_is_not_discharged_by_staff(home, nothing_changes):
    from bihuan.apps.obligations.ticks import periods

    periods(make.moment("2026-01-01 00:01"))
    home.hear(NOW)
    visit = make.one(rule="executive.visit")
    proofs = [Proof("checkin"), Proof("minutes", "谈了二期")]
    with nothing_changes(), pytest.raises(NotByStaff):
        actions.discharge(obligation_ids=[visit.pk], by=home.li, now=NOW, at=NOW, evidence=proofs)
    with nothing_changes(), pytest.raises(ProofMissing):
        actions.discharge(
            obligation_ids=[visit.pk], by=home.gu, now=NOW, at=NOW, evidence=proofs[:1]
        )
    actions.discharge(obligation_ids=[visit.pk], by=home.gu, now=NOW, at=NOW, evidence=proofs)
    assert make.one(rule="executive.visit").state == State.DISCHARGED


def test_only_somebody_else_verifies_and_the_customers_word_counts_where_asked(
    home, nothing_changes
):
    plan = make.one(rule="demand.plan")
    actions.discharge(
        obligation_ids=[plan.pk],
        by=home.li,
        now=NOW,
        at=NOW,
        evidence=[Proof("customer_reply", "同意")],
    )

    def say(by=home.qian, how=Verifier.CUSTOMER, satisfied=True, note="客户邮件"):
        return actions.verify(
            obligation_id=plan.pk, by=by, now=NOW, how=how, satisfied=satisfied, note=note
        )

    with nothing_changes():
        with pytest.raises(NotIndependent):
            say(by=home.li)
        with pytest.raises(NotIndependent):
            say(how=Verifier.INDEPENDENT)
        with pytest.raises(ReasonMissing):
            say(satisfied=False, note=" ")
    assert say().state == State.VERIFIED
    with nothing_changes(), pytest.raises(NothingToVerify):
        say()


def test_what_needs_two_persons_is_not_done_by_one_alone():
    home = make.house(**{"    verified: independent\n": "    needs: [two_persons]\n"})
    subjects = {"asset": 7, "customer": make.customer(home).pk}
    home.told(
        "fault.reported", "2026-03-09 13:00", subjects=subjects, ticket="T2", severity="NORMAL"
    )
    actions.discharge(obligation_ids=[normal().pk], by=home.li, now=NOW, at=NOW, evidence=CALL)

    def approve(by):
        return actions.verify(
            obligation_id=normal().pk, by=by, now=NOW, how=Verifier.INDEPENDENT, satisfied=True
        )

    with pytest.raises(NotIndependent):
        approve(home.li)
    assert normal().state == State.DISCHARGED
    assert approve(home.gu).state == State.VERIFIED


def test_a_rejection_reopens_on_the_same_clock(home):
    row = normal()
    actions.discharge(obligation_ids=[row.pk], by=home.chen, now=NOW, at=NOW, evidence=CALL)
    again = actions.verify(
        obligation_id=row.pk,
        by=home.qian,
        now=NOW,
        how=Verifier.INDEPENDENT,
        satisfied=False,
        note="没通话记录",
    )
    assert (again.state, again.due_at, again.discharged_at) == (State.OPEN, row.due_at, None)


def test_waiving_needs_authority_reason_and_time(home, nothing_changes):
    row, late = normal(), make.one(rule="fault.urgent.phone")

    def waive(by=home.gu, pk=row.pk, now=NOW, note="客户来电取消"):
        return actions.waive(
            obligation_id=pk, by=by, now=now, reason=WaiveReason.CUSTOMER_REQUEST, note=note
        )

    with nothing_changes():
        with pytest.raises(NoAuthority):
            waive(by=home.chen)
        with pytest.raises(ReasonMissing):
            waive(note="")
        with pytest.raises(TooLateToWaive):
            waive(pk=late.pk, now=make.moment("2026-03-12 09:00"))
    waive(
        pk=late.pk, now=make.moment("2026-03-10 09:00")
    )  # the pack gives one working day of grace
    assert waive().state == State.WAIVED
    assert Waiver.objects.get(obligation=row).note == "客户来电取消"


def test_void_is_not_counted_and_keeps_its_reason(home, nothing_changes):
    row = normal()
    with nothing_changes(), pytest.raises(ReasonMissing):
        actions.void(obligation_id=row.pk, by=home.gu, now=NOW, reason=VoidReason.MISTAKE, note="")
    late = make.one(rule="fault.urgent.phone")
    for pk, by, now in (
        (row.pk, home.chen, NOW),
        (late.pk, home.gu, make.moment("2026-03-12 09:00")),
    ):
        for reason in (VoidReason.MISTAKE, VoidReason.SUBJECT_GONE):
            with nothing_changes(), pytest.raises((NoAuthority, TooLateToWaive)):
                actions.void(obligation_id=pk, by=by, now=now, reason=reason, note="记错了")
    gone = actions.void(
        obligation_id=row.pk, by=home.gu, now=NOW, reason=VoidReason.SUBJECT_GONE, note="设备已报废"
    )
    assert (gone.state, gone.closed_reason) == (State.VOID, "SUBJECT_GONE")


def test_a_clock_that_is_stopped_when_it_has_run_out_makes_no_promise_unbroken(
    home, nothing_changes
):
    row, late = normal(), make.moment("2026-03-12 09:00")
    actions.pause(
        obligation_id=row.pk, by=home.chen, now=late, reason=PauseReason.WAIT_CUSTOMER,
        evidence="客户停电", told_customer=True,
    )  # fmt: skip
    with nothing_changes(), pytest.raises(TooLateToWaive):
        actions.waive(
            obligation_id=row.pk, by=home.gu, now=late, reason=WaiveReason.CUSTOMER_REQUEST,
            note="客户取消",
        )  # fmt: skip
    with nothing_changes(), pytest.raises(TooLateToWaive, match="不能再豁免或作废"):
        actions.void(
            obligation_id=row.pk, by=home.gu, now=late, reason=VoidReason.MISTAKE, note="记错了"
        )


def test_a_pause_moves_the_due_time_by_the_working_time_and_keeps_the_inner_clock(
    home, nothing_changes
):
    row = normal()
    assert make.shown(row.due_at) == "2026-03-10 14:00"

    def pause(evidence="客户停电", told=True):
        return actions.pause(
            obligation_id=row.pk,
            by=home.chen,
            now=NOW,
            reason=PauseReason.WAIT_CUSTOMER,
            evidence=evidence,
            told_customer=told,
        )

    with nothing_changes():
        with pytest.raises(PauseNeedsProof):
            pause(evidence=" ")
        with pytest.raises(PauseNeedsProof):
            pause(told=False)
        with pytest.raises(NotPaused):
            actions.resume(obligation_id=row.pk, by=home.chen, now=NOW)
    held = pause()
    assert (held.due_at, held.paused_at) == (None, NOW)
    with nothing_changes(), pytest.raises(AlreadyPaused):
        pause()
    moved = actions.resume(obligation_id=row.pk, by=home.chen, now=make.moment("2026-03-10 09:30"))
    assert make.shown(moved.due_at) == "2026-03-11 09:30"
    assert moved.internal_due_at == row.due_at
    assert moved.due_changes.get().why == "RESUMED"


def test_assigning_names_a_reason_and_another_person(home, nothing_changes):
    row = normal()
    with nothing_changes():
        with pytest.raises(SamePerson):
            actions.assign(obligation_id=row.pk, to=home.chen, by=home.gu, now=NOW, reason="换人")
        with pytest.raises(ReasonMissing):
            actions.assign(obligation_id=row.pk, to=home.wu, by=home.gu, now=NOW, reason="")
    assert (
        actions.assign(
            obligation_id=row.pk, to=home.wu, by=home.gu, now=NOW, reason="换人"
        ).assignee
        == home.wu
    )


def test_a_bulk_deed_does_what_it_can_and_names_the_rest(home):
    row, urgent = normal(), make.one(rule="fault.urgent.phone")
    actions.discharge(obligation_ids=[urgent.pk], by=home.chen, now=NOW, at=NOW, evidence=CALL)
    result = actions.bulk(
        [row.pk, urgent.pk],
        lambda pk: actions.assign(obligation_id=pk, to=home.wu, by=home.gu, now=NOW, reason="换班"),
    )
    assert (result.done, list(result.refused)) == ([row.pk], [urgent.pk])


def test_a_leavers_duties_go_to_the_heir(home):
    from bihuan.apps.obligations.queries import holdings

    held = holdings(home.chen.pk)
    assert len(held) == 3
    assert (
        actions.transfer(
            keys=[each.key for each in held],
            from_id=home.chen.pk,
            to_id=home.wu.pk,
            by=home.gu,
            now=NOW,
        )
        == 3
    )
    assert holdings(home.chen.pk) == []
    passed_on = next(each for each in history(normal()) if each.get("note"))
    assert passed_on["note"] == "离职交接"


def test_an_imported_holiday_notice_moves_open_deadlines_with_a_record(home):
    plan = make.one(rule="demand.plan")
    before = plan.due_at
    company = WorkCalendar.objects.get(code="cn")
    data = {
        **company.data,
        "exceptions": [
            *company.data.get("exceptions", []),
            {"day": "2026-03-11", "change": "off", "name": {"zh": "厂庆", "en": "Anniversary"}},
        ],
    }
    change_calendar(calendar=company, data=data, source="厂部通知", by=home.gu, now=NOW)
    home.hear(NOW)
    plan.refresh_from_db()
    assert plan.due_at > before
    change = plan.due_changes.get()
    assert (change.why, change.old, change.new) == ("CALENDAR", before, plan.due_at)
    assert Notice.objects.filter(to=home.li, kind="obligation.due_moved").count() == 1
    assert make.one(rule="fault.urgent.phone").due_changes.count() == 0


@pytest.mark.parametrize("name", ["waiver.per_clause", "waiver.per_customer"])
def test_a_waiver_beyond_the_limit_of_the_regulation_is_refused_with_a_sentence(name):
    limit = f"parameters:\n  {name}: {{value: 1, clause: T-2, title: {{zh: 豁免上限, en: Most}}}}\n"
    home = make.house(**{"parameters:\n": limit})
    gold = make.customer(home)
    for number in (1, 2):
        home.told(
            "fault.reported", "2026-03-09 13:00", subjects={"asset": 7, "customer": gold.pk},
            ticket=f"T{number}", severity="NORMAL",
        )  # fmt: skip
    first, second = Obligation.objects.filter(rule="fault.normal.phone").order_by("occasion")
    why = {"reason": WaiveReason.CUSTOMER_REQUEST, "note": "客户说不用了"}
    actions.waive(obligation_id=first.pk, by=home.gu, now=NOW, **why)
    facts = Fact.objects.count()
    with pytest.raises(TooManyWaivers) as refused:
        actions.waive(obligation_id=second.pk, by=home.gu, now=NOW, **why)
    assert "最多准 1 次" in str(refused.value)
    assert "二·2" in str(refused.value)
    second.refresh_from_db()
    assert (second.state, Fact.objects.count()) == (State.OPEN, facts)
