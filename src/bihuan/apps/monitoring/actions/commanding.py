"""What people do about a remote command: propose, consent, approve, stop it; each once and on record."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from bihuan.apps.assets.models import Asset
from bihuan.apps.monitoring import figures, words
from bihuan.apps.monitoring.actions.common import SOURCE, subjects
from bihuan.apps.monitoring.enums import CommandState, YesBy
from bihuan.apps.monitoring.models import Command, CommandStep, Device
from bihuan.apps.monitoring.models.commands import AT_THE_MACHINE, BEFORE_SENDING
from bihuan.apps.monitoring.queries.commanding import (
    Check,
    conditions,
    reading,
    setting_of,
    template_of,
)
from bihuan.apps.monitoring.refusals import (
    ChecksFailed,
    ConsentLapsed,
    NoSuchCommand,
    NotConnected,
    OwnHandNeeded,
    ReasonMissing,
    SamePerson,
    TooLateToWithdraw,
    WrongCommandState,
)
from bihuan.base.access.models import User
from bihuan.base.audit.actions import log
from bihuan.base.errors import BadInput
from bihuan.base.facts.actions import tell
from bihuan.lib.machines import Setting

S = CommandState
REASON, WHY, SAID, WHO = 300, 300, 500, 60


def device_of(asset: Asset) -> Device:
    """Raises NotConnected."""
    device = Device.objects.filter(asset=asset, revoked_at=None).first()
    if device is None:
        raise NotConnected
    return device


def setting_for(device: Device, code: str) -> Setting:
    """Raises NoSuchCommand."""
    setting = template_of(device).setting(code)
    if setting is None:
        raise NoSuchCommand
    return setting


def tried(
    *, asset: Asset, setting: str, value: float | None, ticket: str, now: datetime
) -> Sequence[Check]:
    """A dry run: every condition and whether it holds; nothing is written. Raises NotConnected,
    NoSuchCommand.
    """
    device = device_of(asset)
    return conditions(
        asset=asset, device=device, setting=setting_for(device, setting), value=value, expected=None,
        ticket=ticket, now=now,
    )  # fmt: skip


def propose(
    *, asset: Asset, setting: str, value: float, keep: timedelta, ticket: str, reason: str, by: User, now: datetime,
) -> Command:  # fmt: skip
    """Write down what somebody wants to change; nothing goes out. Raises NotConnected, NoSuchCommand,
    BadInput, ChecksFailed.
    """
    device = device_of(asset)
    of = setting_for(device, setting)
    faults = {}
    if not math.isfinite(value):
        faults["value"] = _("新值要写数字。")
    if not timedelta(seconds=1) <= keep <= timedelta(seconds=of.keep):
        faults["keep"] = _("最多保持 %(n)s 分钟，到时自动改回。") % {"n": round(of.keep / 60)}
    if not reason.strip():
        faults["reason"] = _("为什么要调？")
    if faults:
        raise BadInput(faults)
    with transaction.atomic():
        Asset.objects.select_for_update(of=("self",), no_key=True).get(pk=asset.pk)
        must_hold(
            conditions(
                asset=asset, device=device, setting=of, value=value, expected=None, ticket=ticket, now=now
            )
        )  # fmt: skip
        seen, point = reading(device, of.point), template_of(device).point(of.point)
        assert seen is not None
        assert seen.value is not None
        command = Command.objects.create(
            number=_next_number(now), asset=asset, device=device, setting=of.code, title=dict(of.title),
            point=of.point, unit=point.unit, dangerous=of.dangerous, before=seen.value, value=value,
            keep_s=round(keep.total_seconds()), ticket_number=ticket, reason=reason.strip()[:REASON],
            state=S.PROPOSED, proposed_at=now, proposed_by=by,
        )  # fmt: skip
        step(command, S.PROPOSED, by=by, now=now, text=own_words(command.reason))
        log(
            "command.propose",
            by=by,
            now=now,
            thing=command,
            after={"value": value, "ticket": ticket},
        )
        say("remote.command", command, by=by, now=now, consented=False)
    return command


def asked(*, command: Command, digest: str, by: User, now: datetime) -> None:
    """The customer was sent the address on which he answers; `digest` is its hash, an earlier one
    opens no more. Raises WrongCommandState.
    """
    with transaction.atomic():
        done = Command.objects.filter(pk=command.pk, state=S.PROPOSED).update(
            digest=digest, asked_at=now
        )
        if not done:
            raise wrong(command)
        step(command, S.PROPOSED, by=by, now=now, text="#asked")
        log("command.ask", by=by, now=now, thing=command)


def consent(
    *, command: Command, how: YesBy, who: str, said: str, by: User | None, now: datetime
) -> None:
    """The customer says yes; silence never gets here. By his own hand there is no `by`; a phone call
    is written down by somebody, with who said what. Raises BadInput, OwnHandNeeded,
    WrongCommandState.
    """
    setting = setting_of(command)
    if how == YesBy.PHONE:
        if setting is None or setting.own_hand:
            raise OwnHandNeeded
        faults = {}
        if not who.strip():
            faults["who"] = _("客户那边是谁同意的？")
        if not said.strip():
            faults["said"] = _("几点、哪个电话、原话怎么说的？")
        if faults:
            raise BadInput(faults)
    with transaction.atomic():
        move(
            command, S.CONSENTED, (S.PROPOSED,), by=by, now=now, text=own_words(said), consent=how,
            consented_at=now, consent_by=who.strip()[:WHO], consent_noted_by=by, said=said.strip()[:SAID],
        )  # fmt: skip
        log("command.consent", by=by, now=now, thing=command, after={"how": str(how)})
        say("remote.consented", command, by=by, now=now)


def decline(*, command: Command, said: str, by: User | None, now: datetime) -> None:
    """The customer says no. Raises WrongCommandState."""
    with transaction.atomic():
        end(
            command,
            S.REFUSED,
            (S.PROPOSED,),
            by=by,
            now=now,
            text=own_words(said) or "#customer_no",
        )
        log("command.decline", by=by, now=now, thing=command)


def withdraw(*, command: Command, said: str, by: User | None, now: datetime) -> None:
    """The customer takes his yes back: what has not gone out never does; what is on its way is not
    sent again, and if the machine takes it all the same, or has done so, the old value is commanded
    back at once.

    Raises TooLateToWithdraw.
    """
    text = own_words(said) or "#withdrawn"
    with transaction.atomic():
        row = Command.objects.select_for_update().get(pk=command.pk)
        if row.state in BEFORE_SENDING:
            end(row, S.CANCELLED, BEFORE_SENDING, by=by, now=now, text=text, withdrawn_at=now)
        elif row.state in AT_THE_MACHINE and row.withdrawn_at is None and row.returns_id is None:
            back = {"return_due_at": now} if row.state in (S.DONE, S.READ_BACK) else {}
            Command.objects.filter(pk=row.pk).update(withdrawn_at=now, **back)
            step(row, S(row.state), by=by, now=now, text=text)
        else:
            raise TooLateToWithdraw
        log("command.withdraw", by=by, now=now, thing=row, after={"said": said.strip()[:SAID]})


def approve(*, command: Command, by: User, now: datetime) -> None:
    """The second person says yes, all conditions hold still, and it waits for the wire: for seconds
    only. Raises SamePerson, ConsentLapsed, ChecksFailed, NoSuchCommand, WrongCommandState.
    """
    with transaction.atomic():
        Asset.objects.select_for_update(of=("self",), no_key=True).get(pk=command.asset_id)
        row = (
            Command.objects.select_for_update(of=("self",))
            .select_related("device", "asset")
            .get(pk=command.pk)
        )
        if by.pk in (row.proposed_by_id, row.consent_noted_by_id):
            raise SamePerson
        if row.state != S.CONSENTED or row.consented_at is None:
            raise wrong(row)
        if row.consented_at < now - timedelta(hours=figures.number("command_lapse_h", now)):
            raise ConsentLapsed
        setting = setting_for(row.device, row.setting)
        must_hold(
            conditions(
                asset=row.asset, device=row.device, setting=setting, value=row.value, expected=row.before,
                ticket=row.ticket_number, now=now, own=row,
            )
        )  # fmt: skip
        step(row, S.APPROVED, by=by, now=now)
        queue(row, setting, (S.CONSENTED,), by=by, now=now, approved_at=now, approved_by=by)
        log("command.approve", by=by, now=now, thing=row)
        say("remote.approved", row, by=by, now=now)


def cancel(*, command: Command, why: str, by: User, now: datetime) -> None:
    """Stop what has not gone out. Raises ReasonMissing, WrongCommandState."""
    if not why.strip():
        raise ReasonMissing
    with transaction.atomic():
        end(command, S.CANCELLED, BEFORE_SENDING, by=by, now=now, text=own_words(why))
        log("command.cancel", by=by, now=now, thing=command, after={"why": why.strip()[:WHY]})


def settle(*, command: Command, why: str, by: User, now: datetime) -> None:
    """Somebody at the machine saw to it: an outcome that stayed unknown, or a return that could not be
    commanded. Raises ReasonMissing, WrongCommandState.
    """
    if not why.strip():
        raise ReasonMissing
    with transaction.atomic():
        row = Command.objects.select_for_update().get(pk=command.pk)
        if row.state == S.UNKNOWN:
            end(
                row, S.FAILED, (S.UNKNOWN,), by=by, now=now, text=own_words(why), return_due_at=None
            )
        elif row.return_due_at is not None and row.returned_at is None:
            Command.objects.filter(pk=row.pk).update(return_due_at=None)
            step(row, S(row.state), by=by, now=now, text=own_words(why))
        else:
            raise wrong(row)
        log("command.settle", by=by, now=now, thing=row, after={"why": why.strip()[:WHY]})


# what the deeds of people and of machines share


def queue(
    command: Command, setting: Setting, of: Collection[CommandState], *, by: User | None, now: datetime, **changes: Any
) -> None:  # fmt: skip
    """Give it the next number of its device and a few seconds to live."""
    Device.objects.select_for_update(no_key=True).get(pk=command.device_id)
    last = Command.objects.filter(device=command.device_id).aggregate(last=Max("sequence"))["last"]
    # Not below the clock: a database that was put back to yesterday uses no number again.
    number = max((last or 0) + 1, round(now.timestamp() * 1000))
    move(
        command, S.QUEUED, of, by=None, now=now, sequence=number,
        expires_at=now + timedelta(seconds=setting.expires), **changes,
    )  # fmt: skip


def move(
    command: Command, to: CommandState, of: Collection[CommandState], *, by: User | None, now: datetime, text: str = "",
    **changes: Any,
) -> None:  # fmt: skip
    """One conditional UPDATE and its line in the history. Raises WrongCommandState."""
    done = Command.objects.filter(pk=command.pk, state__in=of).update(state=to, **changes)
    if not done:
        raise wrong(command)
    command.refresh_from_db()
    step(command, to, by=by, now=now, text=text)


def end(
    command: Command, to: CommandState, of: Collection[CommandState], *, by: User | None, now: datetime, text: str = "",
    **changes: Any,
) -> None:  # fmt: skip
    """It comes to nothing, and is told so. Raises WrongCommandState."""
    move(command, to, of, by=by, now=now, text=text, why=text[:WHY], ended_at=now, **changes)
    if command.returns_id is None:
        say("remote.ended", command, by=by, now=now, outcome=str(to))


def own_words(text: str) -> str:
    """What a person wrote, as a line of the history: never taken for the system's `#code`."""
    said = text.strip()
    return f"＃{said[1:]}" if said.startswith("#") else said


def step(
    command: Command, state: CommandState, *, by: User | None, now: datetime, text: str = ""
) -> None:
    CommandStep.objects.create(command=command, state=state, at=now, by=by, text=text[:SAID])


def say(kind: str, command: Command, /, *, by: User | None, now: datetime, **data: Any) -> None:
    outcome = f":{data['outcome']}" if "outcome" in data else ""
    tell(
        kind, at=now, now=now, by=by, subjects=subjects(command.asset), data={"command": command.number, **data},
        key=f"command:{command.number}:{kind}{outcome}", source="screen" if by else SOURCE,
    )  # fmt: skip


def must_hold(checks: Sequence[Check]) -> None:
    failing = [each for each in checks if not each.ok]
    if failing:
        said = " / ".join(f"{each.title} {each.detail}".strip() for each in failing)
        raise ChecksFailed(
            why=_("以下条件不满足：") + said, codes=tuple(each.code for each in failing)
        )


def wrong(command: Command) -> WrongCommandState:
    state = Command.objects.values_list("state", flat=True).get(pk=command.pk)
    return WrongCommandState(state=words.title(words.COMMAND_STATE, state))


def _next_number(now: datetime) -> str:
    """TC-20261129-000017: of the day, and one row of numbers for all days."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('monitoring_command_number')")
        place: int = cursor.fetchone()[0]
    return f"TC-{timezone.localdate(now):%Y%m%d}-{place:06d}"
