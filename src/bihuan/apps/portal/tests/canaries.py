"""A report of a customer beyond everybody's reach, with its link."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bihuan.apps.assets.tests.factories import machine
from bihuan.apps.customers.actions import add_customer
from bihuan.apps.portal import actions, fleets
from bihuan.apps.portal.actions import Said
from bihuan.base.testing.people import make_person
from bihuan.base.testing.routes import Canary

KEY = "0f8fad5b-d9cb-469f-a165-70867728950e"


def canaries(now: datetime) -> Sequence[Canary]:
    other = make_person("account_manager", region="R9", name="金丝雀入口经理")
    customer = add_customer(
        name="远方的报修客户有限公司", region="R9", account_manager=other, by=None, now=now
    )
    asset = machine(customer, now=now, serial="CANARYQR1")
    said = Said(what="金丝雀入口报修", phone="13900008888", name="金丝雀报修人")
    sent = actions.report(said=said, asset=asset, key=KEY, by=None, now=now)
    link = sent.ticket.links_out.get()
    fleet, _token = fleets.make(customer=customer, by=other, now=now)
    pages: list[tuple[str, Sequence[Any]]] = [
        ("portal:links", [sent.ticket.pk]), ("portal:revoke", [link.pk]),
        ("portal:track", ["A" * 32]), ("portal:machine", ["A" * 22]), ("portal:machine", [asset.token]),
        ("portal:fleet_links", [customer.pk]), ("portal:fleet_revoke", [fleet.pk]), ("portal:fleet", ["A" * 32]), ("portal:fleet_file", ["A" * 32]),
    ]  # fmt: skip
    seen = "tickets.see"
    return [
        Canary("金丝雀入口报修", seen, pages), Canary("金丝雀报修人", seen, pages)
    ]  # fmt: skip
