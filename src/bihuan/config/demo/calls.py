"""Calls and visits: attempts, talks by the script, problems and promises, minutes, quality checks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from bihuan.apps.callbacks import actions as callbacks
from bihuan.apps.callbacks.actions import Found, Promised, Report, Talk
from bihuan.apps.callbacks.enums import (
    Disposition,
    Grade,
    Level,
    NewsKind,
    Outcome,
)
from bihuan.apps.callbacks.models import Script, Visit
from bihuan.apps.callbacks.queries.desk import script_for
from bihuan.apps.customers.models import Contact, Customer
from bihuan.apps.obligations.enums import LIVE
from bihuan.apps.obligations.models import Obligation
from bihuan.base.access.models import User
from bihuan.config.demo.chance import ZONE
from bihuan.config.demo.notebook import Planned
from bihuan.config.demo.problems import numbered
from bihuan.config.demo.stage import Stage

NOT_THERE = {"NO_ANSWER": 60, "BUSY": 22, "POWER_OFF": 8, "VOICEMAIL": 10}
MISSED, UNWILLING, MOST_TRIES = 0.2, 0.02, 3
WITH_PROBLEM, WITH_PROMISE, UNCALLED = 0.17, 0.16, 0.08
MAJOR = 40
"""Of how many problems one is a major one."""
CHECK = "callback.progress"
NEWS = {
    "EXPANSION": "二期下月投用。",
    "BID": "明年的新项目正在招标。",
    "ORGANISATION": "设备科与工程部合并。",
}
ONE_CALL = ("callback.routine", "greeting.send")
ANSWERS = {
    "routine": {"convenient": "YES", "running": "GOOD", "service": "SOLVED", "use": "EASY"},
    "completion": {"convenient": "YES", "effect": "GONE", "conduct": "GOOD", "charge": "CLEAR"},
    "talk": {"mood": "WARM"},
}


def hours(at: datetime) -> datetime:
    """Within the hours in which customers may be called."""
    local = at.astimezone(ZONE)
    if local.hour < 9:
        return local.replace(hour=9, minute=5 + local.minute % 40)
    if local.hour in (12, 13):
        return local.replace(hour=14, minute=local.minute)
    return local.replace(hour=16, minute=local.minute) if local.hour >= 18 else local


def person(customer_id: int) -> Contact | None:
    """Whom one calls: the key contact, else the first who is still there."""
    found = Contact.objects.filter(customer=customer_id, left_on=None)
    return found.order_by("-is_key", "pk").first()


def call(stage: Stage, row: Planned, now: datetime) -> None:
    """One attempt to carry out a duty by a call; other duties of the same person go with it."""
    chance, about = stage.chance, row.about
    duty = (
        Obligation.objects.filter(pk=about["id"], state__in=LIVE).select_related("customer").first()
    )
    if duty is None or duty.customer is None or duty.assignee_id is None:
        return
    at, tried = hours(now), int(about.get("tried", 0))
    caller, contact = stage.by_pk[duty.assignee_id], person(duty.customer_id or 0)
    if at > now:  # the working day begins before the hours of calls
        stage.book.plan(at, "call", **about)
        return
    base: dict[str, Any] = {
        "customer": duty.customer,
        "contact": contact,
        "channel": about.get("channel", "PHONE"),
        "at": at,
    }
    if chance.yes(MISSED) and tried < MOST_TRIES:
        callbacks.record(
            talk=Talk(outcome=chance.weighted(NOT_THERE), note="稍后再打。", **base),
            by=caller,
            now=now,
        )
        soon = (20, 50) if duty.kind in ONE_CALL else (0.3, 3)
        again = chance.at_work(stage.calendar, chance.after(at, soon))
        stage.book.plan(again, "call", **{**about, "tried": tried + 1})
        return
    if chance.yes(UNWILLING):
        callbacks.record(
            talk=Talk(outcome=Outcome.REFUSED, note="客户说最近不需要。", **base),
            by=caller,
            now=now,
        )
        return
    ids = [duty.pk, *_beside(duty)]
    script = script_for([duty.kind], now)
    problems = _uncalled(stage) if duty.kind == CHECK else _problems(stage)
    promises = _promises(stage, caller, at)
    callbacks.record(
        talk=Talk(
            outcome=Outcome.DONE, obligation_ids=ids, script=script, blocks=blocks(script), score=chance.pick([5, 5, 5, 4, 4, 3]),
            answers=ANSWERS.get(script.code, {}) if script is not None else {}, summary=chance.pick(stage.maker.names["summaries"]),
            words=chance.pick(["", "", "", "你们工程师挺负责的，就是备件慢。", "群里答复及时，谢谢。"]),
            problems=problems, promises=promises, **base,
        ),
        by=caller, now=now,
    )  # fmt: skip


def blocks(script: Script | None) -> list[str]:
    """All that a script, by default that of a routine call, asks to be talked about."""
    found = script or Script.objects.filter(code="routine").order_by("-pk").first()
    return list(found.body["blocks"]) if found is not None else []


def _beside(duty: Obligation) -> list[int]:
    """Other open duties that this call carries out as well."""
    rows = Obligation.objects.filter(
        customer_id=duty.customer_id or 0,
        assignee_id=duty.assignee_id,
        kind__in=ONE_CALL,
        state="OPEN",
    ).exclude(pk=duty.pk)
    return [each.pk for each in rows.order_by("pk")[:3] if "call_log" in each.proof.get("any", ())]


def _problems(stage: Stage) -> list[Found]:
    chance = stage.chance
    return [_problem(stage)] if chance.yes(WITH_PROBLEM) else []


def _uncalled(stage: Stage) -> list[Found]:
    """Some are asked how it goes and have heard of nobody yet."""
    if not stage.chance.yes(UNCALLED):
        return []
    return [Found("说是已经派了人，还没有人打电话来。", Disposition.ON_THE_SPOT)]


def _problem(stage: Stage) -> Found:
    chance = stage.chance
    how = chance.weighted({"ON_THE_SPOT": 20, "TICKET": 55, "RD": 15, "COMPLAINT": 3, "NONE": 7})
    grade = chance.weighted({Grade.GENERAL: 85, Grade.SERIOUS: 15})
    if stage.book.number("problem") % MAJOR == 7:
        grade = Grade.MAJOR
    return Found(
        chance.pick(stage.maker.names["problems"]), Disposition(how), grade,
        technical=how in ("TICKET", "RD"),
    )  # fmt: skip


def _promises(stage: Stage, owner: User, at: datetime) -> list[Promised]:
    if not stage.chance.yes(WITH_PROMISE):
        return []
    due = (at + timedelta(days=stage.chance.whole(3, 18))).astimezone(ZONE).date()
    return [Promised(stage.chance.pick(stage.maker.names["promises"]), owner, due)]


def promising(
    stage: Stage, customer: Customer, text: str, by: User, due: date, at: datetime
) -> None:
    """A talk in which something is promised until a day."""
    callbacks.record(
        talk=Talk(
            customer=customer, contact=person(customer.pk), channel="PHONE", at=at, outcome=Outcome.DONE,
            agreed=True, summary="约好了下一步。", promises=[Promised(text, by, due)],
        ),
        by=by, now=at,
    )  # fmt: skip


def follow_up(stage: Stage, row: Planned, now: datetime) -> None:
    """Who gave a low score is asked why; what he says is a problem with a loop of its own."""
    duty = (
        Obligation.objects.filter(pk=row.about["id"], state__in=LIVE)
        .select_related("customer")
        .first()
    )
    if duty is None or duty.customer is None or duty.assignee_id is None:
        return
    at = hours(now)
    if at > now:
        stage.book.plan(at, "follow_up", **row.about)
        return
    ring(
        stage, duty.customer, stage.by_pk[duty.assignee_id], at,
        summary="为上次的低分致歉，请客户说了原因。", problems=[_problem(stage)],
    )  # fmt: skip
    proofs = [["call_log", "电话问了低分原因，已登记为问题。"]]
    stage.book.plan(at + timedelta(minutes=5), "discharge", id=duty.pk, proofs=proofs)


def talk(stage: Stage, row: Planned, now: datetime) -> None:
    """An account manager rings a customer whom no clause tells him to ring."""
    made = Customer.objects.select_related("account_manager").get(pk=row.about["customer"])
    caller, at = made.account_manager, hours(now)
    if caller is None or not caller.is_active or person(made.pk) is None:
        return
    if at > now:
        stage.book.plan(at, "talk", **row.about)
        return
    ring(
        stage, made, caller, at, summary=stage.chance.pick(stage.maker.names["summaries"]),
        problems=_problems(stage), promises=_promises(stage, caller, at),
    )  # fmt: skip


def overheard(stage: Stage, customer: Customer, by: User, at: datetime) -> None:
    """A customer who is rung about something else tells of a technical problem."""
    words = stage.maker.names
    found = Found(stage.chance.pick(words["problems"]), Disposition.TICKET, technical=True)
    ring(
        stage, customer, by, at, summary=stage.chance.pick(words["summaries"]), problems=[found],
        agreed=True,
    )  # fmt: skip


def ring(
    stage: Stage, customer: Customer, caller: User, at: datetime, *, summary: str,
    problems: Sequence[Found], promises: Sequence[Promised] = (), agreed: bool = False,
) -> None:  # fmt: skip
    """A talk that no duty to call asked for."""
    callbacks.record(
        talk=Talk(
            customer=customer, contact=person(customer.pk), channel="PHONE", at=at, outcome=Outcome.DONE,
            summary=summary, problems=problems, promises=promises, agreed=agreed,
        ),
        by=caller, now=at,
    )  # fmt: skip


def brief(stage: Stage, row: Planned, now: datetime) -> None:
    """The preparation of a call or visit is written, with what is new at the customer."""
    duty = (
        Obligation.objects.filter(pk=row.about["id"], state__in=LIVE)
        .select_related("customer")
        .first()
    )
    if duty is None or duty.customer is None or duty.assignee_id is None:
        return
    by = stage.by_pk[duty.assignee_id]
    callbacks.prepare(
        obligation=duty, by=by, now=now, mind=stage.chance.pick(["12 时至 14 时不要打。", "对方重视书面记录。", ""]),
        goal=stage.chance.pick(["问清上次故障后的效果，确认备件到货。", "了解扩产计划，约下次拜访。", "核对联系人，提醒保养。"]),
    )  # fmt: skip
    if stage.chance.yes(0.25):
        kind = stage.chance.pick(sorted(NEWS))
        callbacks.add_news(
            customer=duty.customer, kind=NewsKind(kind), text=NEWS[kind], now=now,
            by=duty.customer.account_manager or by,
        )  # fmt: skip


def arrange(stage: Stage, row: Planned, now: datetime) -> None:
    """A visit is planned and the customer agrees."""
    duty = (
        Obligation.objects.filter(pk=row.about["id"], state__in=LIVE)
        .select_related("customer")
        .first()
    )
    if duty is None or duty.customer is None or duty.assignee_id is None:
        return
    host, contact = stage.by_pk[duty.assignee_id], person(duty.customer_id or 0)
    planned = hours(datetime.fromisoformat(row.about["on"]))
    visit = callbacks.plan_visit(
        customer=duty.customer, purpose=stage.chance.pick(["季度走访，看现场设备", "谈续约与明年预算", "新产线需求交流"]),
        planned_at=planned, host=host, by=host, now=now, obligation=duty, contacts=[contact] if contact else [],
        level=Level.EXECUTIVE if duty.kind == "visit.executive" else Level.STAFF,
    )  # fmt: skip
    if contact is not None:
        callbacks.agree(
            visit=visit,
            contact=contact,
            how=stage.chance.pick(["电话约定", "企业微信约定"]),
            by=host,
            now=now,
        )
        stage.book.plan(planned, "visit", visit=visit.pk)


def visit(stage: Stage, row: Planned, now: datetime) -> None:
    """Somebody is there: checked in by the customer's code, talked, written down."""
    found = Visit.objects.select_related("customer", "host").get(pk=row.about["visit"])
    host, chance = found.host, stage.chance
    contact = person(found.customer_id)
    if not host.is_active or contact is None:
        return
    found = callbacks.check_in_by_code(visit=found, code=found.code, by=host, now=now)
    callbacks.finish(
        visit=found, by=host, now=now,
        report=Report(
            topics=chance.some(["MACHINES", "SERVICE", "NEEDS", "PLANS", "CONTRACT"], 3), their_people=[contact],
            minutes=chance.pick(stage.maker.names["minutes"]), our_people=[host], problems=_problems(stage),
            promises=_promises(stage, host, now),
        ),
    )  # fmt: skip


def executive(stage: Stage, row: Planned, now: datetime) -> None:
    """The general manager visits a customer himself."""
    made = Customer.objects.get(pk=row.about["customer"])
    host, contact = stage.who("general_manager"), person(made.pk)
    words = stage.maker.names["executive"]
    if contact is None:
        return
    found = callbacks.plan_visit(
        customer=made, purpose=words["purpose"], planned_at=now, host=host, by=host, now=now,
        level=Level.EXECUTIVE, contacts=[contact], staff=[stage.who("account_manager")],
    )  # fmt: skip
    found = callbacks.agree(visit=found, contact=contact, how="双方办公室约定", by=host, now=now)
    found = callbacks.check_in_by_code(visit=found, code=found.code, by=host, now=now)
    due = (now + timedelta(days=20)).date()
    callbacks.finish(
        visit=found, by=host, now=now,
        report=Report(
            topics=["PLANS", "SERVICE"], minutes=words["minutes"],
            their_people=[contact], our_people=[host, stage.who("account_manager")],
            promises=[Promised(words["promise"], stage.who("account_manager"), due)],
        ),
    )  # fmt: skip


def send_minutes(stage: Stage, row: Planned, now: datetime) -> None:
    """The minutes of a visit go to the customer."""
    found = numbered(Visit, row.about.get("number"))
    by = stage.by_pk.get(row.about.get("by") or 0)
    if found is not None and by is not None and found.state == "DONE":
        callbacks.send_minutes(
            visit=found, how="邮件发客户，抄送参会人", by=by, now=now, obligation_id=row.about["id"]
        )


def sample(stage: Stage, row: Planned, now: datetime) -> None:
    """The quality check of last month's calls, by somebody who made none of them."""
    by = stage.who("quality_engineer")
    month = (now.astimezone(ZONE).replace(day=1) - timedelta(days=2)).date()
    for drawn in callbacks.draw(month=month, by=by, now=now):
        if drawn.scored_at is None:
            scores = {
                name: stage.chance.pick([5, 5, 4, 4, 3])
                for name in ("IDENTITY", "LISTENING", "COMPLETE", "PROBLEMS", "PROMISES")
            }
            callbacks.score(sample=drawn, scores=scores, note="", by=by, now=now)
