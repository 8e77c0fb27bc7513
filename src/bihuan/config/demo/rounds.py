"""Duties of a round that a fact discharges: what is told when they are done."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from bihuan.apps.contracts.models import PlanVisit
from bihuan.apps.obligations.models import Obligation
from bihuan.base.facts.models import Fact
from bihuan.config.demo.calls import hours
from bihuan.config.demo.proofs import proofs_of
from bihuan.config.demo.stage import Stage

Round = Callable[[Stage, Obligation, datetime], None]


def by_hand(stage: Stage, row: Obligation, when: datetime) -> None:
    """Whoever answers for the duty says that it is done, with proof."""
    stage.book.plan(when, "discharge", id=row.pk, proofs=proofs_of(stage, row))


def say(
    stage: Stage, at: datetime, kind: str, row: Obligation, data: dict[str, Any], *, by: str = ""
) -> None:
    """Plan a fact about the subjects of an obligation."""
    subjects = {
        name: pk
        for name in ("customer", "asset", "contract")
        if (pk := getattr(row, f"{name}_id")) is not None
    }
    teller = by or next((u.username for u in stage.by_pk.values() if u.pk == row.assignee_id), "")
    stage.book.plan(
        at, "tell", kind=kind, subjects=subjects or {"company": 1}, data=data, by=teller
    )


ANSWERED, DISAPPOINTED = 0.4, 7
"""Share of surveys that are answered, and of how many answers one comes from somebody disappointed."""


def _survey(stage: Stage, row: Obligation, when: datetime) -> None:
    """Sent early in the quarter; four in ten answer, some with a low score."""
    chance, number = stage.chance, f"DC-{stage.book.number('survey'):05d}"
    sent = min(when, (row.opens_at or row.anchor_at) + timedelta(days=chance.between(5, 20)))
    if not stage.done_by(row):
        by_hand(stage, row, sent)
    say(
        stage,
        sent,
        "survey.sent",
        row,
        {"invitation": number, "campaign": row.occasion},
        by=stage.maker.who("analyst"),
    )
    if chance.yes(ANSWERED):
        unhappy = stage.book.number("answer") % DISAPPOINTED == 2
        score, recommends = ((2.3, 0.8), (3.5, 1.8)) if unhappy else ((4.45, 0.62), (8.4, 1.7))
        scores = [min(5.0, max(1.0, round(chance.stream.gauss(*score), 1))) for _ in range(4)]
        say(
            stage, chance.after(sent, (1, 96)), "survey.answered", row,
            {
                "invitation": number, "overall": round(sum(scores) / 4, 1), "attitude": scores[0], "response": scores[1],
                "technical": scores[2], "experience": scores[3], "lowest": min(scores),
                "recommend": min(10, max(0, round(chance.stream.gauss(*recommends)))),
            },
            by=stage.maker.who("analyst"),
        )  # fmt: skip


def _of_machine(name: str) -> Round:
    """A deed on the machine of the duty."""

    def planned(stage: Stage, row: Obligation, when: datetime) -> None:
        if row.asset_id is None:
            by_hand(stage, row, when)
            return
        stage.book.plan(when, name, asset=row.asset_id, by=row.assignee_id)

    return planned


def _greeting(stage: Stage, row: Obligation, when: datetime) -> None:
    key = row.match.get("key") or Fact.objects.get(pk=row.cause_id).own().get("key", row.occasion)
    say(stage, when, "greeting.sent", row, {"key": key})


def _vouch(stage: Stage, row: Obligation, when: datetime) -> None:
    if all(each.fact != "customer.verified" for each in stage.done_by(row)):
        stage.book.plan(when, "succeed", id=row.pk)
        return
    what = Fact.objects.get(pk=row.cause_id).own().get("what", ["BASIC"])
    stage.book.plan(when, "vouch", customer=row.customer_id, what=list(what))


def _renewal(stage: Stage, row: Obligation, when: datetime) -> None:
    if stage.chance.yes(0.85):
        stage.book.plan(when, "renew", contract=row.contract_id)


def _disposed(stage: Stage, row: Obligation, when: datetime) -> None:
    number = row.match.get("feedback") or _own(row).get("feedback")
    how = stage.chance.weighted(
        {
            "IMPROVE": 22,
            "KNOWLEDGE": 25,
            "TRAIN": 12,
            "REPLY_ONLY": 30,
            "DUPLICATE": 6,
            "DECLINED": 5,
        }
    )
    say(stage, when, "feedback.disposed", row, {"feedback": number, "disposition": how})


def _duty(name: str, **about: Any) -> Round:
    """A deed on the duty itself, by whoever answers for it."""

    def planned(stage: Stage, row: Obligation, when: datetime) -> None:
        stage.book.plan(when, name, id=row.pk, by=row.assignee_id, **about)

    return planned


def _step(name: str, field: str, **about: Any) -> Round:
    """A deed on the matter that the duty is about: a problem, a promise."""

    def planned(stage: Stage, row: Obligation, when: datetime) -> None:
        number = row.match.get(field) or _own(row).get(field)
        if number is None:
            by_hand(stage, row, when)
            return
        stage.book.plan(when, name, id=row.pk, number=number, by=row.assignee_id, **about)

    return planned


def _own(row: Obligation) -> dict[str, Any]:
    return Fact.objects.get(pk=row.cause_id).own()


def _visit(stage: Stage, row: Obligation, when: datetime) -> None:
    """Arranged some days before, made on the day."""
    arranged = max(row.opens_at or row.anchor_at, when - timedelta(days=stage.chance.between(2, 8)))
    asked = hours(arranged + timedelta(minutes=10))
    stage.book.plan(asked, "arrange", id=row.pk, on=when.isoformat())


def _maintain(stage: Stage, row: Obligation, when: datetime) -> None:
    key = str(row.match.get("visit") or _own(row).get("visit"))
    found = PlanVisit.objects.filter(asset=row.asset_id, done_on=None).order_by("on_date")
    visit = next((each for each in found if each.key == key), None)
    if visit is not None:
        stage.book.plan(when, "maintain", visit=visit.pk, by=row.assignee_id)
    elif key == "None":  # one of a cadence, not of a plan
        by_hand(stage, row, when)


def _deed(name: str, **about: Any) -> Round:
    """A deed of somebody on the customer of the duty."""

    def planned(stage: Stage, row: Obligation, when: datetime) -> None:
        if row.customer_id is None or not stage.done_by(row):
            by_hand(stage, row, when)
            return
        stage.book.plan(when, name, customer=row.customer_id, **about)

    return planned


def _classed(stage: Stage, row: Obligation, when: datetime) -> None:
    """A new customer gets its tier by the table; the yearly review of all is only reported."""
    if row.customer_id is not None:
        stage.book.plan(when, "review", customer=row.customer_id)
    by_hand(stage, row, when + timedelta(minutes=5))


def _simple(told_kind: str, /, **data: Any) -> Round:
    def told(stage: Stage, row: Obligation, when: datetime) -> None:
        filled = {
            name: f"{value[1:]}-{stage.book.number(value[1:]):04d}"
            if isinstance(value, str) and value.startswith("#")
            else value
            for name, value in data.items()
        }
        say(stage, when, told_kind, row, filled)

    return told


def round_of(stage: Stage, row: Obligation) -> Round | None:
    """What is done for a duty: by the maker's own book, else as everywhere."""
    own = stage.maker.trade.get("rounds", {})
    wanted = own.get(row.rule) or own.get(row.kind)
    if wanted is None:
        return ROUNDS.get(row.rule) or ROUNDS.get(row.kind)
    if isinstance(wanted, list):  # one of several ways, by share
        way = stage.chance.weighted({str(n): each["share"] for n, each in enumerate(wanted)})
        wanted = wanted[int(way)]
    if "tell" in wanted:
        return _simple(wanted["tell"], **wanted["data"])
    if wanted["deed"] == "visit":
        return _visit
    return _duty(wanted["deed"], **wanted.get("with", {}))


ROUNDS: dict[str, Round] = {
    "survey.send": _survey,
    "survey.follow_up": _duty("follow_up"),
    "inspection.do": _of_machine("inspect"),
    "health.check": _of_machine("check_health"),
    "greeting.send": _greeting,
    "contact.verify": _vouch,
    "maintenance.do": _maintain,
    "feedback.dispose": _disposed,
    "callback.routine": _duty("call"),
    "callback.brief": _duty("brief"),
    "visit.regular": _visit,
    "visit.minutes": _step("send_minutes", "visit"),
    "problem.handle": _step("problem", "problem", step="handle"),
    "problem.feedback": _step("problem", "problem", step="feed_back"),
    "problem.confirm": _step("problem", "problem", step="confirm"),
    "promise.keep": _step("keep", "promise"),
    "install.commission": _of_machine("commission"),
    "contract.negotiate": _renewal,
    "account_manager.assign": _deed("look_after", part="account_manager"),
    "sponsor.assign": _deed("look_after", part="exec_sponsor"),
    "tier.review": _classed,
    "engineer.assign": _deed("look_after", part="dedicated_engineer"),
    "plan.approve": _deed("decide_tier"),
    "community.hold": _simple("community.held", activity="#SQ", kind="QUIZ"),
    "benchmark.run": _simple("benchmark.done", benchmark="#DB"),
    "audit.yearly": _simple("audit.finished", audit="#SJ", findings=2),
    "culture.training": _simple(
        "training.held", session="#PX", level="STAFF", mode="SEMINAR", attended=36
    ),
    "training.value": _simple(
        "training.held", session="#PX", level="ADVANCED", mode="SEMINAR", attended=28
    ),
    "webinar.hold": _simple(
        "training.held", session="#PX", level="BASIC", mode="WEBINAR", attended=64
    ),
    "paper.publish": _simple(
        "document.published", edition="#BP", kind="WHITE_PAPER", audience="CUSTOMERS"
    ),
    "appreciation.hold": _simple("event.held", event="#HD", kind="APPRECIATION", guests=88),
    "appreciation.invite": _simple("event.attended", attendance="#QD", kind="APPRECIATION"),
    "factory.invite": _simple("event.attended", attendance="#QD", kind="FACTORY_VISIT"),
    "potential.event": _simple("event.held", event="#HD", kind="SEMINAR", guests=34),
}
