"""What is said about a ticket: inbound envelopes, its history, hand-overs, askings for the yes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from bihuan.apps.tickets.enums import Answer, Disposition, EntryKind
from bihuan.apps.tickets.models.ticket import Ticket, _choices, _person
from bihuan.base.evidence.models import File

Json = dict[str, Any]
USER = settings.AUTH_USER_MODEL


class Envelope(models.Model):
    """What came in by any door, as it came. `message_id` is the door's own and never comes twice;
    `thread` groups what belongs together at the door; `machine` is the token of a scanned code.
    `raw` is kept whole. `after_hours`: the desk was closed when it came, by its calendar of then. `sender` is personal (a phone, an address): shown masked.
    """

    channel = models.CharField(max_length=12)
    message_id = models.CharField(max_length=250, unique=True)
    thread = models.CharField(max_length=250, blank=True, db_index=True)
    sender = models.CharField(max_length=254, blank=True)
    sender_name = models.CharField(max_length=60, blank=True)
    subject = models.CharField(max_length=200, blank=True)
    text = models.TextField(blank=True)
    files: models.ManyToManyField[Any, Any] = models.ManyToManyField(File, related_name="+")
    machine = models.CharField(max_length=80, blank=True)
    received_at = models.DateTimeField()
    after_hours = models.BooleanField(default=False)
    raw: models.JSONField[Json, Json] = models.JSONField(default=dict)
    disposition = models.CharField(max_length=12, blank=True, choices=_choices(Disposition))
    ticket = models.ForeignKey(
        Ticket, null=True, on_delete=models.PROTECT, related_name="envelopes"
    )

    class Meta:
        indexes = [
            models.Index(fields=["received_at"], name="envelope_received"),
            models.Index(fields=["sender", "received_at"], name="envelope_of_sender"),
            models.Index(
                fields=["disposition", "-received_at"], name="envelope_inbox",
                condition=Q(disposition__in=[Disposition.TO_LOOK, Disposition.REFUSED]),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.channel} {self.message_id}"


class Entry(models.Model):
    """One line of a ticket's history, never changed: what was said, noted, or happened.

    `code` names what happened where `kind` is EVENT (`enums.Event` or `enums.Note`).
    """

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="entries")
    kind = models.CharField(max_length=12, choices=_choices(EntryKind))
    code = models.CharField(max_length=16, blank=True)
    text = models.TextField(blank=True)
    channel = models.CharField(max_length=12, blank=True)
    data: models.JSONField[Json, Json] = models.JSONField(default=dict)
    at = models.DateTimeField()
    by = _person()
    envelope = models.ForeignKey(
        Envelope, null=True, on_delete=models.PROTECT, related_name="entries"
    )
    files: models.ManyToManyField[Any, Any] = models.ManyToManyField(File, related_name="+")
    mentions: models.ManyToManyField[Any, Any] = models.ManyToManyField(USER, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["ticket", "at", "id"], name="ticket_entry_of")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(kind=EntryKind.EVENT) | ~Q(code=""), name="ticket_event_has_code"
            ),
            models.CheckConstraint(
                condition=Q(kind=EntryKind.EVENT) | ~Q(text=""), name="ticket_words_not_empty"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.ticket_id}"


class Handover(models.Model):
    """From one line to another: what was tried and found, what is asked, by when an answer is
    expected. It waits, is taken over, and ends by an answer or by being handed back with a reason;
    `withdrawn`: back by the hand of who gave it, before anybody took it.
    Whoever answers for the ticket towards the customer stays so when the other line does not see
    the customer.
    """

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="handovers")
    from_line = models.PositiveSmallIntegerField()
    to_line = models.PositiveSmallIntegerField()
    from_queue = models.ForeignKey(
        "tickets.Queue", null=True, on_delete=models.PROTECT, related_name="+"
    )
    queue = models.ForeignKey(
        "tickets.Queue", null=True, on_delete=models.PROTECT, related_name="handovers"
    )
    to = _person("handed_to")
    tried = models.TextField()
    finding = models.TextField(blank=True)
    question = models.TextField()
    expected_at = models.DateTimeField()
    at = models.DateTimeField()
    by = _person()
    files: models.ManyToManyField[Any, Any] = models.ManyToManyField(File, related_name="+")
    accepted_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True
    )
    accepted_by = _person()
    answer = models.TextField(blank=True)
    answered_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True
    )
    answered_by = _person()
    back_reason = models.TextField(blank=True)
    back_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True
    )
    back_by = _person()
    withdrawn = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(tried="") & ~Q(question=""), name="handover_not_empty"
            ),
            models.CheckConstraint(
                condition=Q(answered_at=None) | ~Q(answer=""), name="handover_answer_has_words"
            ),
            models.CheckConstraint(
                condition=Q(back_at=None) | ~Q(back_reason=""), name="handover_back_has_reason"
            ),
            models.CheckConstraint(
                condition=Q(back_at=None) | Q(answered_at=None), name="handover_ends_once"
            ),
            models.CheckConstraint(
                condition=Q(withdrawn=False) | Q(back_at__isnull=False, accepted_at=None),
                name="handover_withdrawn_untaken",
            ),
            models.UniqueConstraint(
                fields=["ticket"], condition=Q(accepted_at=None, back_at=None), name="handover_open_once"
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(
                fields=["to_line", "expected_at"], name="handover_open", condition=Q(accepted_at=None)
            ),
            models.Index(
                fields=["queue", "expected_at"], name="handover_of_queue",
                condition=Q(answered_at=None, back_at=None),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.from_line}->{self.to_line} {self.ticket_id}"

    @property
    def open(self) -> bool:
        """Neither answered nor handed back."""
        return self.answered_at is None and self.back_at is None

    @property
    def untaken(self) -> bool:
        """Nobody has taken it over yet."""
        return self.open and self.accepted_at is None


class Attempt(models.Model):
    """One try at hearing from the customer whether it is solved; `round` counts reopenings."""

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="attempts")
    round = models.PositiveSmallIntegerField(default=0)
    channel = models.CharField(max_length=12)
    result = models.CharField(max_length=10, choices=_choices(Answer))
    words = models.TextField(blank=True)
    at = models.DateTimeField()
    by = _person()

    class Meta:
        indexes = [models.Index(fields=["ticket", "at"], name="attempt_of_ticket")]
        constraints = [
            models.CheckConstraint(
                condition=Q(result=Answer.NO_ANSWER) | ~Q(words=""), name="ticket_answer_has_words"
            )
        ]

    def __str__(self) -> str:
        return f"{self.result} {self.ticket_id}"
