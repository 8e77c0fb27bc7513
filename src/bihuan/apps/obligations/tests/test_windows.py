"""A corrected calendar moves the time in which a duty that comes round is to be done, too."""

from __future__ import annotations

import pytest
from django.urls import reverse

from bihuan.apps.obligations.models import DueChange, Obligation
from bihuan.apps.obligations.nightly import differing
from bihuan.apps.obligations.replay import again
from bihuan.apps.obligations.tests import factories as make
from bihuan.apps.obligations.ticks import open_scheduled, periods
from bihuan.apps.people.actions import add_calendar, change_calendar
from bihuan.apps.people.enums import Layer
from bihuan.apps.people.models import Capacity, WorkCalendar

pytestmark = pytest.mark.django_db(transaction=True)  # a replay needs true transactions
IN_THE_LAST_WEEK = {
    "every: month\n    of: customer\n    for: {tiers: [GOLD]}": (
        "every: month\n    in: last week of month\n    of: customer\n    for: {tiers: [GOLD]}\n"
        "    prepare: {lead: 3wd, must: callback.brief, by: analyst, proved: [form]}"
    )
}
OPENS_LATER = {"every: quarter\n    of": "every: quarter\n    opens: 3wd\n    of"}
FIRST = make.moment("2026-10-01 00:00")


def begun(**swap: str):
    home = make.house("2026-09-01 00:00", **swap)
    make.customer(home, "金陵泵业股份有限公司")
    make.customer(home, "银牌客户有限公司", tier="SILVER", tier_rank=2)
    periods(FIRST)
    home.hear(FIRST)
    open_scheduled(FIRST)
    return home


def off(home, day: str, now: str, code: str = "cn") -> None:
    row = WorkCalendar.objects.get(code=code)
    data = row.data | {
        "exceptions": [*row.data.get("exceptions", []), {"day": day, "change": "off"}]
    }
    change_calendar(calendar=row, data=data, source="通知", by=home.gu, now=make.moment(now))
    home.hear(make.moment(now))


def row_of(rule: str, occasion: str) -> Obligation:
    return Obligation.objects.get(rule=rule, occasion=occasion)


def test_the_end_of_a_window_and_the_preparation_move_with_the_calendar():
    home = begun(**IN_THE_LAST_WEEK)
    call, ready = row_of("gold.callback", "2026-10"), row_of("gold.callback.prepare", "2026-10")
    assert (make.shown(call.opens_at), make.shown(call.due_at)) == (
        "2026-10-25 00:00", "2026-10-30 17:30",
    )  # fmt: skip
    assert make.shown(ready.due_at) == "2026-10-27 17:30"
    off(home, "2026-10-30", "2026-10-12 09:00")
    call.refresh_from_db()
    ready.refresh_from_db()
    assert make.shown(call.due_at) == "2026-10-29 17:30"
    assert make.shown(ready.due_at) == "2026-10-26 17:30"
    assert {(each.obligation_id, make.shown(each.new)) for each in DueChange.objects.all()} >= {
        (call.pk, "2026-10-29 17:30"), (ready.pk, "2026-10-26 17:30"),
    }  # fmt: skip
    assert differing([call, ready]) == []
    assert again(make.moment("2026-10-12 10:00")).same


def test_what_is_done_keeps_its_window():
    home = begun(**IN_THE_LAST_WEEK)
    call = row_of("gold.callback", "2026-10")
    home.told(
        "callback.done", "2026-10-11 09:00", subjects={"customer": call.customer_id}, callback="H1",
        kind="ROUTINE", channel="PHONE",
    )  # fmt: skip
    off(home, "2026-10-30", "2026-10-12 09:00")
    call.refresh_from_db()
    assert (call.state, make.shown(call.due_at)) == ("DISCHARGED", "2026-10-30 17:30")
    assert not call.due_changes.exists()


def test_a_beginning_counted_in_working_days_moves_and_says_so(client):
    home = begun(**OPENS_LATER)
    row = row_of("silver.callback", "2026-Q4")
    assert make.shown(row.opens_at) == "2026-10-10 17:30"
    off(home, "2026-10-09", "2026-10-08 09:00")
    row.refresh_from_db()
    assert (make.shown(row.opens_at), row.state) == ("2026-10-12 17:30", "SCHEDULED")
    change = row.due_changes.get()
    assert (change.old, change.new) == (row.due_at, row.due_at)
    client.force_login(home.gu)
    assert (
        "2026-10-10 17:30 → 2026-10-12 17:30"
        in client.get(reverse("obligations:detail", args=[row.pk])).content.decode()
    )
    assert again(make.moment("2026-10-09 10:00")).same


def test_a_planned_week_moves_with_the_calendar_and_the_limit_stays():
    home = make.house("2026-10-01 00:00")
    Capacity.objects.create(user=home.li, per_week=1)
    for n in range(6):
        make.customer(home, f"银牌客户{n}", tier="SILVER", tier_rank=2)
    periods(FIRST)
    home.hear(FIRST)
    row = Obligation.objects.filter(planned_at=make.moment("2026-10-23 17:30")).get()
    off(home, "2026-10-23", "2026-10-12 09:00")
    row.refresh_from_db()
    assert make.shown(row.planned_at) == "2026-10-22 17:30"
    assert make.shown(row.due_at) == "2026-12-31 17:30"
    open_scheduled(make.moment("2026-10-12 10:00"))
    assert again(make.moment("2026-10-12 10:00")).same


def test_what_was_placed_in_a_week_stays_there_whenever_its_rule_would_open():
    home = make.house("2026-10-01 00:00", **OPENS_LATER)
    Capacity.objects.create(user=home.li, per_week=1)
    for n in range(6):
        make.customer(home, f"银牌客户{n}", tier="SILVER", tier_rank=2)
    periods(FIRST)
    home.hear(FIRST)
    rows = Obligation.objects.filter(rule="silver.callback").order_by("pk")
    placed = list(rows.values_list("opens_at", flat=True))
    assert len({moment.date() for moment in placed}) == 6
    off(home, "2026-10-09", "2026-10-08 09:00")
    assert list(rows.values_list("opens_at", flat=True)) == placed
    open_scheduled(make.moment("2026-10-09 10:00"))
    assert again(make.moment("2026-10-09 10:00")).same


def test_a_calendar_of_the_customer_over_the_regions_answers_by_the_companys():
    home = make.house("2026-09-01 00:00", **IN_THE_LAST_WEEK)
    gold = make.customer(home)
    region = add_calendar(
        code="region:east", name="华东", layer=Layer.REGION, ref="east", by=home.gu, now=home.start,
        data={},
    )  # fmt: skip
    add_calendar(
        code=f"customer:{gold.pk}", name="金陵", layer=Layer.CUSTOMER, ref=str(gold.pk), by=home.gu,
        now=home.start, parent=region, data={},
    )  # fmt: skip
    periods(FIRST)
    home.hear(FIRST)
    call = row_of("gold.callback", "2026-10")
    assert (call.calendar, call.calendar_version) == (f"customer:{gold.pk}", "1")
    off(home, "2026-10-30", "2026-10-12 09:00")
    call.refresh_from_db()
    assert (make.shown(call.due_at), call.calendar_version) == ("2026-10-29 17:30", "2")
    off(home, "2026-10-29", "2026-10-13 09:00", code="region:east")
    call.refresh_from_db()
    assert (make.shown(call.due_at), call.calendar_version) == ("2026-10-28 17:30", "3")
    assert again(make.moment("2026-10-13 10:00")).same
