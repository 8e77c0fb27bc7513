"""Whether anything may be changed from afar: the company's switch, the customer's leave for a machine."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from bihuan.apps.assets.models import Asset
from bihuan.apps.monitoring.models import CommandSwitch, Permit
from bihuan.apps.monitoring.queries.commanding import permit_of, switched_on
from bihuan.apps.monitoring.refusals import (
    AlreadyPermitted,
    AlreadySwitched,
    NotPermitted,
    ReasonMissing,
)
from bihuan.base.access.models import User
from bihuan.base.audit.actions import log
from bihuan.base.errors import BadInput

WHY, WHO, PROOF = 200, 60, 300


def switch(*, on: bool, why: str, by: User, now: datetime) -> CommandSwitch:
    """For the whole company, from now on; off stops what has not gone out yet, returns too.

    Raises ReasonMissing, AlreadySwitched.
    """
    if not why.strip():
        raise ReasonMissing
    with transaction.atomic():
        if switched_on() == on:
            raise AlreadySwitched
        row = CommandSwitch.objects.create(on=on, why=why.strip()[:WHY], at=now, by=by)
        log("command.switch", by=by, now=now, thing=row, after={"on": on, "why": row.why})
    return row


def permit(*, asset: Asset, given_by: str, proof: str, by: User, now: datetime) -> Permit:
    """The customer allows it for this machine. Raises BadInput, AlreadyPermitted."""
    lacking = {}
    if not given_by.strip():
        lacking["given_by"] = _("客户那边是谁同意的？")
    if not proof.strip():
        lacking["proof"] = _("怎么同意的，凭据在哪里？例如合同号、邮件日期、录音号。")
    if lacking:
        raise BadInput(lacking)
    with transaction.atomic():
        Asset.objects.select_for_update(of=("self",), no_key=True).get(pk=asset.pk)
        if permit_of(asset.pk) is not None:
            raise AlreadyPermitted
        Permit.objects.filter(asset=asset, ended_at=None).update(
            ended_at=now, ended_by=by, why_ended=_("设备已转到另一家客户。")
        )
        row = Permit.objects.create(
            asset=asset, given_by=given_by.strip()[:WHO], proof=proof.strip()[:PROOF], at=now, by=by
        )
        log("command.permit", by=by, now=now, thing=asset, after={"proof": row.proof})
    return row


def withdraw_permit(*, asset: Asset, why: str, by: User, now: datetime) -> None:
    """Nothing goes to this machine any more, at once. Raises ReasonMissing, NotPermitted."""
    if not why.strip():
        raise ReasonMissing
    with transaction.atomic():
        done = Permit.objects.filter(asset=asset, ended_at=None).update(
            ended_at=now, ended_by=by, why_ended=why.strip()[:WHY]
        )
        if not done:
            raise NotPermitted
        log("command.permit_end", by=by, now=now, thing=asset, after={"why": why.strip()[:WHY]})
