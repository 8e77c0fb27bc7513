"""What the limits of the language mean, seen on the duties they bring."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from bihuan.lib.policy import PackErrors, Telling, respond, span_by_key, span_of
from bihuan.lib.policy.limits import Span
from bihuan.lib.policy.tests.packs import DAYS, RULES, at, pack
from bihuan.lib.workcal import Duration

RENEW = (
    RULES
    + """\
  - id: renew
    clause: C1
    title: {zh: 续约, en: Renew}
    when: contract.signed
    must: contract.renew
    within: LIMIT
    by: lead
"""
)


def renewal(limit: str, end_on: str = "2026-12-31"):
    """What a contract signed on a Monday in March brings under this limit."""
    told = Telling(
        "c", "contract.signed", at("2026-03-02T10:00+08:00"), {"end_on": end_on}, {"contract": "C1"}
    )
    return respond(pack(rules_a=RENEW.replace("LIMIT", limit)), told, DAYS)


def with_callback(line: str):
    """The small pack, whose quarterly call-back says this too."""
    every = "    every: quarter\n"
    return pack(rules_a=RULES.replace(every, f"{every}    {line}\n"))


def quarterly(line: str):
    """What a silver customer owes in the third quarter then."""
    told = Telling(
        "p", "period.began", at("2026-07-01T00:00+08:00"),
        {"fact": {"quarter_begins": True}, "customer": {"tier": "SILVER", "flags": []}},
        {"customer": "K1"},
    )  # fmt: skip
    found = respond(with_callback(line), told, DAYS)
    return next(duty for duty in found.duties if duty.rule == "silver.callback")


@pytest.mark.parametrize(
    ("limit", "due"),
    [
        ("fact.end_on", "2027-01-01T00:00+08:00"),  # that day, to its end
        ("on fact.end_on", "2027-01-01T00:00+08:00"),
        ("30d before fact.end_on", "2026-12-02T00:00+08:00"),
        ("30d after fact.end_on", "2027-01-31T00:00+08:00"),
        ("7d", "2026-03-10T00:00+08:00"),
        ("1wd 12:00", "2026-03-03T12:00+08:00"),  # by noon of the next working day
        ("1wd 16:00 before fact.end_on", "2026-12-30T16:00+08:00"),
        ("30d 09:00 after fact.end_on", "2027-01-30T09:00+08:00"),
    ],
)
def test_a_limit_may_be_counted_from_a_date_of_the_fact(limit, due):
    (duty,) = renewal(limit).duties
    assert duty.due_at == at(due)


def test_a_date_with_an_hour_is_that_moment():
    (duty,) = renewal("fact.end_on", "2026-12-31T15:00+08:00").duties
    assert duty.due_at == at("2026-12-31T15:00+08:00")


@pytest.mark.parametrize("value", ["", "soon", "2026-13-01", "2026-12-31T15:00"])
def test_what_is_no_date_or_no_certain_moment_is_a_failure_of_the_rule(value):
    found = renewal("fact.end_on", value)
    assert (found.duties, [each.where for each in found.failures]) == ((), ["within"])


@pytest.mark.parametrize(
    "limit", ["3d on fact.end_on", "before fact.end_on", "soon before fact.end_on"]
)
def test_a_date_that_is_not_said_as_the_language_says_it_is_refused(limit):
    with pytest.raises(PackErrors) as caught:
        renewal(limit)
    assert [problem.code for problem in caught.value.problems] == ["limit.unreadable"]


def test_the_end_of_the_period_is_that_of_the_cadence():
    assert quarterly("within: end of period").due_at == at("2026-09-30T17:30+08:00")
    assert quarterly("within: end of month").due_at == at("2026-07-31T17:30+08:00")
    assert quarterly("within: end of period 10:00").due_at == at("2026-09-30T10:00+08:00")
    with pytest.raises(PackErrors) as caught:
        renewal("end of period")
    assert [problem.code for problem in caught.value.problems] == ["limit.period"]


@pytest.mark.parametrize(
    ("window", "opens", "due"),
    [
        ("first week of month", "2026-07-01T00:00+08:00", "2026-07-07T17:30+08:00"),
        ("last week of month", "2026-09-24T00:00+08:00", "2026-09-30T17:30+08:00"),
        ("first week of quarter", "2026-07-01T00:00+08:00", "2026-07-07T17:30+08:00"),
        ("last week of period", "2026-09-24T00:00+08:00", "2026-09-30T17:30+08:00"),
    ],
)
def test_a_window_lies_in_the_period(window, opens, due):
    duty = quarterly(f"in: {window}")
    assert duty.window == (duty.opens_at, duty.due_at) == (at(opens), at(due))


def test_a_window_is_the_limit_that_its_words_are():
    found = with_callback("in: last week of period").rules["silver.callback"].window
    assert found == Duration.parse("last week of quarter")


@pytest.mark.parametrize("window", ["first week of half", "last monday of month", "period"])
def test_a_window_that_does_not_lie_in_the_period_is_refused(window):
    with pytest.raises(PackErrors) as caught:
        with_callback(f"in: {window}")
    assert [problem.code for problem in caught.value.problems] == ["window.unreadable"]


@pytest.mark.parametrize(
    ("every", "key", "first", "last"),
    [
        ("week", "2026-W01", "2025-12-29", "2026-01-04"),
        ("week", "2026-W53", "2026-12-28", "2027-01-03"),
        ("month", "2026-02", "2026-02-01", "2026-02-28"),
        ("month", "2026-12", "2026-12-01", "2026-12-31"),
        ("quarter", "2026-Q1", "2026-01-01", "2026-03-31"),
        ("quarter", "2026-Q2", "2026-04-01", "2026-06-30"),
        ("quarter", "2026-Q3", "2026-07-01", "2026-09-30"),
        ("quarter", "2026-Q4", "2026-10-01", "2026-12-31"),
        ("half", "2026-H1", "2026-01-01", "2026-06-30"),
        ("half", "2026-H2", "2026-07-01", "2026-12-31"),
        ("year", "2026", "2026-01-01", "2026-12-31"),
    ],
)
def test_a_period_has_one_key_from_its_first_to_its_last_day(every, key, first, last):
    span = Span(key, date.fromisoformat(first), date.fromisoformat(last))
    assert span_of(every, span.first) == span_of(every, span.last) == span
    assert span_by_key(key) == (every, span)
    zone = pack().zone
    assert span.begins(zone) == at(f"{first}T00:00+08:00")
    assert span.ends(zone) == span_of(every, span.last + timedelta(days=1)).begins(zone)


@pytest.mark.parametrize("key", ["2026-Q5", "2026-H3", "2026-13", "2026-W54", "26", "2026-Q3 "])
def test_what_is_no_key_of_a_period_is_refused(key):
    with pytest.raises(ValueError, match=r"\d"):
        span_by_key(key)
