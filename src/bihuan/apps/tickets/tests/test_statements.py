"""However many tickets, entries, clocks and links there are, a page asks the database as often."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bihuan.apps.assets.tests.factories import machine
from bihuan.apps.tickets import actions
from bihuan.apps.tickets.actions import Handing
from bihuan.apps.tickets.models import Envelope
from bihuan.apps.tickets.tests.factories import solved, ticket, told, verified
from bihuan.base import clock
from bihuan.base.testing.draining import drain
from bihuan.base.testing.people import signed_in

VIEWS = ("mine", "line", "new", "late", "waiting", "confirm", "open", "ended")


def filled(house, count, first=0):
    """Tickets in every view, with something of everything on each."""
    now = house.now - timedelta(hours=2)
    for n in range(first, first + count):
        asset = machine(house.customer, now=now, serial=f"Q-{n:03d}")
        rows = [ticket(asset, house.desk, now, title=f"异响{n}之{part}") for part in range(4)]
        for row in rows[:3]:
            verified(row, house.desk, now)
            actions.reply(ticket=row, text="正在看", channel="EMAIL", by=house.desk, now=now)
            actions.note(ticket=row, text="@陈砺 请看", by=house.desk, now=now)
            actions.chase(ticket=row, text="又催", by=house.desk, now=now)
            actions.link(ticket=row, other=rows[3], by=house.desk, now=now)
        actions.wait(ticket=rows[0], why="PART", text="等轴承", by=house.desk, now=now)
        handing = Handing(2, "听过", "外圈剥落", "返厂吗", house.now + timedelta(hours=9))
        actions.hand_over(ticket=rows[1], handing=handing, by=house.desk, now=now)
        told(solved(rows[2], house.specialist, now), house.specialist, now)
        actions.cancel(ticket=rows[3], text="误报", by=house.desk, now=now)
        actions.receive(
            envelope=Envelope(channel="APP", message_id=f"q{n}", text="扫码", received_at=now),
            report=actions.Report(
                kind="FAULT", channel="APP", title=f"新{n}", reported_at=now, asset=machine(house.customer, now=now, serial=f"N-{n}")
            ),
            by=None, now=now,
        )  # fmt: skip
    drain(house.now)
    return rows


def asked(client, urls):
    found = {}
    for url in urls:
        assert client.get(url).status_code == 200, url
        with CaptureQueriesContext(connection) as sent:
            client.get(url)
        found[url] = len(sent)
    return found


def test_pages_ask_as_often_however_much_there_is(house):
    rows = filled(house, 2)
    with clock.set_to(house.now):
        client = signed_in(house.desk)
        queue = reverse("tickets:queue")
        urls = [f"{queue}?view={view}" for view in VIEWS]
        urls += [
            f"{queue}?view=open&kind=FAULT&region=east&q=异响",
            reverse("search:search") + "?q=异响",
        ]
        urls += [reverse("tickets:detail", args=[row.pk]) for row in rows[:3]]
        urls += [
            reverse("tickets:customer", args=[house.customer.pk]),
            reverse("tickets:asset", args=[rows[0].asset_id]),
            reverse("customers:timeline", args=[house.customer.pk]),
        ]
        before = asked(client, urls)
        filled(house, 3, first=2)
        for row in rows[:3]:
            for n in range(4):
                actions.note(ticket=row, text=f"第 {n} 次", by=house.specialist, now=house.now)
                actions.link(
                    ticket=row,
                    other=ticket(row.asset, house.desk, house.now),
                    by=house.desk,
                    now=house.now,
                )
        drain(house.now)
        after = asked(client, urls)
    assert after == before
    assert max(before.values()) <= 40
