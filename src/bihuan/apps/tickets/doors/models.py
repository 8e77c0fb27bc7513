"""Tables of the doors: mailboxes and their letters, calls, webhooks, paper, the roster of the night."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from bihuan.apps.monitoring.models import Alarm
from bihuan.apps.tickets.enums import Danger
from bihuan.apps.tickets.models.talk import Entry, Envelope
from bihuan.apps.tickets.models.ticket import Ticket
from bihuan.base.notify.models import Delivery, Notice
from bihuan.base.texts import in_language

Json = dict[str, Any]
USER = settings.AUTH_USER_MODEL
When = datetime | None


def _moment() -> models.DateTimeField[When, When]:
    return models.DateTimeField(null=True)


class Mailbox(models.Model):
    """A mailbox that is read by IMAP. `password` is sealed (`doors.seal`); `last_uid` is the last
    letter that was committed, valid for `uidvalidity` of this `place` (it rises when the mailbox is
    moved); one reader at a time by lease and fence.
    """

    title = models.CharField(max_length=60)
    address = models.EmailField()
    host = models.CharField(max_length=120)
    port = models.PositiveIntegerField(default=993)
    security = models.CharField(max_length=8, default="SSL")
    login = models.CharField(max_length=120)
    password = models.TextField()
    folder = models.CharField(max_length=120, default="INBOX")
    active = models.BooleanField(default=True)
    made_at = models.DateTimeField()
    place = models.PositiveIntegerField(default=0)
    uidvalidity = models.BigIntegerField(default=0)
    last_uid = models.BigIntegerField(default=0)
    fence = models.PositiveIntegerField(default=0)
    lease_until = _moment()
    read_at = _moment()
    error = models.CharField(max_length=60, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["address"], name="mailbox_address_once")]

    def __str__(self) -> str:
        return self.address


class Letter(models.Model):
    """A message as it was fetched, once for each place in a mailbox. `raw` is kept up to a limit
    (`reading.RAW_KEPT` bytes); `size` is the whole. `why` says what was odd about it.
    """

    mailbox = models.ForeignKey(Mailbox, on_delete=models.PROTECT, related_name="letters")
    place = models.PositiveIntegerField(default=0)
    uidvalidity = models.BigIntegerField()
    uid = models.BigIntegerField()
    message_id = models.CharField(max_length=250, blank=True, db_index=True)
    size = models.BigIntegerField()
    raw = models.BinaryField()
    why = models.CharField(max_length=20, blank=True)
    envelope = models.ForeignKey(
        Envelope, null=True, on_delete=models.PROTECT, related_name="letters"
    )
    taken_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["mailbox", "place", "uidvalidity", "uid"], name="letter_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.mailbox_id}/{self.uidvalidity}/{self.uid}"


class Sent(models.Model):
    """A mail of ours to a customer; `message_id` carries the proof of its ticket."""

    class Kind(models.TextChoices):
        ACK = "ACK"
        REPLY = "REPLY"

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="sent")
    kind = models.CharField(max_length=5, choices=[(each, each) for each in ("ACK", "REPLY")])
    to = models.EmailField()
    message_id = models.CharField(max_length=200, unique=True)
    entry = models.OneToOneField(Entry, null=True, on_delete=models.PROTECT, related_name="sent")
    delivery = models.OneToOneField(
        Delivery, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["ticket", "to"], condition=Q(kind="ACK"), name="ticket_ack_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.ticket_id}"


class Look(models.Model):
    """What a person decided about an envelope that found no ticket; only grows."""

    envelope = models.ForeignKey(Envelope, on_delete=models.PROTECT, related_name="looks")
    what = models.CharField(max_length=12)
    reason = models.TextField(blank=True)
    ticket = models.ForeignKey(Ticket, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"{self.what} {self.envelope_id}"


class Extension(models.Model):
    """Whose telephone rings under an extension."""

    user = models.OneToOneField(USER, on_delete=models.CASCADE, related_name="+")
    number = models.CharField(max_length=20, unique=True)

    def __str__(self) -> str:
        return self.number


class Call(models.Model):
    """One call as the telephone system tells it; `source` is the owner of its token."""

    source = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    call = models.CharField(max_length=80)
    number = models.CharField(max_length=24, blank=True)
    outbound = models.BooleanField(default=False)
    extension = models.CharField(max_length=20, blank=True)
    agent = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    ringing_at = _moment()
    answered_at = _moment()
    ended_at = _moment()
    recording = models.CharField(max_length=300, blank=True)
    closed = models.BooleanField(default=False)  # the pop-up was put away
    ticket = models.ForeignKey(Ticket, null=True, on_delete=models.PROTECT, related_name="calls")
    told_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "call"], name="call_once")]
        indexes = [
            models.Index(fields=["agent", "-told_at"], name="call_of_agent"),
            models.Index(
                fields=["-told_at"], name="call_unattached", condition=Q(ticket=None)
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.call


class Hook(models.Model):
    """An address at which a social platform or a robot of WeCom hands in messages. `mapping`
    says at which path of the JSON each field stands; `secret` is sealed.
    """

    title = models.CharField(max_length=60)
    code = models.CharField(max_length=24, unique=True)
    channel = models.CharField(max_length=12)
    secret = models.TextField()
    mapping: models.JSONField[Json, Json] = models.JSONField(default=dict)
    active = models.BooleanField(default=True)
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.title


class WecomApp(models.Model):
    """An application of WeCom (企业微信) that sends its messages to our address. `token` signs,
    `aes_key` (43 characters) encrypts them: both as WeCom shows them, sealed. `receiver` is the
    corporation's id, which every message names. `verified_at`: WeCom has proved to know both.
    """

    title = models.CharField(max_length=60)
    code = models.CharField(max_length=24, unique=True)
    token = models.TextField()
    aes_key = models.TextField()
    receiver = models.CharField(max_length=64)
    active = models.BooleanField(default=True)
    verified_at = _moment()
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.title


class OnCall(models.Model):
    """Who answers outside the opening hours; the lower `place` is called first."""

    user = models.ForeignKey(USER, on_delete=models.CASCADE, related_name="+")
    region = models.CharField(max_length=20, blank=True)
    from_at = models.DateTimeField()
    to_at = models.DateTimeField()
    place = models.PositiveSmallIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(to_at__gt=F("from_at")), name="on_call_forward")
        ]
        indexes = [models.Index(fields=["to_at"], name="on_call_until")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.from_at}"


class Ladder(models.Model):
    """One cause for which somebody is being called; `step` is the next of the ladder. `entry` is
    what the customer said to a ticket that was there already; none: the ticket itself is new.
    `of_machine` instead of a ticket: a machine's alarm that nobody has acknowledged.
    """

    ticket = models.ForeignKey(Ticket, null=True, on_delete=models.PROTECT, related_name="ladders")
    of_machine = models.ForeignKey(Alarm, null=True, on_delete=models.PROTECT, related_name="+")
    cause = models.CharField(max_length=40, blank=True)
    entry = models.ForeignKey(Entry, null=True, on_delete=models.PROTECT, related_name="+")
    raised_at = models.DateTimeField()
    step = models.PositiveIntegerField(default=0)
    next_at = _moment()
    over_at = _moment()
    answered_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ticket", "cause"], name="alarm_cause_once"),
            models.UniqueConstraint(fields=["of_machine", "cause"], name="machine_alarm_once"),
            models.CheckConstraint(
                condition=Q(ticket=None, of_machine__isnull=False)
                | Q(ticket__isnull=False, of_machine=None),
                name="alarm_of_one_thing",
            ),
        ]
        indexes = [
            models.Index(fields=["next_at"], name="alarm_running", condition=Q(over_at=None))
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id or self.of_machine_id} {self.step}"

    @property
    def region(self) -> str:
        """Where it is: people on call there come first."""
        if self.of_machine is not None:
            return str(self.of_machine.asset.customer.region)
        customer = self.ticket.customer if self.ticket is not None else None
        return customer.region if customer is not None else ""

    @property
    def about(self) -> tuple[str, str]:
        """Number and title of what it is about, in the language of the page."""
        if self.of_machine is not None:
            return self.of_machine.number, in_language(self.of_machine.title)
        assert self.ticket is not None
        return self.ticket.number, self.ticket.title

    @property
    def hurts(self) -> bool:
        """People are in danger."""
        return self.cause.startswith(Danger.SAFETY)


class Paging(models.Model):
    """One call for help to one person by one way; `uid` is what the other side answers to."""

    ladder = models.ForeignKey(Ladder, on_delete=models.PROTECT, related_name="pagings")
    uid = models.CharField(max_length=40, unique=True)
    step = models.PositiveIntegerField()
    user = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    way = models.CharField(max_length=8)
    notice = models.ForeignKey(Notice, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()
    answered_at = _moment()
    answer = models.CharField(max_length=10, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ladder", "step"], name="paging_step_once")]

    def __str__(self) -> str:
        return f"{self.ladder_id} {self.step} {self.way}"


class PaperForm(models.Model):
    """A number printed on paper; `ticket` once it was entered."""

    number = models.CharField(max_length=20, unique=True)
    printed_at = models.DateTimeField()
    printed_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    ticket = models.ForeignKey(Ticket, null=True, on_delete=models.PROTECT, related_name="papers")

    def __str__(self) -> str:
        return self.number
