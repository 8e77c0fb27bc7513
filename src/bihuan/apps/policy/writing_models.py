"""A regulation while somebody writes a pack from it: its clauses and what was decided of each."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from bihuan.apps.policy.enums import Carrying


class Writing(models.Model):
    """One regulation that was handed in. Only its text is kept, as clauses, never the file.

    ``chapters`` are [number, title]. ``tiers`` are the codes of the kinds of customers it names.
    """

    title = models.CharField(_("名称"), max_length=120)
    source_name = models.CharField(_("原文件"), max_length=200)
    source_hash = models.CharField(max_length=64)
    chapters: models.JSONField[list[list[str]], list[list[str]]] = models.JSONField(default=list)
    # where pictures stand in the source whose words were not read
    unread: models.JSONField[list[str], list[str]] = models.JSONField(default=list)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    draft = models.ForeignKey(
        "policy.PackVersion", null=True, on_delete=models.SET_NULL, related_name="+"
    )

    def __str__(self) -> str:
        return self.title


class WritingClause(models.Model):
    """One clause of it, in the order of the text.

    ``carrying`` OPEN: nobody decided yet. ``rules``: what was confirmed, as
    `lib.policy.writing.Chosen`. ``revision`` counts the changes: two people cannot overwrite
    each other.
    """

    writing = models.ForeignKey(Writing, on_delete=models.CASCADE, related_name="clauses")
    place = models.PositiveIntegerField()
    chapter = models.CharField(max_length=20)
    code = models.CharField(max_length=60)
    number = models.CharField(max_length=60)
    printed = models.CharField(max_length=60)
    title = models.CharField(_("标题"), max_length=120)
    text = models.TextField(_("条文"))
    lead = models.TextField(default="")
    carrying = models.CharField(
        max_length=10, default=Carrying.OPEN, choices=[(each, each) for each in Carrying]
    )
    rules: models.JSONField[list[dict[str, object]], list[dict[str, object]]] = models.JSONField(
        default=list
    )
    revision = models.PositiveIntegerField(default=0)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["writing", "code"], name="writing_clause_once"),
            models.CheckConstraint(
                condition=models.Q(carrying=Carrying.OPEN) | models.Q(decided_at__isnull=False),
                name="writing_clause_decided_at",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"
