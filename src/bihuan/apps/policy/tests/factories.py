"""The shipped pack, in force."""

from __future__ import annotations

from datetime import UTC, datetime

from bihuan.apps.policy import actions
from bihuan.apps.policy.models import PackVersion

SINCE = datetime(2025, 12, 31, 16, tzinfo=UTC)


def centrifuge_in_force(now: datetime = SINCE) -> PackVersion:
    """The centrifuge pack from the first of 2026 on (needs the company's calendar)."""
    return actions.bring_in(files=actions.shipped("centrifuge"), from_at=SINCE, by=None, now=now)


SMALL = {
    "pack.yaml": """\
pack: small
title: {zh: 试写制度, en: Small regulation}
version: "1"
from: 2026-01-01
calendar: cn
parameters:
  # the four hours of the text
  fault.phone: {value: 4h, clause: A-1, title: {zh: 紧急故障电话响应, en: Answer by phone}}
clauses:
  - {id: A-1, number: "一·1", title: {zh: 紧急故障, en: Urgent faults}, text: {zh: 紧急故障四小时内电话响应。, en: Urgent faults are answered within four hours.}, carried: rule}
  - {id: A-2, number: "一·2", title: {zh: 宗旨, en: Purpose}, text: {zh: 一切为了客户。, en: All for the customer.}, carried: principle}
choices:
  - id: night
    about: [A-1]
    question: {zh: 夜里算不算？, en: "Does the night count?"}
    options:
      always: {title: {zh: 昼夜都算, en: Day and night}}
      work: {title: {zh: 只算上班, en: Working time}}
    chosen: always
    why: {zh: 有人值班。, en: Somebody is on duty.}
""",
    "rules/faults.yaml": """\
# Article 1.
rules:
  # Day and night.
  - id: fault.urgent.phone
    clause: A-1
    title: {zh: 紧急故障电话响应, en: Answer an urgent fault by phone}
    when: fault.reported
    if: fact.severity == "URGENT"
    must: response.phone
    within: $fault.phone
    calendar: 24x7
    by: remote_specialist
    done: {fact: ticket.contacted, same: [ticket]}
    proved: [call_log, recording]
    else: [{at: 100%, tell: care_lead}]
    severity: high
""",
    "cases/faults.yaml": """\
cases:
  - name: 周六夜里报修
    clause: A-1
    given:
      fact: fault.reported
      at: 2026-03-07T23:10+08:00
      with: {ticket: T1, severity: URGENT}
      customer: {tier: GOLD}
    expect:
      - {rule: fault.urgent.phone, due: 2026-03-08T03:10+08:00, by: remote_specialist}
""",
}
"""A regulation of one sentence, for tests that write in one."""


def small_in_force(now: datetime = SINCE) -> PackVersion:
    """The small regulation from the first of 2026 on (needs the company's calendar)."""
    return actions.bring_in(files=SMALL, from_at=SINCE, by=None, now=now)
