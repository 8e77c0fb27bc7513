"""Calls: attempts, answers, the duties one call discharged, and every touch of a contact."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from bihuan.apps.callbacks.enums import LIVE_CALLS, CallState
from bihuan.apps.customers.models import Contact, Customer
from bihuan.apps.obligations.models import Obligation

Json = dict[str, Any]
USER = settings.AUTH_USER_MODEL


class Script(models.Model):
    """A version of what is asked, never changed once written; the newest of a code is in use.

    `body` holds `blocks` (code -> title), `mandatory` (blocks that must be talked about), `serves`
    (kinds of duty) and `steps` with their questions.
    """

    code = models.CharField(max_length=40)
    version = models.PositiveIntegerField()
    title: models.JSONField[Json, Json] = models.JSONField()
    body: models.JSONField[Json, Json] = models.JSONField()
    hash = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="script_version_once")
        ]
        ordering = ("code", "-version")

    def __str__(self) -> str:
        return f"{self.code} v{self.version}"


class Callback(models.Model):
    """One talk with a customer, or the attempts at it; the record sheet is printed from it.

    `tier` is that of the moment of the talk. `late` when it was recorded later after the talk than
    the pack allows: shown, never hidden.
    """

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="callbacks")
    contact = models.ForeignKey(Contact, null=True, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=16)
    state = models.CharField(max_length=16, choices=[(each, each) for each in CallState])
    script = models.ForeignKey(Script, null=True, on_delete=models.PROTECT, related_name="+")
    campaign = models.ForeignKey(
        "callbacks.Campaign", null=True, on_delete=models.PROTECT, related_name="calls"
    )
    channel = models.CharField(max_length=16, blank=True)
    planned_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    recorded_at = models.DateTimeField(null=True)
    caller = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="calls_made")
    tier = models.CharField(max_length=30, blank=True)
    care = models.BooleanField(default=True)
    prepared = models.BooleanField(default=False)
    late = models.BooleanField(default=False)
    blocks: models.Field[list[str], list[str]] = ArrayField(
        models.CharField(max_length=30), default=list
    )
    score = models.PositiveSmallIntegerField(null=True)
    words = models.TextField(blank=True)
    summary = models.TextField(blank=True)
    next_on = models.DateField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["customer", "-started_at"], name="callback_of_customer"),
            models.Index(
                fields=["done_at"], name="callback_done", condition=Q(state=CallState.DONE)
            ),
            models.Index(
                fields=["planned_at"], name="callback_live", condition=Q(state__in=LIVE_CALLS)
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state=CallState.DONE) | Q(done_at__isnull=False), name="callback_done_when"
            ),
            models.CheckConstraint(
                condition=Q(score=None) | Q(score__gte=1, score__lte=5), name="callback_score_1_to_5"
            ),
            models.UniqueConstraint(
                fields=["customer"], condition=Q(state__in=LIVE_CALLS, campaign=None), name="callback_live_once"
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        return f"HF-{self.pk:06d}"


class Attempt(models.Model):
    """One try to reach the customer; `key` is that of the form, which may come twice."""

    callback = models.ForeignKey(Callback, on_delete=models.CASCADE, related_name="attempts")
    contact = models.ForeignKey(Contact, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    channel = models.CharField(max_length=16)
    outcome = models.CharField(max_length=16)
    note = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    key = models.UUIDField(null=True, unique=True)

    class Meta:
        ordering = ("at", "id")

    def __str__(self) -> str:
        return f"{self.callback_id} {self.outcome}"


class Answer(models.Model):
    """What was answered to one question of the script."""

    callback = models.ForeignKey(Callback, on_delete=models.CASCADE, related_name="answers")
    question = models.CharField(max_length=60)
    value = models.CharField(max_length=500)

    class Meta:
        ordering = ("id",)
        constraints = [models.UniqueConstraint(fields=["callback", "question"], name="answer_once")]

    def __str__(self) -> str:
        return f"{self.callback_id} {self.question}"


class Served(models.Model):
    """A duty that this call discharged: declared, shown, and taken back when it was a mistake."""

    callback = models.ForeignKey(Callback, on_delete=models.CASCADE, related_name="served")
    obligation = models.ForeignKey(Obligation, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    taken_back_at = models.DateTimeField(null=True)
    taken_back_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(fields=["callback", "obligation"], name="served_once")
        ]

    def __str__(self) -> str:
        return f"{self.callback_id} {self.obligation_id}"


class Touch(models.Model):
    """One contact of a person at the customer: the contact cap is counted over these rows."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    contact = models.ForeignKey(Contact, null=True, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10)
    channel = models.CharField(max_length=16, blank=True)
    care = models.BooleanField(default=True)
    safety = models.BooleanField(default=False)
    at = models.DateTimeField()
    by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=80, unique=True)

    class Meta:
        indexes = [
            models.Index(fields=["contact", "at"], name="touch_of_contact"),
            models.Index(fields=["customer", "at"], name="touch_of_customer"),
        ]

    def __str__(self) -> str:
        return self.key


class Brief(models.Model):
    """The preparation of one duty: what to mind, written ahead by the service desk."""

    obligation = models.OneToOneField(Obligation, on_delete=models.PROTECT, related_name="+")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    occasion = models.CharField(max_length=200)
    goal = models.TextField()
    mind = models.TextField(blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"{self.customer_id} {self.occasion}"


class News(models.Model):
    """What sales know of a customer's business lately."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=14)
    text = models.TextField()
    at = models.DateTimeField()
    by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["customer", "-at"], name="news_of_customer")]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.kind}"


class Sample(models.Model):
    """A call drawn for the quality check of its month, and what the checker found."""

    month = models.CharField(max_length=7)
    callback = models.OneToOneField(Callback, on_delete=models.PROTECT, related_name="sample")
    drawn_at = models.DateTimeField()
    drawn_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    scores: models.JSONField[Json, Json] = models.JSONField(default=dict)
    score = models.PositiveSmallIntegerField(null=True)
    note = models.TextField(blank=True)
    scored_at = models.DateTimeField(null=True)
    scored_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")

    objects: ClassVar[models.Manager[Sample]] = models.Manager()

    class Meta:
        ordering = ("month", "id")

    def __str__(self) -> str:
        return f"{self.month} {self.callback_id}"
