"""Remote commands as a machine's page, their own page and the list of all show them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from bihuan.apps.assets.models import Asset
from bihuan.apps.monitoring import words
from bihuan.apps.monitoring.enums import CommandState
from bihuan.apps.monitoring.models import Command, Device
from bihuan.apps.monitoring.models.commands import AT_THE_MACHINE, RUNNING
from bihuan.apps.monitoring.queries.commanding import (
    Check,
    conditions,
    readings,
    setting_of,
    state_words,
    template_of,
)
from bihuan.apps.obligations.models import CADENCE, Obligation
from bihuan.base.access.models import User
from bihuan.base.access.scope import visible
from bihuan.base.facts.models import Fact
from bihuan.base.texts import in_language
from bihuan.base.ui.addresses import address
from bihuan.base.ui.deadline import clock_left
from bihuan.lib.machines import Setting
from bihuan.lib.machines.command import order

S = CommandState
FLOW = (S.PROPOSED, S.CONSENTED, S.QUEUED, S.SENT, S.ACCEPTED, S.DONE, S.READ_BACK, S.RETURNED)
OWED = Q(return_due_at__isnull=False, returned_at=None, returns=None)


def seen(person: User) -> QuerySet[Command]:
    rows = visible(Command.objects.all(), person, "monitoring.see")
    return rows.select_related(
        "asset__model", "asset__customer", "device", "proposed_by", "approved_by"
    )


def changes(person: User) -> QuerySet[Command]:
    """What people asked for; the returns stand on their pages."""
    return seen(person).filter(returns=None)


def waiting(person: User, now: datetime) -> QuerySet[Command]:
    """What waits for the second person (menu)."""
    return changes(person).filter(state=S.CONSENTED).exclude(proposed_by=person)


def of_asset(person: User, asset_id: int) -> QuerySet[Command]:
    """Changes of a machine that run, or stand until they are taken back (tab)."""
    return changes(person).filter(Q(state__in=RUNNING) | OWED, asset=asset_id)


def said(row: Command) -> dict[str, Any]:
    """A command with the titles of its codes."""
    return {
        "row": row, "title": in_language(row.title), "state": words.title(words.COMMAND_STATE, row.state),
        "colour": words.COMMAND_COLOUR.get(row.state, "grey"), "before": f"{row.before:g}", "value": f"{row.value:g}",
        "why": words.noted(row.why), "owed": row.return_due_at is not None and row.returned_at is None,
        "consent": words.title(words.YES_BY, row.consent) if row.consent else "",
        "read": "" if row.read_value is None else f"{row.read_value:g}", "minutes": f"{row.keep_s / 60:g}",
    }  # fmt: skip


def offers(device: Device) -> list[dict[str, Any]]:
    """What may be set on this machine, with its value now."""
    template, found = template_of(device), []
    known = readings(device, [each.point for each in template.settings])
    for each in template.settings:
        point, now = template.point(each.point), known.get(each.point)
        found.append({
            "code": each.code, "title": in_language(each.title), "unit": point.unit, "dangerous": each.dangerous,
            "now": "—" if now is None or now.value is None else f"{now.value:g}", "low": f"{each.low:g}", "high": f"{each.high:g}",
            "states": [state_words(template, code) for code in each.states],
        })  # fmt: skip
    return found


def checks(row: Command, now: datetime) -> Sequence[Check]:
    """What would stop an approval now; none where the template has dropped the setting."""
    setting = setting_of(row)
    if setting is None:
        return []
    return conditions(
        asset=row.asset, device=row.device, setting=setting, value=row.value, expected=row.before,
        ticket=row.ticket_number, now=now, own=row,
    )  # fmt: skip


def message(row: Command) -> str:
    """What goes to the machine, as it is or would be; number and expiry are given when it is approved."""
    setting = setting_of(row)
    return _message(row, setting) if setting is not None else ""


def _message(row: Command, setting: Setting) -> str:
    data = order(
        device=row.device.code, key_hash=row.device.key_hash, number=row.sequence or 0,
        expires=row.expires_at.timestamp() if row.expires_at else 0, point=row.point, value=row.value, before=row.before,
        tolerance=setting.tolerance, states=setting.states,
    )  # fmt: skip
    text: str = json.loads(data)["m"]
    return text


def stepper(row: Command) -> list[dict[str, Any]]:
    """The way of a command; where it ended early, that is the last step."""
    titles = {
        S.PROPOSED: pgettext("command", "申请"), S.CONSENTED: _("客户同意"), S.QUEUED: _("第二人批准"), S.SENT: pgettext("command", "发送"), S.ACCEPTED: _("设备接受"),
        S.DONE: pgettext("command", "执行"), S.READ_BACK: _("回读"), S.RETURNED: _("改回原值"),
    }  # fmt: skip
    reached = {str(state) for state in row.steps.values_list("state", flat=True)}
    done = [each for each in FLOW if each in reached]
    over = row.state not in FLOW
    found = [{"title": titles[each], "state": "done"} for each in done]
    if over:
        return [*found, {"title": words.title(words.COMMAND_STATE, row.state), "state": "current"}]
    rest = [each for each in FLOW if each not in reached]
    return found + [
        {"title": titles[each], "state": "current" if place == 0 else "future"}
        for place, each in enumerate(rest)
    ]


def history(row: Command) -> list[dict[str, Any]]:
    steps = row.steps.select_related("by").order_by("pk")
    return [
        {
            "state": words.title(words.COMMAND_STATE, each.state) if each.state != S.PROPOSED else pgettext("command", "申请"), "at": each.at, "by": each.by,
            "text": words.noted(each.text), "colour": words.COMMAND_COLOUR.get(each.state, "grey"),
        }
        for each in steps
    ]  # fmt: skip


def surprises(row: Command) -> dict[str, bool]:
    """`contrary`: the machine did what it had refused; `local`: it failed, and the old value was not
    commanded back because something else stands there.
    """
    texts = list(row.steps.values_list("text", flat=True))
    return {
        "contrary": any(each.startswith("#contrary") for each in texts),
        "local": row.state == S.FAILED and any(each.startswith("#local") for each in texts),
    }


def duties(row: Command) -> QuerySet[Obligation]:
    """What the regulation asked for because of it."""
    rows = Obligation.objects.filter(~Q(cause_kind=CADENCE), occasion=row.number)
    return rows.select_related("customer", "assignee").order_by("due_at", "pk")


def only_there(rows: Sequence[Obligation]) -> dict[int, str]:
    """Duties that the command's page carries out, while it waits for consent or approval."""
    from bihuan.apps.monitoring.actions.duties import named
    from bihuan.apps.obligations.enums import REMOTE_APPROVAL

    asked = {row.pk: named(row) for row in rows if row.kind == REMOTE_APPROVAL}
    if not asked:
        return {}
    open_ones = Command.objects.filter(
        number__in=set(asked.values()), state__in=(S.PROPOSED, S.CONSENTED)
    )
    known = set(open_ones.values_list("number", flat=True))
    return {pk: number for pk, number in asked.items() if number in known}


def by_number(person: User, number: int) -> tuple[str, str] | None:
    """(title, address) of the command that people call TC-20261129-000017."""
    text = f"{number:014d}"
    row = seen(person).filter(number=f"TC-{text[:8]}-{text[8:]}").first()
    return (in_language(row.title), address("monitoring:command", row.pk)) if row else None


def of_facts(facts: Iterable[Fact]) -> dict[int, dict[str, Any]]:
    """Fact id -> the command that it tells of, for its line on a timeline."""
    told = {fact.pk: str(fact.own().get("command", "")) for fact in facts}
    known = {row.number: row for row in Command.objects.filter(number__in=set(told.values()))}
    return {
        pk: {
            "pk": row.pk, "title": in_language(row.title), "before": f"{row.before:g}", "value": f"{row.value:g}", "unit": row.unit,
        }
        for pk, number in told.items()
        if (row := known.get(number)) is not None
    }  # fmt: skip


def for_customer(row: Command) -> Mapping[str, Any]:
    """What a customer reads before he says yes: in plain words, no names of ours."""
    setting = setting_of(row)
    machine: Asset = row.asset
    return {
        "number": row.number, "machine": str(machine), "title": in_language(row.title), "before": f"{row.before:g}",
        "value": f"{row.value:g}", "unit": row.unit, "keep": clock_left(timedelta(seconds=row.keep_s)).words(),
        "at_the_machine": row.state in AT_THE_MACHINE, "reason": row.reason,
        "dangerous": row.dangerous, "warns": in_language(setting.warns) if setting is not None else "",
        "state": row.state, "withdrawn": row.withdrawn_at is not None,
        "may_answer": row.state == S.PROPOSED,
        "may_withdraw": row.withdrawn_at is None and row.state in (S.CONSENTED, S.QUEUED, *AT_THE_MACHINE),
        "said": words.title(words.COMMAND_STATE, row.state),
    }  # fmt: skip
