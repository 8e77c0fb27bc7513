"""From draft to signature to the end."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from bihuan.apps.assets.actions import agree_warranty, withdraw_warranty
from bihuan.apps.assets.models import Asset
from bihuan.apps.contracts.actions.common import locked, noon, refuse, tell_of, today_of
from bihuan.apps.contracts.enums import EndReason, Kind, Status
from bihuan.apps.contracts.models import Contract
from bihuan.apps.contracts.queries.cover import CITED
from bihuan.apps.contracts.refusals import NotSigned
from bihuan.base.access.models import User
from bihuan.base.audit.actions import log
from bihuan.base.errors import BadInput, ChangedMeanwhile


def _step(
    contract: Contract, before: Status, after: Status, verb: str, by: User | None, now: datetime
) -> Contract:
    """One step of the way; refused from any other state."""
    with transaction.atomic():
        row = locked(contract)
        if row.status != before:
            raise refuse(row, now)
        took = Contract.objects.filter(pk=row.pk, status=before, version=contract.version).update(
            status=after, changed_at=now, version=row.version + 1
        )
        if not took:
            raise ChangedMeanwhile
        log(verb, by=by, now=now, thing=row, before={"status": before}, after={"status": after})
        row.refresh_from_db()
        return row


def send_to_review(*, contract: Contract, by: User | None, now: datetime) -> Contract:
    """Hand a draft round for counter-signing. Raises WrongState, ChangedMeanwhile."""
    return _step(contract, Status.DRAFT, Status.IN_REVIEW, "contract.review", by, now)


def return_to_draft(*, contract: Contract, by: User | None, now: datetime) -> Contract:
    """Somebody wants it changed. Raises WrongState, ChangedMeanwhile."""
    return _step(contract, Status.IN_REVIEW, Status.DRAFT, "contract.return", by, now)


def approve(*, contract: Contract, by: User | None, now: datetime) -> Contract:
    """All departments agree: it may be signed. Raises WrongState, ChangedMeanwhile."""
    return _step(contract, Status.IN_REVIEW, Status.APPROVED, "contract.approve", by, now)


def sign(
    *,
    contract: Contract,
    signed_on: date,
    ours: bool,
    theirs: bool,
    by: User | None,
    now: datetime,
    at: datetime | None = None,
) -> Contract:
    """
    Both sides signed. What follows from it: the warranty of its machines, the end of the contract
    that it renews, and the fact. Raises BadInput, NotSigned, WrongState, ChangedMeanwhile.
    """
    if not (ours and theirs):
        raise NotSigned(
            missing=_("对方的签字") if ours else _("我方的签字") if theirs else _("双方的签字")
        )
    if signed_on > today_of(now):
        raise BadInput({"signed_on": _("日期在将来。签了以后再登记。")})
    with transaction.atomic():
        row = locked(contract)
        if row.status != Status.APPROVED:
            raise refuse(row, now)
        took = Contract.objects.filter(
            pk=row.pk, status=Status.APPROVED, version=contract.version
        ).update(status=Status.SIGNED, signed_on=signed_on, changed_at=now, version=row.version + 1)
        if not took:
            raise ChangedMeanwhile
        row.refresh_from_db()
        set_warranties(row, by=by, now=now)
        moment = at or noon(signed_on, now)
        tell_of(
            row, "contract.signed", at=moment, now=now, by=by, data={"start_on": row.start_on, "end_on": row.end_on},
            key=f"contract:{row.pk}:signed",
        )  # fmt: skip
        if row.renews is not None:
            _renewed(row.renews, row.amount, moment, by, now)
        log("contract.sign", by=by, now=now, thing=row, after={"signed_on": signed_on})
        return row


def set_warranties(contract: Contract, *, by: User | None, now: datetime) -> None:
    """A sale sets the months, an extended warranty the last day, of the machines it covers."""
    source = f"{CITED}{contract.no}"
    rows = Asset.objects.select_related("model").filter(
        cover_rows__contract=contract, cover_rows__to_on=None
    )
    for asset in rows.order_by("pk"):
        if contract.kind == Kind.SALE and contract.warranty_months:
            agree_warranty(
                asset=asset, source=source, months=contract.warranty_months, by=by, now=now
            )
        elif contract.kind == Kind.EXTENDED_WARRANTY and contract.end_on is not None:
            agree_warranty(asset=asset, source=source, until=contract.end_on, by=by, now=now)


def _renewed(old: Contract, amount: Decimal, at: datetime, by: User | None, now: datetime) -> None:
    """The old contract runs to its last day and then ends as renewed."""
    row = locked(old)
    key = f"contract:{row.pk}"
    if row.status not in (Status.SIGNED, Status.ENDED):
        raise refuse(row, now)
    tell_of(
        row,
        "renewal.made",
        at=at,
        now=now,
        by=by,
        data={"amount": float(amount)},
        key=f"{key}:renewed",
    )
    if row.status == Status.ENDED:  # it had run out before the new one was signed
        return
    Contract.objects.filter(pk=row.pk).update(
        status=Status.ENDED, ended_on=row.end_on or today_of(now), ended_reason=EndReason.RENEWED, changed_at=now,
        version=row.version + 1,
    )  # fmt: skip
    tell_of(
        row,
        "contract.ended",
        at=at,
        now=now,
        by=by,
        data={"reason": str(EndReason.RENEWED)},
        key=f"{key}:ended",
    )


def end(*, contract: Contract, on: date, why: str, by: User | None, now: datetime) -> Contract:
    """End a signed contract before its time; what its warranty gave is taken back.

    Raises BadInput, WrongState, ChangedMeanwhile.
    """
    if not why.strip():
        raise BadInput({"why": _("请写终止的原因和结算情况。")})
    if on > today_of(now):
        raise BadInput({"on": _("日期在将来。到那天再登记。")})
    with transaction.atomic():
        row = locked(contract)
        if row.status != Status.SIGNED:
            raise refuse(row, now)
        if on < row.start_on or (row.end_on is not None and on > row.end_on):
            raise BadInput({"on": _("终止日要在合同期内。")})
        took = Contract.objects.filter(pk=row.pk, status=Status.SIGNED, version=contract.version).update(
            status=Status.ENDED, ended_on=on, ended_reason=EndReason.TERMINATED, ended_why=why.strip()[:200], changed_at=now,
            version=row.version + 1,
        )  # fmt: skip
        if not took:
            raise ChangedMeanwhile
        row.refresh_from_db()
        if row.kind == Kind.EXTENDED_WARRANTY:
            for asset in (
                Asset.objects.select_related("model")
                .filter(cover_rows__contract=row)
                .distinct()
                .order_by("pk")
            ):
                withdraw_warranty(asset=asset, source=f"{CITED}{row.no}", by=by, now=now)
        tell_of(
            row,
            "contract.ended",
            at=noon(on, now),
            now=now,
            by=by,
            data={"reason": str(EndReason.TERMINATED)},
            key=f"contract:{row.pk}:ended",
        )
        log("contract.end", by=by, now=now, thing=row, after={"on": on, "why": why})
        return row
