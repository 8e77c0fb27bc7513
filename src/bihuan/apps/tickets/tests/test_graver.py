"""What the customer says makes it graver than it stands on the ticket: he is heard at once, and a
person judges it.
"""

from __future__ import annotations

import html
from datetime import timedelta

import pytest
from django.urls import reverse

from bihuan.apps.obligations.queries import of_matter
from bihuan.apps.tickets import actions, figures, rules
from bihuan.apps.tickets.doors import paging
from bihuan.apps.tickets.models import Envelope, Ladder, Ticket
from bihuan.apps.tickets.refusals import ReasonMissing
from bihuan.apps.tickets.shapes import SHAPES
from bihuan.apps.tickets.tests.conftest import NOW
from bihuan.apps.tickets.tests.factories import solved, ticket, told, verified
from bihuan.apps.tickets.tests.test_on_call import NIGHT, guards, owned, said
from bihuan.base import clock
from bihuan.base.facts.models import Fact
from bihuan.base.notify.models import Notice
from bihuan.base.testing.draining import drain
from bihuan.base.testing.people import signed_in
from bihuan.lib.policy.values import phrases

__all__ = ["guards"]
pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def writes(row, text, now, name="m1"):
    envelope = Envelope(channel="EMAIL", message_id=f"mail:{name}", text=text, received_at=now)
    actions.receive(envelope=envelope, by=None, now=now, ticket=row)
    row.refresh_from_db()


def weighed(row):
    return row.claimed_impact, row.claimed_severity


def test_words_of_danger_are_read_by_commas_of_either_script():
    assert phrases("受伤，起火、 on fire;\ndanger to life") == [
        "受伤",
        "起火",
        "on fire",
        "danger to life",
    ]
    for nothing in ("", " ，、 "):
        assert SHAPES["tickets.danger_words"].fault(nothing, None)
    assert SHAPES["tickets.danger_words"].fault("受伤", None) is None


@pytest.mark.parametrize(
    "text",
    [
        "夹伤了一个人", "机器起火了，快来", "有人触电", "没想到着火了", "原因未知，起火", "门打不开，人受伤了",
        "Two men were injured", "it caught FIRE", "No idea why it exploded",
    ],
)  # fmt: skip
def test_words_of_danger_are_heard(db, text):
    assert rules.dangers(text, figures.danger_words(NOW))


@pytest.mark.parametrize(
    "text",
    [
        "没有人受伤", "未造成人员伤亡", "没起火", "防止触电的标签掉了", "灭火器要年检", "转速上不去",
        "nobody was injured", "no injury", "injuryless", "the fire door sticks",
    ],
)  # fmt: skip
def test_words_that_deny_danger_or_only_sound_like_it_are_none(db, text):
    assert rules.dangers(text, figures.danger_words(NOW)) == []


@pytest.mark.parametrize(
    ("weight", "than", "expected"),
    [
        (("PERSON_SAFETY", "URGENT"), ("LINE_STOP", "URGENT"), True),
        (("PERSON_SAFETY", "URGENT"), ("PERSON_SAFETY", "URGENT"), False),
        (("LINE_STOP", "URGENT"), ("DEGRADED", "NORMAL"), True),
        (("LINE_STOP", "URGENT"), ("PERSON_SAFETY", "NORMAL"), False),
        (("COSMETIC", "LOW"), ("DEGRADED", "NORMAL"), False),
        (("", "HIGH"), ("", "NORMAL"), True),
        (("", ""), ("", "LOW"), False),
    ],
)
def test_what_weighs_more(weight, than, expected):
    assert rules.graver(*weight, than=than) is expected


def test_a_message_of_danger_on_a_ticket_in_hand_is_told_at_once_and_waits_for_a_judgement(house):
    row = verified(ticket(house.machine, house.desk, house.now), house.desk, house.now)
    drain(house.now)
    writes(row, "刚才起火了，已经扑灭，有人烫伤", house.now + HOUR)
    assert weighed(row) == ("PERSON_SAFETY", "URGENT")
    assert (row.impact, row.severity) == ("DEGRADED", "NORMAL")  # no machine raises it
    people = Notice.objects.filter(kind="ticket.graver")
    assert {each.to for each in people} == {house.desk, house.lead}
    assert Fact.objects.filter(kind="fault.reported").count() == 1
    writes(row, "120 来了，有人烫伤", house.now + HOUR, "m2")  # the same again is no news
    assert people.count() == 2
    with clock.set_to(house.now + HOUR):
        client = signed_in(house.desk)
        page = html.unescape(client.get(reverse("tickets:detail", args=[row.pk])).content.decode())
        assert "客户说可能有人身危险" in page
        assert "客户的话算“人身安全 · 紧急”，工单还是“一般”" in page
        assert "客户说更严重" in client.get(reverse("tickets:queue")).content.decode()
        url = reverse("tickets:deed", args=[row.pk, "weigh"])
        form = client.get(url).content.decode()
        assert 'value="PERSON_SAFETY" selected' in form and 'value="URGENT" selected' in form
        done = client.post(url, {"impact": "PERSON_SAFETY", "severity": "URGENT", "why": ""})
        assert done.status_code == 302
    row.refresh_from_db()
    assert (row.impact, row.severity, *weighed(row)) == ("PERSON_SAFETY", "URGENT", "", "")
    told_again = Fact.objects.filter(kind="fault.reported").latest("pk")
    assert (told_again.at, told_again.own()["severity"]) == (row.reported_at, "URGENT")
    drain(house.now + HOUR)
    assert of_matter(row.number).filter(kind="ticket.restore", state="OPEN").count() == 1


def test_who_is_on_the_road_already_may_be_told_that_it_is_worse(house):
    """The severity can be settled anew at every step, not only while it is looked into."""
    row = verified(ticket(house.machine, house.desk, house.now), house.desk, house.now)
    actions.dispatch(
        ticket=row, engineer=house.engineer, callout=True, tried="看过参数", by=house.desk, now=house.now
    )  # fmt: skip
    actions.weigh(
        ticket=row, impact="LINE_STOP", severity="URGENT", why="", by=house.desk, now=house.now
    )
    assert (row.status, row.severity) == ("DISPATCHED", "URGENT")
    assert row.entries.get(code="WEIGHED").data["was"] == "NORMAL"


def test_lighter_than_he_says_or_than_it_was_needs_a_reason(house):
    row = verified(ticket(house.machine, house.desk, house.now), house.desk, house.now)
    writes(row, "有人受伤", house.now)
    before = Ticket.objects.values().get(pk=row.pk)
    lighter = {"impact": "DEGRADED", "severity": "NORMAL", "by": house.desk, "now": house.now}
    with pytest.raises(ReasonMissing):
        actions.weigh(ticket=row, why=" ", **lighter)
    assert Ticket.objects.values().get(pk=row.pk) == before
    actions.weigh(ticket=row, why="电话问过：是别的车间，与机器无关", **lighter)
    assert (row.severity, *weighed(row)) == ("NORMAL", "", "")
    assert Fact.objects.filter(kind="fault.reported").count() == 1  # nothing else is told
    with pytest.raises(ReasonMissing):
        actions.weigh(
            ticket=row, impact="COSMETIC", severity="LOW", why="", by=house.desk, now=house.now
        )
    writes(row, "又起火了", house.now, "m2")  # what he says next is heard again
    assert weighed(row) == ("PERSON_SAFETY", "URGENT")


def test_a_second_report_that_is_graver_asks_to_raise_the_ticket_it_belongs_to(house):
    row = owned(house, impact="DEGRADED")
    assert said(house, house.now + HOUR, name="2", impact="LINE_STOP") == row
    row.refresh_from_db()
    assert weighed(row) == ("LINE_STOP", "URGENT")
    assert {each.to for each in Notice.objects.filter(kind="ticket.graver")} == {house.desk}
    said(house, house.now + HOUR, name="3", impact="COSMETIC")
    row.refresh_from_db()
    assert weighed(row) == ("LINE_STOP", "URGENT")
    verified(row, house.desk, house.now + HOUR)  # time, place and impact settled: it is judged
    assert weighed(row) == ("", "")


def test_a_mail_about_danger_that_opens_a_ticket_calls_somebody_at_night(guards):
    envelope = Envelope(
        channel="EMAIL", message_id="mail:new", sender="x@y.cn", subject="急", received_at=NIGHT,
        text="三号机起火，有人受伤",
    )  # fmt: skip
    row = actions.receive(envelope=envelope, by=None, now=NIGHT).ticket
    assert (row.severity, *weighed(row)) == ("NORMAL", "PERSON_SAFETY", "URGENT")
    assert paging.raise_alarms(NIGHT) == 1
    paging.climb(NIGHT)
    assert Ladder.objects.get().hurts
    page = Notice.objects.get(kind="ticket.paged")
    assert page.to == guards.first and "涉及人身安全" in page.text["zh"]
    with clock.set_to(NIGHT):
        shown = html.unescape(signed_in(guards.first).get(page.url).content.decode())
        assert "涉及人身安全，还没有人受理" in shown


def test_words_of_danger_at_night_call_though_the_ticket_is_small_and_owned(guards):
    row = owned(guards, impact="COSMETIC")
    writes(row, "刚才漏电，有人触电", NIGHT)
    assert Ladder.objects.get().hurts
    actions.weigh(
        ticket=row, impact="PERSON_SAFETY", severity="URGENT", why="", by=guards.desk, now=NIGHT
    )
    paging.climb(NIGHT + HOUR)
    assert Ladder.objects.get().answered_by == guards.desk  # who judges it is awake


def test_his_no_with_words_of_danger_is_heard_like_a_message(house):
    row = verified(ticket(house.machine, house.desk, house.now), house.desk, house.now)
    told(solved(row, house.desk, house.now), house.desk, house.now)
    actions.deny(ticket=row, answer="又冒火，烧伤一人", channel="H5_QR", by=None, now=house.now)
    row.refresh_from_db()
    assert weighed(row) == ("PERSON_SAFETY", "URGENT")


def test_what_our_own_people_write_down_is_their_judgement(house):
    row = ticket(house.machine, house.desk, house.now, title="起火，有人受伤")
    assert weighed(row) == ("", "")
    assert not Notice.objects.filter(kind="ticket.graver").exists()
