"""Facts told by people and programs: from the form, the API or an import.

Whatever kind the vocabulary declares may be told, also while the app that will tell it does not
exist; only what the engine itself writes, and what is told by a deed on its own screen, may not.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bihuan.base.access.models import User
from bihuan.base.access.reach import ALL
from bihuan.base.access.scope import must, reaches
from bihuan.base.errors import BadInput, NotAllowed, Refusal
from bihuan.base.facts.actions import Told, tell
from bihuan.base.facts.subjects import resolve
from bihuan.base.vocabulary import vocabulary
from bihuan.lib.policy.vocabulary import FactKind

OF_THE_ENGINE = ("obligation.", "period.")
# Every step of a ticket is a deed on its page: told by hand it would end a clock, and the ticket
# would not know. Duties of a report that came without a ticket are carried out with proof.
OF_A_PAGE = ("ticket.",)
# These are told by deeds alone, which ask more of a person than that he may tell facts: a right of
# its own (the engine obeys them), or that he had no hand in what the customer is said to confirm,
# leads, or reads for himself; or that it was done, with words or proof of it: a call, the handling
# of a problem, a promise.
OF_A_DEED = frozenset({
    "customer.merged", "customer.changed", "calendar.corrected", "pack.published", "pack.announced",
    "pack.in_force", "problem.confirmed", "demand.plan_confirmed", "visit.done",
    "reading.acknowledged", "callback.attempted", "callback.done", "problem.handled", "problem.fed_back",
    "promise.kept", "consultation.answered", "credit_term.decided", "slot.decided",
})  # fmt: skip
# Clocks of different machines differ a little.
AHEAD = timedelta(minutes=5)
WITHOUT_SUBJECT = ("company", "any")


class EngineFact(Refusal):
    """A fact that the engine writes when it happens."""

    code = "engine_fact"
    message = gettext_lazy("“%(kind)s”由系统自己记录，不能手工登记。")
    status = 422


def kinds() -> dict[str, FactKind]:
    """What may be told by hand, by code."""
    return {code: kind for code, kind in vocabulary().facts.items() if not is_kept(code)}


def is_kept(code: str) -> bool:
    """Whether the program alone tells facts of this kind."""
    return code.startswith((*OF_THE_ENGINE, *OF_A_PAGE)) or code in OF_A_DEED


def tell_by_hand(
    *,
    kind: str,
    at: datetime,
    subjects: Mapping[str, int | str],
    data: Mapping[str, Any],
    by: User,
    now: datetime,
    key: str = "",
    source: str = "form",
) -> Told:
    """Write one fact about subjects within this person's reach, given by id or code.

    A second telling under the same `key` by the same person adds nothing. Raises NotAllowed,
    BadInput (naming each wrong field), EngineFact.
    """
    must(by, "facts.tell")
    if is_kept(kind):
        raise EngineFact(kind=kind)
    _check_moment(at, now)
    found = resolve(subjects, person=by)
    declared = vocabulary().facts.get(kind)
    wanted = declared.subject if declared is not None else "any"
    if wanted not in WITHOUT_SUBJECT and wanted not in found:
        raise BadInput({f"subjects.{wanted}": _("请填这件事是关于谁的。")})
    if not found and ALL not in reaches(by, "facts.tell"):
        raise NotAllowed
    return tell(
        kind,
        at=at,
        now=now,
        by=by,
        subjects=found,
        data=data,
        key=f"{source}:{by.pk}:{key}" if key else None,
        source=source,
    )


def _check_moment(at: datetime, now: datetime) -> None:
    if at.tzinfo is None:
        raise BadInput({"at": _("时刻要带时区，例如 2026-01-31T08:30+08:00。")})
    if at > now + AHEAD:
        raise BadInput({"at": _("事实是已经发生的事，时刻不能晚于现在。")})
