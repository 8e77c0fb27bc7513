"""The count of every night: it agrees with what is stored, and finds what was changed behind it."""

from __future__ import annotations

import pytest

from bihuan.apps.obligations import nightly
from bihuan.apps.obligations.models import Obligation, Recount
from bihuan.apps.obligations.tests import factories as make
from bihuan.apps.obligations.tests.test_peers_faults import at, fault, pause
from bihuan.base.audit.models import Entry
from bihuan.base.notify.models import Notice
from bihuan.base.testing.people import make_person

pytestmark = pytest.mark.django_db
NIGHT = "2026-03-10 00:30"


def counted(now: str) -> Recount:
    while nightly.recount(at(now)):
        pass
    return Recount.objects.latest("day")


def test_the_nightly_count_agrees_with_what_is_stored():
    """Elsewhere a clock is a field that many places write, and nobody ever counts again."""
    home = make.house()
    who = make.customer(home)
    fault(home, who, "2026-03-09 09:00")
    pause(home, make.one(rule="fault.normal.phone"), "2026-03-09 10:00", "2026-03-09 11:00")
    fault(home, who, "2026-03-09 12:00", "URGENT")
    pause(home, make.one(rule="fault.urgent.attend"), "2026-03-09 13:00")
    home.told(
        "demand.received", "2026-03-09 10:00", subjects={"customer": who.pk}, demand="D1",
        kind="OPTIMISE", source="CALLBACK",
    )  # fmt: skip
    assert nightly.recount(at("2026-03-09 14:00")) == 0  # not by day
    row = counted(NIGHT)
    assert (row.counted, row.differing) == (4, [])
    assert row.ended_at is not None
    assert nightly.recount(at("2026-03-10 02:00")) == 0  # once a night
    assert not Notice.objects.filter(kind="obligation.clock_differs").exists()


@pytest.mark.parametrize("wrong", ["due", "pause", "inner"])
def test_the_nightly_count_finds_what_was_changed_behind_it(wrong):
    """Elsewhere a wrong due time stays wrong until a customer complains."""
    home = make.house()
    boss = make_person("administrator")
    fault(home, make.customer(home), "2026-03-09 09:00")
    row = make.one(rule="fault.normal.phone")
    pause(home, row, "2026-03-09 10:00", "2026-03-09 11:00")
    rows = Obligation.objects.filter(pk=row.pk)
    if wrong == "due":
        rows.update(due_at=at("2026-03-11 10:00"))
    elif wrong == "inner":
        rows.update(internal_due_at=at("2026-03-11 10:00"))
    else:
        row.pauses.update(to_at=at("2026-03-09 11:30"))
        rows.update(due_at=at("2026-03-10 11:00"))
    before = rows.values()[0]
    found = counted(NIGHT)
    assert found.differing == [row.number]
    assert rows.values()[0] == before  # a machine corrects no promise by itself
    assert Entry.objects.filter(verb="obligation.clock_differs", thing_id=str(row.pk)).count() == 1
    assert Notice.objects.filter(kind="obligation.clock_differs", to=boss).count() == 1
