"""Tables of what a company writes itself."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models

from bihuan.apps.tickets.enums import Kind
from bihuan.apps.tickets.models.ticket import Ticket, _choices

USER = settings.AUTH_USER_MODEL


class Label(models.Model):
    """How a company calls a state (`enums.Status`) or what is waited for (`enums.Wait`): for its
    people, and for the customer. Empty = as the product calls it. No code asks for a label.
    """

    code = models.CharField(max_length=12, primary_key=True)
    zh = models.CharField(max_length=20, blank=True)
    en = models.CharField(max_length=40, blank=True)
    customer_zh = models.CharField(max_length=20, blank=True)
    customer_en = models.CharField(max_length=40, blank=True)

    class Meta:
        db_table = "tickets_label"

    def __str__(self) -> str:
        return self.code


class CheckItem(models.Model):
    """What must be ticked before a ticket of this kind may be closed. One that is put out of use
    stays, with the ticks it got.
    """

    kind = models.CharField(max_length=12, choices=_choices(Kind))
    zh = models.CharField(max_length=80)
    en = models.CharField(max_length=160, blank=True)
    place = models.PositiveSmallIntegerField()
    active = models.BooleanField(default=True)

    class Meta:
        db_table = "tickets_check_item"
        indexes = [models.Index(fields=["kind", "place"], name="check_item_of_kind")]

    def __str__(self) -> str:
        return self.zh


class Tick(models.Model):
    """An item that somebody has ticked on a ticket."""

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="ticks")
    item = models.ForeignKey(CheckItem, on_delete=models.PROTECT, related_name="ticks")
    at = models.DateTimeField()
    by: models.ForeignKey[Any, Any] = models.ForeignKey(
        USER, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        db_table = "tickets_tick"
        constraints = [models.UniqueConstraint(fields=["ticket", "item"], name="tick_once")]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.item_id}"


class Phrase(models.Model):
    """A text that is often said to customers. `{number}`, `{customer}`, `{machine}` and `{me}` are
    filled in. While a company has none, those of `data/macros.yaml` stand.
    """

    title_zh = models.CharField(max_length=20)
    title_en = models.CharField(max_length=40, blank=True)
    text_zh = models.TextField(max_length=1000)
    text_en = models.TextField(max_length=2000, blank=True)
    kind = models.CharField(max_length=12, blank=True)
    place = models.PositiveSmallIntegerField()
    active = models.BooleanField(default=True)

    class Meta:
        db_table = "tickets_phrase"
        indexes = [models.Index(fields=["place"], name="phrase_in_order")]

    def __str__(self) -> str:
        return self.title_zh
