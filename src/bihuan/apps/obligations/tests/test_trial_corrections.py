"""A calendar corrected within the span of a trial does to its duties what it did in real life."""

from __future__ import annotations

import os
from datetime import date, timedelta

import pytest

from bihuan.apps.obligations import replay
from bihuan.apps.obligations.actions import verify
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.obligations.tests import factories as make
from bihuan.apps.obligations.tests.test_replay import Story
from bihuan.apps.obligations.tests.test_trial import differences, tried
from bihuan.apps.obligations.tests.test_windows import (
    IN_THE_LAST_WEEK,
    OPENS_LATER,
    begun,
    off,
    row_of,
)  # fmt: skip
from bihuan.apps.obligations.trial.tally import Tally
from bihuan.apps.people.calendars import calendars

pytestmark = pytest.mark.django_db(transaction=True)
SEEDS = range(int(os.environ.get("BIHUAN_STORIES", "3")))
WORKING_TIME = {
    **IN_THE_LAST_WEEK,
    "every: quarter\n    of": "every: quarter\n    opens: 25wd\n    of",
    "within: 60d before fact.end_on": "within: 40wd before fact.end_on",
    "within: 4h": "within: 30wh",
}


def tier_changed(home, customer_id: int, at: str, *, before: str, after: str) -> None:
    home.told(
        "tier.changed", at, subjects={"customer": customer_id}, change=f"{before}-{after}",
        before=before, after=after, up=after == "GOLD",
    )  # fmt: skip


def test_a_round_that_opens_later_falls_away_with_the_tier_as_it_really_did():
    home = begun(**OPENS_LATER)
    row = row_of("silver.callback", "2026-Q4")
    off(home, "2026-10-09", "2026-10-08 09:00")  # it opens on 12 October now, not on the 10th
    tier_changed(home, row.customer_id, "2026-10-11 09:00", before="SILVER", after="GOLD")
    row.refresh_from_db()
    assert row.state == "VOID"
    found = tried(None, make.moment("2026-10-20 09:00"))
    assert found[str(row.uid)].state == "VOID"
    assert found[str(row.uid)].opens_at == row.opens_at
    assert differences(found, replay.picture()) == []


def test_a_preparation_moves_with_the_limit_that_it_prepares():
    home = begun(**IN_THE_LAST_WEEK)
    off(home, "2026-10-30", "2026-10-12 09:00")
    off(home, "2026-10-26", "2026-10-13 09:00")
    found = tried(None, make.moment("2026-10-31 09:00"))
    ready = row_of("gold.callback.prepare", "2026-10")
    assert make.shown(found[str(ready.uid)].due_at) == "2026-10-23 17:30"
    assert differences(found, replay.picture()) == []
    tally = Tally(make.moment("2026-10-31 09:00"), make.ZONE, frozenset({ready.rule}))
    tally.take(found[str(ready.uid)])
    assert tally.limits == {}  # a lead is no limit with shorter and longer neighbours
    assert "2026-10-23 17:30" in tally.to_data()["worst"][0]["why"]["zh"]


def test_what_was_done_between_two_corrections_keeps_the_first():
    home = begun(**IN_THE_LAST_WEEK)
    call = row_of("gold.callback", "2026-10")
    off(home, "2026-10-30", "2026-10-12 09:00")
    home.told(
        "callback.done", "2026-10-12 15:00", subjects={"customer": call.customer_id},
        callback="H1", kind="ROUTINE", channel="PHONE",
    )  # fmt: skip
    off(home, "2026-10-29", "2026-10-13 09:00")
    found = tried(None, make.moment("2026-10-31 09:00"))
    assert make.shown(found[str(call.uid)].due_at) == "2026-10-29 17:30"
    assert differences(found, replay.picture()) == []


class Corrected(Story):
    """A story in which a notice takes a working day away now and then, and nobody is refused."""

    def deeds(self) -> list:
        return [deed for deed in super().deeds() if deed[0] is not verify]

    def together(self) -> None:
        super().together()
        if self.dice.random() < 0.3:
            self.home.hear(self.now)
            days = (
                self.now.date() + timedelta(days=n) for n in range(self.dice.randint(1, 25), 60)
            )
            known = calendars().for_("cn", {})
            day = next(d for d in days if d.weekday() < 5 and known.info(d).working)
            off(self.home, day.isoformat(), f"{self.now:%Y-%m-%d %H:%M:%S}")


@pytest.mark.parametrize("seed", SEEDS)
def test_a_trial_says_what_really_happened_when_the_calendar_was_corrected_time_and_again(seed):
    story = Corrected(seed, days=75, **WORKING_TIME)
    story.live()
    lived = replay.picture()
    for row in lived.values():  # what stands no more has no limit to compare
        row["due_at"] = None if row["state"] == "VOID" else row["due_at"]
    found = tried(None, story.now + timedelta(seconds=1))
    for row in found.values():
        row.due_at = None if row.state == "VOID" else row.due_at
    assert Obligation.objects.filter(due_changes__why="CALENDAR").exists()
    assert story.now.date() > date(2026, 3, 1)
    assert differences(found, lived) == []
