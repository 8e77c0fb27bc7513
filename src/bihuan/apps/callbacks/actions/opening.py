"""Opening balances: last contacts, open problems and open promises of the time before going live.

A last contact is told at once with the day on which it was, and asks for nothing. Problems and
promises wait until a regulation is in force; then they are told, and their limits begin.
"""

from __future__ import annotations

import hashlib
from datetime import date, datetime, time

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from bihuan.apps.callbacks.actions.problems import Found, Promised
from bihuan.apps.callbacks.actions.touches import note
from bihuan.apps.callbacks.enums import CallKind, Channel, ProblemState, PromiseState, TouchKind
from bihuan.apps.callbacks.models import Problem, ProblemStep, Promise, Touch
from bihuan.apps.callbacks.search import put_problem
from bihuan.apps.customers.models import Customer
from bihuan.apps.policy.queries import NoPackInForce, version_at
from bihuan.base.access.models import User
from bihuan.base.audit.actions import log
from bihuan.base.errors import BadInput
from bihuan.base.facts.actions import tell
from bihuan.base.facts.models import CARRIED, OPENING

VISIT, EXECUTIVE, CONTACT = "VISIT", "EXECUTIVE_VISIT", "CONTACT"
BATCH = 500


def contacted(
    *, customer: Customer, kind: str, channel: str, on: date, who: User | None, by: User | None,
    now: datetime,
) -> bool:  # fmt: skip
    """Write down when a customer was last called, visited or contacted; True when it was new.

    `kind` is a CallKind, VISIT, EXECUTIVE_VISIT or CONTACT. Raises BadInput.
    """
    if on > timezone.localdate(now):
        raise BadInput({"on": _("日期不能在今天以后。")})
    key, at = f"opening:{customer.pk}:{kind}:{on.isoformat()}", min(noon(on), now)
    touch = TouchKind.VISIT if kind in (VISIT, EXECUTIVE) else TouchKind.CALL
    with transaction.atomic():
        if not note(
            customer_id=customer.pk, contact_id=None, kind=touch, at=at, key=key, by=who,
            channel=channel,
        ):  # fmt: skip
            return False
        number = f"QC-{Touch.objects.values_list('pk', flat=True).get(key=key):06d}"
        code, data = _said(kind, channel, number)
        tell(
            code, at=at, now=now, by=by, subjects={"customer": customer.pk}, data=data, key=key,
            source=OPENING,
        )  # fmt: skip
        return True


def _said(kind: str, channel: str, number: str) -> tuple[str, dict[str, object]]:
    if kind in (VISIT, EXECUTIVE):
        return "visit.done", {"visit": number, "executive": kind == EXECUTIVE}
    if kind == CONTACT:
        return "contact.made", {"touch": number, "care": True, "channel": channel}
    return "callback.done", {
        "callback": number, "kind": str(CallKind(kind)), "channel": str(Channel(channel)),
    }  # fmt: skip


def noon(day: date) -> datetime:
    """A list of former contacts names days, not hours."""
    return timezone.make_aware(datetime.combine(day, time(12)))


def open_problem(
    *, customer: Customer, problem: Found, found_on: date, by: User | None, now: datetime
) -> bool:
    """A problem that is still open; True when it was new. Raises BadInput."""
    if found_on > timezone.localdate(now):
        raise BadInput({"found_on": _("日期不能在今天以后。")})
    mark = _mark("problem", customer, found_on, problem.text)
    owner = problem.owner or customer.account_manager
    with transaction.atomic():
        old = Problem.objects.filter(opening=mark).first()
        if old is not None:
            known = (old.grade, old.technical, old.disposition)
            if known != (problem.grade, problem.technical, problem.disposition):
                raise BadInput(
                    {"text": _("这个问题已经导入过，等级或处理方式不同。请在问题页改。")}
                )
            return False
        row = Problem.objects.create(
            customer=customer, text=problem.text.strip(), grade=problem.grade,
            technical=problem.technical, disposition=problem.disposition, state=ProblemState.OPEN,
            found_at=min(noon(found_on), now), found_by=None, owner=owner, opening=mark,
        )  # fmt: skip
        ProblemStep.objects.create(
            problem=row, to=ProblemState.OPEN, text=row.text, at=row.found_at, by=by
        )
        log("problem.open", by=by, now=now, thing=row, after={"found_on": found_on.isoformat()})
        put_problem(row)
        return True


def open_promise(
    *, customer: Customer, promise: Promised, made_on: date, by: User | None, now: datetime
) -> bool:
    """A promise that is still to be kept; True when it was new. Raises BadInput, also for one
    whose day is over: the customer is asked for a new day first.
    """
    today = timezone.localdate(now)
    if promise.owner is None or promise.due_on is None:
        raise BadInput({"owner": _("承诺要写清谁、哪天办到。")})
    mark = _mark("promise", customer, made_on, promise.text)
    old = Promise.objects.filter(opening=mark).first()
    if old is not None:
        if (old.owner_id, old.due_on) != (promise.owner.pk, promise.due_on):
            raise BadInput({"due_on": _("这个承诺已经导入过，责任人或日期不同。")})
        return False
    if made_on > today:
        raise BadInput({"made_on": _("日期不能在今天以后。")})
    if promise.due_on < today:
        raise BadInput({"due_on": _("约定日期已经过了。和客户重新约一天，再导入。")})
    with transaction.atomic():
        row = Promise.objects.create(
            customer=customer, text=promise.text.strip(), owner=promise.owner,
            due_on=promise.due_on, state=PromiseState.OPEN, made_at=min(noon(made_on), now),
            made_by=None, opening=mark,
        )  # fmt: skip
        log(
            "promise.open", by=by, now=now, thing=row,
            after={"made_on": made_on.isoformat(), "due_on": row.due_on.isoformat()},
        )  # fmt: skip
        return True


def _mark(kind: str, customer: Customer, day: date, text: str) -> str:
    plain = f"{kind}|{customer.pk}|{day.isoformat()}|{' '.join(text.split())}"
    return hashlib.sha256(plain.encode()).hexdigest()


def carry_over(now: datetime) -> int:
    """Tell what was open before, once a regulation is in force. Twice is once."""
    problems = Problem.objects.filter(opening__isnull=False, carried_at=None)
    promises = Promise.objects.filter(opening__isnull=False, carried_at=None)
    if not (problems.exists() or promises.exists()):
        return 0
    try:
        version_at(now)
    except NoPackInForce:
        return 0
    count = 0
    with transaction.atomic():
        for row in problems.order_by("pk").select_for_update(skip_locked=True)[:BATCH]:
            count += 1
            Problem.objects.filter(pk=row.pk).update(carried_at=now)
            if row.state == ProblemState.OPEN:
                tell(
                    "problem.found", at=row.found_at, now=now, by=None, source=CARRIED,
                    subjects={"customer": row.customer_id}, key=f"problem:{row.pk}:carried",
                    data={
                        "problem": row.number, "grade": str(row.grade), "source": "OTHER",
                        "technical": row.technical,
                    },
                )  # fmt: skip
        for made in promises.order_by("pk").select_for_update(skip_locked=True)[:BATCH]:
            count += 1
            Promise.objects.filter(pk=made.pk).update(carried_at=now)
            if made.state == PromiseState.OPEN:
                tell(
                    "promise.made", at=made.made_at, now=now, by=None, source=CARRIED,
                    subjects={"customer": made.customer_id}, key=f"promise:{made.pk}:carried",
                    data={
                        "promise": made.number, "owner": str(made.owner_id),
                        "due_on": made.due_on.isoformat(),
                    },
                )  # fmt: skip
    return count
