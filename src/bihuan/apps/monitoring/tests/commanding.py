"""A house in which a machine may be commanded, for the tests of commands."""

from __future__ import annotations

import json
from datetime import timedelta

from bihuan.apps.monitoring.actions import commanding, permits
from bihuan.apps.monitoring.actions.devices import register
from bihuan.apps.monitoring.catalogue import templates
from bihuan.apps.monitoring.enums import YesBy
from bihuan.apps.monitoring.models import Latest, Layout
from bihuan.base import registry
from bihuan.base.testing.people import make_person
from bihuan.lib.machines.command import _signed

TICKET = "WX-20260930-0001"
SPEED, COLD = "speed.set", "temperature.set"
VALUES = {"SPEED": 4200.0, "SET_SPEED": 4200.0, "CHAMBER_TEMP": 4.1, "SET_TEMP": 4.0}


def ready(house, now, monkeypatch):
    """`house.device`, two persons and all that a change needs: everything holds."""
    tickets = {house.asset.pk: {TICKET: "腔温偏高"}}
    known = registry.service

    def service(name):
        return (
            (lambda asset, _person: tickets.get(asset, {}))
            if name == "ticket.open_of"
            else known(name)
        )

    monkeypatch.setattr(registry, "service", service)
    house.device, house.key = register(asset=house.asset, by=None, now=now)
    house.head = make_person("technical_head", name="吴总工", region="east")
    house.tickets = tickets
    reads(house, now)
    permits.switch(on=True, why="试运行三个月", by=house.boss, now=now)
    permits.permit(
        asset=house.asset, given_by="许主任", proof="合同 2026-031 附件三", by=house.desk, now=now
    )
    return house


def reads(house, now, *, state="AT_SPEED", at=None, **values):
    """The machine said this a moment ago."""
    template = templates()[house.device.template]
    points = [point.code for point in template.points]
    layout, _new = Layout.objects.get_or_create(template=template.code, points=points)
    given = VALUES | values
    Latest.objects.update_or_create(
        device=house.device,
        defaults={
            "layout": layout, "at": at or now, "received_at": now, "values": [given.get(code) for code in points], "state": state,
        },
    )  # fmt: skip


def proposed(house, now, **given):
    asked = {
        "setting": COLD, "value": 6.0, "keep": timedelta(minutes=30), "ticket": TICKET, "reason": "样品怕冷", "by": house.remote,
    } | given  # fmt: skip
    return commanding.propose(asset=house.asset, now=now, **asked)


def consented(house, now, *, how=YesBy.OWN_HAND, **given):
    command = proposed(house, now, **given)
    commanding.consent(command=command, how=how, who="", said="", by=None, now=now)
    return command


def approved(house, now, **given):
    command = consented(house, now, **given)
    commanding.approve(command=command, by=house.head, now=now)
    command.refresh_from_db()
    return command


def said(house, number, answer, now, **more):
    """What the device says, signed by it."""
    body = {
        "d": house.device.code,
        "n": number,
        "a": answer,
        "t": round(now.timestamp() * 1000),
    } | more
    return _signed(body, house.device.key_hash, b"r")


def opened(data):
    return json.loads(json.loads(data)["m"])


__all__ = [
    "COLD",
    "SPEED",
    "TICKET",
    "approved",
    "consented",
    "opened",
    "proposed",
    "reads",
    "ready",
    "said",
]
