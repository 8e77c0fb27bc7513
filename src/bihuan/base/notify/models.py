"""Notices, what is sent of them, and who outside wants to hear."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from django.conf import settings
from django.db import models
from django.db.models import Q

from bihuan.base.texts import in_language


class Channel(StrEnum):
    MAIL = "MAIL"
    WECOM = "WECOM"
    WEBHOOK = "WEBHOOK"
    SMS = "SMS"
    VOICE = "VOICE"


class Sending(StrEnum):
    """`UNKNOWN`: it may have arrived (we died or lost the line while sending)."""

    PLANNED = "PLANNED"
    SENDING = "SENDING"
    SENT = "SENT"
    UNKNOWN = "UNKNOWN"
    FAILED = "FAILED"


class Notice(models.Model):
    """One line in somebody's bell. Texts are `{zh, en}`."""

    to = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notices"
    )
    kind = models.CharField(max_length=60)
    title: models.JSONField[dict[str, str], dict[str, str]] = models.JSONField(default=dict)
    text: models.JSONField[dict[str, str], dict[str, str]] = models.JSONField(default=dict)
    url = models.CharField(max_length=300, blank=True)
    key = models.CharField(max_length=200, null=True)
    at = models.DateTimeField()
    read_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["to", "key"], name="notice_once")]
        indexes = [
            models.Index(fields=["to", "-at"], name="notice_of_person"),
            models.Index(fields=["to"], condition=Q(read_at=None), name="notice_unread"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} -> {self.to_id}"

    @property
    def headline(self) -> str:
        return in_language(self.title)

    @property
    def body(self) -> str:
        return in_language(self.text)


class Webhook(models.Model):
    """An address outside that hears notices of some kinds (a prefix ending in `.` takes all)."""

    title = models.CharField(max_length=80)
    address = models.URLField(max_length=300)
    secret = models.CharField(max_length=86)
    kinds: models.JSONField[list[str], list[str]] = models.JSONField(default=list)
    active = models.BooleanField(default=True)
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.title


class Delivery(models.Model):
    """One message on its way: taken by lease and fence, so that two workers never both send it."""

    notice = models.ForeignKey(
        Notice, null=True, on_delete=models.CASCADE, related_name="deliveries"
    )
    webhook = models.ForeignKey(
        Webhook, null=True, on_delete=models.CASCADE, related_name="deliveries"
    )
    channel = models.CharField(max_length=8)
    body: models.JSONField[dict[str, object], dict[str, object]] = models.JSONField(default=dict)
    message_id = models.CharField(max_length=120, unique=True)
    state = models.CharField(max_length=8, default=Sending.PLANNED.value)
    due_at = models.DateTimeField()
    lease_until: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True
    )
    fence = models.PositiveIntegerField(default=0)
    attempts = models.PositiveIntegerField(default=0)
    waits_for = models.CharField(max_length=20, blank=True)
    error = models.CharField(max_length=200, blank=True)
    sent_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True
    )

    class Meta:
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(state__in=["PLANNED", "SENDING"]),
                name="delivery_to_do",
            )
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.message_id} {self.state}"


class Preference(models.Model):
    """When and how somebody wants to be told outside the program."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, primary_key=True, on_delete=models.CASCADE, related_name="+"
    )
    mail = models.BooleanField(default=True)
    wecom = models.BooleanField(default=True)
    wecom_id = models.CharField(max_length=64, blank=True)
    quiet_from = models.TimeField(null=True)
    quiet_to = models.TimeField(null=True)
    digest_at = models.TimeField(null=True)

    def __str__(self) -> str:
        return f"{self.user_id}"
