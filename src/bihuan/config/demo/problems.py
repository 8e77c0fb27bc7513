"""Problems and promises on their way: handled, told, confirmed; kept."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bihuan.apps.callbacks import actions as callbacks
from bihuan.apps.callbacks.enums import ProblemState, PromiseState
from bihuan.apps.callbacks.models import Problem, Promise
from bihuan.apps.obligations.enums import LIVE
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.policy.queries import pack_at
from bihuan.config.demo.notebook import Planned
from bihuan.config.demo.stage import Stage

STEPS = {
    ProblemState.OPEN: "handle",
    ProblemState.HANDLED: "feed_back",
    ProblemState.FED_BACK: "confirm",
}


def problem(stage: Stage, row: Planned, now: datetime) -> None:
    """A step of a problem: dealt with, told, and the customer's word."""
    found = numbered(Problem, row.about.get("number"))
    by = stage.by_pk.get(row.about.get("by") or 0)
    if found is None or by is None:
        return
    chance, step = stage.chance, row.about["step"]
    if step == "handle" and found.state == ProblemState.OPEN:
        callbacks.handle(
            problem=found,
            text=chance.pick(
                [
                    "远程指导调整，客户试机正常。",
                    "已寄备件并电话指导更换。",
                    "与研发确认原因，出了处理说明。",
                ]
            ),
            by=by,
            now=now,
        )
    elif step == "feed_back" and found.state == ProblemState.HANDLED:
        callbacks.feed_back(
            problem=found, text="方案与效果已告知。", channel="PHONE", by=by, now=now
        )
    elif step == "confirm" and found.state == ProblemState.FED_BACK:
        if chance.yes(0.06):
            callbacks.asked_in_vain(problem=found, text="两次未接，已留言。", by=by, now=now)
        elif chance.yes(0.06):
            callbacks.reopen(
                problem=found, words_of_customer="还是有一点，没好利索。", by=by, now=now
            )
        else:
            callbacks.confirm(
                problem=found,
                words_of_customer=chance.pick(stage.maker.names["verdicts"]),
                by=by,
                now=now,
            )


def see_to(stage: Stage, now: datetime) -> None:
    """Where the regulation asks for nothing but the handling of some problems, the others are handled
    too, and customers are told and asked all the same.
    """
    if "problem.feedback" in {rule.must for rule in pack_at(now).rules.values()}:
        return
    duties = Obligation.objects.filter(kind="problem.handle", state__in=LIVE)
    owed = {match.get("problem") for match in duties.values_list("match", flat=True)}
    agent = stage.who("callback_agent").pk
    for found in Problem.objects.filter(state__in=STEPS).order_by("pk"):
        if found.state == ProblemState.OPEN and found.number in owed:
            continue
        step = STEPS[ProblemState(found.state)]
        at = stage.chance.at_work(stage.calendar, stage.chance.after(now, (14, 90)))
        by = agent if step == "confirm" else found.owner_id
        stage.book.plan(at, "problem", number=found.number, step=step, by=by)


def keep(stage: Stage, row: Planned, now: datetime) -> None:
    """A promise is kept."""
    found = numbered(Promise, row.about.get("number"))
    by = stage.by_pk.get(row.about.get("by") or 0)
    if found is not None and by is not None and found.state == PromiseState.OPEN:
        callbacks.keep(
            promise=found,
            proof=stage.chance.pick(
                ["已寄出，单号附后。", "视频已发，客户收到。", "报价单已发邮件。"]
            ),
            by=by,
            now=now,
        )


def numbered(model: Any, number: str | None) -> Any:
    digits = str(number or "").rpartition("-")[2]
    return model.objects.filter(pk=int(digits)).first() if digits.isdecimal() else None
