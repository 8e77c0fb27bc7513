"""The customer's word to a ticket that was closed while his page still asked for it."""

from __future__ import annotations

from datetime import timedelta

from bihuan.apps.portal.tests.conftest import text
from bihuan.apps.portal.tests.test_track import HOUR, asked, given_up, say, state
from bihuan.apps.tickets import actions as tickets
from bihuan.apps.tickets.enums import Status
from bihuan.base import clock

__all__ = ["asked"]


def test_a_no_to_what_was_closed_meanwhile_opens_it_again(asked):
    """His page still asks yes or no while the desk gives up on him and closes."""
    given_up(asked)
    end = asked.house.now + timedelta(days=3)
    tickets.close(ticket=asked.row, by=asked.house.desk, now=end)
    with clock.set_to(end + HOUR):
        later = say(asked, "later", "夜班再看")
        assert later.status_code == 409
        assert "这张单子已经结束" in text(later)
        assert (state(asked), asked.row.reopened) == (Status.CLOSED, 0)
        assert say(asked, "no", "还在响").status_code == 302
        assert (state(asked), asked.row.reopened) == (Status.DIAGNOSING, 1)
        assert "还在响" in text(asked.client.get(f"/t/{asked.token}/"))
        assert say(asked, "no", "还在响").status_code == 409
        assert (state(asked), asked.row.reopened) == (Status.DIAGNOSING, 1)
