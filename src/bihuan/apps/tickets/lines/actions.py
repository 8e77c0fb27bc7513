"""Queues and ways as a company sets them; taking the next one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Case, IntegerField, Q, Value, When

from bihuan.apps.people.queries import everybody_in
from bihuan.apps.tickets import figures
from bihuan.apps.tickets.actions import accept, take_over
from bihuan.apps.tickets.actions.common import change, day_of, event
from bihuan.apps.tickets.enums import UNSOLVED, Note, Severity, Status
from bihuan.apps.tickets.models import Handover, Queue, Route, Ticket
from bihuan.apps.tickets.refusals import NothingToTake
from bihuan.apps.tickets.search import put_ticket
from bihuan.base.access.models import User
from bihuan.base.access.scope import may, visible
from bihuan.base.audit.actions import log
from bihuan.base.errors import BadInput
from bihuan.base.texts import in_language

NAMES = {
    1: {"zh": "一线", "en": "First line"},
    2: {"zh": "二线", "en": "Second line"},
    3: {"zh": "三线", "en": "Third line"},
}


@dataclass(frozen=True)
class QueueAs:
    """A queue as it shall be."""

    name: str
    line: int
    outside: bool = False
    active: bool = True
    members: Sequence[User] = ()


def set_queue(*, queue: Queue | None, to: QueueAs, by: User | None, now: datetime) -> Queue:
    """Make a queue, or change one. A supplier's people and ours are never in the same queue.

    Raises BadInput.
    """
    wrong = [each for each in to.members if fits(each, outside=to.outside) is False]
    faults = {}
    if not to.name.strip():
        faults["name"] = str(_words("name"))
    same = Queue.objects.filter(name=to.name.strip())
    if (same.exclude(pk=queue.pk) if queue is not None else same).exists():
        faults["name"] = str(_words("twice"))
    if to.line not in NAMES:
        faults["line"] = str(_words("line"))
    if wrong:
        strangers = [each for each in wrong if "supplier_staff" in each.roles]
        wrong = strangers or wrong
        text = _words("outside" if to.outside else "supplier" if strangers else "inside")
        faults["members"] = text % {"who": "、".join(each.name for each in wrong)}
    if faults:
        raise BadInput(faults)
    with transaction.atomic():
        row = queue or Queue()
        before = _said(row) if row.pk else {}
        row.name, row.line = to.name.strip(), to.line
        row.outside, row.active = to.outside, to.active
        row.save()
        row.members.set(to.members)
        log("tickets.queue", by=by, now=now, thing=row, before=before, after=_said(row))
        return row


def _said(row: Queue) -> dict[str, object]:
    return {
        "name": row.name, "line": row.line, "outside": row.outside, "active": row.active,
        "members": sorted(row.members.values_list("pk", flat=True)),
    }  # fmt: skip


def fits(person: User, *, outside: bool) -> bool:
    """Whether somebody may be in a queue: a supplier's queue takes his people alone, ours those
    who may work on tickets or answer hand-overs.
    """
    supplier = "supplier_staff" in person.roles
    if outside or supplier:
        return outside and supplier
    return may(person, "tickets.do") or may(person, "tickets.answer")


def _words(name: str) -> str:
    from django.utils.translation import gettext as _

    return {
        "name": _("请写队列的名称。"),
        "twice": _("已经有同名的队列。"),
        "line": _("请选一线、二线或三线。"),
        "outside": _("供应商的队列只能放供应商人员：%(who)s不是。"),
        "supplier": _("%(who)s是供应商人员，只能放进供应商的队列：另建一个，勾上“供应商”。"),
        "inside": _("%(who)s没有办理工单的权限，不能放进这个队列。"),
    }[name]


@dataclass(frozen=True)
class RouteAs:
    """A row of the table of ways as it shall be."""

    queue: Queue
    place: int = 10
    line: int = 1
    kind: str = ""
    family: str = ""
    severity: str = ""
    tier: str = ""
    skill: str = ""
    assign: bool = False


def set_route(*, route: Route | None, to: RouteAs, by: User | None, now: datetime) -> Route:
    """Make a row of the table of ways, or change one. Its line is that of the queue. Raises
    BadInput (a supplier's queue is only reached by hand).
    """
    from django.utils.translation import gettext as _

    if to.queue.outside:
        raise BadInput({"queue": _("供应商的队列只由人转交，不自动分派。")})
    if to.queue.line != to.line:
        raise BadInput({"queue": _("这个队列不属于所选的线。")})
    with transaction.atomic():
        row = route or Route()
        for name in (
            "place",
            "line",
            "kind",
            "family",
            "severity",
            "tier",
            "skill",
            "queue",
            "assign",
        ):
            setattr(row, name, getattr(to, name))
        row.save()
        after = {
            name: getattr(to, name)
            for name in ("place", "line", "kind", "family", "severity", "tier", "skill", "assign")
        }
        log("tickets.route", by=by, now=now, thing=row, after=after | {"queue": to.queue.pk})
        return row


def drop_route(*, route: Route, by: User | None, now: datetime) -> None:
    """Take a row out of the table of ways."""
    with transaction.atomic():
        log("tickets.route_dropped", by=by, now=now, thing=route, before={"queue": route.queue_id})
        route.delete()


def first_queues(*, by: User | None, now: datetime) -> list[Queue]:
    """One queue for each line out of who holds its posts today, with a way into each; only while
    there is none.
    """
    if Queue.objects.exists():
        return []
    made = []
    with transaction.atomic():
        for line, roles in figures.lines().items():
            people = [p for p in everybody_in(roles, on=day_of(now)) if fits(p, outside=False)]
            queue = set_queue(
                queue=None,
                to=QueueAs(in_language(NAMES[line]), line, members=people),
                by=by,
                now=now,
            )
            set_route(route=None, to=RouteAs(queue, place=90, line=line), by=by, now=now)
            made.append(queue)
    return made


WEIGHT = Case(
    When(severity=Severity.URGENT, then=Value(0)), When(severity=Severity.HIGH, then=Value(1)),
    When(severity=Severity.NORMAL, then=Value(2)), default=Value(3), output_field=IntegerField(),
)  # fmt: skip


def take_next(*, by: User, now: datetime) -> Ticket | Handover:
    """The next one of this person's queues: first the hand-over whose answer is expected soonest,
    then the gravest and oldest ticket that nobody has. Two who press at once get two different
    ones. Raises NothingToTake.
    """
    mine = Queue.objects.filter(active=True, members=by)
    with transaction.atomic():
        handed = (
            Handover.objects.filter(
                queue__in=mine, accepted_at=None, back_at=None, ticket__status__in=UNSOLVED
            )
            .filter(Q(to=None) | Q(to=by))
            .exclude(by=by)
        )
        handed = visible(handed, by, "tickets.answer")
        row = (
            handed.select_for_update(skip_locked=True, of=("self",))
            .order_by("expected_at", "pk")
            .first()
        )
        if row is not None:
            return take_over(handover=row, by=by, now=now)
        if not may(by, "tickets.do"):
            raise NothingToTake
        free = Ticket.objects.filter(queue__in=mine, owner=None, status__in=UNSOLVED)
        ticket = (
            free.select_for_update(skip_locked=True, of=("self",))
            .order_by(WEIGHT, "reported_at", "pk").first()
        )  # fmt: skip
        if ticket is None:
            raise NothingToTake
        if ticket.status == Status.NEW:
            return accept(ticket=ticket, by=by, now=now)
        change(ticket, owner=by)
        event(ticket, Note.ASSIGNED, at=now, by=by, to=by.pk)
        put_ticket(ticket)
        return ticket
