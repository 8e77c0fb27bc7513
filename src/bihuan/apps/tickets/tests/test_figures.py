"""The figures of the desk: each number counts what it says and opens the tickets behind it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from bihuan.apps.assets.tests.factories import machine
from bihuan.apps.people.models import Team
from bihuan.apps.tickets import actions
from bihuan.apps.tickets.actions import Handing
from bihuan.apps.tickets.queries import desk_figures as desk
from bihuan.apps.tickets.tests.factories import solved, ticket, verified
from bihuan.base import clock
from bihuan.base.access.models import User
from bihuan.base.testing.draining import drain
from bihuan.base.testing.people import make_person, signed_in

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
URL = reverse("tickets:figures")


def visited(house, asset, at):
    row = ticket(asset, house.desk, at)
    verified(row, house.desk, at)
    actions.dispatch(
        ticket=row, engineer=house.engineer, callout=True, tried="判断是轴承", by=house.desk, now=at
    )
    actions.arrived(ticket=row, by=house.engineer, now=at + HOUR)
    return solved(row, house.engineer, at + 2 * HOUR, how="ONSITE", cause="WEAR")


def remote(house, asset, at, **values):
    row = ticket(asset, house.desk, at, **values)
    if row.kind == "FAULT":
        verified(row, house.desk, at)
    return solved(row, house.specialist, at + HOUR)


@pytest.fixture
def lived(house):
    """Three visits (two to one machine), one remote, one consultation, one plan, a hand-over
    to a lower line and one handed back."""
    others = [machine(house.customer, now=house.now, serial=f"S-{n}") for n in range(3)]
    start = house.now - 8 * DAY
    house.first = visited(house, house.machine, start)
    house.second = visited(house, house.machine, start + DAY)
    house.other = visited(house, others[0], start + DAY)
    house.remote = remote(house, others[1], start + DAY, title="远程解决的一张")
    remote(house, others[1], start + 5 * DAY, kind="CONSULT", title="问行程")
    ticket(others[2], house.desk, start + 2 * DAY, kind="MAINTENANCE", title="计划保养")
    row = ticket(others[2], house.desk, start + 3 * DAY, title="来回交接")
    verified(row, house.desk, start + 3 * DAY)
    for line, by, to in ((2, house.desk, house.specialist), (1, house.specialist, house.desk)):
        at = start + 3 * DAY + line * HOUR
        handed = actions.hand_over(
            ticket=row, handing=Handing(line, "听过", "剥落", "返厂吗", at + 9 * DAY), by=by, now=at
        )
        actions.take_over(handover=handed, by=to, now=at)
    sent_back = actions.hand_over(
        ticket=row, handing=Handing(2, "又听过", "没有波形", "返厂吗", start + 9 * DAY), by=house.desk,
        now=start + 4 * DAY,
    )  # fmt: skip
    actions.hand_back(
        handover=sent_back, reason="没有波形文件", by=house.specialist, now=start + 5 * DAY
    )
    called_off = ticket(house.machine, house.desk, start + 4 * DAY, title="误报")
    actions.cancel(ticket=called_off, text="误报", by=house.desk, now=start + 4 * DAY)
    house.late = actions.open_ticket(
        report=actions.Report(
            kind="FAULT", channel="PHONE", title="夜里报的", reported_at=start + 4 * DAY, asset=others[0]
        ),
        by=house.desk, now=start + 4 * DAY + 2 * HOUR,
    )  # fmt: skip
    drain(house.now)
    return house


def asked(house, **values):
    return desk.Asked(house.now - 9 * DAY, house.now, **values)


def test_every_figure_counts_what_it_says(lived):
    found = desk.found(lived.boss, asked(lived), lived.now)
    assert found.shares == {
        "line1": (5, 5), "line2": (0, 5), "line3": (0, 5), "remote": (1, 4), "remote_all": (2, 5), "self": (0, 5),
        "repeat": (1, 3), "answered": (found.shares["answered"][0], found.shares["answered"][1]),
        "proactive": (1, 8), "bounced": (2, 3), "late_entry": (1, 8),
    }  # fmt: skip
    assert found.shares["answered"][1] >= 5
    assert found.target == 0.6
    assert (found.half, found.nine_in_ten) == (0.0, 0.0)  # the desk spoke to the caller
    assert [(each.name, each.late, each.all) for each in found.people] == [("何岚", 1, 8)]


def test_the_rows_behind_are_those_that_were_counted(lived):
    found = desk.found(lived.boss, asked(lived), lived.now)
    for code, (part, whole) in found.shares.items():
        if code == "bounced":
            continue
        rows = [
            desk.behind(lived.boss, asked(lived), lived.now, code, which).count()
            for which in ("part", "rest", "whole")
        ]
        assert rows == [part, whole - part, whole], code
    repeat = desk.behind(lived.boss, asked(lived), lived.now, "repeat", "part")
    assert [row.pk for row in repeat] == [lived.first.pk]
    late = desk.behind(lived.boss, asked(lived), lived.now, "late_entry", "part", lived.desk.pk)
    assert [row.pk for row in late] == [lived.late.pk]


def test_a_second_visit_after_the_days_of_the_rule_is_no_repeat(house):
    first = visited(house, house.machine, house.now - 30 * DAY)
    visited(house, house.machine, house.now - 10 * DAY)
    span = desk.Asked(house.now - 31 * DAY, house.now)
    assert desk.found(house.boss, span, house.now).shares["repeat"] == (0, 2)
    actions.reopen(ticket=_closed(house, first), text="又响了", by=house.desk, now=house.now - DAY)
    solved(first, house.specialist, house.now - HOUR, how="ONSITE", cause="WEAR")
    assert desk.found(house.boss, span, house.now).shares["repeat"] == (1, 2)


def _closed(house, row):
    at = house.now - 9 * DAY
    actions.feed_back(ticket=row, text="换了轴承，请观察", channel="PHONE", by=house.desk, now=at)
    actions.confirm(ticket=row, answer="好了", channel="PHONE", by=house.caller, now=at)
    return actions.close(ticket=row, by=house.desk, now=at)


def test_a_late_answer_is_counted_as_late(house):
    row = actions.open_ticket(
        report=actions.Report(
            kind="FAULT", channel="H5_QR", title="扫码报的", reported_at=house.now - 2 * DAY, source="FORM",
            asset=house.machine,
        ),
        by=None, now=house.now - 2 * DAY,
    )  # fmt: skip
    drain(house.now - 2 * DAY)
    before = desk.found(house.boss, asked(house), house.now)
    assert before.shares["answered"] == (0, 1)
    assert before.half is None
    actions.reply(
        ticket=row, text="您好，正在看", channel="PHONE", by=house.desk, now=house.now - DAY
    )
    drain(house.now)
    after = desk.found(house.boss, asked(house), house.now)
    assert (after.shares["answered"], after.half) == ((0, 1), 24 * 3600.0)


def test_a_team_and_a_span_narrow_and_the_reach_holds(lived):
    team = Team.objects.create(code="t", name="热线一班")
    User.objects.filter(pk=lived.desk.pk).update(team_id=team.pk)
    assert desk.found(lived.boss, asked(lived, team=team.pk), lived.now).shares["remote"] == (1, 4)
    assert desk.found(lived.boss, asked(lived, team=team.pk + 1), lived.now).shares["remote"] == (
        0,
        0,
    )
    early = desk.Asked(lived.now - 9 * DAY, lived.now - 7.5 * DAY)
    assert desk.found(lived.boss, early, lived.now).shares["remote"] == (0, 1)
    stranger = make_person("account_manager", region="R9")
    assert desk.found(stranger, asked(lived), lived.now).shares["line1"] == (0, 0)


def test_the_page_asks_as_often_however_many_there_are(lived, django_assert_num_queries):
    client = signed_in(lived.boss)
    with clock.set_to(lived.now):
        for url in (URL, f"{URL}?show=remote&which=rest"):
            client.get(url)
            with django_assert_num_queries(_count(client, url)):
                client.get(url)
            for n in range(4):
                remote(lived, lived.machine, lived.now - DAY + n * HOUR)
            with django_assert_num_queries(_count(client, url)):
                client.get(url)
        page = client.get(URL).content.decode()
        assert "制度的目标：不低于 60%" in page
        rows = client.get(f"{URL}?show=remote&which=part").content.decode()
        assert "远程解决的一张" in rows
        assert "来回交接" not in rows


def _count(client, url):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    if not hasattr(client, "counted"):
        client.counted = {}
    if url not in client.counted:
        with CaptureQueriesContext(connection) as sent:
            client.get(url)
        client.counted[url] = len(sent)
    return client.counted[url]


@pytest.mark.parametrize(
    "query", ["from=x&to=y", "from=2026-02-31&to=2026-03-01", "from=2026-03-09&to=2026-03-01", "from=2001-01-01&to=2026-03-01"]
)  # fmt: skip
def test_bad_days_are_said_in_one_sentence_and_the_month_is_shown(house, query):
    with clock.set_to(house.now):
        page = signed_in(house.boss).get(f"{URL}?{query}&team=99&show=nothing&by=x")
    assert page.status_code == 200
    assert page.content.decode().count('role="alert"') == 1
    assert page.context["first"].isoformat() == "2026-03-01"


def test_who_does_not_lead_sees_his_own_late_entries_only(lived):
    with clock.set_to(lived.now):
        assert signed_in(lived.boss).get(URL).context["people"]
        assert not signed_in(lived.caller).get(URL).context["people"]


def test_nothing_behind_a_figure_is_said(house):
    with clock.set_to(house.now):
        page = signed_in(house.boss).get(f"{URL}?show=remote").content.decode()
    assert 'id="behind"' in page
    assert "这里没有工单" in page
