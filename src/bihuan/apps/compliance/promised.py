"""What a customer sees: the promises of the year, whether they were kept, and by what proof.

Nothing of the house's own work, of other customers, of what people wrote or recorded; of staff the
name only.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, time

from django.db.models import Q, QuerySet

from bihuan.apps.obligations.enums import DONE, LIVE, State, Verifier
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.obligations.promises import look_of
from bihuan.apps.obligations.words import evidence_word, language, said
from bihuan.apps.obligations.workbench import ZONE
from bihuan.base.vocabulary import vocabulary

MOST = 600  # promises of a year that are shown; the latest
SHOWN = 60  # of them one by one
# What a customer takes part in or receives; all else is the house's own work.
KINDS = frozenset({
    "callback.routine", "callback.completion", "callback.verification", "callback.progress",
    "callback.node", "callback.special", "contact.proactive", "greeting.send", "notice.local",
    "visit.regular", "visit.executive", "visit.minutes", "problem.handle", "problem.feedback",
    "problem.confirm", "promise.keep", "benefit.announce", "report.custom", "response.phone",
    "response.attend", "response.answer", "response.acknowledge", "response.start", "ticket.restore",
    "ticket.feedback", "demand.propose", "demand.confirm_plan", "demand.feedback", "service.deliver",
    "install.commission", "maintenance.do", "inspection.do", "health.check", "manual.push",
    "part.supply", "claim.decide", "complaint.acknowledge", "complaint.reply", "complaint.progress",
    "complaint.resolve", "complaint.verify", "alarm.diagnose", "alarm.handle", "training.hold",
    "training.invite", "exam.hold", "certificate.issue", "certificate.renew", "points.fulfil",
})  # fmt: skip


@dataclass
class Line:
    """One promise, over the year: how often it fell due, was kept, and is next."""

    title: str
    clause: str
    number: str
    due: int = 0
    kept: int = 0
    next_at: datetime | None = None


@dataclass(frozen=True)
class Shown:
    """One occasion: when it was promised for, what became of it, and what proves it."""

    title: str
    number: str
    due_at: datetime | None
    done_at: datetime | None
    look: str
    by: str
    proofs: list[str]
    verified_at: datetime | None
    asks: bool  # the customer's or an independent word is wanted and not there


@dataclass
class Promises:
    year: int
    lines: list[Line] = field(default_factory=list)
    shown: list[Shown] = field(default_factory=list)
    due: int = 0
    kept: int = 0
    verified: int = 0


def promises(customer_id: int, now: datetime) -> Promises:
    """The promises of the calendar year to one customer (a fixed number of queries)."""
    local = now.astimezone(ZONE)
    start = datetime.combine(local.date().replace(month=1, day=1), time(), tzinfo=ZONE)
    found = Promises(local.year)
    lines: dict[str, Line] = {}
    clauses: dict[tuple[int, str], str] = {}
    for row in _rows(customer_id, start, now):
        key = (row.pack_version_id, row.clause)
        if key not in clauses:
            clause = row.pack.clauses.get(row.clause)
            clauses[key] = clause.title.of(language()) if clause else ""
        line = lines.setdefault(row.rule, Line(said(row.title), clauses[key], row.clause_number))
        look = look_of(row, now)
        if look in ("done", "late", "missed"):
            line.due, found.due = line.due + 1, found.due + 1
            if look == "done":
                line.kept, found.kept = line.kept + 1, found.kept + 1
        if row.state in LIVE and row.due_at and row.due_at >= now:
            line.next_at = min(line.next_at or row.due_at, row.due_at)
        found.verified += row.state == State.VERIFIED
        if look != "open" and len(found.shown) < SHOWN:
            found.shown.append(_shown(row, look))
    found.lines = sorted(lines.values(), key=lambda each: (each.number, each.title))
    return found


def _rows(customer_id: int, start: datetime, now: datetime) -> QuerySet[Obligation]:
    known = [kind for kind in vocabulary().duties if kind in KINDS]
    rows = Obligation.objects.filter(customer_id=customer_id, kind__in=known).with_pack()
    rows = rows.filter(Q(due_at__gte=start) | Q(discharged_at__gte=start) | Q(state__in=LIVE))
    rows = rows.exclude(state=State.VOID).select_related("discharged_by")
    return rows.prefetch_related("evidence").order_by("-due_at", "-pk")[:MOST]


def _shown(row: Obligation, look: str) -> Shown:
    kinds = dict.fromkeys(each.kind for each in row.evidence.all())
    return Shown(
        said(row.title), row.clause_number, row.due_at, row.discharged_at, look,
        row.discharged_by.name if row.discharged_by else "",
        [evidence_word(kind) for kind in kinds] if row.state in DONE else [], row.verified_at,
        asks=row.state == State.DISCHARGED and row.verified_by_rule != Verifier.NONE,
    )  # fmt: skip
