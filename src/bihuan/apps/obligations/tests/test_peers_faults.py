"""What users of other systems complain about in clocks and calendars, shown not to happen here.

One test a complaint; its docstring says what goes wrong elsewhere.
"""

from __future__ import annotations

from datetime import datetime

import pytest
from django.urls import reverse

from bihuan.apps.customers.models import ClauseException
from bihuan.apps.obligations import actions, nightly
from bihuan.apps.obligations.enums import PauseReason, State, Verifier, WaiveReason
from bihuan.apps.obligations.explaining import explain
from bihuan.apps.obligations.models import DueChange, Escalation, Obligation
from bihuan.apps.obligations.tests import factories as make
from bihuan.apps.obligations.ticks import escalate, fall_due, resume_longest
from bihuan.apps.people.actions import add_calendar, change_calendar
from bihuan.apps.people.calendars import calendars
from bihuan.apps.people.enums import Layer
from bihuan.apps.people.models import WorkCalendar
from bihuan.base import clock
from bihuan.base.facts.models import Fact
from bihuan.base.notify.models import Notice
from bihuan.base.testing.people import make_person, signed_in
from bihuan.lib.workcal import DayKind

pytestmark = pytest.mark.django_db


def at(text: str) -> datetime:
    return make.moment(text)


def fault(home, customer, when: str, severity: str = "NORMAL", ticket: str = "T1") -> None:
    home.told(
        "fault.reported", when, subjects={"asset": 7, "customer": customer.pk}, ticket=ticket,
        severity=severity,
    )  # fmt: skip


def due(rule: str) -> str:
    return make.shown(make.one(rule=rule).due_at)


def pause(home, row: Obligation, since: str, until: str = "") -> None:
    actions.pause(
        obligation_id=row.pk, by=home.chen, now=at(since), reason=PauseReason.WAIT_CUSTOMER,
        evidence="客户不让停机", told_customer=True,
    )  # fmt: skip
    if until:
        actions.resume(obligation_id=row.pk, by=home.chen, now=at(until))


def test_lunch_is_not_counted():
    """Elsewhere a working day is one block, and engineers are late while everybody eats."""
    home = make.house()
    fault(home, make.customer(home), "2026-03-09 11:00")
    assert due("fault.normal.phone") == "2026-03-10 11:30"  # 1 h, 4 h, then 3 h


def test_two_stretches_of_a_day_given_on_the_page_are_what_is_counted():
    """Elsewhere the data can hold several stretches a day, and the page breaks them."""
    home = make.house()
    admin = signed_in(make_person("administrator"))
    form = {
        "weekdays": "09:00-12:00,14:00-18:00", "saturday": "09:00-11:00", "sunday": "",
        "exceptions": "", "source": "作息通知",
    }  # fmt: skip
    with clock.set_to(at("2026-03-02 09:00")):
        page = reverse("people:change_calendar", args=["cn"])
        assert admin.post(page, form).status_code == 302
        shown = admin.get(page).content.decode()
    assert "09:00-12:00,14:00-18:00" in shown
    fault(home, make.customer(home), "2026-03-06 17:00")  # a Friday
    assert due("fault.normal.phone") == "2026-03-09 16:00"  # 1 h, Saturday 2 h, Monday 5 h


def test_nothing_falls_due_or_is_escalated_outside_working_time():
    """Elsewhere the setting "only in working hours" was forgotten where lateness is found."""
    home = make.house()
    fault(home, make.customer(home), "2026-03-06 11:00")  # due on Monday at 11:30
    for moment in ("2026-03-06 23:00", "2026-03-07 12:00", "2026-03-08 23:59"):
        assert fall_due(at(moment)) == 0
    steps = make.one(rule="fault.normal.phone").ladder
    assert [step["at"][:16] for step in steps] == ["2026-03-09T09:30", "2026-03-09T11:30"]
    assert fall_due(at("2026-03-09 11:31")) == 1


@pytest.mark.parametrize(
    ("since", "until", "end"),
    [
        ("2026-03-06 16:00", "2026-03-09 09:00", "2026-03-11 17:30"),  # over a weekend: one day
        ("2026-03-07 09:00", "2026-03-08 20:00", "2026-03-10 17:30"),  # only the weekend: none
        ("2026-03-06 09:00", "2026-03-06 11:00", "2026-03-10 17:30"),  # gone on by the close: none
    ],
)
def test_a_limit_in_days_is_given_back_working_days_only(since, until, end):
    """Elsewhere waiting from Friday to Monday gives back the whole weekend."""
    home = make.house()
    home.told(
        "demand.received", "2026-03-05 10:00", subjects={"customer": make.customer(home).pk},
        demand="D1", kind="OPTIMISE", source="CALLBACK",
    )  # fmt: skip
    row = make.one(rule="demand.proposal")
    assert make.shown(row.due_at) == "2026-03-10 17:30"
    pause(home, row, since, until)
    assert due("demand.proposal") == end


def test_days_of_a_notice_are_shown_before_they_hold():
    """Elsewhere a feed of holidays brings days that are none, and four days become six."""
    make.house()
    admin = signed_in(make_person("administrator"))
    page = reverse("people:notice", args=["cn"])
    text = "日期,类型,名称\n2026-06-10,休,不是节日\n"
    with clock.set_to(at("2026-06-01 09:00")):
        answer = admin.post(page, {"text": text})
    assert answer.status_code == 200
    assert "不是节日" in answer.content.decode()
    assert calendars().for_("cn", {}).info(at("2026-06-10 09:00").date()).kind == DayKind.WORKDAY


def test_a_make_up_saturday_works_and_a_year_without_notice_says_so():
    """Elsewhere a weekend is a weekend: on ten to fifteen days a year nobody is called."""
    home = make.house()
    who = make.customer(home)
    fault(home, who, "2026-10-09 16:30")  # a Friday; Saturday the 10th is worked
    assert due("fault.normal.phone") == "2026-10-10 17:00"
    assert not make.one(rule="fault.normal.phone").provisional
    fault(home, who, "2027-03-05 16:30", ticket="T2")
    assert make.one(rule="fault.normal.phone", occasion="T2").provisional


def test_a_day_says_what_it_is():
    """Elsewhere a make-up working day cannot be told from any other day."""
    make.house()
    company = calendars().for_("cn", {})
    days = {text: company.info(at(f"{text} 09:00").date()).kind for text in (
        "2026-10-08", "2026-10-10", "2026-10-11", "2026-10-01",
    )}  # fmt: skip
    assert list(days.values()) == [
        DayKind.WORKDAY, DayKind.MAKEUP, DayKind.WEEKEND, DayKind.HOLIDAY,
    ]  # fmt: skip


def layered(home, code: str, layer: Layer, ref: str, name: str) -> None:
    off = {"day": "2026-03-10", "change": "off", "name": {"zh": name, "en": name}}
    add_calendar(
        code=code, name=name, layer=layer, ref=ref, data={"exceptions": [off]}, by=home.gu,
        now=home.start,
    )  # fmt: skip


def test_the_calendar_of_the_machines_customer_wins_and_is_named():
    """Elsewhere holidays belong to a profile, and customers cannot have their own."""
    home = make.house()
    who, other = make.customer(home), make.customer(home, "别家")
    layered(home, f"customer:{who.pk}", Layer.CUSTOMER, str(who.pk), "客户厂休")
    fault(home, who, "2026-03-09 11:00")
    fault(home, other, "2026-03-09 11:00", ticket="T2")
    row = make.one(rule="fault.normal.phone", occasion="T1")
    assert make.shown(row.due_at) == "2026-03-11 11:30"
    assert "客户厂休" in str(explain(row, at("2026-03-09 12:00")).data["calendar_title"])
    plain = make.one(rule="fault.normal.phone", occasion="T2")
    assert make.shown(plain.due_at) == "2026-03-10 11:30"


def test_the_calendar_of_the_region_yields_to_that_of_the_customer():
    """Elsewhere nobody can say which of two calendars was taken."""
    home = make.house()
    who, other = make.customer(home), make.customer(home, "别家")
    layered(home, "region:east", Layer.REGION, "east", "华东停电")
    add_calendar(
        code=f"customer:{who.pk}", name="客户日历", layer=Layer.CUSTOMER, ref=str(who.pk),
        data={"exceptions": []}, by=home.gu, now=home.start,
    )  # fmt: skip
    fault(home, who, "2026-03-09 11:00")
    fault(home, other, "2026-03-09 11:00", ticket="T2")
    assert make.one(occasion="T1", rule="fault.normal.phone").calendar == f"customer:{who.pk}"
    assert make.one(occasion="T2", rule="fault.normal.phone").calendar == "region:east"


def test_another_owner_keeps_the_clock_and_what_was_counted():
    """Elsewhere moving a ticket to another group keeps or loses its target at random."""
    home = make.house()
    fault(home, make.customer(home), "2026-03-09 09:00")
    row = make.one(rule="fault.normal.phone")
    pause(home, row, "2026-03-09 10:00", "2026-03-09 11:00")
    before = due("fault.normal.phone")
    actions.assign(
        obligation_id=row.pk, to=home.wu, by=home.gu, now=at("2026-03-09 11:30"), reason="调配"
    )
    assert (due("fault.normal.phone"), make.one(rule="fault.normal.phone").anchor_at) == (
        before, at("2026-03-09 09:00"),
    )  # fmt: skip
    escalate(at("2026-03-10 08:45"))
    assert Escalation.objects.get(step=0).told == home.wu


@pytest.mark.parametrize("how", ["waived", "version"])
def test_a_promise_that_no_longer_holds_calls_nobody(how):
    """Elsewhere a policy that was switched off goes on escalating and notifying."""
    home = make.house()
    who = make.customer(home)
    if how == "waived":
        fault(home, who, "2026-03-09 09:00", "URGENT")
        row = make.one(rule="fault.urgent.phone")
        actions.waive(
            obligation_id=row.pk, by=home.gu, now=at("2026-03-09 10:00"),
            reason=WaiveReason.CUSTOMER_REQUEST, note="客户自己处理",
        )  # fmt: skip
    else:
        home.version.in_force_to = at("2026-03-09 08:00")
        home.version.save()
        gone = make.files(
            "2",
            {
                "id: fault.urgent.phone": "id: fault.never",
                'fact.severity == "URGENT"': 'fact.severity == "LOW"',
            },
        )
        make.put_in_force(gone, from_at=at("2026-03-09 08:00"))
        fault(home, who, "2026-03-09 09:00", "URGENT")
    rows = Obligation.objects.filter(rule="fault.urgent.phone", state=State.OPEN)
    assert not rows.exists()
    escalate(at("2026-03-12 09:00"))
    fall_due(at("2026-03-12 09:00"))
    assert not Escalation.objects.filter(obligation__rule="fault.urgent.phone").exists()
    assert not Fact.objects.filter(
        kind="obligation.fell_due", data__fact__rule="fault.urgent.phone"
    ).exists()


def test_a_new_version_rewrites_no_running_duty():
    """Elsewhere editing a policy touches every ticket and upsets all that watches them."""
    home = make.house()
    fault(home, make.customer(home), "2026-03-09 09:00")
    before = Obligation.objects.values()[0]
    home.version.in_force_to = at("2026-03-09 12:00")
    home.version.save()
    make.put_in_force(
        make.files("2", {"within: 8wh": "within: 1wh"}), from_at=at("2026-03-09 12:00")
    )
    home.hear(at("2026-03-09 12:01"))
    assert Obligation.objects.values()[0] == before
    fault(home, make.customer(home, "别家"), "2026-03-09 14:00", ticket="T2")
    assert make.shown(make.one(occasion="T2").due_at) == "2026-03-09 15:00"


def test_who_is_sent_later_has_his_own_time():
    """Elsewhere a group inherits a clock that others have nearly used up."""
    home = make.house()
    who = make.customer(home)
    fault(home, who, "2026-03-09 09:00")
    home.told(
        "ticket.dispatched", "2026-03-09 16:00", subjects={"asset": 7, "customer": who.pk}, ticket="T1",
    )  # fmt: skip
    assert due("order.progress") == "2026-03-09 16:15"
    assert due("fault.normal.phone") == "2026-03-10 09:30"


def test_only_the_customers_side_stops_a_clock_and_never_for_ever():
    """Elsewhere "pending" stops every clock, for anything, as long as one likes."""
    home = make.house()
    fault(home, make.customer(home), "2026-03-09 09:00")
    row = make.one(rule="fault.normal.phone")
    with pytest.raises(actions.NoSuchReason):
        actions.pause(
            obligation_id=row.pk, by=home.chen, now=at("2026-03-09 10:00"), reason="WAIT_SUPPLIER",
            evidence="供应商没发货", told_customer=True,
        )  # fmt: skip
    with pytest.raises(actions.PauseNeedsProof):
        actions.pause(
            obligation_id=row.pk, by=home.chen, now=at("2026-03-09 10:00"),
            reason=PauseReason.WAIT_CUSTOMER, evidence=" ", told_customer=True,
        )  # fmt: skip
    assert due("fault.normal.phone") == "2026-03-10 09:30"
    pause(home, row, "2026-03-09 10:00")
    assert resume_longest(at("2026-03-16 17:29")) == 0
    assert resume_longest(at("2026-03-16 17:31")) == 1  # five working days by the regulation
    assert make.one(rule="fault.normal.phone").due_at is not None


def test_warnings_come_at_shares_of_the_time_that_counts():
    """Elsewhere a warning is so many minutes before the end, whatever stands still meanwhile."""
    home = make.house(**{
        "[{at: 75%, tell: assignee}, {at: 100%, tell: care_lead}, {at: 150%, tell: general_manager}]":
        "[{at: 50%, tell: assignee}, {at: 75%, tell: assignee}, {at: 90%, tell: care_lead}, {at: 100%, tell: general_manager}, {at: 150%, tell: general_manager}]",
    })  # fmt: skip
    fault(home, make.customer(home), "2026-03-09 09:00", "URGENT")
    pause(home, make.one(rule="fault.urgent.phone"), "2026-03-09 10:00", "2026-03-09 11:00")
    taken = []
    for minute in (
        "11:59",
        "12:00",
        "12:59",
        "13:00",
        "13:35",
        "13:36",
        "13:59",
        "14:00",
        "15:59",
        "16:00",
    ):
        escalate(at(f"2026-03-09 {minute}"))
        taken.append(Escalation.objects.filter(obligation__rule="fault.urgent.phone").count())
    assert taken == [0, 1, 1, 2, 2, 3, 3, 4, 4, 5]
    told = [each.told for each in Escalation.objects.filter(obligation__rule="fault.urgent.phone")]
    assert told == [home.chen, home.chen, home.shen, home.gu, home.gu]


def test_each_promise_of_one_fault_has_its_own_ladder():
    """Elsewhere an escalation cannot be bound to the first answer or to the repair."""
    home = make.house()
    fault(home, make.customer(home), "2026-03-09 09:00", "URGENT")
    escalate(at("2026-03-09 13:00"))
    assert set(Escalation.objects.values_list("obligation__rule", flat=True)) == {
        "fault.urgent.phone"
    }
    escalate(at("2026-03-10 09:00"))
    attend = Escalation.objects.get(obligation__rule="fault.urgent.attend")
    assert attend.told == home.gu


def test_a_late_holiday_moves_running_clocks_forwards_and_back_and_keeps_both():
    """Elsewhere a holiday entered late changes nothing that already runs, or changes it silently."""
    home = make.house()
    fault(home, make.customer(home), "2026-03-09 11:00")
    row = WorkCalendar.objects.get(code="cn")
    plain = dict(row.data)
    off = {"day": "2026-03-10", "change": "off", "name": {"zh": "停电", "en": "No power"}}
    kept = [*plain.get("exceptions", []), off]
    change_calendar(
        calendar=row,
        data=plain | {"exceptions": kept},
        source="通知",
        by=home.gu,
        now=at("2026-03-09 12:00"),
    )
    home.hear(at("2026-03-09 12:00"))
    assert due("fault.normal.phone") == "2026-03-11 11:30"
    row.refresh_from_db()
    change_calendar(calendar=row, data=plain, source="撤销", by=home.gu, now=at("2026-03-09 13:00"))
    home.hear(at("2026-03-09 13:00"))
    assert due("fault.normal.phone") == "2026-03-10 11:30"
    moved = [
        (make.shown(c.old)[5:], make.shown(c.new)[5:], c.why)
        for c in DueChange.objects.order_by("pk")
    ]
    assert moved == [
        ("03-10 11:30", "03-11 11:30", "CALENDAR"), ("03-11 11:30", "03-10 11:30", "CALENDAR"),
    ]  # fmt: skip
    assert Notice.objects.filter(kind="obligation.due_moved", to=home.chen).count() == 2


def test_a_no_goes_on_from_what_was_used_and_what_stood_still():
    """Elsewhere a reopened ticket begins anew, or is late at once."""
    home = make.house()
    fault(home, make.customer(home), "2026-03-09 09:00")
    row = make.one(rule="fault.normal.phone")
    pause(home, row, "2026-03-09 10:00", "2026-03-09 11:00")
    done = at("2026-03-09 15:00")
    actions.discharge(
        obligation_ids=[row.pk],
        by=home.chen,
        now=done,
        at=done,
        evidence=[actions.Proof("call_log")],
    )
    actions.verify(
        obligation_id=row.pk, by=home.qian, now=at("2026-03-09 16:00"), how=Verifier.INDEPENDENT,
        satisfied=False, note="客户说没人打过",
    )  # fmt: skip
    row.refresh_from_db()
    assert (row.state, make.shown(row.due_at)) == (State.OPEN, "2026-03-10 10:30")
    assert nightly.differing([row]) == []


def test_the_losing_promises_are_listed():
    """Elsewhere one sees a deadline, and not which rules it was preferred to."""
    home = make.house()
    who = make.customer(home)
    ClauseException.objects.create(
        target="RULE", code="fault.urgent.phone", reason="试点", from_at=home.start,
        asked_at=home.start, approver=home.gu, granted_at=home.start, customer=who, change="WITHIN",
        value="2h",
    )  # fmt: skip
    fault(home, who, "2026-03-09 09:00")
    fault(home, who, "2026-03-09 09:00", "URGENT")
    row = make.one(rule="fault.urgent.phone")
    assert make.shown(row.due_at) == "2026-03-09 11:00"
    data = explain(row, at("2026-03-09 09:30")).data
    lost = [fact["text"] for fact in data["facts"] if fact["label"] == "未采用"]
    assert len(lost) == 1
    for piece in ("§ 一·1 一般故障电话响应", "8", "工作小时", "2026-03-10 09:30"):
        assert piece in lost[0]
    assert "E" in data["precedence"]
