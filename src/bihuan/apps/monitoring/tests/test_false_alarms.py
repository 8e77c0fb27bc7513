"""False alarms are counted against the goal, of the machines that one sees."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bihuan.apps.assets.models import Asset
from bihuan.apps.assets.tests.factories import machine
from bihuan.apps.monitoring.queries.false_alarms import false_alarms
from bihuan.apps.monitoring.tests.conftest import NOON
from bihuan.apps.monitoring.tests.factories import alarm
from bihuan.base import clock
from bihuan.base.testing.people import signed_in

pytestmark = pytest.mark.django_db


def test_it_counts_what_was_told_and_judged_within_the_month(house):
    others = [machine(house.customer, now=NOON) for _number in range(24)]
    Asset.objects.update(connected=True)
    ago = timedelta(days=3)
    for place, values in enumerate((
        {"verdict": "FALSE"}, {"verdict": "REAL"}, {}, {"verdict": "FALSE", "hushed": "TRIAL"},
        {"verdict": "FALSE", "raised_at": NOON - timedelta(days=31)},
    )):  # fmt: skip
        alarm(others[place], NOON - ago, **values)
    found = false_alarms(house.remote, NOON)
    assert (found.false, found.judged, found.told, found.machines) == (1, 2, 3, 25)
    assert (found.rate, found.met) == (4.0, False)
    with clock.set_to(NOON):
        page = signed_in(house.remote).get("/alarms/").content.decode()
        assert "4.0" in page and "次/百台·月" in page and "目标不超过 2" in page
    assert false_alarms(house.far, NOON).rate is None, "nothing of machines beyond one's reach"
    assert false_alarms(house.remote, NOON + timedelta(days=40)).met
