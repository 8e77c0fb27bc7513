"""Tickets as they are lived, by the product's own actions; what `_desk` makes many of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bihuan.apps.assets.models import Asset
    from bihuan.apps.tickets.models import Ticket
    from bihuan.base.access.models import User

People = Mapping[str, "User"]
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


class Life:
    """One ticket step by step; the listeners hear each step."""

    def __init__(self, asset: Asset, people: People, at: datetime, **values: Any) -> None:
        from bihuan.apps.tickets import actions
        from bihuan.apps.tickets.actions import Report

        self.people, self.at = people, at
        given: dict[str, Any] = {
            "kind": "FAULT", "channel": "PHONE", "title": "主轴承异响", "text": "早班开机后主轴承异响，请来看看",
            "reported_at": at, "place": "二车间", "happened_at": at - 20 * MINUTE, "impact": "DEGRADED",
            "caller_name": "许工", "caller_phone": "13912345520", "asset": asset, "contact": asset.customer.contacts.first(),
        }  # fmt: skip
        by = None if values.get("channel") == "H5_QR" else people["service_desk"]
        self.ticket = actions.open_ticket(report=Report(**(given | values)), by=by, now=at)
        self._heard()

    def _heard(self) -> None:
        from bihuan.base.facts.listeners import drain_all

        drain_all(self.at)

    def then(self, deed: str, by: str, *, after: timedelta = 10 * MINUTE, **values: Any) -> Life:
        from bihuan.apps.tickets import actions

        self.at += after
        getattr(actions, deed)(ticket=self.ticket, by=self.people[by], now=self.at, **values)
        self._heard()
        return self

    def verified(self) -> Life:
        from bihuan.apps.tickets.actions import Verified

        row = self.ticket
        found = Verified(row.happened_at, row.place, row.impact, row.severity)
        return self.then("verify", "service_desk", found=found)

    def solved(self, how: str = "REMOTE", by: str = "remote_specialist") -> Life:
        from bihuan.apps.tickets.actions import Solution

        done = Solution(how=how, action="更换轴承并重新对中，空载试车正常", cause="WEAR")
        return self.then("solve", by, after=3 * HOUR, solution=done)

    def fed_back(self) -> Life:
        return self.then(
            "feed_back",
            "service_desk",
            text="已更换轴承，空载试车正常，请观察一个班",
            channel="PHONE",
        )

    def confirmed(self) -> Life:
        return self.then(
            "confirm", "callback_agent", after=5 * HOUR, answer="好了，转速正常", channel="PHONE"
        )

    def sent(self) -> Life:
        engineer = self.people["field_engineer"]
        return self.then(
            "dispatch",
            "service_desk",
            engineer=engineer,
            callout=True,
            tried="远程看过参数，判断是轴承",
        )

    def said(self, *words: str) -> Life:
        for each in words:
            self.then("note", "remote_specialist", text=each)
        return self


def _new(asset: Asset, people: People, now: datetime) -> Ticket:
    return Life(asset, people, now - 10 * MINUTE, channel="H5_QR", source="FORM").ticket


def _asked(asset: Asset, people: People, now: datetime) -> Ticket:
    return Life(asset, people, now - HOUR, kind="CONSULT", title="行程怎么调").ticket


def _diagnosing(asset: Asset, people: People, now: datetime) -> Ticket:
    life = Life(asset, people, now - 2 * HOUR).verified()
    return (
        life.said("看过曲线，一二倍频都高", "等客户发照片")
        .then("chase", "service_desk", text="客户又来催")
        .ticket
    )


def _dispatched(asset: Asset, people: People, now: datetime) -> Ticket:
    return Life(asset, people, now - 3 * HOUR).verified().sent().ticket


def _handed(asset: Asset, people: People, now: datetime) -> Ticket:
    from bihuan.apps.tickets.actions import Handing

    handing = Handing(2, "参数已核对，轴承已听诊", "外圈有剥落声", "是否需要返厂", now + 8 * HOUR)
    return (
        Life(asset, people, now - 4 * HOUR)
        .verified()
        .then("hand_over", "remote_specialist", handing=handing)
        .ticket
    )


def _waiting(asset: Asset, people: People, now: datetime) -> Ticket:
    return (
        Life(asset, people, now - 5 * HOUR)
        .verified()
        .then("wait", "service_desk", why="PART", text="等轴承到货")
        .ticket
    )


def _told(asset: Asset, people: People, now: datetime) -> Ticket:
    return Life(asset, people, now - 6 * HOUR).verified().solved().fed_back().ticket


def _remote(asset: Asset, people: People, now: datetime) -> Ticket:
    life = (
        Life(asset, people, now - 24 * HOUR).verified().said("重设了加速曲线").solved().fed_back()
    )
    return life.confirmed().then("close", "service_desk").ticket


def _visited(asset: Asset, people: People, now: datetime) -> Ticket:
    life = (
        Life(asset, people, now - 48 * HOUR)
        .verified()
        .sent()
        .then("arrived", "field_engineer", after=3 * HOUR)
    )
    life = life.said("拆检中", "轴承已换").solved("ONSITE", "field_engineer").fed_back().confirmed()
    return life.then("close", "service_desk").ticket


def _answered(asset: Asset, people: People, now: datetime) -> Ticket:
    return (
        Life(asset, people, now - 24 * HOUR, kind="CONSULT", title="行程怎么调")
        .solved()
        .fed_back()
        .confirmed()
        .then("close", "service_desk")
        .ticket
    )


def _cancelled(asset: Asset, people: People, now: datetime) -> Ticket:
    return (
        Life(asset, people, now - 24 * HOUR)
        .then("cancel", "service_desk", text="客户说误报")
        .ticket
    )


KINDS: Sequence[tuple[Any, int, bool]] = (
    (_new, 10, True), (_asked, 10, True), (_diagnosing, 30, True), (_dispatched, 20, True), (_handed, 10, True),
    (_waiting, 10, True), (_told, 10, True), (_remote, 55, False), (_visited, 30, False), (_answered, 10, False),
    (_cancelled, 5, False),
)  # fmt: skip
"""How it is lived, its weight, and whether it is open at the end."""
