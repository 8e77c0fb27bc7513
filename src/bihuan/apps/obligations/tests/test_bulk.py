"""Many rows written in one statement: exactly as they are in memory, and nothing else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DataError, transaction

from bihuan.apps.obligations.models import Obligation
from bihuan.apps.obligations.tests import factories as make
from bihuan.base import bulk, sql

pytestmark = pytest.mark.django_db
FIELDS = ["due_at", "severity", "ladder", "calendar_version", "paused_at", "assignee", "steps_done"]


def three() -> list[Obligation]:
    home = make.house()
    gold = make.customer(home)
    for n in range(3):
        home.told(
            "fault.reported", f"2026-03-0{n + 3} 09:10", subjects={"asset": 7, "customer": gold.pk},
            ticket=f"T{n}", severity="URGENT",
        )  # fmt: skip
    return list(Obligation.objects.filter(rule="fault.urgent.phone").order_by("pk"))


def test_every_kind_of_column_is_written_as_bulk_update_writes_it():
    ours, theirs, other = three()
    before = Obligation.objects.filter(pk=other.pk).values().get()
    for row in (ours, theirs):
        row.due_at, row.paused_at = (
            make.moment("2026-04-01 10:00") + timedelta(microseconds=3),
            None,
        )
        row.ladder, row.calendar_version = [{"at": "百分之 75", "n": None}], "版本 7"
        row.severity, row.steps_done, row.assignee = "LOW", 2, None
        row.title = {"zh": "没有写下去的"}
    bulk.write([ours], FIELDS)
    Obligation.objects.bulk_update([theirs], FIELDS)
    stored = [
        Obligation.objects.filter(pk=row.pk).values(*FIELDS, "title").get()
        for row in (ours, theirs)
    ]
    assert stored[0] == stored[1]
    assert stored[0]["title"] != {"zh": "没有写下去的"}
    assert Obligation.objects.filter(pk=other.pk).values().get() == before


def test_a_text_too_long_is_refused_and_not_cut():
    row = three()[0]
    before = row.calendar_version
    row.calendar_version = "x" * 41
    with pytest.raises(DataError), transaction.atomic():
        bulk.write([row], ["calendar_version"])
    row.refresh_from_db()
    assert row.calendar_version == before


def test_rows_are_loaded_as_django_loads_them():
    rows = three()
    where = "WHERE t.rule = %s ORDER BY t.id"
    loaded = sql.load(Obligation, where, ["fault.urgent.phone"], also=("customer", "assignee"))
    assert [each.pk for each in loaded] == [each.pk for each in rows]
    for ours, theirs in zip(loaded, rows, strict=True):
        for field in Obligation._meta.concrete_fields:
            assert getattr(ours, field.attname) == getattr(theirs, field.attname)
        assert (ours.customer, ours.assignee) == (theirs.customer, theirs.assignee)
        assert ours.customer.flags == theirs.customer.flags
    loaded[0].severity = "LOW"
    loaded[0].save()
    assert Obligation.objects.get(pk=rows[0].pk).severity == "LOW"


def test_loading_asks_once_leaves_out_what_it_is_told_and_finds_nothing(
    django_assert_num_queries,
):
    rows = three()
    Obligation.objects.filter(pk=rows[0].pk).update(assignee=None)
    with django_assert_num_queries(1):
        [row] = sql.load(
            Obligation, "WHERE t.id = %s", [rows[0].pk], also=("assignee",), without=("ladder",)
        )
        assert row.assignee is None
    with django_assert_num_queries(1):
        assert row.ladder == rows[0].ladder
    assert sql.load(Obligation, "WHERE t.id = %s", [0]) == []
