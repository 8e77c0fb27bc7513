"""Meetings that are held, reports that are issued, regulations that are read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from bihuan.apps.obligations.actions import discharge
from bihuan.apps.obligations.acts import Proof
from bihuan.apps.obligations.enums import LIVE, MeetingState, State
from bihuan.apps.obligations.gatherings import Attendance, Decision, Meeting, Report, ReportReader
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.obligations.refusals import NoQuorum, NothingWritten, NotOpen, OnlyOneself
from bihuan.apps.obligations.rules import COMPANY
from bihuan.apps.obligations.words import state_word
from bihuan.apps.people.queries import everybody_in
from bihuan.apps.policy.models import PackVersion
from bihuan.apps.policy.queries import pack_of
from bihuan.base.access.models import User
from bihuan.base.access.scope import visible
from bihuan.base.evidence.models import File
from bihuan.base.facts.actions import Telling, tell_all
from bihuan.base.notify.actions import tell
from bihuan.base.texts import listed
from bihuan.lib.policy import Clause

CARRIED_OUT = "decision.carry_out"
OPEN_ITEMS = 30


@dataclass(frozen=True)
class Decided:
    """One decision as it was taken."""

    text: str
    owner: User
    due_on: date


def details(row: Obligation) -> Mapping[str, Any]:
    """What the regulation says of this meeting or report: members, agenda, sections."""
    rule = row.pack.rules.get(row.rule)
    return rule.details if rule is not None else {}


def members(row: Obligation, on: date) -> list[User]:
    """Who is invited: the holders of the roles that the regulation names."""
    named = details(row)
    roles = list(dict.fromkeys([*(named.get("members") or ()), named.get("chair") or row.role]))
    found = everybody_in(roles, on=on)
    if row.assignee is not None and row.assignee not in found:
        found.append(row.assignee)
    return found


def readers(row: Obligation, on: date) -> list[User]:
    """Who the regulation sends this report to."""
    return everybody_in(details(row).get("to") or (), on=on)


def open_items(row: Obligation, person: User, now: datetime) -> dict[str, list[Obligation]]:
    """What the agenda fills itself with, as far as this person may see it: decisions not carried
    out yet, and what is overdue.
    """
    every = visible(Obligation.objects.filter(state=State.OPEN), person, "obligations.see")
    rows = every.select_related("customer", "assignee")
    decisions = rows.filter(kind=CARRIED_OUT).order_by("due_at", "pk")
    late = rows.filter(due_at__lt=now).exclude(kind=CARRIED_OUT).exclude(pk=row.pk)
    return {
        "decisions": list(decisions[:OPEN_ITEMS]),
        "late": list(late.order_by("due_at", "pk")[:OPEN_ITEMS]),
    }


def hold(
    *, obligation: Obligation, by: User, now: datetime, held_at: datetime, place: str,
    invited: Sequence[User], present: Sequence[User], minutes: str, file: File | None = None,
    decisions: Sequence[Decided] = (), agenda: Sequence[str] = (),
) -> Meeting:  # fmt: skip
    """Record a meeting: discharged only with minutes and attendance, and with its quorum; each
    decision is a fact from which an obligation with owner and due day arises.

    Raises NotOpen, NoQuorum, NothingWritten and what `discharge` refuses.
    """
    if not minutes.strip() and file is None:
        raise NothingWritten
    if obligation.state not in LIVE:
        raise NotOpen(state=state_word(obligation.state))
    there = {user.pk for user in present}
    quorum = float(details(obligation).get("quorum") or 0)
    if not there or len(there) < quorum * len(invited):
        raise NoQuorum(present=len(there), invited=len(invited), quorum=f"{quorum:.0%}")
    with transaction.atomic():
        meeting, _ = Meeting.objects.update_or_create(
            obligation=obligation,
            defaults={
                "state": MeetingState.HELD, "held_at": held_at, "place": place.strip(), "chair": by,
                "agenda": list(agenda), "minutes": minutes.strip(), "quorum": quorum,
            },
        )  # fmt: skip
        Attendance.objects.filter(meeting=meeting).delete()
        Attendance.objects.bulk_create(
            [Attendance(meeting=meeting, user=user, present=user.pk in there) for user in invited]
        )
        _decide(meeting, obligation, decisions, by=by, now=now, at=held_at)
        names = listed(user.name for user in invited if user.pk in there)
        discharge(
            obligation_ids=[obligation.pk], by=by, now=now, at=held_at,
            evidence=[
                Proof("minutes", minutes.strip(), file.pk if file else None),
                Proof("attendance", f"{len(there)} / {len(invited)}: {names}"),
            ],
        )  # fmt: skip
        return meeting


def _decide(
    meeting: Meeting, row: Obligation, decisions: Sequence[Decided], *, by: User, now: datetime,
    at: datetime,
) -> None:  # fmt: skip
    # of a meeting that was opened again the decisions stand, and so do the duties that they made
    known = set(meeting.decisions.values_list("text", "owner_id", "due_on"))
    kept = [
        Decision.objects.create(
            meeting=meeting, text=each.text, owner=each.owner, due_on=each.due_on
        )
        for each in decisions
        if (each.text, each.owner.pk, each.due_on) not in known
    ]
    code = f"M-{meeting.pk}"
    tellings = [
        Telling(
            "decision.made", at, {"company": COMPANY},
            {
                "decision": f"{code}-{each.pk}", "meeting": code, "owner": str(each.owner_id),
                "due_on": each.due_on.isoformat(),
            },
        )
        for each in kept
    ]  # fmt: skip
    held = Telling(
        "meeting.held", at, {"company": COMPANY},
        {
            "meeting": code, "kind": row.rule, "decisions": meeting.decisions.count(),
            "attended": meeting.attendance.filter(present=True).count(),
            "invited": meeting.attendance.count(),
        },
    )  # fmt: skip
    tell_all([held, *tellings], now=now, by=by)


def issue(
    *, obligation: Obligation, by: User, now: datetime, sections: Sequence[Mapping[str, str]],
    file: File | None = None,
) -> Report:  # fmt: skip
    """Issue a report: written in place or uploaded; its readers are told.

    Raises NothingWritten, NotOpen and what `discharge` refuses.
    """
    written = [dict(each) for each in sections if each.get("text", "").strip()]
    if not written and file is None:
        raise NothingWritten
    with transaction.atomic():
        report, new = Report.objects.update_or_create(
            obligation=obligation,
            defaults={"sections": written, "file": file, "issued_at": now, "issued_by": by},
        )
        text = "\n\n".join(f"{each['title']}\n{each['text']}" for each in written)
        discharge(
            obligation_ids=[obligation.pk], by=by, now=now, at=now,
            evidence=[Proof("report", text, file.pk if file else None)],
        )  # fmt: skip
        if not new:  # nobody has read what is issued anew
            report.readers.update(read_at=None)
        sent_to = readers(obligation, timezone.localdate(now))
        ReportReader.objects.bulk_create(
            [ReportReader(report=report, user=user) for user in sent_to], ignore_conflicts=True
        )
        tell_all(
            [
                Telling(
                    "report.issued", now, {"company": COMPANY},
                    {"report": f"R-{report.pk}", "kind": obligation.rule, "period": obligation.occasion},
                )
            ],
            now=now, by=by,
        )  # fmt: skip
        tell(
            to=sent_to, kind="report.issued", now=now, key=f"report:{report.pk}:{now.isoformat()}",
            url=reverse("obligations:report_read", args=[report.pk]),
            title={"zh": f"请阅：{obligation.title['zh']}", "en": f"To read: {obligation.title['en']}"},
            text={"zh": obligation.occasion, "en": obligation.occasion},
        )  # fmt: skip
        return report


def acknowledge_report(*, report: Report, by: User, now: datetime) -> bool:
    """A reader has read a report; False when that was known."""
    return bool(
        ReportReader.objects.filter(report=report, user=by, read_at=None).update(read_at=now)
    )


def acknowledge(*, obligation: Obligation, by: User, now: datetime) -> None:
    """已读并知晓: somebody has read a version of the regulation, for himself alone.

    Raises OnlyOneself when it is somebody else's reading, and what `discharge` refuses.
    """
    if obligation.assignee_id != by.pk:
        raise OnlyOneself
    pack = obligation.pack
    edition = str(obligation.match.get("edition") or f"{pack.code}@{pack.version}")
    with transaction.atomic():
        discharge(
            obligation_ids=[obligation.pk], by=by, now=now, at=now,
            evidence=[Proof("acknowledgement", edition)],
        )  # fmt: skip
        tell_all(
            [Telling("reading.acknowledged", now, {"person": by.pk}, {"edition": edition})],
            now=now, by=by,
        )  # fmt: skip


@dataclass(frozen=True)
class Changed:
    """A clause of the version to be read, and how it read before ("" when new)."""

    clause: Clause
    before: str
    new: bool


def reading(row: Obligation) -> tuple[PackVersion, list[Changed], list[Clause]]:
    """The version to be read, the clauses that changed against the one before, and all."""
    code, _, number = str(row.match.get("edition") or row.occasion).partition("@")
    found = PackVersion.objects.filter(Q(code=code, version=number)).first()
    version = found or row.pack_version
    pack = pack_of(version)
    earlier = None
    if version.in_force_from is not None:
        earlier = (
            PackVersion.objects.filter(in_force_from__lt=version.in_force_from, code=version.code)
            .order_by("-in_force_from")
            .first()
        )
    if earlier is None:
        return version, [], list(pack.clauses.values())
    old = pack_of(earlier).clauses
    changed = [
        Changed(clause, old[pk].text.zh if pk in old else "", pk not in old)
        for pk, clause in pack.clauses.items()
        if pk not in old or old[pk].text != clause.text or old[pk].title != clause.title
    ]
    return version, changed, list(pack.clauses.values())
