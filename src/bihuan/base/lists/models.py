"""What people keep of lists: views, their order, and deeds on many rows."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q


class Audience(models.TextChoices):
    """Who sees a view; the rows in it are always those within one's own reach."""

    PRIVATE = "PRIVATE"
    TEAM = "TEAM"
    ROLE = "ROLE"


class View(models.Model):
    """Filters, order and columns of a list under a name. `query` is what the address carries."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    listing = models.CharField(max_length=60)
    title = models.CharField(max_length=40)
    query: models.JSONField[dict[str, str], dict[str, str]] = models.JSONField(default=dict)
    audience = models.CharField(max_length=8, choices=Audience.choices, default=Audience.PRIVATE)
    team_id = models.BigIntegerField(null=True)
    role = models.CharField(max_length=40, blank=True)
    made_at = models.DateTimeField()

    class Meta:
        db_table = "lists_view"
        constraints = [
            models.UniqueConstraint(fields=["owner", "listing", "title"], name="view_title_once"),
            models.CheckConstraint(
                condition=Q(audience=Audience.PRIVATE, team_id=None, role="")
                | Q(audience=Audience.TEAM, team_id__isnull=False, role="")
                | (Q(audience=Audience.ROLE, team_id=None) & ~Q(role="")),
                name="view_audience_named",
            ),
        ]
        indexes = [models.Index(fields=["listing", "audience"], name="view_of_list")]

    def __str__(self) -> str:
        return self.title

    @property
    def key(self) -> str:
        """Its name among the tabs."""
        return f"s{self.pk}"


class Arrangement(models.Model):
    """How one person has the tabs of one list: their order (keys), and the one shown first."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    listing = models.CharField(max_length=60)
    order: models.JSONField[list[str], list[str]] = models.JSONField(default=list)
    first = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "listing"], name="arrangement_once")
        ]

    def __str__(self) -> str:
        return f"{self.listing} {self.person_id}"


class Batch(models.Model):
    """
    A deed on the rows that were chosen at `made_at`; later changes of the list add none.

    `done` is {id: what `undo` needs}, `refused` and `undo_refused` {id: why}. `began_at` and
    `undone_at` are claimed by a conditional UPDATE: a second press does nothing twice. Each row is
    noted in the transaction that does it.
    """

    uid = models.UUIDField(primary_key=True)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    listing = models.CharField(max_length=60)
    deed = models.CharField(max_length=40)
    ids: models.JSONField[list[int], list[int]] = models.JSONField(default=list)
    back = models.CharField(max_length=2000, blank=True)
    made_at = models.DateTimeField()
    began_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)
    done: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    refused: models.JSONField[dict[str, str], dict[str, str]] = models.JSONField(default=dict)
    undo_refused: models.JSONField[dict[str, str], dict[str, str]] = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["person", "made_at"], name="batch_of_person")]

    def __str__(self) -> str:
        return f"{self.listing} {self.deed} {len(self.ids)}"
