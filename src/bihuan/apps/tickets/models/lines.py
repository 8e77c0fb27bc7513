"""Who works off which line of support, and by which rows a ticket finds its way there."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q


class QueueQuerySet(models.QuerySet["Queue"]):
    def at_work(self) -> Self:
        return self.filter(active=True).order_by("line", "outside", "name")


class Queue(models.Model):
    """The people of one line (1 to 3) who take what is given to it. `outside`: a supplier; its
    people have accounts that see the technical side of what was handed to them and nothing else.
    """

    name = models.CharField(max_length=60, unique=True)
    line = models.PositiveSmallIntegerField()
    outside = models.BooleanField(default=False)
    active = models.BooleanField(default=True)
    members: models.ManyToManyField[Any, Any] = models.ManyToManyField(
        settings.AUTH_USER_MODEL, related_name="ticket_queues"
    )

    objects: ClassVar[models.Manager[Queue]] = QueueQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(line__gte=1, line__lte=3), name="queue_line_1_to_3"),
            models.CheckConstraint(condition=~Q(name=""), name="queue_has_name"),
        ]

    def __str__(self) -> str:
        return self.name


class Route(models.Model):
    """One row of the table of ways: what is empty fits everything; the first row that fits (by
    `place`) decides. `skill` is a code of `people.Skill` that whoever gets it must have; `assign`
    gives it to whoever of the queue has least in hand, else it waits there for whoever is free.
    """

    place = models.PositiveSmallIntegerField(default=10)
    line = models.PositiveSmallIntegerField(default=1)
    kind = models.CharField(max_length=12, blank=True)
    family = models.CharField(max_length=30, blank=True)
    severity = models.CharField(max_length=8, blank=True)
    tier = models.CharField(max_length=20, blank=True)
    skill = models.CharField(max_length=40, blank=True)
    queue = models.ForeignKey(Queue, on_delete=models.PROTECT, related_name="routes")
    assign = models.BooleanField(default=False)

    class Meta:
        ordering = ("place", "id")
        constraints = [
            models.CheckConstraint(condition=Q(line__gte=1, line__lte=3), name="route_line_1_to_3")
        ]

    def __str__(self) -> str:
        return f"{self.place} -> {self.queue_id}"
