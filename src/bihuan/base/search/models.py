"""One index over the things of all apps."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Index, Q

FLOOD = "ticket"
"""Of this kind there are most, and more every day: it must not hide what its entries name."""


class Entry(models.Model):
    """
    How one thing is found and who may find it.

    `hay` is what is searched: folded words, pinyin, initials, digits, fault codes (`~e47`) and the
    pairs of Chinese letters, parted by spaces, so that the index of three letters (trigrams) also
    finds words of two. Each kind's own words are looked up there, too: what few articles hold beside
    ten thousand tickets.
    `own team_id region dealers customers` are the dimensions of row scope for verb `needs`: several
    may look after one thing, and it may be several customers'.
    """

    kind = models.CharField(max_length=40)
    thing_id = models.CharField(max_length=60)
    title: models.JSONField[dict[str, str], dict[str, str]] = models.JSONField(default=dict)
    note = models.CharField(max_length=200, blank=True)
    head = models.CharField(max_length=300, blank=True)
    hay = models.TextField(blank=True)
    url = models.CharField(max_length=300)
    needs = models.CharField(max_length=60)
    own = ArrayField(models.BigIntegerField(), default=list)
    team_id = models.BigIntegerField(null=True)
    region = models.CharField(max_length=20, blank=True)
    dealers = ArrayField(models.BigIntegerField(), default=list)
    customers = ArrayField(models.BigIntegerField(), default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "thing_id"], name="search_entry_once")
        ]
        indexes = [
            GinIndex(
                fields=["kind", "hay"], opclasses=["varchar_ops", "gin_trgm_ops"], name="search_hay"
            ),
            Index(fields=["head"], opclasses=["varchar_pattern_ops"], name="search_head"),
            GinIndex(
                fields=["head"],
                opclasses=["gin_trgm_ops"],
                name="search_named",
                condition=~Q(kind=FLOOD),
            ),
            Index(fields=["needs"], name="search_needs"),
            GinIndex(fields=["own"], name="search_own"),
            GinIndex(fields=["dealers"], name="search_dealers"),
            GinIndex(fields=["customers"], name="search_customers"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.thing_id}"
