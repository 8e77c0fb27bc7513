"""A frozen month stays as it was; what changes later stands beside it."""

from __future__ import annotations

import gzip
import hashlib
from datetime import date, timedelta

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from bihuan.apps.compliance import actions, refusals
from bihuan.apps.compliance.models import FrozenMonth
from bihuan.apps.compliance.rules import canonical
from bihuan.apps.compliance.tests.test_counting import row
from bihuan.apps.obligations.enums import State
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.obligations.tests import factories as make
from bihuan.apps.policy.models import PackVersion
from bihuan.base import clock
from bihuan.base.audit.models import Entry
from bihuan.base.errors import BadInput

pytestmark = pytest.mark.django_db
FEBRUARY = date(2026, 2, 1)
DUE = make.moment("2026-02-10 10:00")
NOW = make.moment("2026-03-05 09:00")


@pytest.fixture
def home():
    home = make.house()
    home.gold = make.customer(home)
    home.fact = home.told(
        "fault.reported", "2026-03-04 09:00", subjects={"asset": 7, "customer": home.gold.pk},
        ticket="T", severity="URGENT",
    )  # fmt: skip
    home.kept = row(home, due_at=DUE, state=State.DISCHARGED)
    home.missed = row(home, due_at=DUE)
    row(home, due_at=DUE, state=State.WAIVED)
    row(home, due_at=DUE, state=State.VOID)
    with clock.set_to(NOW):
        yield home


def client(person) -> Client:
    made = Client()
    made.force_login(person)
    return made


def figures(edition: FrozenMonth):
    found = sum(edition.cells.values(), start=type(next(iter(edition.cells.values())))())
    return (found.due, found.on_time, found.strict, found.waived)


def test_a_month_is_frozen_with_its_regulation_and_a_checksum(home):
    frozen = actions.freeze(first=FEBRUARY, by=home.zhao, now=NOW)
    assert figures(frozen) == (2, 1, 1, 1)
    assert frozen.sha256 == hashlib.sha256(canonical(frozen.content)).hexdigest()
    assert frozen.content["regulation"][0]["version"] == "1"
    rows = gzip.decompress(frozen.rows)
    assert hashlib.sha256(rows).hexdigest() == frozen.content["rows_sha256"]
    assert rows.decode().count("\n") == 1 + frozen.content["rows"] == 4
    entry = Entry.objects.get(verb="compliance.freeze")
    assert (entry.by, entry.after["sha256"]) == (home.zhao, frozen.sha256)


def test_a_month_that_has_not_ended_cannot_be_frozen_nor_one_twice(home):
    with pytest.raises(refusals.MonthNotEnded):
        actions.freeze(first=date(2026, 3, 1), by=home.zhao, now=NOW)
    with pytest.raises(refusals.NothingCounted):
        actions.freeze(first=date(2026, 1, 1), by=home.zhao, now=NOW)
    with pytest.raises(refusals.NotFrozen):
        actions.correct(first=FEBRUARY, reason="x", by=home.zhao, now=NOW)
    assert not FrozenMonth.objects.exists()
    assert not Entry.objects.filter(verb__startswith="compliance.").exists()
    actions.freeze(first=FEBRUARY, by=home.zhao, now=NOW)
    with pytest.raises(refusals.AlreadyFrozen):
        actions.freeze(first=FEBRUARY, by=home.zhao, now=NOW)
    with pytest.raises(refusals.NothingDiffers):
        actions.correct(first=FEBRUARY, reason="x", by=home.zhao, now=NOW)
    assert FrozenMonth.objects.count() == 1


def test_a_correction_stands_beside_the_original(home):
    first = actions.freeze(first=FEBRUARY, by=home.zhao, now=NOW)
    Obligation.objects.filter(pk=home.missed.pk).update(
        state=State.DISCHARGED, discharged_at=DUE - timedelta(hours=1)
    )
    with pytest.raises(BadInput):
        actions.correct(first=FEBRUARY, reason=" ", by=home.zhao, now=NOW)
    second = actions.correct(first=FEBRUARY, reason="漏录的电话", by=home.gu, now=NOW)
    assert (first.edition, second.edition) == (1, 2)
    assert second.content["before"] == first.sha256
    assert (figures(first), figures(second)) == ((2, 1, 1, 1), (2, 2, 2, 1))
    assert Entry.objects.get(verb="compliance.correct").after["reason"] == "漏录的电话"
    with pytest.raises(DatabaseError), transaction.atomic():
        FrozenMonth.objects.update(reason="")


def test_the_board_shows_what_was_frozen_and_says_what_differs(home):
    head = client(home.gu)
    assert "封存这个月" in head.get("/compliance/?month=2026-02").content.decode()
    head.post("/compliance/2026-02/freeze/")
    same = head.get("/compliance/?month=2026-02").content.decode()
    assert PackVersion.objects.get().named("zh") in same
    assert "与第 1 版一样" in same and "<b>50</b><small>2</small>" in same
    Obligation.objects.filter(pk=home.missed.pk).update(state=State.VOID)
    page = head.get("/compliance/?month=2026-02").content.decode()
    assert "<b>50</b><small>2</small>" in page and "有 1 格与第 1 版不一样" in page
    assert "<del>2</del> 1" in page
    now = head.get("/compliance/?month=2026-02&edition=now").content.decode()
    assert "<b>100</b><small>1</small>" in now
    refused = head.post("/compliance/2026-02/correct/", {"reason": ""})
    assert refused.status_code == 422 and "写明为什么要更正" in refused.content.decode()
    assert FrozenMonth.objects.count() == 1
    head.post("/compliance/2026-02/correct/", {"reason": "记错的一条已作废"})
    after = head.get("/compliance/?month=2026-02").content.decode()
    assert "<b>100</b><small>1</small>" in after and "记错的一条已作废" in after
    first = head.get("/compliance/?month=2026-02&edition=1").content.decode()
    assert "<b>50</b><small>2</small>" in first
    data = head.get("/compliance/2026-02/editions/2/json/").content
    assert hashlib.sha256(data).hexdigest() in after


def test_behind_a_cell_stand_the_duties_as_they_were_frozen_beside_what_they_are_now(home):
    head = client(home.gu)
    actions.freeze(first=FEBRUARY, by=home.zhao, now=NOW)
    cell = f"/compliance/?month=2026-02&clause={home.missed.clause}"
    page = head.get(cell)
    assert [each["count"] for each in page.context["shows"]] == [1, 1, 1]
    text = page.content.decode()
    assert "按那时的样子" in text and "后来变了" not in text
    assert "没做到 · 到期 2026-02-10 10:00" in text
    # the missed one turns out to have been done in time, another one falls away, a third arises
    Obligation.objects.filter(pk=home.missed.pk).update(
        state=State.DISCHARGED, discharged_at=DUE - timedelta(hours=1)
    )
    Obligation.objects.filter(pk=home.kept.pk).update(state=State.VOID)
    row(home, due_at=DUE)
    page = head.get(cell)
    assert [each["count"] for each in page.context["shows"]] == [1, 1, 1]
    text = page.content.decode()
    assert "其中 2 条后来变了" in text and "后来另有 1 条算进这一格" in text
    (line,) = page.context["kept_lines"]
    assert (line.ob.pk, line.now) == (home.missed.pk, "按时")
    kept = head.get(f"{cell}&show=kept").context["kept_lines"]
    assert [(each.ob.pk, each.now) for each in kept] == [(home.kept.pk, "不再算在这个月")]
    now = head.get(f"{cell}&edition=now")
    assert "kept" not in now.context and [e["count"] for e in now.context["shows"]] == [1, 1, 1]
    assert all("edition=now" in each["url"] for each in now.context["shows"])


def test_a_frozen_cell_asks_as_often_whatever_the_number(home, django_assert_max_num_queries):
    for _n in range(3):
        row(home, due_at=DUE)
    actions.freeze(first=FEBRUARY, by=home.zhao, now=NOW)
    head = client(home.gu)
    head.get("/compliance/?month=2026-02")
    with django_assert_max_num_queries(40) as few:
        head.get(f"/compliance/?month=2026-02&clause={home.missed.clause}")
    for _n in range(20):
        row(home, due_at=DUE)
    actions.correct(first=FEBRUARY, reason="漏了二十条", by=home.zhao, now=NOW)
    with django_assert_max_num_queries(len(few)):
        head.get(f"/compliance/?month=2026-02&clause={home.missed.clause}")


def test_who_may_not_freeze_changes_nothing(home):
    assert client(home.li).post("/compliance/2026-02/freeze/").status_code == 403
    assert (
        client(home.wang).post("/compliance/2026-02/correct/", {"reason": "x"}).status_code == 403
    )
    assert client(home.gu).post("/compliance/2026-99/freeze/").status_code == 404
    assert client(home.gu).post("/compliance/2026-03/freeze/").status_code == 302
    assert not FrozenMonth.objects.exists()
    actions.freeze(first=FEBRUARY, by=home.zhao, now=NOW)
    own = client(home.li).get("/compliance/?month=2026-02").content.decode()
    assert "您自己经手的义务" in own
    assert client(home.li).get("/compliance/2026-02/editions/1/csv/").status_code == 404
