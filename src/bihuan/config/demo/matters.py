"""Matters of the trade: a machine on trial, and what the maker's book writes as data."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from bihuan.config.demo import flows
from bihuan.config.demo.flows import teller
from bihuan.config.demo.stage import Known, Machine, Stage


def demo_unit(stage: Stage, customer: Known, at: datetime) -> None:
    """A prospect tries a machine."""
    chance, days = stage.chance, stage.chance.whole(14, 35)
    say = teller(stage, {"customer": customer.pk}, ("loan", f"YJ-{stage.book.number('loan'):03d}"))
    say(
        "demo_unit.lent",
        at,
        stage.holder("account_manager", at, customer).username,
        return_on=(at + timedelta(days=days)).date().isoformat(),
    )
    say(
        "demo_unit.returned",
        chance.after(at, (days * 24 - 70, days * 24 + (60 if chance.yes(0.15) else -10))),
        stage.maker.who("store_keeper"),
        outcome=chance.weighted({"BOUGHT": 35, "RETURNED": 65}),
    )


def _request(stage: Stage, row: dict[str, Any], customer: Known, at: datetime) -> None:
    """A customer asks for a service, as the maker's book says which: taken up, done, told, confirmed."""
    chance, do = stage.chance, flows.steps(stage)
    kind, urgent = chance.weighted(row["open"]), chance.yes(row.get("urgent", 0))
    do(
        "request",
        at,
        stage.maker.who("service_desk"),
        customer=customer.pk,
        kind=kind,
        urgent=urgent,
    )
    remote = stage.holder("remote_specialist", at, customer).username
    taken = do("take_up", chance.at_work(stage.calendar, chance.after(at, (0.1, 2))), remote)
    done = chance.at_work(stage.calendar, chance.after(taken, (30, 160)))
    flows.told_back(stage, do, do("serve", done, remote), remote)


def _report(stage: Stage, row: dict[str, Any], customer: Known, at: datetime) -> None:
    """A customer asks for a report of his own."""
    chance, do = stage.chance, flows.steps(stage)
    desk, kind = stage.maker.who("service_desk"), chance.weighted(row["report"])
    do("question", at, desk, customer=customer.pk, channel="PHONE", topic="REPORT")
    asked = do("ask_report", chance.after(at, (0.05, 0.4)), desk, kind=kind)
    do("settle", chance.at_work(stage.calendar, chance.after(asked, (0.2, 2))), desk)


def matter(stage: Stage, row: dict[str, Any], of: Known | Machine | None, at: datetime) -> None:
    """A matter as the maker's book writes it: a service or a report that is asked for, or a fact and
    those that may follow under its number.
    """
    if isinstance(of, Known) and "open" in row:
        _request(stage, row, of, at)
        return
    if isinstance(of, Known) and "report" in row:
        _report(stage, row, of, at)
        return
    subjects = {"company": 1} if of is None else {"customer": of.pk}
    if isinstance(of, Machine):
        subjects = {"asset": of.pk, "customer": of.customer.pk}
    data = _filled(stage, row["data"], at)
    number = {name: data[name] for name, value in row["data"].items() if str(value).startswith("#")}
    say = teller(stage, subjects)
    say(row["tell"], at, stage.maker.who(row["by"]), **data)
    for step in row.get("then", ()):
        if not stage.chance.yes(step.get("share", 1)):
            return
        at = stage.chance.at_work(stage.calendar, stage.chance.after(at, step["after"]))
        more = _filled(stage, step.get("data", {}), at)
        say(step["tell"], at, stage.maker.who(step["by"]), **number, **more)


def _filled(stage: Stage, data: dict[str, Any], at: datetime) -> dict[str, Any]:
    """The values of a fact: as written, "#XX" a running number, or drawn as the one word says."""
    chance = stage.chance
    drawn: dict[str, Callable[[Any], Any]] = {
        "pick": chance.weighted, "yes": chance.yes, "whole": lambda ends: chance.whole(*ends),
        "between": lambda ends: round(chance.between(*ends), 1),
        "in_days": lambda ends: (at + timedelta(days=chance.whole(*ends))).date().isoformat(),
    }  # fmt: skip

    def one(value: Any) -> Any:
        if isinstance(value, str) and value.startswith("#"):
            return f"{value[1:]}-{at:%m%d}-{stage.book.number(value[1:]):04d}"
        if isinstance(value, dict):
            ((how, ends),) = value.items()
            return drawn[how](ends)
        return value

    return {name: one(value) for name, value in data.items()}
