"""What people may do about a remote change, and every way in which they may not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bihuan.apps.monitoring import words
from bihuan.apps.monitoring.actions import commanding, permits
from bihuan.apps.monitoring.actions.delivering import to_send, watch
from bihuan.apps.monitoring.actions.devices import revoke
from bihuan.apps.monitoring.actions.duties import settle
from bihuan.apps.monitoring.enums import YesBy
from bihuan.apps.monitoring.models import Command, CommandStep, CommandSwitch, Latest
from bihuan.apps.monitoring.queries.commands import offers
from bihuan.apps.monitoring.refusals import (
    AlreadyPermitted,
    AlreadySwitched,
    ChecksFailed,
    ConsentLapsed,
    NoSuchCommand,
    NotConnected,
    NotPermitted,
    OwnHandNeeded,
    ReasonMissing,
    SamePerson,
    TooLateToWithdraw,
    WrongCommandState,
)
from bihuan.apps.monitoring.tests.commanding import (
    COLD,
    SPEED,
    TICKET,
    approved,
    consented,
    opened,
    proposed,
    reads,
    ready,
)
from bihuan.apps.monitoring.tests.conftest import NOON
from bihuan.apps.obligations.enums import State
from bihuan.apps.obligations.models import Obligation
from bihuan.base.audit.models import Entry as Logged
from bihuan.base.errors import BadInput
from bihuan.base.facts.models import Fact
from bihuan.base.testing.draining import drain

SOON = NOON + timedelta(seconds=10)


@pytest.fixture
def home(house, monkeypatch):
    return ready(house, NOON, monkeypatch)


def states(command):
    return list(
        CommandStep.objects.filter(command=command).order_by("pk").values_list("state", flat=True)
    )


def failing(refused):
    return set(refused.value.values["codes"])


def test_off_until_somebody_with_a_reason_says_on(home):
    permits.switch(on=False, why="审计期间停用", by=home.boss, now=SOON)
    with pytest.raises(ChecksFailed) as refused:
        proposed(home, SOON)
    assert failing(refused) == {"switch"}
    assert not Command.objects.exists()
    with pytest.raises(AlreadySwitched):
        permits.switch(on=False, why="再关一次", by=home.boss, now=SOON)
    with pytest.raises(ReasonMissing):
        permits.switch(on=True, why=" ", by=home.boss, now=SOON)
    assert CommandSwitch.objects.count() == 2


def test_without_a_row_the_company_changes_nothing(house, monkeypatch):
    from bihuan.apps.monitoring.queries.commanding import switched_on

    assert not switched_on()


def test_the_customers_leave_for_the_machine_can_be_taken_back(home):
    with pytest.raises(AlreadyPermitted):
        permits.permit(
            asset=home.asset, given_by="许主任", proof="再签一次", by=home.desk, now=SOON
        )
    permits.withdraw_permit(asset=home.asset, why="客户来函", by=home.desk, now=SOON)
    with pytest.raises(ChecksFailed) as refused:
        proposed(home, SOON)
    assert failing(refused) == {"permit"}
    with pytest.raises(NotPermitted):
        permits.withdraw_permit(asset=home.asset, why="再撤", by=home.desk, now=SOON)
    with pytest.raises(BadInput) as lacking:
        permits.permit(asset=home.asset, given_by="", proof="", by=home.desk, now=SOON)
    assert set(lacking.value.fields) == {"given_by", "proof"}


@pytest.mark.parametrize(
    ("given", "codes"),
    [
        ({"value": 41.0}, {"range"}),
        ({"value": -10.5}, {"range"}),
        ({"value": 6.3}, {"range"}),
        ({"value": 4.0}, {"differs"}),
        ({"ticket": "WX-20260930-0002"}, {"ticket"}),
        ({"ticket": ""}, {"ticket"}),
    ],
)
def test_what_is_out_of_bounds_or_without_a_ticket_is_refused_by_name(home, given, codes):
    with pytest.raises(ChecksFailed) as refused:
        proposed(home, NOON, **given)
    assert failing(refused) == codes
    assert not Command.objects.exists()
    assert not Fact.objects.filter(kind__startswith="remote.").exists()


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_no_number_is_no_value(home, value):
    with pytest.raises(BadInput):
        proposed(home, NOON, value=value)


def test_reason_and_time_to_keep_are_asked_for(home):
    with pytest.raises(BadInput) as faults:
        proposed(home, NOON, reason="  ", keep=timedelta(days=4))
    assert set(faults.value.fields) == {"reason", "keep"}
    with pytest.raises(NoSuchCommand):
        proposed(home, NOON, setting="lid.open")


def test_a_machine_in_another_state_or_silent_is_not_changed(home):
    reads(home, NOON, state="RUN_DOWN")
    with pytest.raises(ChecksFailed) as refused:
        proposed(home, NOON, setting=SPEED, value=4000.0)
    assert failing(refused) == {"state"}
    reads(home, NOON)
    with pytest.raises(ChecksFailed) as refused:
        proposed(home, NOON + timedelta(minutes=2))
    assert failing(refused) == {"fresh"}
    revoke(device=home.device, why="遗失", by=None, now=NOON)
    with pytest.raises(NotConnected):
        proposed(home, NOON)


def test_one_at_a_time(home):
    first = proposed(home, NOON)
    with pytest.raises(ChecksFailed) as refused:
        proposed(home, NOON, setting=SPEED, value=4000.0)
    assert failing(refused) == {"alone"}
    commanding.cancel(command=first, why="填错了", by=home.remote, now=SOON)
    proposed(home, NOON, setting=SPEED, value=4000.0)


def test_a_dry_run_names_every_condition_and_writes_nothing(home):
    found = commanding.tried(asset=home.asset, setting=COLD, value=60.0, ticket=TICKET, now=NOON)
    assert {each.code for each in found if not each.ok} == {"range"}
    assert {"switch", "permit", "device", "fresh", "state", "alone", "ticket", "differs"} <= {
        each.code for each in found
    }
    assert not Command.objects.exists()


def test_silence_is_no_consent_and_without_it_nobody_can_approve(home):
    command = proposed(home, NOON)
    with pytest.raises(WrongCommandState):
        commanding.approve(command=command, by=home.head, now=SOON)
    assert to_send(SOON) == []
    watch(NOON + timedelta(hours=23))
    assert states(command) == ["PROPOSED"]
    watch(NOON + timedelta(hours=25))
    assert states(command) == ["PROPOSED", "EXPIRED"]
    with pytest.raises(WrongCommandState):
        commanding.consent(
            command=command,
            how=YesBy.OWN_HAND,
            who="",
            said="",
            by=None,
            now=NOON + timedelta(hours=26),
        )


def test_a_yes_on_the_telephone_needs_who_and_what_and_is_not_enough_for_what_is_dangerous(home):
    command = proposed(home, NOON)
    with pytest.raises(BadInput) as faults:
        commanding.consent(
            command=command, how=YesBy.PHONE, who="", said=" ", by=home.remote, now=SOON
        )
    assert set(faults.value.fields) == {"who", "said"}
    commanding.cancel(command=command, why="换一种", by=home.remote, now=SOON)
    danger = proposed(home, NOON, setting=SPEED, value=4000.0)
    with pytest.raises(OwnHandNeeded):
        commanding.consent(
            command=danger,
            how=YesBy.PHONE,
            who="许主任",
            said="10:05 来电说可以",
            by=home.remote,
            now=SOON,
        )
    danger.refresh_from_db()
    assert danger.state == "PROPOSED"


def test_the_second_person_is_neither_who_asked_nor_who_wrote_the_consent_down(home):
    command = proposed(home, NOON)
    commanding.consent(
        command=command,
        how=YesBy.PHONE,
        who="许主任",
        said="10:05 说可以",
        by=home.head,
        now=SOON,
    )
    for person in (home.remote, home.head):
        with pytest.raises(SamePerson):
            commanding.approve(command=command, by=person, now=SOON)
    commanding.approve(command=command, by=home.boss, now=SOON)
    assert states(command) == ["PROPOSED", "CONSENTED", "APPROVED", "QUEUED"]


def test_everything_is_looked_at_again_when_it_is_approved(home):
    command = consented(home, NOON)
    reads(home, SOON, SET_TEMP=5.0)
    with pytest.raises(ChecksFailed) as refused:
        commanding.approve(command=command, by=home.head, now=SOON)
    assert failing(refused) == {"unchanged"}
    reads(home, SOON)
    home.tickets.clear()
    with pytest.raises(ChecksFailed) as refused:
        commanding.approve(command=command, by=home.head, now=SOON)
    assert failing(refused) == {"ticket"}
    command.refresh_from_db()
    assert (command.state, command.sequence, command.expires_at) == ("CONSENTED", None, None)
    with pytest.raises(ConsentLapsed):
        commanding.approve(command=command, by=home.head, now=NOON + timedelta(hours=25))


def test_a_no_ends_it(home):
    command = proposed(home, NOON)
    commanding.decline(command=command, said="今天有贵重样品", by=None, now=SOON)
    command.refresh_from_db()
    assert (command.state, command.why) == ("REFUSED", "今天有贵重样品")
    assert Fact.objects.get(kind="remote.ended").own()["outcome"] == "REFUSED"


def test_consent_withdrawn_between_approval_and_sending_is_never_sent(home):
    command = approved(home, NOON)
    commanding.withdraw(command=command, said="等一下", by=None, now=NOON)
    assert to_send(NOON) == []
    command.refresh_from_db()
    assert command.state == "CANCELLED"


@pytest.mark.parametrize("what", ["switch", "permit", "device", "ticket"])
def test_what_is_taken_away_between_approval_and_sending_stops_it(home, what):
    command = approved(home, NOON)
    if what == "switch":
        permits.switch(on=False, why="停", by=home.boss, now=NOON)
    elif what == "permit":
        permits.withdraw_permit(asset=home.asset, why="客户来函", by=home.desk, now=NOON)
    elif what == "ticket":
        home.tickets.clear()
    else:
        revoke(device=home.device, why="遗失", by=None, now=NOON)
    assert to_send(NOON) == []
    command.refresh_from_db()
    assert (command.state, command.why) == ("CANCELLED", f"#{what}")


def test_what_waited_too_long_for_the_wire_is_expired_and_never_sent(home):
    command = approved(home, NOON)
    assert (command.expires_at - NOON).total_seconds() <= 60
    assert to_send(command.expires_at) == []
    command.refresh_from_db()
    assert command.state == "EXPIRED"
    assert to_send(NOON) == []


def test_what_is_sent_is_signed_for_this_device_and_numbered_upward(home):
    command = approved(home, NOON)
    (out,) = to_send(NOON)
    body = opened(out.data)
    assert out.code == home.device.code
    assert body == {
        "k": "set", "d": home.device.code, "n": command.sequence, "x": round(command.expires_at.timestamp() * 1000),
        "p": "SET_TEMP", "v": 6.0, "w": 4.0, "e": 0.05, "s": ["IDLE", "RUN_UP", "AT_SPEED", "RUN_DOWN"],
    }  # fmt: skip
    commanding.withdraw(command=command, said="", by=None, now=NOON)
    assert to_send(NOON + timedelta(seconds=5)) == []
    assert states(command)[-2:] == ["SENT", "SENT"]
    with pytest.raises(TooLateToWithdraw):
        commanding.withdraw(command=command, said="", by=None, now=NOON)


def test_a_persons_words_are_never_the_systems(home):
    command = approved(home, NOON)
    commanding.withdraw(command=command, said=" #lapsed", by=None, now=NOON)
    row = Command.objects.get(pk=command.pk)
    last = command.steps.order_by("-pk").first()
    assert [words.noted(last.text), words.noted(row.why)] == ["＃lapsed"] * 2


def test_every_deed_is_a_line_of_history_a_fact_and_in_the_log_of_deeds(home):
    command = approved(home, NOON)
    to_send(NOON)
    assert states(command) == ["PROPOSED", "CONSENTED", "APPROVED", "QUEUED", "SENT"]
    kinds = list(
        Fact.objects.filter(kind__startswith="remote.")
        .order_by("pk")
        .values_list("kind", flat=True)
    )
    assert kinds == ["remote.command", "remote.consented", "remote.approved", "remote.sent"]
    verbs = set(Logged.objects.filter(verb__startswith="command.").values_list("verb", flat=True))
    assert verbs == {
        "command.switch",
        "command.permit",
        "command.propose",
        "command.consent",
        "command.approve",
    }


def test_the_duty_of_the_regulation_is_carried_out_by_the_command(home):
    command = approved(home, NOON)
    drain(NOON)
    duty = Obligation.objects.get(kind="remote.approve")
    assert (duty.occasion, duty.clause, duty.state) == (command.number, "S0-8.2b", State.OPEN)
    assert settle(SOON) == 1
    duty.refresh_from_db()
    assert (duty.state, duty.discharged_by) == (State.DISCHARGED, home.head)
    assert settle(SOON) == 0


def test_the_duty_of_what_came_to_nothing_is_not_owed(home):
    command = proposed(home, NOON)
    drain(NOON)
    assert settle(NOON) == 0
    commanding.cancel(command=command, why="客户改主意", by=home.remote, now=SOON)
    assert settle(SOON) == 1
    assert Obligation.objects.get(kind="remote.approve").state == State.VOID


def test_the_settings_of_a_machine_are_read_at_once(home, django_assert_num_queries):
    with django_assert_num_queries(1):
        found = offers(home.device)
    assert {each["code"]: each["now"] for each in found} == {SPEED: "4200", COLD: "4"}
    Latest.objects.all().delete()
    assert {each["now"] for each in offers(home.device)} == {"—"}
