"""Going live: the first period is spread by capacity, nothing is late, a replay gives the same."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection

from bihuan.apps.obligations import rehearsal
from bihuan.apps.obligations.enums import LIVE
from bihuan.apps.obligations.models import Obligation, Rehearsed
from bihuan.apps.obligations.nightly import differing
from bihuan.apps.obligations.rehearsal import (
    Rehearsal,
    ask,
    excesses,
    figures,
    moments,
    rehearse,
    starting,
    work,
)
from bihuan.apps.obligations.replay import again
from bihuan.apps.obligations.tasks import plan_again, rehearse_job
from bihuan.apps.obligations.tests import factories as make
from bihuan.apps.obligations.ticks import fall_due, open_scheduled, periods
from bihuan.apps.obligations.todo import narrowed
from bihuan.apps.obligations.workbench import counts_of, mine
from bihuan.apps.people.models import Capacity
from bihuan.base.clock import set_to
from bihuan.base.facts.models import Fact
from bihuan.base.testing.draining import worker_dies
from bihuan.base.testing.people import make_person

pytestmark = pytest.mark.django_db
LIVE_AT = "2026-05-06 00:00"  # a Wednesday after the holiday: 18 working weeks of the half are left


def going_live(*, silver=60, gold=4, per_week=10, at=LIVE_AT, swap=None):
    home = make.house(at, **(swap or {}))
    if per_week is not None:
        Capacity.objects.create(user=home.li, per_week=per_week)
    for n in range(silver):
        make.customer(home, f"银牌客户{n:03d}", tier="SILVER", tier_rank=2)
    for n in range(gold):
        make.customer(home, f"金牌客户{n:03d}", tier="GOLD", tier_rank=1)
    return home


def live(home, at=LIVE_AT):
    now = make.moment(at)
    periods(now)
    home.hear(now)
    open_scheduled(now)
    return now


def weeks(**where):
    """Monday of the week in which each duty is meant to be done -> how many."""
    found = Counter()
    for row in Obligation.objects.filter(state__in=LIVE, **where):
        meant = row.planned_at or row.due_at
        day = (meant.astimezone(make.ZONE) - timedelta(seconds=1)).date()
        found[day - timedelta(days=day.weekday())] += 1
    return found


def test_the_first_quarter_is_spread_by_what_one_person_gets_done():
    home = going_live()
    now = live(home)
    load = weeks(assignee=home.li)
    assert sum(load.values()) == 64
    assert max(load.values()) <= 10
    assert all(row.due_at > now for row in Obligation.objects.filter(state__in=LIVE))
    assert Obligation.objects.filter(state="OPEN", assignee=home.li).count() <= 10
    silver = Obligation.objects.filter(rule="silver.callback")
    assert all(row.window_from <= row.due_at <= row.window_to for row in silver)
    assert all(row.opens_at <= (row.planned_at or row.due_at) <= row.due_at for row in silver)
    assert {make.shown(row.due_at) for row in silver} == {"2026-06-30 17:30"}


def test_hearing_it_again_gives_the_same_days():
    home = going_live()
    now = live(home)
    assert again(now).same
    before = list(Obligation.objects.order_by("uid").values("uid", "due_at", "planned_at"))
    assert periods(now) == 0
    home.hear(now)
    assert list(Obligation.objects.order_by("uid").values("uid", "due_at", "planned_at")) == before


def test_who_has_waited_longest_comes_first():
    home = going_live(silver=40, gold=0, per_week=5)
    rows = list(home_customers())
    for place, pk in enumerate(rows):
        if place >= 5:  # the first five were never contacted
            home.told(
                "callback.done", make.moment("2026-04-01 09:00") - timedelta(days=place),
                subjects={"customer": pk}, callback=f"H{place}", kind="CARE", channel="PHONE",
            )  # fmt: skip
    live(home)
    rows_ = Obligation.objects.filter(rule="silver.callback")
    due = {row.subject_id: row.planned_at or row.due_at for row in rows_}
    first = min(due.values())
    assert {pk for pk, when in due.items() if when == first} <= {*rows[:5]}
    assert due[rows[39]] < due[rows[5]]
    assert len(due) == 40


def home_customers():
    from bihuan.apps.customers.models import Customer

    return Customer.objects.order_by("pk").values_list("pk", flat=True)


def test_only_the_first_period_is_spread():
    home = going_live(silver=12, gold=0, per_week=3)
    live(home)
    assert len(weeks(rule="silver.callback")) > 1
    later = make.moment("2026-07-01 00:00")
    periods(later)
    home.hear(later)
    second = Obligation.objects.filter(rule="silver.callback", occasion="2026-Q3")
    assert second.count() == 12
    assert {make.shown(row.due_at) for row in second} == {"2026-09-30 17:30"}
    assert not Fact.objects.filter(at__gte=later, data__fact__has_key="places").exists()


def test_a_period_that_was_too_short_leaves_the_spreading_to_the_next():
    late = "2026-06-10 00:00"
    home = going_live(silver=24, gold=0, per_week=3, at=late)
    live(home, late)
    assert not Obligation.objects.filter(rule="silver.callback").exists()
    live(home, "2026-07-01 00:00")
    load = weeks(rule="silver.callback")
    assert sum(load.values()) == 24
    assert max(load.values()) <= 3
    assert again(make.moment("2026-07-01 00:00")).same


def test_without_a_figure_the_regulation_stands_as_it_is():
    home = going_live(per_week=None)
    live(home)
    assert {make.shown(r.due_at) for r in Obligation.objects.filter(rule="silver.callback")} == {"2026-06-30 17:30"}  # fmt: skip


def test_too_much_work_is_spread_evenly_above_capacity_and_never_after_the_period():
    home = going_live(silver=80, gold=0, per_week=2)
    live(home)
    load = weeks(rule="silver.callback")
    assert sum(load.values()) == 80
    assert max(load.values()) - min(load.values()) <= 12
    assert (
        max(Obligation.objects.values_list("due_at", flat=True)).astimezone(make.ZONE).month <= 12
    )
    assert fall_due(make.moment(LIVE_AT)) == 0


def test_a_call_before_its_week_discharges_the_duty():
    home = going_live(silver=30, gold=0, per_week=3)
    live(home)
    last = Obligation.objects.filter(rule="silver.callback").order_by("-opens_at").first()
    assert last.state == "SCHEDULED"
    home.told(
        "callback.done", "2026-05-07 10:00", subjects={"customer": last.customer_id},
        callback="H1", kind="ROUTINE", channel="PHONE",
    )  # fmt: skip
    last.refresh_from_db()
    assert last.state == "DISCHARGED"


def test_what_is_done_after_its_planned_week_and_before_the_limit_is_in_time():
    """Nothing is overdue for the time before; the weeks of the first period are a plan."""
    home = going_live(silver=12, gold=0, per_week=3)
    live(home)
    row = Obligation.objects.filter(rule="silver.callback", planned_at__isnull=False).order_by("planned_at", "pk").first()  # fmt: skip
    after = row.planned_at + timedelta(days=2)
    open_scheduled(after)
    assert fall_due(after) == 0
    assert not Obligation.objects.open().overdue(after).filter(pk=row.pk).exists()
    with set_to(after):
        counts = counts_of(home.li, after)
        meant = Obligation.objects.filter(planned_at__lte=after).count()
        assert (counts["late"], counts["today"]) == (0, meant)  # meant to be done by now, not late
        listed = narrowed(mine(home.li), {"when": "today"}, after)
        assert row.pk in set(listed.values_list("pk", flat=True))
    home.told(
        "callback.done", after, subjects={"customer": row.customer_id}, callback="H1", kind="ROUTINE",
        channel="PHONE",
    )  # fmt: skip
    row.refresh_from_db()
    assert (row.state, row.late) == ("DISCHARGED", False)
    later = make.moment("2026-07-01 09:00")
    open_scheduled(later)
    fall_due(later)
    fell = Obligation.objects.filter(rule="silver.callback", fell_due_at__isnull=False)
    assert fell.count() == 11  # by the limit of the clause the others are late
    assert again(later).same


def test_the_nightly_count_agrees_with_what_was_spread():
    home = going_live(silver=6, gold=0, per_week=2)
    now = live(home)
    open_scheduled(now)
    assert differing(list(Obligation.objects.all())) == []


def test_a_team_shares_one_figure_for_each_of_its_members():
    from bihuan.apps.people.actions import add_team
    from bihuan.base.access.models import User

    home = going_live(silver=30, gold=0, per_week=None)
    team = add_team(code="east", name="华东组", by=None, now=home.start)
    User.objects.filter(pk=home.li.pk).update(team_id=team.pk)
    Capacity.objects.create(team=team, per_week=4)
    Capacity.objects.create(per_week=50)
    assert make_person("account_manager").pk  # somebody else is not asked
    live(home)
    assert max(weeks(assignee=home.li).values()) <= 4


def rows_of_all_tables():
    """Every table and how its content reads, in one line each."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        found = {}
        for (name,) in cursor.fetchall():
            cursor.execute(
                f"SELECT count(*), md5(string_agg(t::text, E'\\n' ORDER BY t::text)) FROM \"{name}\" t"
            )
            found[name] = cursor.fetchone()
        return found


def test_a_rehearsal_writes_nothing_and_real_life_gives_its_figures():
    home = going_live(silver=60, gold=4, per_week=6)
    before = rows_of_all_tables()
    friday = make.moment("2026-05-01 09:00")  # days before the regulation takes force
    shown = rehearse(friday)
    assert rows_of_all_tables() == before
    assert shown.start == make.moment(LIVE_AT)
    assert shown.late == 0
    assert sum(week.count for week in shown.weeks) >= 64
    start, zone = starting(friday)
    for moment in moments(start, 12, zone):
        periods(moment)
        home.hear(moment)
        open_scheduled(moment)
    assert figures(start, 12, zone) == shown
    named = {(w.monday, load.who): load.excess for w, load in excesses(shown.weeks)}
    assert all(
        load.count <= load.capacity or named[week.monday, load.who] == load.count - load.capacity
        for week in shown.weeks for load in week.loads if load.capacity is not None
    )  # fmt: skip


def test_the_page_and_its_rights(client):
    home = going_live(silver=6, gold=1, per_week=6)
    client.force_login(home.gu)
    with set_to(make.moment(LIVE_AT)):
        never = client.get("/rehearsal/").content.decode()
        assert "还没有排演过" in never
        assert "ring-closed" not in never  # nothing has been done yet
        assert '<button class="btn primary">' in never  # the one thing to do here
        client.post("/rehearsal/")
        client.post("/rehearsal/")  # pressed twice
        asked = Rehearsed.objects.get()
        assert "正在排演" in client.get("/rehearsal/").content.decode()
        assert "正在排演" in client.get("/rehearsal/progress/").content.decode()
        work(asked.pk, now=make.moment(LIVE_AT))
        work(asked.pk, now=make.moment(LIVE_AT))  # a job that runs twice
        assert client.get("/rehearsal/progress/").headers["HX-Refresh"] == "true"
        shown = client.get("/rehearsal/").content.decode()
        assert "李慕言" in shown
        assert shown.index("第一个周一，按人") < shown.index("第一个周一，按事")
    asked.refresh_from_db()
    assert Rehearsal.from_data(asked.found) == rehearse(make.moment(LIVE_AT))
    assert not Obligation.objects.exists()
    client.force_login(home.li)
    assert client.get("/rehearsal/").status_code == 403
    assert client.post("/rehearsal/").status_code == 403
    assert client.get("/rehearsal/progress/").status_code == 403


def test_a_rehearsal_that_takes_too_long_gives_up_and_says_so(client):
    home = going_live(silver=6, gold=1, per_week=6)
    asked = ask(by=home.gu, now=make.moment(LIVE_AT))
    before = Obligation.objects.count()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rehearsal, "LONGEST", timedelta(microseconds=1))
        rehearse_job(asked.pk)
    assert Obligation.objects.count() == before
    client.force_login(home.gu)
    with set_to(make.moment(LIVE_AT)):
        assert "没排完" in client.get("/rehearsal/").content.decode()


def test_a_rehearsal_whose_worker_died_is_planned_again():
    home = going_live(silver=1, gold=1, per_week=6)
    asked = ask(by=home.gu, now=make.moment(LIVE_AT))
    assert _jobs(asked) == 1
    plan_again(make.moment(LIVE_AT))
    assert _jobs(asked) == 1  # it waits already
    worker_dies()
    plan_again(make.moment(LIVE_AT))
    assert _jobs(asked) == 2


def _jobs(asked: Rehearsed) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'obligations.rehearse'"
            " AND (args->>'pk')::int = %s", [asked.pk],
        )  # fmt: skip
        return int(cursor.fetchone()[0])
