"""What a simulated machine does with a command: once, within its bounds, and it says what it did."""

from __future__ import annotations

import pytest

from bihuan.apps.monitoring.catalogue import as_shipped
from bihuan.config.devices.obeying import Obeying
from bihuan.lib.machines.command import answer_of, order, receipt

DEVICE, HASH, NOW = "hy0000000001", "ab" * 32, 1_790_000_000


class Made:
    def __init__(self, folder):
        self.values, self.state, self.kept = {"SET_TEMP": 4.0}, "IDLE", folder / "kept.json"
        self.start()

    def start(self):
        self.obeying = Obeying(
            DEVICE, HASH, as_shipped()["centrifuge"], self.kept, values=lambda: self.values, state=lambda: self.state,
            write=self.values.__setitem__,
        )  # fmt: skip

    def hears(self, data, now=NOW):
        answers = self.obeying.hear(data, now * 1000)
        return [
            (said.answer, said.why)
            for said in (answer_of(each, device=DEVICE, key_hash=HASH) for each in answers)
        ]


@pytest.fixture
def made(tmp_path):
    return Made(tmp_path)


def command(number=7, value=6.0, **changes):
    body = {
        "device": DEVICE, "key_hash": HASH, "number": number, "expires": NOW + 30, "point": "SET_TEMP", "value": value, "before": 4.0,
        "tolerance": 0.05, "states": ("IDLE",),
    } | changes  # fmt: skip
    return order(**body)


def test_once_and_told_again(made):
    assert made.hears(command()) == [("accepted", ""), ("done", "")]
    assert made.values["SET_TEMP"] == 6.0
    made.values["SET_TEMP"] = 4.0
    assert made.hears(command()) == [("done", "")]
    assert made.hears(command(6)) == []
    made.start()
    assert made.hears(command()) == []
    assert made.values["SET_TEMP"] == 4.0
    assert made.hears(receipt(device=DEVICE, key_hash=HASH, number=7)) == []


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"expires": NOW}, "expired"), ({"expires": NOW + 61}, "clock"), ({"point": "VIBRATION"}, "point"), ({"value": 41.0}, "range"),
        ({"states": ("AT_SPEED",)}, "state"), ({"before": 5.0}, "changed"),
    ],
)  # fmt: skip
def test_what_it_does_not_allow(made, changes, why):
    assert made.hears(command(**changes)) == [("rejected", why)]
    assert made.values == {"SET_TEMP": 4.0}


def test_what_is_not_for_it_or_not_signed(made):
    assert made.hears(command(device="hy0000000002")) == []
    assert made.hears(command(key_hash="cd" * 32)) == []
    assert made.hears(b"{}") == []
