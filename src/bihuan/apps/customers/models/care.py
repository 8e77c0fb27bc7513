"""Key dates, verified facts, exceptions, merges and hand-overs."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from bihuan.apps.customers import words
from bihuan.apps.customers.enums import MergeState
from bihuan.apps.customers.models.contact import Contact
from bihuan.apps.customers.models.customer import Customer
from bihuan.apps.customers.rules.key_dates import Day


class KeyDate(models.Model):
    """A day to remember: yearly, or once when `year` is given; lunar or solar.

    Birthdays live on the contact and the festivals of everybody in the house's data file.
    """

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="key_dates")
    contact = models.ForeignKey(
        Contact, null=True, blank=True, on_delete=models.PROTECT, related_name="key_dates"
    )
    node = models.CharField(_("种类"), max_length=20, choices=words.choices(words.NODE))
    title = models.CharField(_("名称"), max_length=80, blank=True)
    month = models.PositiveSmallIntegerField(_("月"))
    day = models.PositiveSmallIntegerField(_("日"))
    lunar = models.BooleanField(_("农历"), default=False)
    leap = models.BooleanField(_("闰月"), default=False)
    year: models.PositiveSmallIntegerField[int | None, int | None] = (
        models.PositiveSmallIntegerField(_("年（只一次时填）"), null=True, blank=True)
    )
    since_year = models.PositiveSmallIntegerField(_("起始年"), null=True, blank=True)
    ended_at = models.DateTimeField(null=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    added_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(month__gte=1, month__lte=12, day__gte=1, day__lte=31),
                name="key_date_day",
            )
        ]
        indexes = [
            models.Index(
                fields=["customer", "month", "day"], name="key_date_of", condition=Q(ended_at=None)
            )
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.node} {self.month}-{self.day}"

    @property
    def when(self) -> Day:
        return Day(self.month, self.day, self.lunar, self.leap, self.year)


class Verification(models.Model):
    """Until when a part of the record may be trusted, who checked it and how."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="verifications")
    what = models.CharField(max_length=10, choices=words.choices(words.CHECKED))
    verified_on = models.DateField()
    verify_by = models.DateField()
    source = models.CharField(_("怎样核实"), max_length=120)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "what"], name="verification_once")
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.what}"


class ExceptionQuerySet(models.QuerySet["ClauseException"]):
    def at(self, moment: datetime) -> Self:
        """Those that were granted and hold at a moment."""
        return self.filter(
            Q(to_at=None) | Q(to_at__gt=moment), from_at__lte=moment, approver__isnull=False
        )

    def asked(self) -> Self:
        """Those that wait for an approver."""
        return self.filter(approver=None, refused_at=None)


class ClauseException(models.Model):
    """For one customer a rule, or all rules of a clause, is waived or runs differently for a time.

    `value` is the other limit (a duration of the pack language), calendar or role; empty for a
    waiver. It is asked by one person and granted by another (`approver`); until then it has no
    effect. An exception is ended by setting `to_at`, never deleted.
    """

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="exceptions")
    target = models.CharField(max_length=8, choices=words.choices(words.TARGET))
    code = models.CharField(_("规则或条款"), max_length=80)
    change = models.CharField(_("怎样变"), max_length=10, choices=words.choices(words.CHANGE))
    value = models.CharField(_("改成"), max_length=80, blank=True)
    reason = models.CharField(_("理由"), max_length=300)
    from_at = models.DateTimeField(_("起"))
    to_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        _("止"), null=True, blank=True
    )
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField()
    approver = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("批准人"),
    )
    granted_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True
    )
    refused_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True
    )
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    objects: ClassVar[models.Manager[ClauseException]] = ExceptionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(to_at=None) | Q(to_at__gte=F("from_at")), name="exception_forward"
            )
        ]
        indexes = [models.Index(fields=["customer", "from_at"], name="exception_of")]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.code} {self.change}"


class Merge(models.Model):
    """Two rows that are one customer: proposed by one person, checked by another, undone for a time.

    `moved` names every link that went from `gone` to `kept`: model label -> ids.
    """

    kept = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="merges_kept")
    gone = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="merges_gone")
    why = models.CharField(_("为什么是同一家"), max_length=300)
    state = models.CharField(
        max_length=10, choices=words.choices(words.MERGE_STATE), default=MergeState.PROPOSED
    )
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True
    )
    undo_until: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True
    )
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    undone_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True
    )
    gone_status = models.CharField(max_length=12, blank=True)
    moved: models.JSONField[dict[str, list[Any]], dict[str, list[Any]]] = models.JSONField(
        default=dict
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(kept=F("gone")), name="merge_two_rows"),
            models.UniqueConstraint(
                fields=["kept", "gone"],
                condition=Q(state=MergeState.PROPOSED),
                name="merge_open_once",
            ),
            models.UniqueConstraint(
                fields=["gone"], condition=Q(state=MergeState.MERGED), name="merge_gone_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.gone_id} -> {self.kept_id}"


class HandOver(models.Model):
    """A customer went from one account manager to another."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="hand_overs")
    before = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    after = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=10, choices=words.choices(words.HAND_OVER))
    note = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        indexes = [models.Index(fields=["customer", "-at"], name="hand_over_of")]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.before_id}->{self.after_id}"


class DayDone(models.Model):
    """The last day for which a daily tick has done its work, and when it did."""

    name = models.CharField(max_length=20, primary_key=True)
    day = models.DateField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} {self.day}"


__all__ = ["ClauseException", "DayDone", "HandOver", "KeyDate", "Merge", "Verification"]
