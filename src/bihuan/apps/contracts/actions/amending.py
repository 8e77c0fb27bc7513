"""A signed contract is never edited: an amendment says what changes from which day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from bihuan.apps.assets.models import Asset
from bihuan.apps.contracts.actions import checks
from bihuan.apps.contracts.actions.checks import TermValues
from bihuan.apps.contracts.actions.common import locked, noon, refuse, tell_of, today_of
from bihuan.apps.contracts.actions.contracts import put_machines, put_terms
from bihuan.apps.contracts.actions.lifecycle import set_warranties
from bihuan.apps.contracts.enums import Status
from bihuan.apps.contracts.models import Amendment, Contract
from bihuan.base.access.models import User
from bihuan.base.audit.actions import log
from bihuan.base.errors import BadInput, ChangedMeanwhile
from bihuan.lib.workcal import Duration

AMENDABLE = frozenset(
    {"end_on", "amount", "covers", "hours", "covers_all", "exclusions", "duties", "title"}
)


def amend(
    *, contract: Contract, signed_on: date, from_on: date, why: str, by: User | None, now: datetime,
    add: Sequence[Asset] = (), remove: Sequence[Asset] = (), terms: Sequence[TermValues] | None = None, **changes: Any,
) -> Amendment:  # fmt: skip
    """
    Change a signed contract from a day: fields of AMENDABLE, machines in and out, terms (all of
    them anew; None leaves them). What was before stays readable. Raises BadInput, WrongState,
    ChangedMeanwhile.
    """
    if unknown := set(changes) - AMENDABLE:
        raise TypeError(f"no amendable fields: {sorted(unknown)}")
    with transaction.atomic():
        row = locked(contract)
        if row.status != Status.SIGNED:
            raise refuse(row, now)
        if row.version != contract.version:
            raise ChangedMeanwhile
        _check(row, signed_on, from_on, why, now)
        clean = checks.contract_values(changes, row)
        said = {
            name: [_plain(getattr(row, name)), _plain(value)]
            for name, value in clean.items()
            if getattr(row, name) != value
        }
        for name, value in clean.items():
            setattr(row, name, value)
        said |= _machines(row, add, remove, from_on)
        if terms is not None:
            said |= _terms(row, checks.terms(terms), from_on)
        if not said:
            raise BadInput({"": _("没有任何变更。")})
        row.changed_at, row.version = now, row.version + 1
        row.save()
        made = Amendment.objects.create(
            contract=row, number=row.amendments.count() + 1, signed_on=signed_on, from_on=from_on, why=why.strip()[:200],
            changes=said, by=by, at=now,
        )  # fmt: skip
        set_warranties(row, by=by, now=now)
        tell_of(
            row, "contract.amended", at=noon(signed_on, now), now=now, by=by, key=f"contract:{row.pk}:amended:{made.number}",
            data={"amendment": f"{row.no}-{made.number}", "end_on": row.end_on if "end_on" in said else None},
        )  # fmt: skip
        log(
            "contract.amend",
            by=by,
            now=now,
            thing=row,
            after={"number": made.number, "changes": said},
        )
        return made


def _check(row: Contract, signed_on: date, from_on: date, why: str, now: datetime) -> None:
    faults: dict[str, str] = {}
    if not why.strip():
        faults["why"] = _("请写变更的原因。")
    if signed_on > today_of(now):
        faults["signed_on"] = _("日期在将来。签了以后再登记。")
    if row.signed_on is not None and signed_on < row.signed_on:
        faults["signed_on"] = _("不能早于合同签署日 %(day)s。") % {"day": row.signed_on}
    if from_on < row.start_on:
        faults["from_on"] = _("不能早于合同起始日 %(day)s。") % {"day": row.start_on}
    if faults:
        raise BadInput(faults)


def _machines(
    row: Contract, add: Sequence[Asset], remove: Sequence[Asset], from_on: date
) -> dict[str, Any]:
    said: dict[str, Any] = {}
    covered = set(row.machines.filter(to_on=None).values_list("asset_id", flat=True))
    fresh = [each for each in checks.machines(add, row.customer_id) if each.pk not in covered]
    gone = [each for each in remove if each.pk in covered]
    if fresh:
        put_machines(row, fresh, from_on)
        said["added"] = [str(each) for each in fresh]
    if gone:
        rows = row.machines.filter(to_on=None, asset_id__in=[each.pk for each in gone])
        rows.filter(from_on__gte=from_on).delete()
        rows.update(to_on=from_on - timedelta(days=1))
        said["removed"] = [str(each) for each in gone]
    return said


def _terms(row: Contract, wanted: Sequence[TermValues], from_on: date) -> dict[str, Any]:
    """Terms that differ end the day before; the new ones begin."""
    now_held = {
        each.duty: (each.within, each.calendar, each.clause)
        for each in row.terms.filter(to_on=None)
    }
    then = {
        each.duty: (str(Duration.parse(each.within)), each.calendar, each.clause.strip())
        for each in wanted
    }
    if now_held == then:
        return {}
    ended = row.terms.filter(
        to_on=None, duty__in=[duty for duty in now_held if then.get(duty) != now_held[duty]]
    )
    ended.filter(from_on__gte=from_on).delete()
    ended.update(to_on=from_on - timedelta(days=1))
    put_terms(row, [each for each in wanted if now_held.get(each.duty) != then[each.duty]], from_on)
    return {
        "terms": [
            sorted(f"{duty} {limit[0]}" for duty, limit in held.items())
            for held in (now_held, then)
        ]
    }


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
