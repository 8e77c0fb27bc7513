"""A remote command on its way: out, answered, read back, returned. Run by the ingest process every
moment and by the clock process every few seconds; twice is once, and nothing is remembered but in the
tables: whoever is killed, the next one goes on.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import DatabaseError, transaction
from django.db.models import F, Q, QuerySet

from bihuan.apps.monitoring import figures
from bihuan.apps.monitoring.actions.commanding import _next_number, end, move, queue, say, step
from bihuan.apps.monitoring.actions.common import moment
from bihuan.apps.monitoring.enums import CommandState
from bihuan.apps.monitoring.models import Command, Device
from bihuan.apps.monitoring.models.commands import ON_ITS_WAY
from bihuan.apps.monitoring.queries.commanding import (
    Reading,
    device_now,
    may_go,
    open_tickets,
    reading,
    setting_of,
)
from bihuan.apps.monitoring.queries.hands import changed_hands
from bihuan.lib.machines import Cause, Setting
from bihuan.lib.machines.command import (
    Answer,
    Answered,
    BadAnswer,
    Unsigned,
    answer_of,
    order,
    receipt,
)

log = logging.getLogger(__name__)
S = CommandState
AGAIN = timedelta(seconds=2)
"""A command that nobody answered is sent again so soon, the same bytes, while it lives."""
GRACE = timedelta(seconds=5)
"""The machine's clock and the way back: so long after its end the answer to a command may still come."""
OVER = (S.REFUSED, S.FAILED, S.EXPIRED, S.CANCELLED)


@dataclass(frozen=True)
class Outgoing:
    """A message for the topic `c/<code>`."""

    code: str
    data: bytes


_MOVING = (S.PROPOSED, S.CONSENTED, S.QUEUED, S.SENT, S.ACCEPTED, S.DONE, S.UNKNOWN)
"""What time or a reading can still move."""


def to_send(now: datetime) -> list[Outgoing]:
    """What goes out now; what is new is on record as sent before it goes. Every condition that can
    have changed since the approval is looked at once more.
    """
    found = []
    waiting = Q(state=S.QUEUED) | Q(
        state=S.SENT, withdrawn_at=None, expires_at__gt=now, last_sent_at__lte=now - AGAIN
    )
    for pk in list(Command.objects.filter(waiting).order_by("pk").values_list("pk", flat=True)):
        with _alone(pk), _held(pk) as row:
            data = _sent(row, now) if row is not None else None
            if row is not None and data is not None:
                found.append(Outgoing(row.device.code, data))
    return found


def _sent(row: Command, now: datetime) -> bytes | None:
    setting = setting_of(row)
    why = _obstacle(row, setting, now)
    if row.state == S.QUEUED:
        if why or setting is None:
            to = S.EXPIRED if why == "late" else S.CANCELLED
            end(row, to, (S.QUEUED,), by=None, now=now, text=f"#{why}")
            return None
        move(row, S.SENT, (S.QUEUED,), by=None, now=now, last_sent_at=now)
        if row.returns_id is None:
            say("remote.sent", row, by=None, now=now)
    elif row.state == S.SENT and not why:
        if not Command.objects.filter(pk=row.pk, last_sent_at__lte=now - AGAIN).update(
            last_sent_at=now
        ):
            return None
    else:
        return None
    assert setting is not None
    assert row.sequence is not None
    assert row.expires_at is not None
    return order(
        device=row.device.code, key_hash=row.device.key_hash, number=row.sequence, expires=row.expires_at.timestamp(),
        point=row.point, value=row.value, before=row.before, tolerance=setting.tolerance, states=setting.states,
    )  # fmt: skip


def _obstacle(row: Command, setting: Setting | None, now: datetime) -> str:
    """Why it may not go; empty when it may. A return rests on the consent to what it takes back."""
    source = row if row.returns is None else row.returns
    if row.expires_at is None or row.expires_at <= now:
        return "late"
    if source.consented_at is None or source.approved_at is None or row.withdrawn_at is not None:
        return "consent"
    if setting is None:
        return "point"
    if row.returns is None and not setting.fits(row.value):
        return "bounds"
    if row.returns is None and changed_hands(row.asset_id, row.proposed_at):
        return "customer"
    if row.returns is None and row.ticket_number not in open_tickets(row.asset_id):
        return "ticket"
    return next((each.code for each in may_go(row.asset_id, row.device) if not each.ok), "")


class NotTaken(Exception):
    """A word of a device that changes nothing: not signed by it, or about nothing that we sent."""

    def __init__(self, device: Device, cause: Cause) -> None:
        super().__init__(device.code, cause)
        self.device, self.cause = device, cause


def answered(code: str, data: bytes, now: datetime) -> bytes | None:
    """A device's word on a command, and the receipt for what is its last one. Raises NotTaken."""
    device = Device.objects.filter(code=code, revoked_at=None).first()
    if device is None:
        return None
    try:
        said = answer_of(data, device=code, key_hash=device.key_hash)
    except Unsigned:
        raise NotTaken(device, Cause.SIGNATURE) from None
    except BadAnswer:
        raise NotTaken(device, Cause.GARBAGE) from None
    pk = (
        Command.objects.filter(device=device, sequence=said.number)
        .values_list("pk", flat=True)
        .first()
    )
    if pk is None:
        raise NotTaken(device, Cause.UNKNOWN_COMMAND)
    with _held(pk, wait=True) as row:
        assert row is not None
        _take(row, said, now)
    if said.answer == Answer.ACCEPTED:
        return None
    return receipt(device=code, key_hash=device.key_hash, number=said.number)


def _take(row: Command, said: Answered, now: datetime) -> None:
    open_states = (S.SENT, S.UNKNOWN)
    if said.answer == Answer.ACCEPTED and row.state in open_states:
        move(row, S.ACCEPTED, open_states, by=None, now=now)
    elif said.answer == Answer.REJECTED and row.state in (*open_states, S.ACCEPTED):
        if said.why == "failed":  # it began: what stands there now is looked at, and put right
            due = now if row.returns_id is None else None
            end(
                row,
                S.FAILED,
                (*open_states, S.ACCEPTED),
                by=None,
                now=now,
                text="#failed",
                return_due_at=due,
                device_at=moment(said.at),
                told_value=said.value,
            )
        else:
            end(
                row,
                S.REFUSED,
                (*open_states, S.ACCEPTED),
                by=None,
                now=now,
                text=f"#machine {said.why}",
            )
    elif said.answer == Answer.UNKNOWN and row.state in (S.SENT, S.ACCEPTED):
        move(row, S.UNKNOWN, (S.SENT, S.ACCEPTED), by=None, now=now, text="#interrupted")
    elif said.answer == Answer.DONE and row.state in (*open_states, S.ACCEPTED):
        if row.state != S.ACCEPTED:
            step(row, S.ACCEPTED, by=None, now=now)
        _done(row, moment(said.at), now, told=said.value)
    elif said.answer == Answer.DONE and row.state in OVER and row.done_at is None:
        _contrary(row, said, now)


def _contrary(row: Command, said: Answered, now: datetime) -> None:
    """It did what it had refused, or what was over: people think that nothing was changed, so the
    old value goes back at once.
    """
    told = "" if said.value is None else f" {said.value:g}"
    end(
        row, S.FAILED, OVER, by=None, now=now, text=f"#contrary{told}", done_at=now, device_at=moment(said.at),
        told_value=said.value, return_due_at=now if row.returns_id is None else None,
    )  # fmt: skip


def _done(row: Command, at: datetime, now: datetime, *, told: float | None = None) -> None:
    move(
        row, S.DONE, (S.SENT, S.UNKNOWN, S.ACCEPTED), by=None, now=now, done_at=now, device_at=at,
        told_value=told, return_due_at=_return_due(row, now),
    )  # fmt: skip
    if row.returns_id is None:
        say("remote.done", row, by=None, now=now)


def _return_due(row: Command, now: datetime) -> datetime | None:
    if row.returns_id is not None:
        return None
    return now if row.withdrawn_at is not None else now + timedelta(seconds=row.keep_s)


def watch(now: datetime) -> int:
    """Time passes and readings come: what is over, what the machine shows, what must be taken back."""
    owed = Q(
        return_due_at__lte=now, returned_at=None, returns=None, state__in=(S.READ_BACK, S.FAILED)
    )
    if not Command.objects.filter(owed | Q(state__in=_MOVING)).exists():
        return 0
    lapsed = now - timedelta(hours=figures.number("command_lapse_h", now))
    proposed = Command.objects.filter(state__in=(S.PROPOSED, S.CONSENTED), proposed_at__lt=lapsed)
    late = Command.objects.filter(state=S.QUEUED, expires_at__lte=now)
    silent = Command.objects.filter(state__in=(S.SENT, S.ACCEPTED), expires_at__lte=now - GRACE)
    done = Command.objects.filter(state=S.DONE)
    # of the many that may stand for long only those whose machine has said something that counts
    unknown = Command.objects.filter(
        state=S.UNKNOWN, asset__devices__revoked_at=None, asset__devices__latest__at__gt=F("expires_at") + GRACE
    )  # fmt: skip
    fresh = now - timedelta(seconds=figures.number("command_fresh_s", now))
    returns = Command.objects.filter(
        owed, asset__devices__revoked_at=None, asset__devices__latest__received_at__gte=fresh
    )
    return sum((
        _each(proposed, lambda row: end(row, S.EXPIRED, (S.PROPOSED, S.CONSENTED), by=None, now=now, text="#lapsed")),
        _each(late, lambda row: end(row, S.EXPIRED, (S.QUEUED,), by=None, now=now, text="#late")),
        _each(silent, lambda row: _silent(row, now)),
        _each(done, lambda row: _shown(row, now)),
        _each(unknown, lambda row: _shown(row, now)),
        _each(returns, lambda row: _return(row, now)),
    ))  # fmt: skip


def _each(rows: QuerySet[Command], deed: Callable[[Command], object]) -> int:
    """Each in a transaction of its own, if it is still among `rows` when it is held."""
    done = 0
    for pk in list(rows.order_by("pk").values_list("pk", flat=True)):
        with _alone(pk), _held(pk) as row:
            if row is not None and rows.filter(pk=pk).exists():
                deed(row)
                done += 1
    return done


@contextmanager
def _alone(pk: int) -> Iterator[None]:
    """A command with which nothing can be done holds no other one up."""
    try:
        yield
    except DatabaseError:
        raise
    except Exception:
        log.exception("command %d could not be dealt with", pk)


@contextmanager
def _held(pk: int, *, wait: bool = False) -> Iterator[Command | None]:
    """The row, locked; None while another process has it in hand."""
    with transaction.atomic():
        rows = Command.objects.select_for_update(of=("self",), skip_locked=not wait)
        yield rows.select_related("device", "asset", "returns").filter(pk=pk).first()


def _silent(row: Command, now: datetime) -> None:
    """It went out and its time is over: whether it was done, only the machine can tell."""
    move(row, S.UNKNOWN, (S.SENT, S.ACCEPTED), by=None, now=now, text="#silent")
    if row.returns_id is None:
        say("remote.ended", row, by=None, now=now, outcome=str(S.UNKNOWN))


def _shown(row: Command, now: datetime) -> None:
    """The machine's own readings are the proof of it."""
    device = device_now(row)
    setting = setting_of(row, device)
    seen = reading(device, setting.read) if setting is not None else None
    if setting is None or seen is None or row.expires_at is None:
        return
    if row.state == S.UNKNOWN:
        if seen.value is None or seen.at <= row.expires_at + GRACE:
            return  # it may still be at it
        if setting.same(seen.value, row.value):
            step(row, S.UNKNOWN, by=None, now=now, text=f"#applied {seen.value:g}")
            _done(row, seen.at, now)
            _read_back(row, seen.value, now)
        elif setting.same(seen.value, row.before):
            end(row, S.FAILED, (S.UNKNOWN,), by=None, now=now, text="#not_applied")
        return
    assert row.done_at is not None
    assert row.device_at is not None
    after = seen.at >= row.device_at and seen.received_at >= row.done_at - GRACE
    if after and seen.value is not None and setting.same(seen.value, row.value):
        _read_back(row, seen.value, now)
    elif now >= row.done_at + timedelta(seconds=setting.read_within):
        said = f"{seen.value:g}" if after and seen.value is not None else "—"
        end(
            row, S.FAILED, (S.DONE,), by=None, now=now, text=f"#differs {said}", read_value=seen.value,
            return_due_at=now if row.returns_id is None else None,
        )  # fmt: skip


def _read_back(row: Command, value: float, now: datetime) -> None:
    move(
        row,
        S.READ_BACK,
        (S.DONE,),
        by=None,
        now=now,
        text=f"#read {value:g}",
        read_value=value,
        ended_at=now,
    )
    if row.returns is None:
        say("remote.read_back", row, by=None, now=now)
    else:
        _returned(row.returns, f"#read {value:g}", now)


def _return(row: Command, now: datetime) -> None:
    """Command the old value back, again and again until the machine shows it; only while it shows what
    came of our command, not over the head of somebody who has set something else there meanwhile.
    """
    again = timedelta(seconds=figures.number("command_return_again_s", now))
    last = row.returnings.order_by("-pk").first()
    if last is not None and (last.state in ON_ITS_WAY or last.proposed_at > now - again):
        return
    device = device_now(row)
    setting, seen = setting_of(row, device), reading(device, row.point)
    fresh = now - timedelta(seconds=figures.number("command_fresh_s", now))
    if setting is None or seen is None or seen.value is None or seen.received_at < fresh:
        return  # its value is not known: later
    if _from_before(row, seen):
        return
    if setting.same(seen.value, row.before):
        _returned(row, f"#already {seen.value:g}", now)
    elif not _ours(row, setting, seen.value):
        Command.objects.filter(pk=row.pk).update(return_due_at=None)
        step(row, S(row.state), by=None, now=now, text=f"#local {seen.value:g}")
    elif seen.state in setting.states and all(each.ok for each in may_go(row.asset_id, device)):
        back = Command.objects.create(
            number=_next_number(now), asset=row.asset, device=device, returns=row, setting=row.setting, title=row.title,
            point=row.point, unit=row.unit, dangerous=row.dangerous, before=seen.value, value=row.before, keep_s=0,
            ticket_number=row.ticket_number, reason=row.number, state=S.PROPOSED, proposed_at=now,
        )  # fmt: skip
        step(back, S.PROPOSED, by=None, now=now, text="#return_due")
        queue(back, setting, (S.PROPOSED,), by=None, now=now)


def _from_before(row: Command, seen: Reading) -> bool:
    """Measured before it was done, or tried; by our clock where the device's was ahead of it."""
    if row.device_at is None or row.ended_at is None:
        return False
    return seen.at < min(row.device_at, row.ended_at)


def _ours(row: Command, setting: Setting, value: float) -> bool:
    """What we set, or what the machine itself said stood there after it."""
    told = row.told_value
    return setting.same(value, row.value) or (told is not None and setting.same(value, told))


def _returned(row: Command, text: str, now: datetime) -> None:
    move(
        row,
        S.RETURNED,
        (S.READ_BACK, S.FAILED),
        by=None,
        now=now,
        text=text,
        returned_at=now,
        return_due_at=None,
    )
    say("remote.returned", row, by=None, now=now)
