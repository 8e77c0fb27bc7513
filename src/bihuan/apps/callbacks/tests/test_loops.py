"""Problems until the customer says yes, promises with proof, visits, samples, the plan."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from bihuan.apps.callbacks import actions, rules
from bihuan.apps.callbacks.actions import Promised, Report
from bihuan.apps.callbacks.models import Callback, Problem, Promise, Sample, Visit
from bihuan.apps.callbacks.queries import plan
from bihuan.apps.callbacks.queries.problems import holdings, rates
from bihuan.apps.callbacks.refusals import (
    CustomerWordMissing,
    DayOutsideSpan,
    GiftAboveLimit,
    GiftIncomplete,
    GiftNotAllowed,
    GiftRefused,
    HostNotLeading,
    NotByHandler,
    NotCheckedIn,
    ProofOfPromiseMissing,
    SampleByCaller,
    TooFarAway,
    VisitNotAgreed,
    WordsMissing,
    WrongCode,
    WrongStep,
)  # fmt: skip
from bihuan.apps.callbacks.tests.conftest import NOW
from bihuan.apps.callbacks.tests.factories import problem, record, visit
from bihuan.apps.customers.models import Customer
from bihuan.apps.obligations.models import Evidence, Obligation
from bihuan.apps.obligations.refusals import NotByStaff
from bihuan.base.errors import ChangedMeanwhile
from bihuan.base.testing.draining import drain
from bihuan.base.testing.people import make_person, signed_in

pytestmark = pytest.mark.django_db


def to_confirm(house) -> Problem:
    row = problem(house.customer, house.caller, NOW)
    drain(NOW)
    actions.handle(
        problem=row,
        text="更换减振垫，空载复测 2.1 mm/s",
        by=house.specialist,
        now=NOW + timedelta(hours=1),
    )
    drain(NOW + timedelta(hours=1))
    actions.feed_back(
        problem=row,
        text="已告知换垫和复测值",
        channel="PHONE",
        by=house.manager,
        now=NOW + timedelta(hours=2),
    )
    drain(NOW + timedelta(hours=2))
    return row


def states(kind: str) -> list[str]:
    return list(Obligation.objects.filter(kind=kind).values_list("state", flat=True))


def test_a_problem_lives_until_the_customer_says_yes(house):
    row = to_confirm(house)
    assert [states(kind) for kind in ("problem.handle", "problem.feedback", "problem.confirm")] == [
        ["DISCHARGED"], ["DISCHARGED"], ["OPEN"],
    ]  # fmt: skip
    later = NOW + timedelta(hours=3)
    for who, text, error in (
        (house.specialist, "许工说好了", NotByHandler),
        (house.caller, " ", CustomerWordMissing),
    ):
        with pytest.raises(error):
            actions.confirm(problem=row, words_of_customer=text, by=who, now=later)
        row.refresh_from_db()
        assert row.state == "FED_BACK"
    actions.confirm(problem=row, words_of_customer="许工：没有响声了", by=house.caller, now=later)
    assert row.state == "CONFIRMED"
    assert states("problem.handle") == ["VERIFIED"]
    assert states("problem.confirm") == ["DISCHARGED"]


def test_a_no_opens_it_again_with_its_duties(house):
    row = to_confirm(house)
    due = Obligation.objects.get(kind="problem.handle").due_at
    actions.reopen(
        problem=row,
        words_of_customer="许工：晚上又响",
        by=house.caller,
        now=NOW + timedelta(hours=3),
    )
    drain(NOW + timedelta(hours=3))
    assert (row.state, row.reopened) == ("OPEN", 1)
    again = Obligation.objects.get(kind="problem.handle")
    assert (again.state, again.due_at) == ("OPEN", due)
    actions.handle(problem=row, text="换转子", by=house.other_caller, now=NOW + timedelta(hours=4))
    drain(NOW + timedelta(hours=4))
    actions.feed_back(
        problem=row, text="已告知", channel="WECOM", by=house.manager, now=NOW + timedelta(hours=5)
    )
    drain(NOW + timedelta(hours=5))
    with pytest.raises(NotByHandler):  # the handler of the first round, too
        actions.confirm(
            problem=row, words_of_customer="好了", by=house.specialist, now=NOW + timedelta(hours=6)
        )
    actions.confirm(
        problem=row, words_of_customer="许工：好了", by=house.caller, now=NOW + timedelta(hours=6)
    )
    drain(NOW + timedelta(hours=6))
    assert states("problem.handle") == ["VERIFIED"]


def test_steps_follow_each_other(house):
    row = problem(house.customer, house.caller, NOW)
    with pytest.raises(WrongStep):
        actions.confirm(problem=row, words_of_customer="好了", by=house.caller, now=NOW)
    with pytest.raises(WordsMissing):
        actions.handle(problem=row, text="", by=house.specialist, now=NOW)
    row.refresh_from_db()
    assert (row.state, row.steps.count()) == ("OPEN", 1)


def test_asked_in_vain_is_counted_apart(house):
    row = to_confirm(house)
    actions.asked_in_vain(
        problem=row, text="三次未接", by=house.caller, now=NOW + timedelta(days=5)
    )
    assert rates(house.boss) == {"all": 1, "confirmed": 0, "solved": 1, "timeout": 1}
    assert states("problem.confirm") == ["OPEN"]


def test_a_promise_is_kept_with_proof(house):
    row = actions.made_promise(
        promise=Promised("发配平视频", house.manager, date(2026, 10, 13)), customer=house.customer,
        by=house.caller, at=NOW, now=NOW,
    )  # fmt: skip
    drain(NOW)
    with pytest.raises(ProofOfPromiseMissing):
        actions.keep(promise=row, proof="", by=house.manager, now=NOW)
    assert Promise.objects.get().state == "OPEN"
    assert [each.title for each in holdings(house.manager.pk)] == [f"{row.number} 发配平视频"]
    assert (
        actions.transfer(
            keys=[f"V{row.pk}"], from_id=house.manager.pk, to_id=house.boss.pk, by=None, now=NOW
        )
        == 1
    )
    actions.keep(promise=row, proof="视频已发许工，已收到", by=house.manager, now=NOW)
    assert states("promise.keep") == ["DISCHARGED"]
    assert Promise.objects.get().owner == house.boss


def report(house, **more) -> Report:
    return Report(
        topics=["MACHINES"],
        minutes="看了三台机，谈妥停机窗口。",
        their_people=[house.contact],
        **more,
    )


def agreed(house, **more) -> Visit:
    row = visit(house.customer, house.manager, NOW, planned_at=NOW + timedelta(days=3), **more)
    return actions.agree(
        visit=row, contact=house.contact, how="电话同意", by=house.manager, now=NOW
    )


def test_a_visit_is_agreed_checked_in_and_minuted(house):
    row = visit(house.customer, house.manager, NOW, planned_at=NOW + timedelta(days=3))
    with pytest.raises(VisitNotAgreed):
        actions.check_in_by_code(visit=row, code=row.code, by=house.manager, now=NOW)
    actions.agree(visit=row, contact=house.contact, how="电话同意", by=house.manager, now=NOW)
    with pytest.raises(NotCheckedIn):
        actions.finish(visit=row, report=report(house), by=house.manager, now=NOW)
    wrong = "000000" if row.code != "000000" else "000001"
    with pytest.raises(WrongCode):
        actions.check_in_by_code(visit=row, code=wrong, by=house.manager, now=NOW)
    row.refresh_from_db()
    assert (row.state, row.code_tries) == ("AGREED", 1)
    actions.check_in_by_code(
        visit=row, code=row.code, by=house.manager, now=NOW + timedelta(days=3)
    )
    done = NOW + timedelta(days=3, hours=1)
    promised = [Promised("寄减振垫", house.manager, date(2026, 10, 20))]
    actions.finish(visit=row, report=report(house, promises=promised), by=house.manager, now=done)
    drain(done)
    assert states("visit.regular") == ["DISCHARGED"]
    proof = Evidence.objects.get(obligation__kind="visit.regular", kind="checkin")
    assert proof.text == f"{row.number} 客户签到码"
    assert states("visit.executive") == ["OPEN"]
    assert Promise.objects.get().visit == row
    assert states("promise.keep") == ["OPEN"]


def test_an_executive_visit_is_led_by_an_executive(house):
    with pytest.raises(HostNotLeading) as refused:
        visit(house.customer, house.manager, NOW, level="EXECUTIVE")
    assert house.manager.name in str(refused.value)
    assert not Visit.objects.exists()


def test_an_executive_visit_is_not_made_by_staff(house):
    row = visit(house.customer, house.boss, NOW, level="EXECUTIVE", staff=[house.manager])
    actions.agree(visit=row, contact=house.contact, how="电话同意", by=house.manager, now=NOW)
    actions.check_in_by_code(visit=row, code=row.code, by=house.manager, now=NOW)
    with pytest.raises(NotByStaff):
        actions.finish(visit=row, report=report(house), by=house.manager, now=NOW)
    row.refresh_from_db()
    assert row.state == "IN_VISIT"
    assert states("visit.executive") == ["OPEN"]
    head = make_person("market_head")
    actions.finish(visit=row, report=report(house), by=head, now=NOW)
    drain(NOW)
    assert states("visit.executive") == ["DISCHARGED"]
    ours = row.participants.filter(side="OURS").values_list("user_id", flat=True)
    assert head.pk in ours  # who writes it was there himself
    assert states("visit.regular") == ["OPEN"]


def test_check_in_by_place_keeps_the_distance_only(house):
    row = agreed(house, lat=32.0603, lon=118.7969)
    with pytest.raises(TooFarAway):
        actions.check_in_by_place(visit=row, lat=32.08, lon=118.7969, by=house.manager, now=NOW)
    actions.check_in_by_place(visit=row, lat=32.0613, lon=118.7969, by=house.manager, now=NOW)
    assert row.distance is not None
    assert 105 < row.distance < 117  # a thousandth of a degree of latitude


def test_gifts_have_a_limit_and_some_take_none(house):
    row = agreed(house)
    actions.check_in_by_qr(visit=row, token=row.token, by=house.manager, now=NOW)
    dear = report(house, gift="茶叶", gift_value=Decimal(680))
    with pytest.raises(GiftAboveLimit):
        actions.finish(visit=row, report=dear, by=house.manager, now=NOW)
    Customer.objects.filter(pk=house.customer.pk).update(flags=["NO_GIFTS"])
    fresh = Visit.objects.get()
    with pytest.raises(GiftRefused):
        actions.finish(
            visit=fresh,
            report=report(house, gift="日历", gift_value=Decimal(20)),
            by=house.manager,
            now=NOW,
        )
    with pytest.raises(GiftRefused):
        actions.allow_gift(visit=fresh, value=Decimal(700), by=house.boss, now=NOW)
    assert Visit.objects.get().state == "IN_VISIT"
    assert Visit.objects.get().gift_allowed is None


def test_a_leader_says_yes_to_a_dear_gift_and_only_so_far(house):
    row = agreed(house)
    actions.check_in_by_qr(visit=row, token=row.token, by=house.manager, now=NOW)
    for nobody in (house.manager, house.desk):
        with pytest.raises(GiftNotAllowed):
            actions.allow_gift(visit=row, value=Decimal(700), by=nobody, now=NOW)
    assert Visit.objects.get().gift_allowed is None
    loaded = Visit.objects.get()
    Visit.objects.update(code_tries=2, state="IN_VISIT")
    loaded.state = "AGREED"  # as the leader's page had it
    actions.allow_gift(visit=loaded, value=Decimal(700), by=house.boss, now=NOW)
    assert Visit.objects.get().state == "IN_VISIT"
    with pytest.raises(GiftIncomplete):
        actions.finish(visit=row, report=report(house, gift="茶叶"), by=house.manager, now=NOW)
    for value in (Decimal(701), Decimal(5000)):
        with pytest.raises(GiftAboveLimit):
            actions.finish(
                visit=row,
                report=report(house, gift="茶叶", gift_value=value),
                by=house.manager,
                now=NOW,
            )
    dear = report(house, gift="茶叶", gift_value=Decimal(700))
    with pytest.raises(GiftAboveLimit):  # nobody allows a gift to be given by oneself
        actions.finish(visit=row, report=dear, by=house.boss, now=NOW)
    actions.finish(visit=row, report=dear, by=house.manager, now=NOW)
    assert Visit.objects.get().state == "DONE"


def test_the_page_of_a_visit_takes_the_yes_of_a_leader(house):
    row = agreed(house)
    url = reverse("callbacks:visit", args=[row.pk])
    given = {"deed": "gift", "up_to": "800"}
    client = signed_in(house.manager)
    assert "批准礼品" not in client.get(url).content.decode()
    client.post(url, given)
    assert Visit.objects.get().gift_allowed is None
    client = signed_in(house.boss)
    assert "批准礼品" in client.get(url).content.decode()
    assert "写成数字" in client.post(url, given | {"up_to": "八百"}).content.decode()
    assert Visit.objects.get().gift_allowed is None
    assert client.post(url, given).status_code == 302
    assert Visit.objects.get().gift_allowed == 800


def test_the_sample_of_a_month_is_the_same_whoever_draws(house):
    for n in range(12):
        record(house.customer, house.caller, NOW + timedelta(minutes=n))
    first = {
        row.callback_id for row in actions.draw(month=date(2026, 10, 1), by=house.checker, now=NOW)
    }
    again = {
        row.callback_id for row in actions.draw(month=date(2026, 10, 1), by=house.boss, now=NOW)
    }
    assert first == again
    assert len(first) == 2  # 10 % of twelve, rounded up


def test_a_call_is_not_scored_by_its_caller(house):
    record(house.customer, house.caller, NOW)
    row = actions.draw(month=date(2026, 10, 1), by=house.checker, now=NOW)[0]
    with pytest.raises(SampleByCaller):
        actions.score(sample=row, scores={"LISTENING": 5}, note="", by=house.caller, now=NOW)
    assert Sample.objects.get().scored_at is None
    actions.score(
        sample=row, scores={"LISTENING": 5, "COMPLETE": 3}, note="好", by=house.checker, now=NOW
    )
    assert Sample.objects.get().score == 80


def test_the_plan_shows_done_late_and_to_come_and_a_day_moves_in_its_span(house):
    line = plan.lines([house.customer], 2026, NOW)[0]
    assert {mark.state for mark in line.months[9]} == {"planned"}
    december = [mark for mark in line.months[11] if mark.rule == "monthly.call"]
    assert [mark.occasion for mark in december] == ["2026-12"]
    assert not any(line.months[month] for month in range(8))
    with pytest.raises(DayOutsideSpan):
        actions.shift(
            customer=house.customer,
            rule="monthly.call",
            occasion="2026-12",
            on=date(2027, 1, 2),
            by=house.manager,
            now=NOW,
        )
    actions.shift(
        customer=house.customer,
        rule="monthly.call",
        occasion="2026-12",
        on=date(2026, 12, 9),
        by=house.manager,
        now=NOW,
    )
    moved = [
        m for m in plan.lines([house.customer], 2026, NOW)[0].months[11] if m.rule == "monthly.call"
    ]
    assert moved[0].on == date(2026, 12, 9)


def test_a_campaign_covers_its_list(house):
    row = actions.start_campaign(
        title="夏季回访",
        goal="看冷却",
        choice={"tier": "GOLD"},
        last_on=date(2026, 10, 31),
        by=house.boss,
        now=NOW,
    )
    assert row.targets.count() == 1
    record(house.customer, house.caller, NOW, campaign=row)
    assert row.targets.get().state == "DONE"
    assert Callback.objects.get().kind == "CARPET"
    actions.close_campaign(campaign=row, report="都回访过了", by=house.boss, now=NOW)
    with pytest.raises(ChangedMeanwhile):
        actions.close_campaign(campaign=row, report="又写一份", by=house.boss, now=NOW)
    row.refresh_from_db()
    assert row.report == "都回访过了"


def test_preparation_discharges_its_duty_and_is_seen_in_the_call(house):
    duty = Obligation.objects.get(kind="callback.brief")
    actions.prepare(obligation=duty, goal="问转子寿命", mind="别在午休打", by=house.desk, now=NOW)
    duty.refresh_from_db()
    assert duty.state == "DISCHARGED"
    routine = Obligation.objects.get(kind="callback.routine")
    assert record(house.customer, house.caller, NOW, obligation_ids=[routine.pk]).prepared


def test_distances_and_draws_without_a_database():
    assert round(rules.metres(0, 0, 0, 1)) == 111195
    assert rules.drawn("2026-10", ["a", "b", "c"], 0.1) == rules.drawn(
        "2026-10", ["c", "b", "a"], 0.1
    )
    assert rules.drawn("2026-10", [], 0.5) == []
