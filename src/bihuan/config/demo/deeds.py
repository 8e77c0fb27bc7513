"""Carrying out what was planned: facts are told together, deeds of people one after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from bihuan.apps.customers import actions as customers
from bihuan.apps.customers.enums import Checked, TierState
from bihuan.apps.customers.models import Customer, TierChange
from bihuan.apps.obligations import actions as obligations
from bihuan.apps.obligations import convening
from bihuan.apps.obligations.enums import LIVE, PauseReason, WaiveReason
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.obligations.refusals import NotByDoer
from bihuan.base import clock
from bihuan.base.errors import Refusal
from bihuan.base.facts import actions as facts
from bihuan.base.together import one_of
from bihuan.config.demo import (
    agreements,
    business,
    calls,
    campaigns,
    closing,
    demands,
    machines,
    problems,
    staffing,
    tickets,
)
from bihuan.config.demo.notebook import Planned
from bihuan.config.demo.stage import Known, Stage

TELL = frozenset({"tell"})
SOURCE = "api"


def tell(stage: Stage, rows: Sequence[Planned], now: datetime) -> None:
    """Facts of apps that are not there yet, as a program would tell them over the API."""
    for row in rows:
        about = row.about
        facts.tell(
            about["kind"], at=row.at, now=now, by=stage.users.get(about.get("by") or ""), subjects=about["subjects"],
            data=about["data"], key=about.get("key"), source=SOURCE,
        )  # fmt: skip


def act(stage: Stage, rows: Sequence[Planned], now: datetime) -> None:
    """Deeds of people, each at its own moment; what the product refuses was not done."""
    for row in rows:
        if row.deed in TOGETHER:
            continue
        try:
            with clock.set_to(row.at), one_of():
                DEEDS[row.deed](stage, row, row.at)
        except Refusal as refusal:
            stage.book.number(f"refused.{row.deed}.{refusal.code}")
            if row.deed == "call" and refusal.code == NotByDoer.code:
                closing.hand_on(stage, row.about["id"], row.at)
    for name, deed in TOGETHER.items():
        if some := [row for row in rows if row.deed == name]:
            deed(stage, some, now)


def _waive(stage: Stage, row: Planned, now: datetime) -> None:
    obligations.waive(
        obligation_id=row.about["id"], by=stage.users[row.about["by"]], now=now,
        reason=WaiveReason(row.about["reason"]), note=row.about["note"],
    )  # fmt: skip


def _pause(stage: Stage, row: Planned, now: datetime) -> None:
    obligations.pause(
        obligation_id=row.about["id"], by=stage.by_pk[row.about["by"]], now=now, reason=PauseReason(row.about["reason"]),
        evidence=row.about["note"], told_customer=True,
    )  # fmt: skip


def _resume(stage: Stage, row: Planned, now: datetime) -> None:
    obligations.resume(obligation_id=row.about["id"], by=stage.by_pk.get(row.about["by"]), now=now)


def _read(stage: Stage, row: Planned, now: datetime) -> None:
    found = Obligation.objects.filter(pk=row.about["id"], state__in=LIVE).first()
    if found is not None and found.assignee_id:
        convening.acknowledge(obligation=found, by=stage.by_pk[found.assignee_id], now=now)


def _hold(stage: Stage, row: Planned, now: datetime) -> None:
    found = Obligation.objects.filter(pk=row.about["id"], state__in=LIVE).first()
    if found is None or found.assignee_id is None:
        return
    chance, words = stage.chance, stage.maker.names
    invited = convening.members(found, row.at.date())
    away = {user.pk for user in chance.some(invited, chance.whole(0, max(0, len(invited) // 5)))}
    present = [user for user in invited if user.pk not in away]
    decided = [
        convening.Decided(
            text, chance.pick(present), (chance.after(row.at, (8 * 24, 40 * 24))).date()
        )
        for text in chance.some(words["decisions"], chance.whole(0, 2))
    ]
    agenda = [
        str(item.get("zh", "")) if isinstance(item, dict) else getattr(item, "zh", str(item))
        for item in convening.details(found).get("agenda") or ()
    ]
    convening.hold(
        obligation=found, by=stage.by_pk[found.assignee_id], now=now, held_at=row.at, place=chance.pick(["三楼会议室", "一号楼多功能厅", "线上会议"]),
        invited=invited, present=present, minutes=_minutes(stage, agenda), decisions=decided, agenda=agenda,
    )  # fmt: skip


def _minutes(stage: Stage, agenda: Sequence[str]) -> str:
    lines = [
        f"{n}. {item}：{stage.chance.pick(['已过一遍，无异议。', '讨论后形成决议，见下。', '进展正常，下次复核。', '两项超期，责任人已说明原因。'])}"
        for n, item in enumerate(agenda, 1)
    ]
    return "\n".join(lines) or "按议程逐项讨论，形成决议如下。"


def _issue(stage: Stage, row: Planned, now: datetime) -> None:
    found = Obligation.objects.filter(pk=row.about["id"], state__in=LIVE).first()
    if found is None or found.assignee_id is None:
        return
    sections = convening.details(found).get("sections") or ()
    written = [
        {
            "title": str(each.get("zh", ""))
            if isinstance(each, dict)
            else getattr(each, "zh", str(each)),
            "text": stage.chance.pick(stage.maker.names["reported"]),
        }
        for each in sections
    ] or [{"title": "正文", "text": stage.chance.pick(stage.maker.names["reported"])}]
    report = convening.issue(
        obligation=found, by=stage.by_pk[found.assignee_id], now=now, sections=written
    )
    for reader in [each.user for each in report.readers.select_related("user").order_by("pk")]:
        if stage.chance.yes(0.8):
            stage.book.plan(
                stage.chance.after(row.at, (2, 72)), "read_report", report=report.pk, by=reader.pk
            )


def _read_report(stage: Stage, row: Planned, now: datetime) -> None:
    from bihuan.apps.obligations.models import Report

    convening.acknowledge_report(
        report=Report.objects.get(pk=row.about["report"]), by=stage.by_pk[row.about["by"]], now=now
    )


def _vouch(stage: Stage, row: Planned, now: datetime) -> None:
    """The account manager asks and confirms what is written about a customer."""
    made = Customer.objects.get(pk=row.about["customer"])
    what = [Checked(each) for each in row.about["what"]]
    customers.verify_facts(
        customer=made, what=what, source=stage.chance.pick(["电话问过设备科", "拜访时核对", "企业微信里确认"]),
        by=stage.by_pk.get(made.account_manager_id or 0), now=now,
    )  # fmt: skip


def _look_after(stage: Stage, row: Planned, now: datetime) -> None:
    """The customer gets the person it lacks."""
    made, part = Customer.objects.get(pk=row.about["customer"]), row.about["part"]
    if getattr(made, f"{part}_id") is not None:
        return
    person = {
        "account_manager": lambda: stage.holder("account_manager", row.at, _known(stage, made)),
        "exec_sponsor": lambda: stage.who("deputy_manager"),
        "dedicated_engineer": lambda: stage.engineer_of(made.region),
    }[part]()
    customers.change_customer(customer=made, by=None, now=now, **{part: person})
    stage.changed()


def _review(stage: Stage, row: Planned, now: datetime) -> None:
    """A new customer is classed by the table; whoever may decides on a higher class."""
    if not TierChange.objects.filter(
        customer=row.about["customer"], state=TierState.PROPOSED
    ).exists():
        customers.review_tiers(
            customer_ids=[row.about["customer"]], key=f"{now:%Y-%m-%d}", by=stage.who("analyst"), now=now
        )  # fmt: skip
    _decide_tier(stage, row, now)


def _known(stage: Stage, made: Customer) -> Known | None:
    return next((each for each in stage.customers if each.pk == made.pk), None)


def _decide_tier(stage: Stage, row: Planned, now: datetime) -> None:
    """Whoever may approves what the review proposed; now and then not."""
    change = TierChange.objects.filter(
        customer=row.about["customer"], state=TierState.PROPOSED
    ).first()
    if change is None:
        return
    decider = stage.who(change.needs_role or "after_sales_head")
    good = bool(row.about.get("grant")) or stage.chance.yes(0.9)
    customers.decide_tier(
        change=change, approve=good, by=decider, now=now,
        note="同意，按新级别服务。" if good else "采购只是一次性的，下次复评再看。",
    )  # fmt: skip
    stage.changed()


TOGETHER = {"discharge": closing.discharge, "verify": closing.verify}
Deed = Callable[[Stage, Planned, datetime], Any]
DEEDS: dict[str, Deed] = {
    "waive": _waive, "pause": _pause, "resume": _resume, "read": _read,
    "hold": _hold, "issue": _issue, "read_report": _read_report, "vouch": _vouch,
    "look_after": _look_after, "decide_tier": _decide_tier, "buy": business.buy, "meet": business.meet,
    "contact_left": business.contact_left, "succeed": business.succeed, "deliver": machines.deliver, "commission": machines.commission,
    "inspect": machines.inspect, "check_health": machines.check_health, "sign": agreements.sign, "renew": agreements.renew,
    "maintain": agreements.maintain, "use_benefit": agreements.use_benefit, "call": calls.call, "talk": calls.talk, "follow_up": calls.follow_up, "brief": calls.brief,
    "problem": problems.problem, "keep": problems.keep, "arrange": calls.arrange, "visit": calls.visit,
    "executive": calls.executive, "carpet": campaigns.carpet, "carpet_call": campaigns.carpet_call,
    "carpet_end": campaigns.carpet_end, "review": _review, "pass_on": closing.pass_on, "send_minutes": calls.send_minutes, "sample": calls.sample,
    "ticket": tickets.act, "demand": demands.act, "give_back": staffing.give_back,
}  # fmt: skip
ACTS = frozenset(DEEDS) | frozenset(TOGETHER)
