"""Those who see one side of a ticket only: a supplier, finance, production; what waits for them."""

from __future__ import annotations

from datetime import datetime, timedelta

from bihuan.apps.tickets.enums import AskKind
from bihuan.apps.tickets.lines.actions import QueueAs, set_queue
from bihuan.base.access import actions as access
from bihuan.config.demo import tickets
from bihuan.config.demo.stage import Stage

MINUTES = {"contact": 9, "out": 40, AskKind.TERM: 55, AskKind.SLOT: 62}


def supplier(stage: Stage, now: datetime) -> None:
    """Somebody of a supplier may sign in; what is handed to his queue is all that he sees."""
    row = stage.maker.company["supplier_sign_in"]
    user = access.add_user(
        username=row["username"], name=row["name"], by=None, now=now, staff_no="G-01", roles=["supplier_staff"]
    )  # fmt: skip
    access.set_password(user, stage.maker.company["password"], by=None, now=now)
    to = QueueAs(row["queue"], 3, outside=True, members=[user])
    set_queue(queue=None, to=to, by=None, now=now)
    stage.changed()


def asked(stage: Stage) -> None:
    """A machine for which the supplier, finance and production are asked, and nobody has answered
    yet when the demo is first opened.
    """
    row = stage.maker.story["asked"]
    machine = next((each for each in stage.machines if each.serial == row["of"]), None)
    if machine is None:
        return
    at = stage.book.outline.until - timedelta(hours=row["hours_before"])
    key, who = str(stage.book.number("ticket")), stage.maker.who
    tickets.step(
        stage, key, "open", at, who("service_desk"), asset=machine.pk, severity="NORMAL", channel="PHONE",
        downtime=False, impact="DEGRADED", symptom=stage.maker.names["symptoms"][0],
    )  # fmt: skip
    remote = stage.holder("remote_specialist", at, machine.customer).username
    for do, minutes in MINUTES.items():
        about = {"kind": do} if isinstance(do, AskKind) else {}
        by = who("sales") if about else remote
        tickets.step(
            stage, key, "ask" if about else do, at + timedelta(minutes=minutes), by, **about
        )
