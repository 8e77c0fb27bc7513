"""A device under every mischief of line, clock and power: each command is carried out at most once."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import random
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bihuan.lib.machines.command import Answer, BadAnswer, answer_of, order, receipt

ROOT = Path(__file__).resolve().parent.parent.parent / "clients" / "python"
DEVICE, KEY = "hy0000000001", "k-7f3a"
HASH = hashlib.sha256(KEY.encode()).hexdigest()
NOW = 1_790_000_000.0
STATES = ("IDLE", "AT_SPEED")


@pytest.fixture(scope="session")
def client():
    """The files as a device has them: side by side, no package around them."""
    sys.path.insert(0, str(ROOT))
    try:
        spec = importlib.util.spec_from_file_location(
            "bihuan_commands", ROOT / "bihuan_commands.py"
        )
        assert spec and spec.loader
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(ROOT))
    return module


class Machine:
    """A machine whose set-point counts how often it was written by which command."""

    def __init__(self, client, path):
        self._client, self._path = client, path
        self.value, self.state, self.clock, self.seconds = 4000.0, "AT_SPEED", NOW, 0.0
        self.written, self.dies_in_set, self.fails = [], "", False
        self.start()

    def start(self):
        setting = self._client.Setting(1000, 4800, STATES, lambda: self.value, self.set)
        self.commands = self._client.Commands(
            DEVICE,
            KEY,
            str(self._path),
            {"SET_SPEED": setting},
            lambda: self.state,
            lambda: round(self.clock * 1000),
            sync=False,
        )

    def set(self, value):
        if self.dies_in_set == "before":
            raise SystemExit
        if self.fails:
            raise OSError
        self.written.append(value)
        self.value = value
        if self.dies_in_set == "after":
            raise SystemExit

    def hears(self, data):
        try:
            self.commands.heard(data)
        except SystemExit:
            self.dies_in_set = ""
            self.start()

    def says(self, after=100.0):
        self.seconds += after
        return [
            answer_of(each, device=DEVICE, key_hash=HASH)
            for each in self.commands.answers(self.seconds)
        ]


@pytest.fixture
def machine(client, tmp_path):
    return Machine(client, tmp_path / "kept")


def command(number, value=4100.0, *, before=4000.0, expires=NOW + 30, **changes):
    body = {
        "device": DEVICE, "key_hash": HASH, "number": number, "expires": expires, "point": "SET_SPEED", "value": value,
        "before": before, "tolerance": 1.0, "states": ("AT_SPEED",),
    } | changes  # fmt: skip
    return order(**body)


def test_a_command_is_carried_out_and_told_until_the_receipt_comes(machine):
    machine.hears(command(7))
    said = machine.says()
    assert [(each.number, each.answer) for each in said] == [(7, Answer.ACCEPTED), (7, Answer.DONE)]
    assert said[1].value == 4100.0
    assert [each.answer for each in machine.says()] == [Answer.DONE]
    machine.hears(receipt(device=DEVICE, key_hash=HASH, number=7))
    assert machine.says() == []
    machine.hears(command(7))  # the server did not hear us after all
    assert [each.answer for each in machine.says()] == [Answer.DONE]
    assert machine.written == [4100.0]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"expires": NOW}, "expired"),
        ({"expires": NOW + 61}, "clock"),
        ({"point": "LID"}, "point"),
        ({"value": 4900.0}, "range"),
        ({"value": 900.0}, "range"),
        ({"states": ("IDLE",)}, "state"),
        ({"before": 3900.0}, "changed"),
    ],
)
def test_what_the_devices_own_program_does_not_allow_is_refused(machine, changes, why):
    machine.hears(command(7, **changes))
    (said,) = machine.says()
    assert (said.answer, said.why) == (Answer.REJECTED, why)
    assert machine.written == []
    machine.hears(command(7))
    assert machine.written == []  # a number is used once, also for a no


def test_a_state_that_the_device_itself_does_not_allow(machine):
    machine.state = "RUN_DOWN"
    machine.hears(command(7, states=("RUN_DOWN",)))
    assert machine.says()[0].why == "state"


def test_one_that_was_overtaken_or_is_played_back_is_never_carried_out(machine):
    first, second = command(7, 4100.0), command(8, 4200.0)
    machine.hears(second)
    assert [each.number for each in machine.says()] == [8, 8]
    for data in (first, second, first):
        machine.value = 4000.0
        machine.hears(data)
        assert {each.number for each in machine.says()} == {8}
    assert machine.written == [4200.0]


@pytest.mark.parametrize(
    "changes", [{"key_hash": hashlib.sha256(b"other").hexdigest()}, {"device": "hy0000000002"}]
)
def test_what_is_not_signed_for_this_device_is_not_even_answered(machine, changes):
    machine.hears(command(7, **changes))
    assert machine.says() == []
    assert (machine.written, machine.commands.ignored) == ([], 1)


def test_no_bit_of_a_command_can_be_changed(machine):
    data = command(7)
    for place in range(len(data)):
        for flip in (1, 128):
            machine.hears(data[:place] + bytes([data[place] ^ flip]) + data[place + 1 :])
    assert machine.written == []
    assert machine.says() == []


def test_garbage_is_ignored(machine):
    for data in (
        b"",
        b"\xff",
        b"[]",
        b"1",
        b'{"m":1,"h":"x"}',
        b'{"m":"[]"}',
        b'{"m":"1","h":null}',
    ):
        machine.hears(data)
    assert machine.says() == []


def test_what_the_device_says_cannot_be_played_back_to_it_nor_the_other_way(machine):
    machine.hears(command(7))
    machine.seconds += 100
    (_accepted, done) = machine.commands.answers(machine.seconds)
    ignored = machine.commands.ignored
    machine.hears(done)
    assert machine.commands.ignored == ignored + 1
    with pytest.raises(BadAnswer):
        answer_of(command(7), device=DEVICE, key_hash=HASH)


def test_after_a_power_cut_in_the_middle_it_says_that_it_does_not_know(machine):
    for number, when in ((7, "before"), (8, "after")):
        machine.dies_in_set = when
        machine.hears(command(number, 4100.0 + number))
        assert [each.answer for each in machine.says()] == [Answer.UNKNOWN]
        machine.hears(command(number, 4100.0 + number))
        assert [each.answer for each in machine.says()] == [Answer.UNKNOWN]
    assert machine.written == [4108.0]


def test_a_value_that_cannot_be_written_is_said_to_have_failed(machine):
    machine.fails = True
    machine.hears(command(7))
    assert [(each.answer, each.why) for each in machine.says()] == [
        (Answer.ACCEPTED, ""),
        (Answer.REJECTED, "failed"),
    ]


@pytest.mark.parametrize("state", STATES)
def test_what_the_disk_does_not_keep_is_neither_done_nor_said(machine, tmp_path, state):
    """Nothing that was said to be refused is carried out after a power cut."""
    kept, machine.state = machine.commands.path, state
    machine.commands.path = str(tmp_path / "gone" / "kept")
    machine.hears(command(7))
    assert machine.says() == []
    assert machine.written == []
    assert machine.commands.forgotten == 1
    machine.commands.path, machine.state = kept, "AT_SPEED"
    machine.start()
    machine.hears(command(7))
    assert machine.says()[-1].answer == Answer.DONE
    assert machine.written == [4100.0]


def test_a_spoilt_memory_stops_the_program(machine):
    machine.hears(command(7))
    text = machine._path.read_bytes()
    machine._path.write_bytes(text.replace(b"done", b"dono"))
    with pytest.raises(ValueError, match="damaged"):
        machine.start()


DEED = st.one_of(
    st.tuples(st.just("new"), st.just(0)),
    st.tuples(st.just("deliver"), st.integers(0, 20)),
    st.tuples(st.just("receipt"), st.integers(0, 20)),
    st.tuples(st.just("wait"), st.integers(0, 20)),
    st.tuples(st.just("die"), st.booleans()),
    st.tuples(st.just("restart"), st.just(0)),
)


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(deeds=st.lists(DEED, min_size=10, max_size=60), skew=st.integers(-60, 60))
def test_at_most_once_whatever_happens(client, tmp_path, deeds, skew):
    """Commands are made, lost, doubled, overtaken, played back for ever; the clock is wrong, the power
    goes at any moment: every command is written at most once, in the order of its number, never when
    its time is over by the device's clock.
    """
    live_through(client, tmp_path / "kept", deeds, skew)


def test_at_most_once_in_ten_thousand_lives(client, tmp_path):
    kinds = ["new"] * 3 + ["deliver"] * 6 + ["receipt", "wait", "die", "restart"]
    written = 0
    for seed in range(10_000):
        dice = random.Random(seed)
        deeds = [("new", 0)] + [(dice.choice(kinds), dice.randrange(12)) for _ in range(14)]
        written += live_through(client, tmp_path / "kept", deeds, dice.randrange(-30, 30))
    assert written > 5_000


def live_through(client, path, deeds, skew):
    """How many commands were written in this life."""
    path.unlink(missing_ok=True)
    machine = Machine(client, path)
    machine.clock = NOW + skew
    real, made = NOW, []
    for what, number in deeds:
        if what == "new":
            # A value of its own for each, so that what was written tells which command it was.
            value, expires = 1001.0 + len(made), real + 30
            data = command(len(made) + 1, value, tolerance=4000.0, expires=expires)
            made.append((data, value, expires))
        elif what == "deliver" and made:
            data, value, expires = made[number % len(made)]
            before = len(machine.written)
            machine.hears(data)
            if len(machine.written) > before:
                assert machine.written[before:] == [value]
                assert 0 < expires - machine.clock <= 60
        elif what == "receipt":
            machine.hears(receipt(device=DEVICE, key_hash=HASH, number=number % (len(made) + 1)))
        elif what == "wait":
            real += number
            machine.clock += number
        elif what == "die":
            machine.dies_in_set = "after" if number else "before"
        else:
            machine.start()
        for said in machine.says():
            mine = made[said.number - 1][1]
            assert (said.answer != Answer.DONE) or mine in machine.written
            assert (said.answer != Answer.REJECTED) or mine not in machine.written
    assert machine.written == sorted(set(machine.written))
    return len(machine.written)


def test_the_file_says_what_was_last(machine):
    machine.hears(command(7))
    kept = json.loads(machine._path.read_bytes()[9:])
    assert (kept["d"], kept["n"], kept["a"]) == (DEVICE, 7, "done")
