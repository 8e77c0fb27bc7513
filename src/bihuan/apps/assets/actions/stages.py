"""The stages of a machine's life, each guarded."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from bihuan.apps.assets import words
from bihuan.apps.assets.actions.common import noon, tell_of, today_of
from bihuan.apps.assets.actions.warranties import refresh_warranty
from bihuan.apps.assets.enums import SetState, Status
from bihuan.apps.assets.models import Asset, StageChange
from bihuan.apps.assets.queries.sets import state_of
from bihuan.apps.assets.refusals import StageNeeds, WrongStage
from bihuan.apps.assets.rules import stages
from bihuan.base.access.models import User
from bihuan.base.audit.actions import log
from bihuan.base.errors import BadInput, ChangedMeanwhile
from bihuan.base.texts import in_a_row, listed


def advance(
    *, asset: Asset, to: Status, by: User | None, now: datetime, at: datetime | None = None, why: str = "",
    given: Mapping[str, object] | None = None, **columns: Any,
) -> Asset:  # fmt: skip
    """
    Move a machine to its next stage. `given` answers what the stage needs (`rules.stages.NEEDS`).
    Delivery, commissioning, stop and scrapping tell their facts. Raises BadInput, WrongStage,
    StageNeeds, ChangedMeanwhile.
    """
    at = at or now
    if at > now:
        raise BadInput({"at": _("时间在将来。发生以后再登记。")})
    answers = {"why": why.strip(), **(given or {})}
    with transaction.atomic():
        row = (
            Asset.objects.select_for_update(of=("self",), no_key=True)
            .select_related("model", "customer")
            .get(pk=asset.pk)
        )
        _guard(row, to, answers)
        if StageChange.objects.filter(asset=row, at__gt=at).exists():
            raise BadInput({"at": _("在这个时间以后，状态已经变过。请写更晚的时间。")})
        was = row.status
        took = Asset.objects.filter(pk=row.pk, status=was, version=asset.version).update(
            status=to, changed_at=now, version=row.version + 1, **columns
        )
        if not took:
            raise ChangedMeanwhile
        StageChange.objects.create(
            asset=row, before=was, after=to, at=at, why=why.strip()[:200], by=by, told_at=now
        )
        row.refresh_from_db()
        refresh_warranty(row)
        _tell(row, to, answers, at=at, now=now, by=by)
        log("asset.stage", by=by, now=now, thing=row, before={"status": was}, after={"status": to})
        return row


def _guard(row: Asset, to: Status, answers: Mapping[str, object]) -> None:
    then = words.title(words.STATUS, to)
    if not stages.may_follow(row.status, to):
        offered = listed(words.title(words.STATUS, each) for each in stages.following(row.status))
        raise WrongStage(now=row.status_title, then=then, next=offered or _("没有了"))
    if lacking := stages.missing(to, answers):
        raise StageNeeds(
            then=then, missing=in_a_row(words.title(words.MISSING, each) for each in lacking)
        )


def _tell(
    row: Asset,
    to: Status,
    answers: Mapping[str, object],
    *,
    at: datetime,
    now: datetime,
    by: User | None,
) -> None:
    key = f"asset:{row.pk}:{to}:{row.version}"
    match to:
        case Status.DELIVERED:
            assert row.delivered_on is not None
            data = {"delivered_on": row.delivered_on, "order": row.order_no or None}
            tell_of(row, "asset.delivered", at=at, now=now, by=by, key=key, data=_plain(data))
        case Status.COMMISSIONED:
            data_: dict[str, object] = {
                "commissioned_on": row.commissioned_on,
                "trainees": answers.get("trainees"),
            }
            tell_of(row, "asset.commissioned", at=at, now=now, by=by, key=key, data=_plain(data_))
        case Status.DOWN:
            stopped = (
                row.machine_set is not None and state_of(row.machine_set).state == SetState.STOPPED
            )
            tell_of(
                row, "asset.stopped", at=at, now=now, by=by, key=key, data={"set_stopped": stopped}
            )
        case Status.SCRAPPED:
            tell_of(row, "asset.retired", at=at, now=now, by=by, key=key, data={"scrapped": True})
        case _:
            return


def _plain(data: Mapping[str, object]) -> dict[str, object]:
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in data.items()
    }


def deliver(
    *, asset: Asset, delivered_on: date, by: User | None, now: datetime, at: datetime | None = None
) -> Asset:
    """The machine is at the customer's. Raises as `advance`."""
    _not_future("delivered_on", delivered_on, now)
    return advance(
        asset=asset,
        to=Status.DELIVERED,
        by=by,
        now=now,
        at=at or noon(delivered_on, now),
        delivered_on=delivered_on,
    )


def commission(
    *, asset: Asset, commissioned_on: date, checklist: bool, accepted: bool, trainees: int | None,
    by: User | None, now: datetime, at: datetime | None = None,
) -> Asset:  # fmt: skip
    """Installed, tested and accepted: the list is done, the customer signed, operators were trained.

    Raises BadInput, StageNeeds and as `advance`.
    """
    _not_future("commissioned_on", commissioned_on, now)
    if asset.delivered_on is not None and commissioned_on < asset.delivered_on:
        raise BadInput(
            {"commissioned_on": _("验收日不能早于交付日 %(day)s。") % {"day": asset.delivered_on}}
        )
    if trainees is not None and trainees < 0:
        raise BadInput({"trainees": _("人数不能小于 0。")})
    given = {"checklist": checklist, "accepted": accepted, "trainees": trainees}
    return advance(
        asset=asset, to=Status.COMMISSIONED, by=by, now=now, at=at or noon(commissioned_on, now), given=given,
        commissioned_on=commissioned_on,
    )  # fmt: skip


def stop(
    *, asset: Asset, why: str, by: User | None, now: datetime, at: datetime | None = None
) -> Asset:
    """The machine stands still; the fact says whether its whole set does. Raises as `advance`."""
    return advance(asset=asset, to=Status.DOWN, by=by, now=now, at=at, why=why)


def retire(
    *,
    asset: Asset,
    data_wiped: bool,
    take_back: str,
    by: User | None,
    now: datetime,
    why: str = "",
    at: datetime | None = None,
) -> Asset:
    """Scrap a machine: data wiped, take-back recorded. Raises as `advance`."""
    return advance(
        asset=asset, to=Status.SCRAPPED, by=by, now=now, at=at, why=f"{why} {take_back}".strip(),
        given={"data_wiped": data_wiped, "take_back": take_back.strip()}, machine_set=None,
    )  # fmt: skip


def _not_future(name: str, day: date, now: datetime) -> None:
    if day > today_of(now):
        raise BadInput({name: _("日期在将来。发生以后再登记。")})
