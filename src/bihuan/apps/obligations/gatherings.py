"""Meetings with their decisions, and reports with their readers."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models

from bihuan.apps.obligations.enums import MeetingState
from bihuan.base.evidence.models import File


class Meeting(models.Model):
    """A meeting that a rule demands: agenda, who came, what was said, what was decided."""

    obligation = models.OneToOneField(
        "obligations.Obligation", on_delete=models.PROTECT, related_name="meeting"
    )
    state = models.CharField(max_length=10, default=MeetingState.PREPARED)
    held_at = models.DateTimeField(null=True)
    place = models.CharField(max_length=120, blank=True)
    chair = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    agenda: models.JSONField[list[Any], list[Any]] = models.JSONField(default=list)
    minutes = models.TextField(blank=True)
    quorum = models.DecimalField(max_digits=4, decimal_places=3, default=0)

    def __str__(self) -> str:
        return f"meeting {self.obligation_id}"


class Attendance(models.Model):
    """Whether a member came."""

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="attendance")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    present = models.BooleanField(default=False)
    excuse = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["meeting", "user"], name="attendance_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.present}"


class Decision(models.Model):
    """What was decided: it becomes an obligation with an owner and a due day."""

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="decisions")
    text = models.TextField()
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    due_on = models.DateField()

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"decision {self.pk}"


class Report(models.Model):
    """A report that a rule demands, uploaded or written in place."""

    obligation = models.OneToOneField(
        "obligations.Obligation", on_delete=models.PROTECT, related_name="report"
    )
    sections: models.JSONField[list[Any], list[Any]] = models.JSONField(default=list)
    file = models.ForeignKey(File, null=True, on_delete=models.PROTECT, related_name="+")
    issued_at = models.DateTimeField(null=True)
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    def __str__(self) -> str:
        return f"report {self.obligation_id}"


class ReportReader(models.Model):
    """Somebody the report was sent to, and when it was acknowledged."""

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="readers")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["report", "user"], name="report_reader_once")
        ]

    def __str__(self) -> str:
        return f"{self.user_id}"
