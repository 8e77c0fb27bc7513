"""A sixth regulation, written from the reference alone, runs without a change of the program.

The deadlines are held against a little oracle of this file that knows nothing of the language:
days by hand from the notice of the State Council for 2026, limits as the regulation prints them.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from bihuan.lib.policy import Telling, Vocabulary, check, difference, read, respond, run_cases
from bihuan.lib.workcal import Calendar, china

HERE = Path(__file__).parent / "packaging"
FILES = {str(path.relative_to(HERE)): path.read_text("utf-8") for path in HERE.rglob("*.yaml")}
VOCABULARY = Path(__file__).parents[2] / "src" / "bihuan" / "packs" / "vocabulary"
WORDS = Vocabulary.read({path.name: path.read_text("utf-8") for path in VOCABULARY.iterdir()})
CHINA = timezone(timedelta(hours=8))

WORKDAYS = ("2026-03-02", "2026-02-14", "2026-10-10")  # a Monday; two Saturdays that make up
WEEKENDS = ("2026-03-07", "2026-03-08")
HOLIDAYS = ("2026-02-17", "2026-10-01")
LIMITS = {  # hours on site in working hours, in the evening, at night
    "FIRST": (2, 3, 5),
    "SECOND": (4, 6, 10),
    "OTHER": (8, 12, 16),
}
ROLES = ("field_engineer", "region_lead", "remote_specialist")


class Days:
    def __init__(self) -> None:
        self.named = {"cn": china(), "24x7": Calendar.always()}

    def for_(self, name, sections):
        return self.named[name]


DAYS = Days()
PACK = read(FILES, WORDS)


def oracle(city: str, day: str, minutes: int) -> tuple[int, str]:
    """(hours, role) as the regulation is printed."""
    if day in HOLIDAYS:
        return 24, "remote_specialist"
    night = minutes >= 22 * 60 or minutes < 8 * 60 + 30
    work = day in WORKDAYS and 8 * 60 + 30 <= minutes < 17 * 60 + 30
    band = 2 if night else 0 if work else 1
    return LIMITS[city][band], ROLES[band]


def fault(at: datetime, state: dict[str, object]) -> Telling:
    data = {"fact": {"ticket": "T1", "severity": "URGENT"}, "customer": state, "asset": {}}
    return Telling("F1", "fault.reported", at, data, {"asset": "1", "customer": "2"})


def test_it_takes_force_and_every_case_holds():
    assert check(PACK) == []
    assert [case for case in run_cases(PACK, DAYS) if not case.ok] == []
    assert difference(PACK, read(FILES, WORDS)) == []


@pytest.mark.parametrize("day", [*WORKDAYS, *WEEKENDS, *HOLIDAYS])
@pytest.mark.parametrize("city", sorted(LIMITS))
def test_limits_follow_city_and_time_of_day(city: str, day: str):
    edges = (8 * 60 + 29, 8 * 60 + 30, 17 * 60 + 29, 17 * 60 + 30, 21 * 60 + 59, 22 * 60)
    for minutes in sorted({*range(0, 24 * 60, 60), *edges}):
        at = datetime.fromisoformat(day).replace(tzinfo=CHINA) + timedelta(minutes=minutes)
        hours, role = oracle(city, day, minutes)
        # The moment is the same whatever offset it is told with.
        answer = respond(PACK, fault(at.astimezone(UTC), {"city_class": city}), DAYS)
        (duty,) = answer.duties
        assert (duty.due_at, duty.role) == (at + timedelta(hours=hours), role), (at, duty.rule)
        assert not answer.failures


def test_an_unknown_class_of_city_is_a_counted_failure():
    at = datetime(2026, 3, 2, 10, tzinfo=CHINA)
    answer = respond(PACK, fault(at, {}), DAYS)
    assert not answer.duties
    assert [(each.rule, each.where) for each in answer.failures] == [("site.work", "within")]


def test_each_rule_can_be_read_aloud():
    told = {key: dict(rule.card("zh")) for key, rule in PACK.rules.items()}
    assert told["site.work"]["限"].startswith("城市类别 为 一线城市时：2 小时")
    text = " ".join(" ".join(card.values()) for card in told.values())
    assert "2 小时" in text and "一线城市" in text and "时刻 ≥ 08:30" in text
    assert "fact." not in text and "customer." not in text
