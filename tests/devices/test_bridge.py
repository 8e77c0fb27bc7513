"""What the bridges share: whose clock holds, which rows there are, and how a program says what is wrong."""

from __future__ import annotations

import logging
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[2]
CLIENTS = ROOT / "clients" / "python"
NOW = 1_760_000_000_000


def test_the_bounds_of_a_clock_lie_within_those_of_the_server(bihuan_bridge):
    profile = ROOT / "src" / "bihuan" / "apps" / "monitoring" / "data" / "profile.yaml"
    numbers = YAML(typ="safe", pure=True).load(profile.read_text())["values"]
    assert numbers["monitoring.clock_ahead_s"] * 1000 - bihuan_bridge.AHEAD >= 30_000
    assert numbers["monitoring.late_s"] * 1000 - bihuan_bridge.LATE >= 30_000


def test_a_clock_that_is_nearly_right_is_believed_and_any_other_is_set_right(bihuan_bridge, caplog):
    """Times keep their distances, and what came late on a right clock stays as late as it was."""
    for off in (0, 1_500, -1_500):
        clock = bihuan_bridge.Clock(logging.getLogger("plant"), "G/N")
        assert clock.of(NOW + off, NOW) == NOW + off
        assert clock.of(0, NOW) == NOW  # it says none
        assert clock.of(NOW + off + 1_000, NOW + 10_000) == NOW + off + 1_000  # queued for 9 s
    for off in (3_000, 60_000, -60_000, 3_600_000, -86_400_000):
        clock = bihuan_bridge.Clock(logging.getLogger("plant"), "G/N")
        assert clock.of(NOW + off, NOW + 20) == NOW + 20
        assert clock.of(NOW + off + 1_000, NOW + 1_000) == NOW + 1_000
        assert clock.of(NOW + off + 2_000, NOW + 9_000) == NOW + 2_000  # queued for 7 s
        assert clock.of(NOW + off + 70_000, NOW + 70_500) == NOW + 70_500  # long after the last


def test_a_clock_that_was_set_is_known_at_once_and_one_far_off_is_named_once(bihuan_bridge, caplog):
    clock = bihuan_bridge.Clock(logging.getLogger("plant"), "G/N")
    ahead, late = bihuan_bridge.AHEAD, bihuan_bridge.LATE
    assert clock.of(NOW - late, NOW) == NOW
    assert caplog.messages == []
    for count, hours in enumerate((0, 1, 2, 2.1, 3)):
        now = NOW + 100_000 * (count + 1)
        assert clock.of(now - int(hours * 3_600_000), now) == now
    assert clock.of(now + 100_000 + ahead + 1, now + 100_000) == now + 100_000
    assert [each.split(":")[0] for each in caplog.messages] == [
        "the clock of G/N is 3600 s behind",
        "the clock of G/N is 7560 s behind",  # more than twice as far
        "the clock of G/N is 240 s ahead",
    ]


@pytest.mark.parametrize("off", [-300_000, -60_000, -3_000, 0, 60_000, 600_000])
def test_a_machine_behind_a_wrong_clock_lives_as_long_as_one_behind_a_right_one(bihuan_bridge, off):
    """Also after a repetition, which is stamped by ours: seconds stay seconds, for rates and durations."""
    clock = bihuan_bridge.Clock(logging.getLogger("plant"), "G/N")
    row = bihuan_bridge.Row(None)
    row.note(NOW, "A", 0)  # as its first value, and a repetition
    row.ready(100, NOW)
    found = []
    for second in range(1, 61):
        now = NOW + 1000 * second
        row.note(clock.of(now + off - 15, now), "A", second)
        found += row.ready(100, now)
    assert len(found) == 60
    assert {later[0] - one[0] for one, later in pairwise(found)} == {1000}
    assert abs(found[0][0] - NOW - 1000) <= bihuan_bridge.NEAR


def test_changes_of_one_cycle_are_one_row(bihuan_bridge):
    row = bihuan_bridge.Row(None)
    for ms, code, value in (
        (1000, "A", 1),
        (1040, "B", 2),
        (1200, "A", 3),
        (1210, "B", None),
        (900, "A", 0),
    ):
        row.note(ms, code, value)
    assert row.ready(100, 2000) == [(900, {"A": 0}), (1000, {"A": 1, "B": 2}), (1200, {"A": 3})]
    assert row.ready(100, 2000) == []


def test_what_is_heard_after_a_row_was_sent_is_later_than_it(bihuan_bridge):
    """Whatever its clock says: the server takes nothing twice of one instant, and nothing old for new."""
    row = bihuan_bridge.Row(None)
    row.note(NOW, "A", 1)
    assert row.ready(100, NOW) == [(NOW, {"A": 1})]
    row.note(NOW, "B", 2)
    assert row.ready(100, NOW) == [(NOW + 1, {"A": 1, "B": 2})]
    row.note_past(NOW + 2, "A", 7)
    row.note(NOW - 120_000, "B", 3)  # by a slow clock, after a repetition by ours
    assert row.ready(100, NOW) == [(NOW + 2, {"A": 7}), (NOW + 3, {"A": 1, "B": 3})]
    before = NOW - 86_400_000
    row.note(before, "B", 4)
    assert row.ready(100, before) == [(before, {"A": 1, "B": 4})]  # our own clock was set back


@pytest.mark.parametrize("program", ["bihuan_opcua.py", "bihuan_sparkplug.py"])
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("mqtt: [", "while parsing"),
        ("mqtt: {}", "is missing"),
        (None, "No such file"),
    ],
)
def test_a_program_says_in_a_sentence_what_is_wrong_with_its_file(tmp_path, program, text, said):
    path = tmp_path / "plant.yaml"
    if text is not None:
        path.write_text(text)
    command = [sys.executable, str(CLIENTS / program), str(path)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 1
    assert str(path) in ended.stderr
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.fixture
def example(monkeypatch):
    """The configuration that we ship as an example."""
    for name in ("PLANT_PASSWORD", "BIHUAN_KEY_1"):
        monkeypatch.setenv(name, "secret")
    yaml = YAML(typ="safe", pure=True)
    return lambda name: yaml.load((CLIENTS / f"{name}.example.yaml").read_text())


@pytest.mark.parametrize(("name", "source"), [("opcua", "opcua"), ("sparkplug", "plant")])
def test_a_program_that_finds_nobody_tries_again_until_it_is_told_to_end(
    tmp_path, example, name, source
):
    given = example(name)
    given["mqtt"] = {"host": "127.0.0.1", "port": 1}
    given["ring"] = str(tmp_path)
    given[source].pop("ca", None)
    given[source].update(
        {"url": "opc.tcp://127.0.0.1:1"} if name == "opcua" else {"host": "127.0.0.1", "port": 1}
    )
    path = tmp_path / "plant.yaml"
    with path.open("w") as file:
        YAML(typ="safe", pure=True).dump(given, file)
    command = [sys.executable, "-u", str(CLIENTS / f"bihuan_{name}.py"), str(path)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        said = ""
        while "no OPC UA server: " not in said and "no broker: " not in said:
            line = process.stderr.readline()
            assert line, said
            said += line
        process.terminate()
        assert "Traceback" not in process.communicate(timeout=60)[1]
        assert process.returncode == 0
    finally:
        process.kill()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda c: c.pop("mqtt"), "`mqtt` is missing"), (lambda c: c["plant"].pop("host_id"), "plant: `host_id` is missing"),
        (lambda c: c["devices"][0].update(node="G"), r"devices\[0\]: `node` must be `group/node`"),
        (lambda c: c["devices"][0].update(device="a/b"), "`device` must be a name without"),
        (lambda c: c["plant"].update(rebirth_s="often"), "plant: `rebirth_s` is no number"),
        (lambda c: c["plant"].update(rebirth_s=0), "`rebirth_s` must be 1 or more"),
        (lambda c: c["plant"].update(hots="x"), "unknown: hots"), (lambda c: c.update(devices=[]), "devices"),
        (lambda c: c["devices"][0]["points"].update(SPEED={"metrik": "x"}), "points.SPEED: `metric` is missing"),
        (lambda c: c["devices"][0].update(key="env:NOT_THERE_AT_ALL"), "NOT_THERE_AT_ALL"),
    ],
)  # fmt: skip
def test_a_wrong_configuration_is_named_with_its_place(sparkplug, example, change, said):
    given = example("sparkplug")
    sparkplug.bridge.read(given)
    change(given)
    with pytest.raises(sparkplug.bridge.BadConfig, match=said):
        sparkplug.bridge.read(given)


def test_the_example_is_a_right_configuration(sparkplug, example):
    read = sparkplug.bridge.read(example("sparkplug"))
    assert read.machines[0].origin == ("Hall3", "Line1", "Centrifuge7")
