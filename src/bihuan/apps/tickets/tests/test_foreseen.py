"""What the desk says that saving would promise, before anything is saved."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from bihuan.apps.tickets.models import Ticket
from bihuan.base import clock
from bihuan.base.facts.models import Fact
from bihuan.base.testing.people import signed_in


@pytest.fixture
def at(house):
    with clock.set_to(house.now):
        yield house


def test_what_saving_would_promise_is_shown_before(at):
    client = signed_in(at.desk)
    page = client.post(
        reverse("tickets:foreseen"),
        {
            "customer": at.customer.pk,
            "asset": at.machine.pk,
            "kind": "FAULT",
            "impact": "LINE_STOP",
        },
    )
    text = page.content.decode()
    assert "恢复设备使用" in text
    assert "可以对客户说" in text
    assert Ticket.objects.count() == 0
    assert Fact.objects.filter(kind="fault.reported").count() == 0


def test_only_what_is_opened_while_somebody_speaks_says_that_the_call_counts(at):
    """A report from the website is answered by nobody yet, nor is one that was written up later."""
    client = signed_in(at.desk)
    now = timezone.localtime(at.now)

    def shown(**given):
        asked = {"customer": at.customer.pk, "asset": at.machine.pk, "kind": "FAULT"} | given
        return client.post(reverse("tickets:foreseen"), asked).content.decode()

    assert "本次通话即算" in shown(impact="LINE_STOP", channel="PHONE")
    assert "本次通话即算" in shown(impact="LINE_STOP")
    assert "本次通话即算" not in shown(impact="LINE_STOP", channel="WEB")
    long_ago = f"{now - timedelta(hours=9):%Y-%m-%dT%H:%M}"
    assert "本次通话即算" not in shown(impact="LINE_STOP", channel="PHONE", reported_at=long_ago)
    nonsense = shown(impact="LINE_STOP", channel="PIGEON", reported_at="gestern")
    assert "本次通话即算" in nonsense
