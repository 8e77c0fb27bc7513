"""Months that were counted say the same as counting now."""

from __future__ import annotations

import uuid
from datetime import date, timedelta

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from procrastinate.contrib.django.models import ProcrastinateJob

from bihuan.apps.compliance import counting, queries, tasks, ticks
from bihuan.apps.compliance.enums import Definition
from bihuan.apps.compliance.handlers import on_facts
from bihuan.apps.compliance.models import Cell, CountedMonth
from bihuan.apps.compliance.queries import Asked
from bihuan.apps.compliance.rules import Key, Tally
from bihuan.apps.obligations import actions
from bihuan.apps.obligations.acts import Proof
from bihuan.apps.obligations.enums import DONE, State, Verifier
from bihuan.apps.obligations.models import Evidence, Obligation
from bihuan.apps.obligations.tests import factories as make
from bihuan.base import clock
from bihuan.base.facts.listeners import drain
from bihuan.base.testing.people import make_person
from bihuan.base.vocabulary import vocabulary

pytestmark = pytest.mark.django_db
NOW = make.moment("2026-03-20 12:00")
MARCH = date(2026, 3, 1)
SPAN = (make.moment("2026-01-31 00:00"), make.moment("2026-04-02 00:00"))


@pytest.fixture
def home():
    home = make.house()
    home.gold = make.customer(home)
    home.fact = home.told(
        "fault.reported", "2026-03-09 09:00", subjects={"asset": 7, "customer": home.gold.pk},
        ticket="T", severity="URGENT",
    )  # fmt: skip
    with clock.set_to(NOW):
        yield home


def row(home, **values) -> Obligation:
    """A duty; what is not given is of no matter here."""
    number = uuid.uuid4()
    given_ = {
        "uid": number, "rule": "r", "clause": "T-1", "clause_number": "一·1",
        "pack_version": home.version, "subject_type": "customer", "subject_id": home.gold.pk,
        "occasion": str(number), "customer": home.gold, "region": "east", "kind": "callback.routine",
        "title": {"zh": "回访"}, "role": "account_manager", "assignee": home.li,
        "anchor_at": home.start, "calendar": "24x7", "state": State.OPEN, "cause": home.fact,
        "cause_at": home.start, "cause_kind": "fault.reported", "due_at": NOW - timedelta(days=1),
    } | values  # fmt: skip
    if given_["state"] in DONE:
        given_.setdefault("discharged_at", given_["due_at"])
    if given_["state"] == State.VERIFIED:
        given_.setdefault("verified_at", given_["discharged_at"])
    return Obligation.objects.create(**given_)


moments = st.integers(0, 61 * 24 * 4).map(lambda n: SPAN[0] + timedelta(minutes=15 * n))
duties = st.fixed_dictionaries({
    "clause": st.sampled_from(["T-1", "T-2"]), "clause_number": st.sampled_from(["一", "二"]),
    "role": st.sampled_from(["account_manager", "field_engineer"]),
    "region": st.sampled_from(["", "east", "west"]), "due_at": moments,
    "state": st.sampled_from(list(State)), "verified_by_rule": st.sampled_from(list(Verifier)),
    "lag": st.sampled_from([-3, 0, 1]),
    "proofs": st.lists(st.sampled_from(["recording", "call_log", "no_such_kind"]), max_size=3),
})  # fmt: skip


def naive(wanted, now):
    """The figures of March as a child would count them."""
    found: dict[Key, Tally] = {}
    known = vocabulary().evidence
    for each in wanted:
        due, state = each["due_at"], each["state"]
        local = due.astimezone(make.ZONE) - timedelta(microseconds=1)
        if (local.year, local.month) != (2026, 3) or state == State.VOID:
            continue
        if due > now and state not in (*DONE, State.WAIVED):
            continue
        key = Key(each["clause"], each["clause_number"], each["role"], each["region"])
        waived = state == State.WAIVED
        on_time = state in DONE and each["lag"] <= 0
        strict = on_time and (state == State.VERIFIED or each["verified_by_rule"] == Verifier.NONE)
        strengths = [known[kind].strength for kind in each["proofs"] if kind in known]
        found[key] = found.get(key, Tally()) + Tally(
            int(not waived), int(on_time), int(strict), int(waived), sum(strengths), len(strengths)
        )
    return found


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(wanted=st.lists(duties, max_size=12))
def test_counted_and_live_figures_are_the_same(home, wanted):
    Evidence.objects.all().delete()
    Obligation.objects.all().delete()
    for each in wanted:
        values = {k: v for k, v in each.items() if k not in ("lag", "proofs")}
        if each["state"] in DONE:
            values["discharged_at"] = each["due_at"] + timedelta(minutes=each["lag"])
        made = row(home, **values)
        for kind in each["proofs"]:
            Evidence.objects.create(obligation=made, kind=kind, at=NOW, act=uuid.uuid4())
    for first in (date(2026, 1, 1), date(2026, 2, 1), MARCH):
        CountedMonth.objects.get_or_create(first=first)
        counting.recount(first, NOW)
    cells, as_of = queries.cells_of(home.gu, MARCH, NOW)
    live = counting.counted(queries.fell_due(home.gu, *counting.month_of(MARCH), NOW))
    assert as_of == NOW
    assert cells == live == naive(wanted, NOW)
    assert counting.recount(MARCH, NOW) == 0
    for by in Definition:
        asked = Asked(MARCH, by)
        assert queries._stored_trends(home.gu, asked) == queries._live_trends(home.gu, asked, NOW)


def test_the_first_tick_counts_all_months_and_a_second_one_nothing(home):
    row(home, due_at=make.moment("2026-01-15 10:00"))
    row(home, due_at=NOW)
    assert counting.keep_counted(NOW) > 0
    assert list(CountedMonth.objects.order_by("first").values_list("first", flat=True)) == [
        date(2026, 1, 1), date(2026, 2, 1), MARCH,
    ]  # fmt: skip
    assert not CountedMonth.objects.filter(counted_at=None).exists()
    before = list(Cell.objects.order_by("pk").values())
    assert counting.keep_counted(NOW) == 0
    assert list(Cell.objects.order_by("pk").values()) == before


def test_what_happens_to_a_duty_makes_its_month_stale_until_it_is_counted_again(home):
    home.told(
        "fault.reported", "2026-02-09 09:00", subjects={"asset": 8, "customer": home.gold.pk},
        ticket="F", severity="URGENT",
    )  # fmt: skip
    counting.keep_counted(NOW)
    hear(NOW)
    later = NOW + counting.EVERY
    counting.keep_counted(later)
    assert not CountedMonth.objects.exclude(stale_tx=0).exists()
    old = Obligation.objects.filter(due_at__lt=MARCH_BEGINS, state=State.OPEN).first()
    before = proofs_of_february()
    proof = Proof(old.proof["any"][0], text="补打的电话")
    actions.discharge(obligation_ids=[old.pk], by=home.gu, now=later, at=later, evidence=[proof])
    hear(later)
    stale = CountedMonth.objects.exclude(stale_tx=0)
    assert [each.first for each in stale] == [date(2026, 2, 1)]
    counting.keep_counted(later)  # within the minute the figures are as they are
    assert proofs_of_february() == before
    home.hear(later)
    counting.keep_counted(later + counting.EVERY)
    assert proofs_of_february() == before + 1
    assert not CountedMonth.objects.exclude(stale_tx=0).exists()


def test_what_the_engine_settles_by_itself_is_counted_too(home):
    home.told(
        "fault.reported", "2026-02-09 09:00", subjects={"asset": 8, "customer": home.gold.pk},
        ticket="F", severity="URGENT",
    )  # fmt: skip
    count(NOW)
    duty = Obligation.objects.get(rule="fault.urgent.phone", due_at__lt=MARCH_BEGINS)
    before = kept_of_february()
    home.told(
        "ticket.contacted", "2026-02-09 10:00", now=NOW,
        subjects={"asset": 8, "customer": home.gold.pk}, ticket="F",
    )  # fmt: skip
    duty.refresh_from_db()
    assert duty.settled_by is not None and duty.due_at < MARCH_BEGINS
    assert counting.follow_settled(NOW) > 0
    assert counting.follow_settled(NOW) == 0
    assert [each.first for each in CountedMonth.objects.exclude(stale_tx=0)] == [date(2026, 2, 1)]
    count(NOW + counting.EVERY)
    assert kept_of_february() == before + 1


def test_every_month_of_the_year_is_counted_once_a_day(home):
    late = row(home, due_at=make.moment("2026-02-10 09:00"))
    count(NOW)
    Obligation.objects.filter(pk=late.pk).update(state=State.VOID)
    count(NOW + timedelta(hours=23))
    assert Cell.objects.filter(month=date(2026, 2, 1)).exists()
    count(NOW + timedelta(hours=24))
    assert not Cell.objects.filter(month=date(2026, 2, 1)).exists()


def count(now) -> None:
    """What a beat asks for, done by a worker."""
    ticks.count(now)
    for pk in planned():
        with clock.set_to(now):
            tasks.count_job(pk)
    ProcrastinateJob.objects.all().delete()


def planned() -> list[int]:
    rows = ProcrastinateJob.objects.filter(task_name="compliance.count").order_by("pk")
    return [row.args["pk"] for row in rows]


def test_a_beat_counts_nothing_itself_and_asks_once_for_each_month(home):
    row(home, due_at=make.moment("2026-02-10 09:00"))
    ProcrastinateJob.objects.all().delete()  # of those who founded the house
    assert ticks.count(NOW) == 2
    assert ticks.count(NOW) == 0
    assert planned() == [202603, 202602]
    assert not Cell.objects.exists()
    count(NOW)
    assert Cell.objects.filter(month=date(2026, 2, 1)).exists()
    ticks.count(NOW)
    assert planned() == []


def kept_of_february() -> int:
    return sum(Cell.objects.filter(month=date(2026, 2, 1)).values_list("on_time", flat=True))


def proofs_of_february() -> int:
    return sum(Cell.objects.filter(month=date(2026, 2, 1)).values_list("proofs", flat=True))


MARCH_BEGINS = make.moment("2026-03-01 00:00")


def hear(now) -> None:
    while drain("compliance", on_facts, now):
        pass


def test_a_region_reads_its_own_cells_and_an_account_manager_counts_live(home):
    row(home)
    row(home, region="west")
    counting.keep_counted(NOW)
    lead = make_person("region_lead", region="west")
    assert queries.board(home.gu, Asked(MARCH), NOW).total.due == 2 + others(home)
    shown = queries.board(lead, Asked(MARCH), NOW)
    assert (shown.total.due, shown.as_of) == (1, NOW)
    assert queries.board(home.li, Asked(MARCH), NOW).as_of is None
    nobody = make_person("region_lead", region="")
    assert queries.board(nobody, Asked(MARCH), NOW).total.due == 0


def others(home) -> int:
    cells = counting.counted(queries.fell_due(home.gu, *counting.month_of(MARCH), NOW))
    return sum(tally.due for tally in cells.values()) - 2


def test_the_counted_board_asks_as_often_whatever_its_size(home, django_assert_num_queries):
    row(home)
    counting.keep_counted(NOW)
    with django_assert_num_queries(5):
        queries.board(home.gu, Asked(MARCH), NOW)
    for number in range(20):
        row(home, clause=f"T-{number}", region=f"r{number}")
    counting.keep_counted(NOW + counting.EVERY)
    with django_assert_num_queries(5):
        assert len(queries.board(home.gu, Asked(MARCH), NOW).lines) >= 20
    page = Client()
    page.force_login(home.gu)
    assert "数到" in page.get("/compliance/?month=2026-03").content.decode()
