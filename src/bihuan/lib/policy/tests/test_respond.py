from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from bihuan.lib.policy import Override, Telling, respond
from bihuan.lib.policy.tests.packs import DAYS, PACK, RULES, at, pack

SMALL = pack()


def fault(severity="URGENT", when="2026-03-07T23:10+08:00", flags=("GREEN_CHANNEL",), **more):
    data = {
        "fact": {"severity": severity, "ticket": "T1", **more},
        "customer": {"tier": "GOLD", "flags": list(flags)},
    }
    return Telling("u1", "fault.reported", at(when), data, {"asset": "A1", "customer": "K1"})


def test_an_urgent_fault_of_the_green_channel_runs_round_the_clock():
    (duty,) = respond(SMALL, fault(), DAYS).duties
    assert duty.key == ("fault.phone", "asset", "A1", "T1")
    assert duty.due_at == at("2026-03-08T03:10+08:00")
    assert (duty.role, duty.calendar, duty.verified) == ("assistant", "24x7", "customer")
    assert duty.same == {"ticket": "T1"}
    assert duty.proof.any == ("call_log", "recording")
    assert [step.at for step in duty.ladder] == [
        at("2026-03-08T02:10+08:00"), at("2026-03-08T03:10+08:00"), at("2026-03-08T05:10+08:00"),
    ]  # fmt: skip


def test_others_are_not_meant():
    assert respond(SMALL, fault("NORMAL"), DAYS).duties == ()
    response = respond(SMALL, fault("NORMAL"), DAYS)
    assert (response.failures, response.taken) == ((), True)


def test_working_days_from_the_issue():
    text = RULES.replace("within: $fault.phone", "within: 3wd")
    found = pack(rules_a=text)
    (duty,) = respond(found, fault(when="2026-09-30T10:00+08:00", flags=()), DAYS).duties
    assert duty.due_at == at("2026-10-10T17:30+08:00")
    assert duty.answer is not None
    assert duty.answer.due_text == "2026-10-10 17:30"
    # Working limits warn in working time: 75 % lies on a working day, before the limit.
    early, _, late = duty.ladder
    assert duty.anchor < early.at < duty.due_at < late.at


def test_a_fact_nobody_listens_to_is_said_so():
    assert not respond(SMALL, replace(fault(), kind="contract.signed"), DAYS).taken


def test_a_missing_value_fails_loudly_and_stops_its_rule_alone():
    text = RULES.replace('fact.severity == "URGENT"', "customer.usage > 5.0")
    text += (
        "  - {id: other, clause: C1, title: {zh: 另, en: Other}, when: fault.reported, "
        "must: plan.propose, within: 3wd, by: lead}\n"
    )
    response = respond(pack(rules_a=text), fault(), DAYS)
    assert [duty.rule for duty in response.duties] == ["other"]
    (failure,) = response.failures
    assert (failure.rule, failure.where) == ("fault.phone", "if")
    assert "customer.usage" in failure.detail


def test_a_customer_without_tier_fails_and_no_customer_is_not_meant():
    text = RULES.replace(
        "    must: response.phone", "    for: {tiers: [GOLD]}\n    must: response.phone"
    )
    found = pack(rules_a=text)
    unknown = replace(fault(), data={"severity": "URGENT", "ticket": "T1"})
    assert respond(found, unknown, DAYS).failures[0].where == "for"
    nobody = respond(found, replace(unknown, subjects={"asset": "A1"}), DAYS)
    assert (nobody.duties, nobody.failures) == ((), ())


def test_an_ill_typed_value_fails_loudly():
    telling = fault()
    telling.data["fact"]["severity"] = 5
    response = respond(SMALL, telling, DAYS)
    assert response.duties == ()
    assert response.failures[0].rule == "fault.phone"


def test_a_rule_with_an_empty_parameter_fails_loudly():
    found = pack(pack=PACK.replace("value: 4h", "value: null"))
    response = respond(found, fault(), DAYS)
    assert response.duties == ()
    assert (response.failures[0].where, response.failures[0].detail) == ("parameter", "fault.phone")


def test_a_strange_calendar_and_a_missing_subject_fail_loudly():
    text = RULES.replace("use: 24x7", "use: moon")
    assert respond(pack(rules_a=text), fault(), DAYS).failures[0].where == "calendar"
    alone = replace(fault(), subjects={"customer": "K1"})
    assert respond(SMALL, alone, DAYS).failures[0].where == "subject"


def test_a_discharging_fact_names_rules_subject_and_same():
    data = {"fact": {"ticket": "T1", "human": True}}
    told = Telling("u2", "ticket.contacted", at("2026-03-08T01:00+08:00"), data, {"asset": "A1"})
    (discharge,) = respond(SMALL, told, DAYS).discharges
    assert discharge.rules == ("fault.phone",)
    assert (discharge.subject_type, discharge.subject_id) == ("asset", "A1")
    assert discharge.same == {"ticket": "T1"}
    machine = replace(told, data={"fact": {"ticket": "T1", "human": False}})
    assert respond(SMALL, machine, DAYS).discharges == ()


def test_a_discharge_that_could_mean_anybody_fails():
    told = Telling("u3", "callback.done", at("2026-03-08T01:00+08:00"), {"channel": "PHONE"}, {})
    response = respond(SMALL, told, DAYS)
    assert response.discharges == ()
    assert response.failures[0].where == "done"


def test_data_may_be_nested_dotted_or_the_facts_alone():
    nested = fault()
    dotted = {"fact.severity": "URGENT", "fact.ticket": "T1", "customer.tier": "GOLD",
              "customer.flags": ["GREEN_CHANNEL"]}  # fmt: skip
    assert respond(SMALL, replace(nested, data=dotted), DAYS) == respond(SMALL, nested, DAYS)
    bare = {"severity": "URGENT", "ticket": "T1"}
    (duty,) = respond(SMALL, replace(nested, data=bare), DAYS).duties
    assert duty.calendar == "cn"


def test_exceptions_lie_over_a_rule():
    shorter = Override("fault.phone", "E7", within="2h", by="lead")
    (duty,) = respond(SMALL, fault(), DAYS, [shorter]).duties
    assert (duty.due_at, duty.role, duty.source) == (at("2026-03-08T01:10+08:00"), "lead", "E7")
    assert respond(SMALL, fault(), DAYS, [Override("fault.phone", "E8", never=True)]).duties == ()
    broken = respond(SMALL, fault(), DAYS, [Override("fault.phone", "E9", within="soon")])
    assert (broken.duties, broken.failures[0].where) == ((), "within")


def test_a_clause_is_silent_before_its_day():
    text = PACK.replace('    number: "一"', '    number: "一"\n    from: 2026-03-08')
    found = pack(pack=text)
    assert respond(found, fault(when="2026-03-07T23:59+08:00"), DAYS).duties == ()
    assert len(respond(found, fault(when="2026-03-08T00:00+08:00"), DAYS).duties) == 1


DATED = """\
rules:
  - id: renew
    clause: C1
    title: {zh: 续约, en: Renew}
    when: contract.signed
    must: contract.renew
    within: 60d before fact.end_on
    opens: 90d before fact.end_on
    by: assistant
"""


def test_dates_ahead():
    found = pack(rules_a=RULES + DATED.removeprefix("rules:\n"))
    told = Telling(
        "c",
        "contract.signed",
        at("2026-01-05T09:00+08:00"),
        {"end_on": "2026-12-31"},
        {"contract": "C1"},
    )
    (duty,) = respond(found, told, DAYS).duties
    assert duty.due_at is not None
    assert duty.due_at.date() - timedelta(microseconds=1) <= at("2026-11-02T00:00+08:00").date()
    assert duty.opens_at < duty.due_at
    assert (duty.due_at - duty.opens_at).days == 30
    nothing = replace(told, data={"fact": {}})
    assert respond(found, nothing, DAYS).failures[0].where == "within"


CONFLICT = """\
choices:
  - id: which
    about: [C1]
    question: {zh: 以谁为准, en: Which holds}
    settles: [fault.phone, fault.slow]
    prefer: PREFER
"""
SLOW = """\
  - id: fault.slow
    clause: C1
    title: {zh: 慢, en: Slow}
    when: fault.reported
    must: response.phone
    within: 3wd
    by: lead
"""


def test_a_choice_settles_which_duty_stands():
    rules = RULES.replace("  - id: silver", SLOW + "  - id: silver")
    for prefer, stands in (
        ("stricter", ["fault.phone"]), ("fault.slow", ["fault.slow"]),
        ("both", ["fault.phone", "fault.slow"]),
    ):  # fmt: skip
        found = pack(pack=PACK + CONFLICT.replace("PREFER", prefer), rules_a=rules)
        assert [duty.rule for duty in respond(found, fault(), DAYS).duties] == stands


OTHER = pack()
moments = st.datetimes(
    min_value=at("2026-01-01").replace(tzinfo=None), max_value=at("2028-12-31").replace(tzinfo=None)
).map(lambda moment: moment.replace(tzinfo=at("2026-01-01T00:00+08:00").tzinfo))
tellings = st.builds(
    lambda uid, kind, moment, severity, tier, flags, ticket: Telling(
        uid, kind, moment,
        {"fact": {"severity": severity, "ticket": ticket, "human": True, "channel": "PHONE"},
         "customer": {"tier": tier, "flags": flags}},
        {"asset": "A1", "customer": "K1"},
    ),
    st.text(min_size=1, max_size=5),
    st.sampled_from(["fault.reported", "ticket.contacted", "callback.done", "customer.added",
                     "tier.changed", "period.began", "demand.received"]),
    moments,
    st.sampled_from(["URGENT", "NORMAL", None, 7]),
    st.sampled_from(["GOLD", "SILVER", None]),
    st.lists(st.sampled_from(["GREEN_CHANNEL", "STRATEGIC"]), max_size=2),
    st.sampled_from(["T1", "T2"]),
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(tellings, min_size=1, max_size=6), st.randoms())
def test_the_same_telling_gives_the_same_response_in_any_order(facts, chance):
    first = {id(fact): respond(SMALL, fact, DAYS) for fact in facts}
    again = list(facts)
    chance.shuffle(again)
    for fact in again:
        assert respond(SMALL, fact, DAYS) == first[id(fact)]
        assert respond(OTHER, replace(fact), DAYS) == first[id(fact)]
