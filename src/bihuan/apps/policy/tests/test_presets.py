"""Presets of service limits: what they promise, and how they get into a draft."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.urls import reverse

from bihuan.apps.people.actions import first_calendar
from bihuan.apps.people.calendars import calendars
from bihuan.apps.policy.actions import readable, shipped
from bihuan.apps.policy.drafts import actions
from bihuan.apps.policy.drafts.presets import answering, clauses_for, presets, with_preset
from bihuan.apps.policy.queries import pack_of
from bihuan.apps.policy.tests import factories as make
from bihuan.base.errors import BadInput, ChangedMeanwhile
from bihuan.base.testing.people import make_person, signed_in
from bihuan.lib.policy import Telling, respond

pytestmark = pytest.mark.django_db
NOW = datetime.fromisoformat("2026-11-10T09:00+08:00")
CODES = ["automation", "centrifuge", "general", "instruments", "machinery"]


@pytest.fixture
def draft():
    first_calendar(now=make.SINCE)
    engineer = make_person("quality_engineer")
    return actions.revise(version=make.small_in_force(), name="2026.12", by=engineer, now=NOW)


@pytest.mark.parametrize("code", CODES)
def test_every_preset_can_be_read_in_every_pack_and_gives_its_limits(code):
    first_calendar(now=make.SINCE)
    files = shipped(code)
    pack = readable(files)
    for preset in presets().values():
        clause = clauses_for(pack)[0]
        found = readable(with_preset(preset, clause, pack, files))
        assert {rule.id for rule in pack.rules.values()} <= set(found.rules)
        ours = [rule for rule in found.rules.values() if rule.file == preset.file]
        assert {rule.clause for rule in ours} <= {clause}
        for wanted in preset.rules:
            assert answering(found, wanted["when"], wanted["must"])


LIMITS = [
    ("levels", {"severity": "URGENT"}, {}, {"response.phone": "1h", "response.attend": "4h", "ticket.restore": "24h"}),
    ("levels", {"severity": "HIGH"}, {}, {"response.phone": "2h", "response.attend": "8h", "ticket.restore": "48h"}),
    ("levels", {"severity": "LOW"}, {}, {"response.phone": "4h", "response.attend": "24h", "ticket.restore": "72h"}),
    ("priorities", {"severity": "URGENT"}, {}, {"response.phone": "15min", "dispatch.assign": "30min", "ticket.restore": "4h"}),
    ("priorities", {"severity": "HIGH"}, {}, {"response.phone": "30min", "dispatch.assign": "4h", "ticket.restore": "24h"}),
    ("priorities", {"severity": "LOW"}, {}, {}),
    ("city", {"severity": "LOW"}, {"city_class": "FIRST"}, {"response.phone": "30min", "response.attend": "6h"}),
    ("city", {"severity": "LOW"}, {"city_class": "OTHER"}, {"response.phone": "30min", "response.attend": "12h"}),
    ("hours", {"severity": "LOW"}, {}, {"response.phone": "30min", "ticket.restore": "3wd"}),
    ("distance", {"severity": "LOW", "distance": "NEAR"}, {}, {"response.phone": "15min", "response.attend": "2h"}),
    ("distance", {"severity": "LOW", "distance": "PROVINCE"}, {}, {"response.phone": "15min", "response.attend": "24h"}),
    ("distance", {"severity": "LOW"}, {}, {"response.phone": "15min", "response.attend": "12h"}),
]  # fmt: skip


def limits(pack, at: str, own: dict, customer: dict) -> dict[str, str]:
    moment = datetime.fromisoformat(at)
    state = {"tier": "GOLD", "flags": [], **customer}
    data = {"fact": {"ticket": "T1", **own}, "customer": state, "asset": {}}
    fact = Telling("f1", "fault.reported", moment, data, {"asset": "1", "customer": "2"})
    found = respond(pack, fact, calendars())
    assert not found.failures
    return {duty.must: str(duty.answer.within) for duty in found.duties if duty.answer is not None}


@pytest.mark.parametrize(("name", "own", "customer", "expected"), LIMITS)
def test_the_limits_are_those_of_the_promise(draft, name, own, customer, expected):
    pack = pack_of(draft)
    files = with_preset(presets()[name], clauses_for(pack)[0], pack, draft.files)
    at = "2026-11-10T09:30+08:00"
    assert limits(readable(files), at, own, customer) == limits(pack, at, own, customer) | expected


def test_a_fault_at_night_has_more_time_by_the_time_of_receipt(draft):
    pack = pack_of(draft)
    found = readable(with_preset(presets()["hours"], clauses_for(pack)[0], pack, draft.files))
    night = "2026-11-10T22:00+08:00"
    assert limits(found, night, {"severity": "LOW"}, {})["response.phone"] == "4h"
    assert limits(found, night, {"severity": "URGENT"}, {})["response.phone"] == "2h"


def test_a_preset_is_shown_first_and_put_in_as_a_change_of_the_draft(draft):
    client = signed_in(make_person("quality_engineer"))
    url = reverse("policy:draft_presets", args=[draft.pk])
    clause = clauses_for(pack_of(draft))[0]
    values = {"preset": "levels", "clause": clause, "revision": draft.revision}
    page = client.post(url, values | {"preview": "1"})
    assert "按等级到场" in page.content.decode()
    draft.refresh_from_db()
    assert "rules/preset-levels.yaml" not in draft.files
    client.post(url, values | {"keep": "1"})
    revision = draft.revision
    draft.refresh_from_db()
    assert draft.revision == revision + 1
    assert "preset.levels.fix" in pack_of(draft).rules
    page = client.post(url, values | {"keep": "1"})
    assert page.status_code == 422


def test_a_preset_without_clause_or_on_an_old_draft_changes_nothing(draft):
    engineer, before = make_person("quality_engineer"), dict(draft.files)
    more = {"draft": draft, "preset": presets()["city"], "by": engineer, "now": NOW}
    with pytest.raises(BadInput):
        actions.put_preset(clause="X-9", revision=draft.revision, **more)
    with pytest.raises(ChangedMeanwhile):
        actions.put_preset(
            clause=clauses_for(pack_of(draft))[0], revision=draft.revision + 1, **more
        )
    draft.refresh_from_db()
    assert draft.files == before
