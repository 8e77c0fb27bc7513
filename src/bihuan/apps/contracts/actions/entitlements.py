"""Entitlements: granted, used, taken back. Never below zero, whoever comes at the same moment."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from bihuan.apps.contracts import profile
from bihuan.apps.contracts.actions.common import refuse, tell_of, today_of
from bihuan.apps.contracts.enums import RowKind, State, Status
from bihuan.apps.contracts.models import Contract, Entitlement, EntitlementRow
from bihuan.apps.contracts.refusals import AlreadyUndone, NothingLeft, NotOpen
from bihuan.base.access.models import User
from bihuan.base.audit.actions import log
from bihuan.base.errors import BadInput

CENTS = Decimal("0.01")
MOST = Decimal("1e9")


def grant(
    *, contract: Contract, kind: str, quantity: Decimal, by: User | None, now: datetime, clause: str = "",
    from_on: date | None = None, to_on: date | None = None, note: str = "",
) -> Entitlement:  # fmt: skip
    """Give so much of a kind for a time (default: that of the contract); again for the same time
    adds to it. Raises BadInput, WrongState (an ended contract).
    """
    if kind not in profile.data()["entitlements"]:
        raise BadInput({"kind": _("没有这种权益：%(value)s。") % {"value": kind}})
    quantity = _tidy(quantity)
    first, last = from_on or contract.start_on, to_on or contract.end_on
    if last is not None and last < first:
        raise BadInput({"to_on": _("止日不能早于起日。")})
    if contract.status == Status.ENDED:
        raise refuse(contract, now)
    with transaction.atomic():
        row, _made = Entitlement.objects.select_for_update(of=("self",)).get_or_create(
            contract=contract,
            kind=kind,
            from_on=first,
            defaults={"to_on": last, "clause": clause.strip()},
        )
        Entitlement.objects.filter(pk=row.pk).update(granted=F("granted") + quantity)
        EntitlementRow.objects.create(
            entitlement=row,
            kind=RowKind.GRANT,
            quantity=quantity,
            at=now,
            by=by,
            note=note.strip()[:200],
        )
        log(
            "entitlement.grant",
            by=by,
            now=now,
            thing=row,
            after={"kind": kind, "quantity": quantity},
        )
        row.refresh_from_db()
        return row


def use(
    *, entitlement: Entitlement, quantity: Decimal, by: User | None, now: datetime, at: datetime | None = None,
    ref: str = "", note: str = "", source: str = "screen",
) -> EntitlementRow:  # fmt: skip
    """
    Use so much. The same `ref` (a ticket, a visit) takes only once and answers with its first row.
    Raises BadInput, NotOpen, NothingLeft.
    """
    quantity, ref, at = _tidy(quantity), ref.strip()[:60], at or now
    if at > now:
        raise BadInput({"at": _("时间在将来。用了以后再登记。")})
    with transaction.atomic():
        row = (
            Entitlement.objects.select_for_update(of=("self",))
            .select_related("contract")
            .get(pk=entitlement.pk)
        )
        first = row.rows.filter(kind=RowKind.USE, ref=ref, undone_by=None).first() if ref else None
        if first is not None:
            return first
        _open(row, at)
        took = Entitlement.objects.filter(pk=row.pk, granted__gte=F("used") + quantity).update(
            used=F("used") + quantity
        )
        if not took:
            raise NothingLeft(
                title=profile.entitlement_title(row.kind),
                left=_said(row.left),
                wanted=_said(quantity),
                unit=profile.unit_of(row.kind),
            )
        made = EntitlementRow.objects.create(
            entitlement=row,
            kind=RowKind.USE,
            quantity=quantity,
            at=at,
            by=by,
            ref=ref,
            note=note.strip()[:200],
        )
        tell_of(
            row.contract, "entitlement.used", at=at, now=now, by=by, key=f"entitlement_row:{made.pk}",
            data={"use": f"QY-{made.pk}", "kind": row.kind, "quantity": float(quantity)}, source=source,
        )  # fmt: skip
        log("entitlement.use", by=by, now=now, thing=row, after={"quantity": quantity, "ref": ref})
        return made


def undo(*, row: EntitlementRow, by: User | None, now: datetime, note: str) -> EntitlementRow:
    """Take a use back: the counter rises again, both rows stay. Raises BadInput, AlreadyUndone."""
    if row.kind != RowKind.USE:
        raise BadInput({"": _("只有使用可以撤销。")})
    if not note.strip():
        raise BadInput({"note": _("请写为什么撤销。")})
    with transaction.atomic():
        entitlement = Entitlement.objects.select_for_update(of=("self",)).get(pk=row.entitlement_id)
        if EntitlementRow.objects.filter(undoes=row).exists():
            raise AlreadyUndone
        Entitlement.objects.filter(pk=entitlement.pk).update(used=F("used") - row.quantity)
        made = EntitlementRow.objects.create(
            entitlement=entitlement,
            kind=RowKind.UNDO,
            quantity=row.quantity,
            at=now,
            by=by,
            undoes=row,
            note=note.strip()[:200],
        )
        log(
            "entitlement.undo",
            by=by,
            now=now,
            thing=entitlement,
            after={"row": row.pk, "quantity": row.quantity},
        )
        return made


def _tidy(quantity: Decimal) -> Decimal:
    if not quantity.is_finite() or not CENTS <= quantity <= MOST:
        raise BadInput({"quantity": _("数量要大于 0。")})
    return quantity.quantize(CENTS)


def _open(row: Entitlement, at: datetime) -> None:
    day = today_of(at)
    running = row.contract.state(day) in (State.ACTIVE, State.EXPIRING)
    if not running or not row.is_open(day):
        raise NotOpen(
            **{
                "title": profile.entitlement_title(row.kind),
                "from": row.from_on,
                "to": row.to_on or "—",
            }
        )


def _said(quantity: Decimal) -> str:
    return f"{quantity.normalize():f}"
