"""When customers may be rung up: said before the call, and with the way on when it is recorded."""

from __future__ import annotations

import pytest

from bihuan.apps.callbacks.models import Callback
from bihuan.apps.callbacks.tests.conftest import NOW
from bihuan.base import clock
from bihuan.base.testing.people import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def at_two():
    with clock.set_to(NOW):
        yield


def text(answer):
    return answer.content.decode()


def test_a_bad_moment_is_said_before_the_call_and_the_way_on_when_it_is_recorded(house):
    client = signed_in(house.caller)
    pages = [f"/callbacks/{part}?customer={house.customer.pk}" for part in ("", "log/")]
    for page in pages:
        assert "不在可以联系客户的时段" not in text(client.get(page))
    with clock.set_to(NOW.replace(hour=20)):
        client = signed_in(house.caller)  # the session of the afternoon has ended
        for page in pages:
            assert "20:32 不在可以联系客户的时段" in text(client.get(page))
        sent = {"customer": house.customer.pk, "outcome": "NO_ANSWER", "channel": "PHONE"}
        refused = client.post("/callbacks/log/", sent)
        assert refused.status_code == 422
        assert text(refused).count("不在可以联系客户的时段") == 1
        assert not Callback.objects.exists()
        client.post("/callbacks/log/", sent | {"agreed": "on"})
    assert Callback.objects.get().attempts.get().outcome == "NO_ANSWER"
