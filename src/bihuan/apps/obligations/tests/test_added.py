"""Many rows added in one statement: as Django adds them, in their order, each once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DataError, transaction

from bihuan.apps.obligations.models import Escalation, Obligation
from bihuan.apps.obligations.tests import factories as make
from bihuan.base import bulk
from bihuan.base.notify.models import Notice
from bihuan.base.testing.people import make_person

pytestmark = pytest.mark.django_db


def notice(**changes: object) -> Notice:
    given = {
        "to": make_person(), "kind": "k", "title": {"zh": '“快”到\\期\n"', "en": "100 % 'due'"},
        "text": {"zh": ""}, "url": "/x/?a=%s", "key": None,
        "at": make.moment("2026-04-01 10:00") + timedelta(microseconds=3),
    }  # fmt: skip
    return Notice(**(given | changes))


def test_every_kind_of_column_is_added_as_bulk_create_adds_it():
    ours, theirs = notice(), notice()
    theirs.to = ours.to
    bulk.add([ours])
    Notice.objects.bulk_create([theirs])
    first, second = (Notice.objects.filter(pk=row.pk).values().get() for row in (ours, theirs))
    assert first.pop("id") != second.pop("id")
    assert first == second


def test_rows_get_their_keys_in_their_order():
    rows = [notice(kind=f"k{n}") for n in (3, 1, 2)]
    assert bulk.add(rows) == 3
    assert [row.pk for row in rows] == sorted(row.pk for row in rows)
    assert [Notice.objects.get(pk=row.pk).kind for row in rows] == ["k3", "k1", "k2"]
    rows[0].kind = "changed"
    rows[0].save()
    assert Notice.objects.count() == 3


def test_what_is_there_already_is_left_as_it_is():
    home = make.house()
    gold = make.customer(home)
    home.told(
        "fault.reported", "2026-03-03 09:10", subjects={"asset": 7, "customer": gold.pk},
        ticket="T1", severity="URGENT",
    )  # fmt: skip
    row, at = Obligation.objects.earliest("pk"), make.moment("2026-03-04 09:00")
    step = {"obligation": row, "planned_at": at, "at": at}
    bulk.add([Escalation(step=0, role="first", **step)])
    both = [Escalation(step=0, role="again", **step), Escalation(step=1, role="next", **step)]
    assert bulk.add(both, ignore_conflicts=True) == 1
    assert list(row.escalations.values_list("step", "role")) == [(0, "first"), (1, "next")]


def test_a_text_too_long_is_refused_and_nothing_is_added():
    with pytest.raises(DataError), transaction.atomic():
        bulk.add([notice(), notice(kind="x" * 61)])
    assert not Notice.objects.exists()


def test_what_json_cannot_hold_is_refused_and_nothing_is_added():
    with pytest.raises(TypeError):
        bulk.add([notice(text={"zh": object()})])
    assert not Notice.objects.exists()
