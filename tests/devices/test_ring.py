"""The ring: forgets only what is confirmed or has no room, and never changes what a number means."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

LIMIT, BATCH, WINDOW = 900, 4, 3


@pytest.fixture
def ring(bihuan_device):
    return bihuan_device.Ring


def held(ring) -> list[int]:
    return [t for message in ring.messages for t, _values in message.samples]


class RingMachine(RuleBasedStateMachine):
    """Against a list that keeps everything: what was added, less what was confirmed or dropped."""

    module = None

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(prefix="ring")
        self.path = str(Path(self.folder.name) / "ring")
        self.ring = self.fresh()
        self.count = 0
        self.kept: list[int] = []
        self.known: dict[tuple[str, int], str] = {}
        self.confirmed = 0
        self.before = 0  # dropped by rings that are gone

    def fresh(self):
        return self.module.Ring(LIMIT, BATCH, self.path, False)

    @rule(values=st.dictionaries(st.sampled_from("ABCDEF"), st.floats(-9, 9), max_size=6))
    def add(self, values) -> None:
        self.kept.append(self.count)
        before = self.ring.dropped
        self.ring.add(self.count, values)
        self.count += 1
        self.kept = self.kept[self.ring.dropped - before :]

    @rule()
    def send(self) -> None:
        message = self.ring.next(WINDOW)
        if message is None:
            return
        text = json.dumps(message.samples)
        assert self.known.setdefault((message.boot, message.number), text) == text
        assert self.ring.sent <= WINDOW

    @rule()
    def reconnect(self) -> None:
        self.ring.sent = 0

    @precondition(lambda self: self.ring.sent)
    @rule(share=st.floats(0, 1))
    def confirm(self, share: float) -> None:
        sent = self.ring.messages[: self.ring.sent]
        message = sent[int(share * (len(sent) - 1))]
        gone = self.ring.ack(message.boot, message.number)
        assert gone >= len(message.samples)
        self.kept = self.kept[gone:]
        assert self.ring.ack(message.boot, message.number) == 0

    @rule(number=st.integers(0, 99))
    def confirm_another_boot(self, number: int) -> None:
        assert self.ring.ack("another", number) == 0

    @rule()
    def start_again(self) -> None:
        boot = self.ring.boot
        self.ring.close()
        self.ring = self.fresh()
        assert self.ring.boot != boot
        assert self.ring.damaged == 0

    @invariant()
    def holds_what_it_should(self) -> None:
        assert held(self.ring) == self.kept
        assert self.ring.samples == len(self.kept)
        assert self.ring.bytes == sum(each.bytes for each in self.ring.messages)
        assert self.ring.bytes <= LIMIT or len(self.ring.messages) == 1

    @invariant()
    def numbers_rise_within_a_boot(self) -> None:
        boots = [each.boot for each in self.ring.messages]
        assert boots == sorted(boots, key=list(dict.fromkeys(boots)).index)
        for boot in set(boots):
            numbers = [each.number for each in self.ring.messages if each.boot == boot]
            assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))

    def teardown(self) -> None:
        self.ring.close()
        self.folder.cleanup()


def test_it_agrees_with_a_plain_list(bihuan_device):
    from hypothesis.stateful import run_state_machine_as_test

    machine = type("Machine", (RingMachine,), {"module": bihuan_device})
    run_state_machine_as_test(
        machine, settings=settings(max_examples=60, stateful_step_count=60, deadline=None)
    )


@settings(max_examples=60)
@given(cut=st.floats(0, 1), count=st.integers(1, 20))
def test_a_power_cut_in_the_middle_of_a_record_costs_that_record(cut, count):
    module = _module()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ring"
        first = module.Ring(path=str(path))
        sizes = [path.stat().st_size]
        for each in range(count):
            first.add(each, {"SPEED": each * 1.5})
            sizes.append(path.stat().st_size)
        first.close()
        size = int(cut * sizes[-1])
        with path.open("r+b") as file:
            file.truncate(size)
        whole = sum(each <= size for each in sizes) - 1
        second = module.Ring(path=str(path))
        assert held(second) == list(range(whole))
        assert second.damaged == (0 if size in sizes else 1)
        second.add(99, {"SPEED": 1.0})
        second.close()
        assert held(module.Ring(path=str(path))) == [*range(whole), 99]


@settings(max_examples=60)
@given(place=st.floats(0, 0.999), count=st.integers(2, 12), bit=st.integers(0, 7))
def test_a_spoilt_record_costs_no_other(place, count, bit):
    module = _module()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ring"
        first = module.Ring(path=str(path))
        for each in range(count):
            first.add(each, {"SPEED": each * 1.5})
        first.close()
        data = bytearray(path.read_bytes())
        spoilt = int(place * len(data))
        data[spoilt] ^= 1 << bit
        path.write_bytes(bytes(data))
        second = module.Ring(path=str(path))
        lost = set(range(count)) - set(held(second))
        assert len(lost) <= 2  # two, where the end of a line became something else
        # a last line without its end was never finished: nobody was told that it is kept
        assert second.damaged >= 1 or spoilt == len(data) - 1
        assert set(held(second)) <= set(range(count))
        second.close()


def test_cut_off_between_two_files_it_finds_the_new_one(ring, tmp_path):
    path = str(tmp_path / "ring")
    first = ring(path=path)
    for each in range(5):
        first.add(each, {"SPEED": 1.0})
    first.close()
    (tmp_path / "ring").rename(path + ".new")
    assert held(ring(path=path)) == list(range(5))


def test_a_half_written_new_file_is_not_believed(ring, tmp_path):
    path = str(tmp_path / "ring")
    first = ring(path=path)
    for each in range(5):
        first.add(each, {"SPEED": 1.0})
    first.close()
    (tmp_path / "ring.new").write_bytes(b"00000000 half")
    assert held(ring(path=path)) == list(range(5))


def test_the_file_does_not_grow_for_ever(ring, tmp_path):
    path = tmp_path / "ring"
    one = ring(path=str(path), limit=20_000, sync=False)
    for each in range(20_000):
        one.add(each, {"SPEED": 1.0})
        if each % 3 == 0:
            message = one.next(1)
            one.ack(message.boot, message.number)
    assert path.stat().st_size < 140_000
    kept = held(one)
    one.close()
    assert held(ring(path=str(path), limit=20_000)) == kept


def test_a_full_disk_costs_the_file_not_the_reading(bihuan_device, tmp_path, monkeypatch):
    one = bihuan_device.Ring(path=str(tmp_path / "ring"))
    one.add(1, {"SPEED": 1.0})

    def full(*_arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(bihuan_device, "_put", full)
    one.add(2, {"SPEED": 2.0})
    assert held(one) == [1, 2]
    assert one.damaged == 1
    monkeypatch.undo()
    one.add(3, {"SPEED": 3.0})
    one.close()
    assert held(bihuan_device.Ring(path=str(tmp_path / "ring"))) == [1, 3]


def _module():
    import importlib.util

    path = Path(__file__).resolve().parents[2] / "clients" / "python" / "bihuan_device.py"
    spec = importlib.util.spec_from_file_location("bihuan_device", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
