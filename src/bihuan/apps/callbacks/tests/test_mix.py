"""By which channels the calls of a tier were made, against what the regulation wants."""

from __future__ import annotations

from datetime import timedelta

from bihuan.apps.callbacks.models import Callback, Visit
from bihuan.apps.callbacks.queries import plan
from bihuan.apps.callbacks.tests.conftest import NOW
from bihuan.apps.callbacks.tests.factories import record, visit


def test_the_mix_of_channels_against_its_target(house):
    for n in range(7):
        record(house.customer, house.caller, NOW - timedelta(days=n), agreed=True)
    Callback.objects.filter(pk__in=Callback.objects.values("pk")[:2]).update(channel="ONLINE")
    state = plan.mixes(plan.done_calls(house.boss, NOW), NOW)[0].state
    assert state.counted == 7
    assert {share.channel: round(share.share, 2) for share in state.shares} == {
        "PHONE": 0.71,
        "ONSITE": 0.0,
        "ONLINE": 0.29,
    }


def test_a_visit_of_our_staff_counts_as_one_on_site(house):
    for n in range(7):
        record(house.customer, house.caller, NOW - timedelta(days=n), agreed=True)
    for level in ("STAFF", "STAFF", "STAFF", "EXECUTIVE"):
        row = visit(house.customer, house.manager, NOW)
        was_there = {"state": "DONE", "done_at": NOW, "checked_in_at": NOW, "minutes": "谈了备件"}
        Visit.objects.filter(pk=row.pk).update(level=level, **was_there)
    state = plan.mixes(plan.done_calls(house.boss, NOW), NOW)[0].state
    assert state.counted == 10
    assert {share.channel: share.share for share in state.shares}["ONSITE"] == 0.3
