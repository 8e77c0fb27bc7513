"""The ticket."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from bihuan.apps.assets.models import Asset
from bihuan.apps.customers.models import Contact, Customer
from bihuan.apps.customers.rules import phones
from bihuan.apps.tickets.enums import OPEN, UNSOLVED, Channel, Kind, Severity, Source, Status

USER = settings.AUTH_USER_MODEL


def _choices(names: Any) -> list[tuple[str, str]]:
    return [(name, name) for name in names]


def _person(related_name: str = "+") -> models.ForeignKey[Any, Any]:
    return models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name=related_name)


class DayNumber(models.Model):
    """Where the one sequence of numbers stood when a day began."""

    day = models.DateField(primary_key=True)
    base = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.day} {self.base}"


class TicketQuerySet(models.QuerySet["Ticket"]):
    def open(self) -> Self:
        """Not ended."""
        return self.filter(status__in=OPEN)

    def unsolved(self) -> Self:
        return self.filter(status__in=UNSOLVED)


UNTAKEN = Q(status__in=OPEN) & (Q(owner=None) | Q(status=Status.NEW))
"""Nobody has it yet."""


class Ticket(models.Model):
    """One report and all that becomes of it. Its clocks are obligations that name its number.

    `reported_at` is when the customer says it was reported (with its source; the clocks start
    there); `recorded_at` is the server's time and never moves. `caller_name` and `caller_phone` are
    personal: shown masked, never in a fact. `told` says that the opening fact is in the log; a
    report of an unknown customer waits with it until they are known; `asked` that a question
    stands in for the fault of a machine not known yet (or is the consultation). `version` grows
    with every change. `status_before` is where a waiting ticket goes on, `resume_at` when, where
    that was agreed as its clocks were stopped. `remote_tried` is what was tried before somebody
    was sent, or why it could not be. `score` is the customer's, 1 to 5. `claimed_severity` and
    `claimed_impact`: what the customer's words make of it, graver than what stands here, until a
    person has judged it. `topic`: what a question is about, as somebody sorted it.
    """

    number = models.CharField(max_length=20, unique=True)
    kind = models.CharField(max_length=12, choices=_choices(Kind))
    channel = models.CharField(max_length=12, choices=_choices(Channel))
    status = models.CharField(max_length=12, choices=_choices(Status), default=Status.NEW)
    status_before = models.CharField(max_length=12, blank=True)
    wait = models.CharField(max_length=12, blank=True)
    resume_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True
    )
    version = models.PositiveIntegerField(default=1)
    told = models.BooleanField(default=False)
    asked = models.BooleanField(default=False)

    customer = models.ForeignKey(
        Customer, null=True, on_delete=models.PROTECT, related_name="tickets"
    )
    contact = models.ForeignKey(Contact, null=True, on_delete=models.PROTECT, related_name="+")
    asset = models.ForeignKey(Asset, null=True, on_delete=models.PROTECT, related_name="tickets")
    caller_name = models.CharField(max_length=60, blank=True)
    caller_phone = models.CharField(max_length=24, blank=True)
    caller_mail = models.CharField(max_length=254, blank=True)

    title = models.CharField(max_length=120)
    text = models.TextField(blank=True)
    place = models.CharField(max_length=200, blank=True)
    happened_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True
    )
    impact = models.CharField(max_length=14, blank=True)
    severity = models.CharField(max_length=8, choices=_choices(Severity), default=Severity.NORMAL)
    topic = models.CharField(max_length=10, blank=True)
    claimed_impact = models.CharField(max_length=14, blank=True)
    claimed_severity = models.CharField(max_length=8, blank=True)
    downtime = models.BooleanField(default=False)
    set_stopped = models.BooleanField(default=False)

    reported_at = models.DateTimeField()
    reported_source = models.CharField(max_length=10, choices=_choices(Source))
    recorded_at = models.DateTimeField()
    recorded_by = _person()

    line = models.PositiveSmallIntegerField(default=1)
    queue = models.ForeignKey(
        "tickets.Queue", null=True, on_delete=models.PROTECT, related_name="tickets"
    )
    first_owner = _person()
    owner = _person("tickets_owned")
    helpers: models.ManyToManyField[Any, Any] = models.ManyToManyField(
        USER, related_name="tickets_helped"
    )
    watchers: models.ManyToManyField[Any, Any] = models.ManyToManyField(
        USER, related_name="tickets_watched"
    )
    green = models.BooleanField(default=False)
    chased = models.PositiveSmallIntegerField(default=0)
    chased_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True
    )
    reopened = models.PositiveSmallIntegerField(default=0)
    next_update_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True
    )
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="children")
    duplicate_of = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="duplicates"
    )
    links: models.ManyToManyField[Any, Any] = models.ManyToManyField("self")

    accepted_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True
    )
    contacted_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True
    )
    remote_tried = models.TextField(blank=True)
    engineer = _person("tickets_sent_to")
    callout = models.BooleanField(default=False)
    dispatched_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True
    )
    arrived_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True
    )
    cause = models.CharField(max_length=16, blank=True)
    action = models.TextField(blank=True)
    how = models.CharField(max_length=6, blank=True)
    warranty = models.BooleanField(null=True)
    ours = models.BooleanField(default=False)
    solved_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True
    )
    solved_by = _person()
    fed_back_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True
    )
    confirmed_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True
    )
    confirmed_by = _person()
    satisfied = models.BooleanField(null=True)
    score: models.PositiveSmallIntegerField[int | None, int | None] = (
        models.PositiveSmallIntegerField(null=True)
    )
    closed_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True
    )
    closed_by = _person()
    reason = models.TextField(blank=True)

    objects: ClassVar[models.Manager[Ticket]] = TicketQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(status=Status.CLOSED) | Q(closed_at__isnull=False), name="ticket_closed_when"
            ),
            models.CheckConstraint(
                condition=~Q(status=Status.CONFIRMED) | Q(confirmed_at__isnull=False), name="ticket_confirmed_when"
            ),
            models.CheckConstraint(
                condition=~Q(status=Status.WAITING) | ~Q(wait=""), name="ticket_waits_for"
            ),
            models.CheckConstraint(
                condition=~Q(status=Status.DUPLICATE) | Q(duplicate_of__isnull=False), name="ticket_duplicate_of"
            ),
            models.CheckConstraint(condition=Q(line__gte=1, line__lte=3), name="ticket_line_1_to_3"),
            models.CheckConstraint(
                condition=Q(score=None) | Q(score__gte=1, score__lte=5), name="ticket_score_1_to_5"
            ),
            models.CheckConstraint(
                condition=Q(reported_at__lte=models.F("recorded_at")), name="ticket_reported_first"
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(
                fields=["owner", "-reported_at"], name="ticket_open_of", condition=Q(status__in=OPEN)
            ),
            models.Index(
                fields=["line", "-reported_at"], name="ticket_open_line", condition=Q(status__in=OPEN)
            ),
            # holds all by which the queue is narrowed: its counts read no ticket
            models.Index(
                fields=["-reported_at", "-id"], name="ticket_open", condition=Q(status__in=OPEN),
                include=["number", "status", "line", "kind", "severity", "owner", "customer"],
            ),
            models.Index(
                fields=["number"], name="ticket_open_number", condition=Q(status__in=OPEN),
                include=["id", "status", "line", "kind", "severity", "owner", "customer"],
            ),
            models.Index(
                fields=["-reported_at", "-id"], name="ticket_untaken", condition=UNTAKEN, include=["status", "owner"]
            ),
            models.Index(fields=["-reported_at", "-id"], name="ticket_all"),
            models.Index(
                fields=["-reported_at", "-id"], name="ticket_ended", condition=~Q(status__in=OPEN)
            ),
            models.Index(
                fields=["resume_at"], name="ticket_to_resume", condition=Q(resume_at__isnull=False)
            ),
            models.Index(fields=["customer", "-reported_at"], name="ticket_of_customer"),
            models.Index(fields=["asset", "-reported_at"], name="ticket_of_asset"),
            models.Index(fields=["caller_phone"], name="ticket_by_phone", condition=~Q(caller_phone="")),
            models.Index(
                fields=["status", "-reported_at", "-id"], name="ticket_open_status", condition=Q(status__in=OPEN)
            ),
            models.Index(fields=["solved_at"], name="ticket_solved", condition=Q(solved_at__isnull=False)),
            models.Index(fields=["recorded_at"], name="ticket_recorded"),
            models.Index(fields=["closed_at"], name="ticket_closed", condition=Q(closed_at__isnull=False)),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.number

    @property
    def masked_phone(self) -> str:
        return phones.mask(self.caller_phone) if self.caller_phone else ""

    @property
    def open(self) -> bool:
        return self.status in OPEN

    @property
    def question(self) -> bool:
        """It is counted as a question: a consultation, or a fault of a machine not known yet."""
        return self.kind == Kind.CONSULT or (self.kind == Kind.FAULT and self.asset_id is None)

    @property
    def unsaid(self) -> bool:
        """Closed without the customer's own yes."""
        return self.status == Status.CLOSED and self.confirmed_at is None

    @property
    def unsolved(self) -> bool:
        return self.status in UNSOLVED
