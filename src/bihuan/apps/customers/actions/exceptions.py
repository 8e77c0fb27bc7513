"""Dated exceptions of one customer to a rule or a clause."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from bihuan.apps.customers.actions.customers import Merged, pack_or_none
from bihuan.apps.customers.enums import Change, Status, Target
from bihuan.apps.customers.models import ClauseException, Customer
from bihuan.apps.people.calendars import calendars
from bihuan.base.access.models import User
from bihuan.base.access.scope import must
from bihuan.base.audit.actions import log
from bihuan.base.errors import BadInput, ChangedMeanwhile, Refusal
from bihuan.base.vocabulary import vocabulary
from bihuan.lib.workcal import BadDuration, Duration


class SelfApproved(Refusal):
    code = "exception_self_approved"
    message = _("例外要由另一个人批准，提出的人不能自己批。")


class TooLate(Refusal):
    code = "exception_too_late"
    message = _("这个例外的期限已经过了，请重新提一个。")


def ask_exception(
    *, customer: Customer, target: Target, code: str, change: Change, value: str, reason: str,
    from_at: datetime, to_at: datetime | None, by: User | None, now: datetime,
) -> ClauseException:  # fmt: skip
    """Ask that from an instant on a rule or clause is waived for this customer or runs differently.

    It has no effect until another person grants it. Raises BadInput, Merged.
    """
    if customer.status == Status.MERGED:
        raise Merged(into=customer.merged_into)
    _check(target, code, change, value, reason, from_at, to_at, now)
    with transaction.atomic():
        row = ClauseException.objects.create(
            customer=customer, target=target, code=code.strip(), change=change, reason=reason.strip()[:300],
            value="" if change == Change.WAIVE else value.strip(), from_at=from_at, to_at=to_at, asked_by=by, asked_at=now,
        )  # fmt: skip
        log(
            "exception.ask", by=by, now=now, thing=row,
            after={"customer": customer.pk, "code": row.code, "change": str(change), "value": row.value},
        )  # fmt: skip
        return row


def grant_exception(*, exception: ClauseException, by: User, now: datetime) -> ClauseException:
    """Approve it. It never works backwards: what has arisen stays as it arose.

    Raises NotAllowed, SelfApproved, TooLate, ChangedMeanwhile.
    """
    must(by, "obligations.waive")
    if exception.asked_by_id == by.pk:
        raise SelfApproved
    if exception.to_at is not None and exception.to_at <= now:
        raise TooLate
    with transaction.atomic():
        took = (
            ClauseException.objects.asked()
            .filter(pk=exception.pk)
            .update(approver=by, granted_at=now, from_at=max(now, exception.from_at))
        )
        if not took:
            raise ChangedMeanwhile
        exception.refresh_from_db()
        log("exception.grant", by=by, now=now, thing=exception)
        return exception


def refuse_exception(*, exception: ClauseException, by: User, now: datetime) -> ClauseException:
    """Turn it down. Raises NotAllowed, ChangedMeanwhile."""
    must(by, "obligations.waive")
    with transaction.atomic():
        if (
            not ClauseException.objects.asked()
            .filter(pk=exception.pk)
            .update(refused_at=now, ended_by=by)
        ):
            raise ChangedMeanwhile
        exception.refresh_from_db()
        log("exception.refuse", by=by, now=now, thing=exception)
        return exception


def _check(
    target: str,
    code: str,
    change: str,
    value: str,
    reason: str,
    from_at: datetime,
    to_at: datetime | None,
    now: datetime,
) -> None:
    faults: dict[str, str] = {}
    pack = pack_or_none(now)
    known = () if pack is None else pack.rules if target == Target.RULE else pack.clauses
    if code.strip() not in known:
        faults["code"] = str(_("现行制度里没有 %(code)s。")) % {"code": code}
    if from_at < now:
        faults["from_at"] = str(_("例外不能从过去算起。"))
    if to_at is not None and to_at <= from_at:
        faults["to_at"] = str(_("结束要在开始之后。"))
    if len(reason.strip()) < 4:
        faults["reason"] = str(_("请写清理由，审计时要看。"))
    if fault := _value_fault(change, value.strip(), now):
        faults["value"] = fault
    if faults:
        raise BadInput(faults)


def _value_fault(change: str, value: str, now: datetime) -> str:
    if change == Change.WITHIN:
        try:
            Duration.parse(value)
        except BadDuration as bad:
            return bad.sentence("en" if (get_language() or "zh").startswith("en") else "zh")
    if change == Change.CALENDAR and value not in calendars().names():
        return str(_("没有这个日历：%(value)s。")) % {"value": value}
    if change == Change.BY and value not in vocabulary().roles:
        return str(_("没有这个岗位：%(value)s。")) % {"value": value}
    return ""


def end_exception(*, exception: ClauseException, by: User | None, now: datetime) -> ClauseException:
    """It ends now (one that has not begun ends before it began). Raises ChangedMeanwhile."""
    with transaction.atomic():
        took = (
            ClauseException.objects.at(now).filter(pk=exception.pk).update(to_at=now, ended_by=by)
        )
        took = took or ClauseException.objects.filter(
            pk=exception.pk, from_at__gt=now, ended_by=None
        ).exclude(approver=None).update(to_at=exception.from_at, ended_by=by)
        if not took:
            raise ChangedMeanwhile
        exception.refresh_from_db()
        log("exception.end", by=by, now=now, thing=exception)
        return exception
