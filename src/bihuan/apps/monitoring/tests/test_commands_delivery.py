"""A command on its way: sent, answered, read back, returned; and all that can come between."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bihuan.apps.monitoring.actions import commanding, permits
from bihuan.apps.monitoring.actions.delivering import NotTaken, answered, to_send, watch
from bihuan.apps.monitoring.models import Command, CommandStep, Refused
from bihuan.apps.monitoring.pipe.commanding import Answers
from bihuan.apps.monitoring.refusals import TooLateToWithdraw, WrongCommandState
from bihuan.apps.monitoring.tests.commanding import (
    approved,
    opened,
    reads,
    ready,
    said,
)
from bihuan.apps.monitoring.tests.conftest import NOON
from bihuan.base.facts.models import Fact
from bihuan.base.testing.people import signed_in


def at(seconds):
    return NOON + timedelta(seconds=seconds)


@pytest.fixture
def home(house, monkeypatch):
    return ready(house, NOON, monkeypatch)


@pytest.fixture
def sent(home):
    """It went out at noon."""
    home.command = approved(home, NOON)
    (home.out,) = to_send(NOON)
    return home


def says(home, answer, seconds, command=None, **more):
    number = (command or home.command).sequence
    return answered(home.device.code, said(home, number, answer, at(seconds), **more), at(seconds))


def states(command):
    return list(
        CommandStep.objects.filter(command=command).order_by("pk").values_list("state", flat=True)
    )


def fresh(command):
    return Command.objects.get(pk=command.pk)


def carried_out(home, seconds=2):
    says(home, "accepted", seconds)
    says(home, "done", seconds, v=6.0)
    reads(home, at(seconds + 5), SET_TEMP=6.0)
    watch(at(seconds + 5))


def test_accepted_done_and_read_back_from_the_machines_own_readings(sent):
    assert says(sent, "accepted", 1) is None
    receipt = opened(says(sent, "done", 2, v=6.0))
    assert receipt == {"k": "got", "d": sent.device.code, "n": sent.command.sequence}
    watch(at(3))
    assert fresh(sent.command).state == "DONE"  # what it says itself is no proof
    reads(sent, at(8), at=at(1), SET_TEMP=6.0)
    watch(at(8))
    assert fresh(sent.command).state == "DONE"  # a reading from before it
    reads(sent, at(9), SET_TEMP=6.0)
    watch(at(9))
    assert states(sent.command)[4:] == ["SENT", "ACCEPTED", "DONE", "READ_BACK"]
    assert fresh(sent.command).read_value == 6.0
    assert Fact.objects.filter(kind="remote.read_back").count() == 1


def test_the_same_bytes_go_again_while_nobody_answers_and_never_after_the_end(sent):
    assert to_send(at(1)) == []
    (again,) = to_send(at(2))
    assert again.data == sent.out.data
    assert states(sent.command).count("SENT") == 1
    assert to_send(sent.command.expires_at) == []


def test_answers_that_come_twice_late_or_in_the_wrong_order_change_nothing_more(sent):
    says(sent, "done", 2)
    says(sent, "accepted", 2)
    says(sent, "done", 3)
    says(sent, "rejected", 4, y="range")
    assert states(sent.command)[4:] == ["SENT", "ACCEPTED", "DONE"]


def test_a_machine_that_says_no_says_why(sent):
    says(sent, "rejected", 1, y="state")
    found = fresh(sent.command)
    assert (found.state, found.why, found.return_due_at) == ("REFUSED", "#machine state", None)
    assert to_send(at(3)) == []


def test_what_is_not_signed_by_the_device_changes_nothing_and_is_seen(sent):
    good, answers = said(sent, sent.command.sequence, "done", at(1)), Answers()
    for bad in (
        b"",
        b"[]",
        b"{}",
        b'{"m":1,"h":2}',
        good[:-3] + (b"1" if good[-3:-2] == b"0" else b"0") + b'"}',
        good.replace(b"done", b"gone"),
        sent.out.data,
    ):
        assert answers.take(sent.device.code, bad) is None
    assert answers.take("nobody", good) is None
    unknown = said(sent, sent.command.sequence + 1, "done", at(1))
    assert answers.take(sent.device.code, unknown) is None
    assert fresh(sent.command).state == "SENT"
    assert not Refused.objects.exists()
    answers.count()
    answers.count()
    rows = Refused.objects.filter(device=sent.device)
    assert dict(rows.values_list("cause", "times")) == {"GARBAGE": 4, "SIGNATURE": 3, "UNKNOWN_COMMAND": 1}  # fmt: skip
    assert bytes(rows.get(cause="SIGNATURE").raw) == sent.out.data


def test_a_flood_of_badly_signed_answers_is_one_write(sent, django_assert_num_queries):
    answers = Answers()
    for number in range(300):
        answers.take(sent.device.code, b'{"m":"{}","h":"%d"}' % number)
    with django_assert_num_queries(1):
        answers.count()
    assert Refused.objects.get().times == 300
    assert bytes(Refused.objects.get().raw).endswith(b'"299"}')


def test_another_devices_answer_is_none(sent):
    from bihuan.apps.monitoring.tests.factories import device

    other, _key = device()
    words = said(sent, sent.command.sequence, "done", at(1))
    with pytest.raises(NotTaken):
        answered(other.code, words, at(1))
    assert fresh(sent.command).state == "SENT"


def test_no_answer_is_unknown_until_the_machine_tells(sent):
    watch(at(34))
    assert fresh(sent.command).state == "SENT"
    watch(at(36))
    assert fresh(sent.command).state == "UNKNOWN"
    assert Fact.objects.get(kind="remote.ended").own()["outcome"] == "UNKNOWN"
    says(sent, "done", 90, v=6.0)
    assert fresh(sent.command).state == "DONE"


@pytest.mark.parametrize(
    ("shown", "state"), [(6.0, "READ_BACK"), (4.0, "FAILED"), (5.0, "UNKNOWN")]
)
def test_an_unknown_outcome_is_read_off_the_machine_once_it_cannot_change_any_more(
    sent, shown, state
):
    watch(at(36))
    reads(sent, at(37), at=at(34), SET_TEMP=shown)
    watch(at(37))
    assert fresh(sent.command).state == "UNKNOWN"  # measured before its end: it may still be at it
    reads(sent, at(40), SET_TEMP=shown)
    watch(at(40))
    found = fresh(sent.command)
    assert found.state == state
    assert (found.return_due_at is not None) == (state == "READ_BACK")
    if state == "UNKNOWN":
        commanding.settle(
            command=found, why="电话确认面板上是 5 度，手动改回", by=sent.remote, now=at(50)
        )
        assert fresh(found).state == "FAILED"


def test_a_power_cut_in_the_middle_is_unknown_too(sent):
    says(sent, "accepted", 1)
    assert says(sent, "unknown", 20) is not None
    assert fresh(sent.command).state == "UNKNOWN"


def test_after_its_time_the_old_value_is_commanded_back_and_that_is_followed_as_well(sent):
    carried_out(sent)
    due = fresh(sent.command).return_due_at
    assert due == at(2) + timedelta(minutes=30)
    watch(due - timedelta(seconds=1))
    assert Command.objects.count() == 1
    reads(sent, due, SET_TEMP=6.0)
    watch(due)
    back = Command.objects.get(returns=sent.command)
    assert (back.state, back.before, back.value) == ("QUEUED", 6.0, 4.0)
    assert back.sequence > sent.command.sequence
    (out,) = to_send(due)
    assert opened(out.data)["v"] == 4.0
    seconds = (due - NOON).total_seconds()
    says(sent, "done", seconds + 1, back)
    reads(sent, at(seconds + 5), SET_TEMP=4.0)
    watch(at(seconds + 5))
    assert fresh(sent.command).state == "RETURNED"
    assert states(back) == ["PROPOSED", "QUEUED", "SENT", "ACCEPTED", "DONE", "READ_BACK"]
    assert Fact.objects.filter(kind="remote.returned").count() == 1
    watch(at(seconds + 600))
    assert Command.objects.count() == 2


def test_a_return_that_the_machine_does_not_take_is_tried_again_until_it_does(sent):
    carried_out(sent)
    due = fresh(sent.command).return_due_at
    reads(sent, due, SET_TEMP=6.0)
    watch(due)
    first = Command.objects.get(returns=sent.command)
    to_send(due)
    says(sent, "rejected", (due - NOON).total_seconds() + 1, first, y="state")
    reads(sent, due + timedelta(seconds=50), SET_TEMP=6.0)
    watch(due + timedelta(seconds=50))
    assert Command.objects.filter(returns=sent.command).count() == 1
    later = due + timedelta(seconds=61)
    reads(sent, later, SET_TEMP=6.0)
    watch(later)
    assert Command.objects.filter(returns=sent.command).count() == 2
    with pytest.raises(WrongCommandState):
        commanding.settle(command=first, why="x", by=sent.remote, now=later)
    commanding.settle(command=sent.command, why="客户在现场改回", by=sent.remote, now=later)
    assert fresh(sent.command).return_due_at is None


def test_a_machine_that_set_another_value_is_put_right_at_once(sent):
    says(sent, "done", 2, v=9.0)
    reads(sent, at(10), SET_TEMP=9.0)
    watch(at(10))
    assert fresh(sent.command).state == "DONE"
    reads(sent, at(123), SET_TEMP=9.0)
    watch(at(123))
    found = fresh(sent.command)
    assert (found.why, found.read_value) == ("#differs 9", 9.0)
    back = Command.objects.get(returns=sent.command)
    assert (back.before, back.value) == (9.0, 4.0)


@pytest.mark.parametrize(("more", "shown"), [({}, 6.0), ({"v": 5.0}, 5.0)])
def test_a_setting_that_failed_in_the_middle_is_taken_back_at_once(sent, more, shown):
    says(sent, "accepted", 1)
    says(sent, "rejected", 2, y="failed", **more)
    reads(sent, at(4), at=at(1), SET_TEMP=4.0)
    watch(at(4))
    assert fresh(sent.command).state == "FAILED"  # that reading is from before it
    reads(sent, at(5), SET_TEMP=shown)
    watch(at(5))
    assert fresh(sent.command).state == "FAILED"
    assert Command.objects.get(returns=sent.command).value == 4.0


def test_a_clock_that_was_wrong_keeps_no_old_value_away(sent):
    says(sent, "rejected", 2, y="failed", t=round(at(86400).timestamp() * 1000))
    reads(sent, at(10), SET_TEMP=6.0)
    watch(at(10))
    assert Command.objects.get(returns=sent.command).value == 4.0


@pytest.mark.parametrize("how", ["failed", "differs"])
def test_what_somebody_has_set_there_after_it_failed_is_left_alone_and_seen(sent, how):
    if how == "failed":
        says(sent, "rejected", 2, y="failed")
    else:
        says(sent, "done", 2, v=6.0)
        reads(sent, at(123), SET_TEMP=9.0)
        watch(at(123))
    reads(sent, at(125), SET_TEMP=9.0)
    watch(at(125))
    found = fresh(sent.command)
    assert (found.state, found.return_due_at) == ("FAILED", None)
    assert CommandStep.objects.filter(command=found).last().text == "#local 9"
    assert Command.objects.count() == 1
    text = signed_in(sent.head).get(f"/commands/{found.pk}/").content.decode()
    assert "原值没有自动改回" in text


@pytest.mark.parametrize("shown", [6.0, 4.0])
@pytest.mark.parametrize("why", ["state", "failed"])
def test_a_machine_that_did_what_it_had_refused_is_on_record_and_put_right(sent, why, shown):
    says(sent, "rejected", 1, y=why)
    assert says(sent, "done", 3, v=6.0) is not None
    says(sent, "done", 4, v=6.0)
    found = fresh(sent.command)
    assert (found.state, found.why) == ("FAILED", "#contrary 6")
    steps = CommandStep.objects.filter(command=found)
    assert steps.filter(text="#contrary 6").count() == 1
    assert "FAILED" in {each.own()["outcome"] for each in Fact.objects.filter(kind="remote.ended")}
    text = signed_in(sent.head).get(f"/commands/{found.pk}/").content.decode()
    assert "设备前后说法不一" in text
    reads(sent, at(10), SET_TEMP=shown)
    watch(at(10))
    if shown == 6.0:
        assert Command.objects.get(returns=found).value == 4.0
    else:
        assert fresh(found).state == "RETURNED"


def test_what_already_stands_as_before_is_not_commanded_again(sent):
    carried_out(sent)
    due = fresh(sent.command).return_due_at
    reads(sent, due, SET_TEMP=4.0)
    watch(due)
    assert fresh(sent.command).state == "RETURNED"
    assert Command.objects.count() == 1


def test_what_somebody_has_set_there_meanwhile_is_left_alone(sent):
    carried_out(sent)
    due = fresh(sent.command).return_due_at
    reads(sent, due, SET_TEMP=8.0)
    watch(due)
    found = fresh(sent.command)
    assert (found.state, found.return_due_at) == ("READ_BACK", None)
    assert Command.objects.count() == 1


@pytest.mark.parametrize("what", ["switch", "permit", "silent", "state"])
def test_nothing_goes_out_as_a_return_either_while_nothing_may(sent, what):
    carried_out(sent)
    due = fresh(sent.command).return_due_at
    if what == "switch":
        permits.switch(on=False, why="停", by=sent.boss, now=due)
    elif what == "permit":
        permits.withdraw_permit(asset=sent.asset, why="客户来函", by=sent.desk, now=due)
    if what != "silent":
        reads(sent, due, SET_TEMP=6.0, state="" if what == "state" else "IDLE")
    watch(due)
    assert to_send(due) == []
    assert Command.objects.count() == 1
    assert fresh(sent.command).return_due_at == due  # still owed, and said so
    if what == "switch":
        permits.switch(on=True, why="开", by=sent.boss, now=due)
        watch(due)
        assert Command.objects.count() == 2


def test_consent_withdrawn_on_the_way_is_returned_at_once_when_the_machine_took_it_all_the_same(
    sent,
):
    commanding.withdraw(command=sent.command, said="停", by=None, now=at(1))
    assert to_send(at(5)) == []
    carried_out(sent, 6)
    found = fresh(sent.command)
    assert found.return_due_at == at(6) or found.state == "RETURNED"
    assert Command.objects.get(returns=sent.command).value == 4.0
    with pytest.raises(TooLateToWithdraw):
        commanding.withdraw(command=found, said="", by=None, now=at(12))


def test_consent_withdrawn_when_it_is_done_brings_the_old_value_back_at_once(sent):
    carried_out(sent)
    assert fresh(sent.command).return_due_at > at(60)
    commanding.withdraw(command=sent.command, said="停", by=None, now=at(20))
    reads(sent, at(20), SET_TEMP=6.0, state="IDLE")
    watch(at(20))
    (out,) = to_send(at(20))
    assert opened(out.data)["v"] == 4.0
    assert Command.objects.get(returns=sent.command).value == 4.0
    with pytest.raises(TooLateToWithdraw):
        commanding.withdraw(command=sent.command, said="", by=None, now=at(21))
    assert Command.objects.count() == 2


def test_a_database_put_back_to_yesterday_uses_no_number_again(sent):
    says(sent, "rejected", 1, y="state")
    second = approved(sent, at(2))
    assert second.sequence > sent.command.sequence
    assert second.sequence >= round(at(2).timestamp() * 1000)
