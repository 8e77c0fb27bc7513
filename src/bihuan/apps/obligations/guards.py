"""Who may not carry out a duty, although it is theirs: what rules ask for under `needs`."""

from __future__ import annotations

from collections.abc import Callable

from bihuan.apps.obligations.enums import DONE
from bihuan.apps.obligations.models import CADENCE, Obligation
from bihuan.apps.obligations.refusals import NotByDoer, NotByStaff
from bihuan.base.access.models import User
from bihuan.base.vocabulary import vocabulary

EXECUTIVE = "executive"
INDEPENDENT = "independent"
TOP = ("general_manager", "deputy_manager", "exec_sponsor")


def check(row: Obligation, by: User) -> None:
    """Raises NotByStaff or NotByDoer when this person may not carry this duty out."""
    for need in row.needs:
        guard = GUARDS.get(need)
        if guard is not None:
            guard(row, by)


def leads(person: User) -> bool:
    """Whether somebody leads: a holder of a post right under the top, or the top itself."""
    roles = vocabulary().roles
    heads = {code for code, role in roles.items() if role.up in TOP and code.endswith("_head")}
    return bool(set(person.roles) & (heads | set(TOP)))


def _executive(row: Obligation, by: User) -> None:
    if not leads(by):
        raise NotByStaff


def _independent(row: Obligation, by: User) -> None:
    """Not by whoever carried out another duty of the same occasion and subject. What the house
    owes in a period is no matter of its own: all that it does in a quarter falls into it.
    """
    if row.subject_type == "company" and row.cause_kind == CADENCE and not row.match:
        return
    doers = Obligation.objects.filter(
        subject_type=row.subject_type, subject_id=row.subject_id, state__in=DONE, discharged_by=by
    ).exclude(pk=row.pk)
    same = {"match": row.match} if row.match else {"occasion": row.occasion}
    doers = doers.filter(**same)
    # being the one who called before is no conflict: what counts is the work on the matter
    if doers.exclude(kind__startswith="callback.").exists():
        raise NotByDoer(who=by.name)


GUARDS: dict[str, Callable[[Obligation, User], None]] = {
    EXECUTIVE: _executive,
    INDEPENDENT: _independent,
}
