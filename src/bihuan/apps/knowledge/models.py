"""Articles with their versions, what readers say of them, and the index of similar cases."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from bihuan.apps.knowledge.enums import Audience, Door, Kind, Origin, Status
from bihuan.apps.knowledge.rules import Content

USER = settings.AUTH_USER_MODEL
FIELDS = tuple(Content.__dataclass_fields__)


def _codes(of: type[Any]) -> list[tuple[str, str]]:
    return [(str(each), str(each)) for each in of]


def _content(values: dict[str, Any]) -> Content:
    said: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in values.items()
    }
    return Content(**said)


class Article(models.Model):
    """What we know, as readers read it.

    A change of a published or retired article waits in `pending` (submitted at `pending_at`) until
    somebody who did not write it publishes it. `version` is the number of the last written version,
    `published` that of the one being read. `ticket` is the ticket that it came from. `code_keys` are its fault
    codes as they are compared (`base.search.folding.code_key`); `used` is how many tickets and
    customers it has helped; `reminded` the day of review of which its owner was reminded.
    `doubt` is why its remedy is in doubt since `doubted_at`, such as a customer who said that it
    did not help: read again by somebody, it is published anew, reviewed or retired.
    """

    kind = models.CharField(max_length=8, choices=_codes(Kind))
    title = models.CharField(max_length=160)
    title_en = models.CharField(max_length=200, blank=True)
    body = models.TextField(blank=True)
    audiences = ArrayField(models.CharField(max_length=8, choices=_codes(Audience)))
    families = ArrayField(models.CharField(max_length=30), default=list, blank=True)
    model_codes = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    part = models.CharField(max_length=60, blank=True)
    symptom = models.CharField(max_length=80, blank=True)
    cause = models.TextField(blank=True)
    remedy = models.TextField(blank=True)
    codes = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    language = models.CharField(max_length=2, default="zh")
    safety = models.BooleanField(default=False)
    files = ArrayField(models.BigIntegerField(), default=list, blank=True)
    code_keys = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    status = models.CharField(max_length=9, choices=_codes(Status), default=Status.DRAFT)
    review_on: models.DateField[date | None, date | None] = models.DateField(null=True)
    owner = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="articles")
    author = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)
    published = models.PositiveIntegerField(default=0)
    published_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True
    )
    published_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    pending = models.ForeignKey(
        "ArticleVersion", null=True, on_delete=models.PROTECT, related_name="+"
    )
    pending_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True
    )
    ticket = models.CharField(max_length=40, blank=True)
    helpful = models.PositiveIntegerField(default=0)
    unhelpful = models.PositiveIntegerField(default=0)
    used = models.PositiveIntegerField(default=0)
    reminded: models.DateField[date | None, date | None] = models.DateField(null=True)
    doubt = models.CharField(max_length=500, blank=True)
    doubted_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True
    )

    class Meta:
        indexes = [
            models.Index(fields=["status", "-published_at"], name="article_by_status"),
            models.Index(
                fields=["review_on"], name="article_due", condition=Q(status=Status.PUBLISHED)
            ),
            models.Index(fields=["ticket"], name="article_of_ticket", condition=~Q(ticket="")),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(audiences=[]), name="article_has_readers"),
            models.CheckConstraint(
                condition=Q(published=0) | Q(published_at__isnull=False),
                name="article_published_at",
            ),
            models.CheckConstraint(
                condition=Q(doubted_at=None) | ~Q(doubt=""), name="article_doubt_has_reason"
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        return f"ZS-{self.pk:06d}"

    @property
    def mark(self) -> str:
        """What somebody has read: another version, or a doubt that came since, has another mark."""
        return f"{self.version}:{self.doubted_at.isoformat() if self.doubted_at else ''}"

    @property
    def content(self) -> Content:
        """What readers read."""
        return _content({name: getattr(self, name) for name in FIELDS})

    @property
    def latest(self) -> Content:
        """What was written last, published or not."""
        return self.pending.content if self.pending is not None else self.content


class ArticleVersion(models.Model):
    """What an article said as of one writing; never changed."""

    article = models.ForeignKey(Article, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    said: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField()
    note = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ("-number",)
        constraints = [models.UniqueConstraint(fields=["article", "number"], name="version_once")]

    def __str__(self) -> str:
        return f"{self.article_id} v{self.number}"

    @property
    def content(self) -> Content:
        return _content(self.said)


class ArticleStep(models.Model):
    """One step of an article's life, with its reason; never changed."""

    article = models.ForeignKey(Article, on_delete=models.PROTECT, related_name="steps")
    what = models.CharField(max_length=9)
    version = models.PositiveIntegerField()
    text = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ("-at", "-id")

    def __str__(self) -> str:
        return f"{self.article_id} {self.what}"


class Vote(models.Model):
    """Whether a version helped a reader, and why not; a second vote replaces the first."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="votes")
    by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    helpful = models.BooleanField()
    reason = models.CharField(max_length=300, blank=True)
    version = models.PositiveIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["article", "by"], name="vote_once")]

    def __str__(self) -> str:
        return f"{self.article_id} {self.by_id}"


class Use(models.Model):
    """An article taken up for a matter: a ticket by its number, or what a customer was about to
    report by the key of his page. `helped` None: tried, nobody has said yet.
    """

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="uses")
    door = models.CharField(max_length=6, choices=_codes(Door))
    matter = models.CharField(max_length=40)
    helped = models.BooleanField(null=True)
    reason = models.CharField(max_length=300, blank=True)
    version = models.PositiveIntegerField()
    at = models.DateTimeField()
    by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["door", "matter", "article"], name="use_once")
        ]
        indexes = [models.Index(fields=["door", "at"], name="use_by_door")]

    def __str__(self) -> str:
        return f"{self.article_id} {self.matter}"


class Synonym(models.Model):
    """What people say for a word of ours: 抖 for 振动."""

    other = models.CharField(max_length=40, unique=True)
    ours = models.CharField(max_length=40)
    by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("ours", "other")

    def __str__(self) -> str:
        return f"{self.other} = {self.ours}"


class Case(models.Model):
    """An earlier case that may be like a new one: a published article or a closed ticket.

    Nothing of the customer is in it. `needs` is the right that shows it, `grams` what its text can
    share with another (see lib.similar).
    """

    origin = models.CharField(max_length=7, choices=_codes(Origin))
    origin_id = models.BigIntegerField()
    number = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    part = models.CharField(max_length=60, blank=True)
    symptom = models.CharField(max_length=80, blank=True)
    cause = models.TextField(blank=True)
    remedy = models.TextField(blank=True)
    families = ArrayField(models.CharField(max_length=30), default=list)
    model_codes = ArrayField(models.CharField(max_length=60), default=list)
    url = models.CharField(max_length=300)
    needs = models.CharField(max_length=60)
    grams = ArrayField(models.IntegerField(), default=list)
    closed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["origin", "origin_id"], name="case_once")]
        indexes = [GinIndex(fields=["grams"], name="case_grams", fastupdate=False)]

    def __str__(self) -> str:
        return self.number


class Pair(models.Model):
    """A part and what was wrong with it, as normal text; the heads are their first two letters."""

    part = models.CharField(max_length=60)
    symptom = models.CharField(max_length=80)
    part_head = models.CharField(max_length=2)
    symptom_head = models.CharField(max_length=2)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["part", "symptom"], name="pair_once")]
        indexes = [models.Index(fields=["part_head", "symptom_head"], name="pair_heads")]

    def __str__(self) -> str:
        return f"{self.part} {self.symptom}"


class CasePair(models.Model):
    """A pair of a case."""

    pair = models.ForeignKey(Pair, on_delete=models.CASCADE, related_name="+", db_index=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="pairs")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["pair", "case"], name="case_pair_once")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.pair_id}"
