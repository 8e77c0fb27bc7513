"""What people write above their columns and before their values."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.lib.machines import units
from bihuan.lib.machines.moments import moment
from bihuan.lib.machines.units import factor, unit

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("text", "wanted", "value", "told"),
    [
        ("°F", "℃", 212, 100), ("kPa", "MPa", 1500, 1.5), ("bar", "MPa", 10, 1), ("rpm", "r/min", 4200, 4200),
        ("转/分", "r/min", 7, 7), ("in/s", "mm/s", 1, 25.4), ("min", "h", 90, 1.5), ("mA", "A", 250, 0.25),
        ("m³/h", "L/min", 6, 100), ("K", "℃", 300, 26.85), ("AU", "mAU", 2, 2000),
    ],
)  # fmt: skip
def test_a_unit_becomes_the_templates(text, wanted, value, told):
    a, b = factor(unit(text), wanted)
    assert value * a + b == pytest.approx(told)


@pytest.mark.parametrize(
    ("text", "wanted"), [("MPa", "℃"), ("mPa", "MPa"), ("V", "A"), ("", "℃"), ("furlong", "mm/s")]
)
def test_what_cannot_become_the_other_is_no_guess(text, wanted):
    assert factor(unit(text), wanted) is None


def test_there_and_back_is_the_same():
    for kind in units._KINDS.values():
        for one, other in product(kind, kind):
            a, b = factor(one, other)
            c, d = factor(other, one)
            for value in (-40.0, 0.0, 3.7):
                assert (value * a + b) * c + d == pytest.approx(value, abs=1e-9)


@given(st.integers(315_532_800, 2_145_830_400), st.integers(0, 999), st.sampled_from("-/."))
def test_a_time_in_any_form_is_the_same_time(seconds, millis, mark):
    when = datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None, microsecond=millis * 1000)
    local = when.replace(tzinfo=SHANGHAI)
    back = local.astimezone(UTC).astimezone(SHANGHAI).replace(tzinfo=None)
    wanted = round(local.timestamp() * 1000) / 1000 if back == when else None
    written = f"{when.year}{mark}{when.month}{mark}{when.day} {when:%H:%M:%S}.{when.microsecond // 1000:03}"
    assert moment(written, SHANGHAI) == wanted
    assert moment(when, SHANGHAI) == wanted
    utc = when.replace(tzinfo=UTC).timestamp()
    if utc >= 10**8 * 10:
        assert moment(f"{utc * 1000:.0f}", SHANGHAI) == pytest.approx(utc, abs=0.0006)
    assert moment(when.isoformat() + "Z", SHANGHAI) == pytest.approx(utc, abs=0.0006)
    assert moment(when.isoformat() + "+08:00", UTC) == pytest.approx(utc - 28800, abs=0.0006)


@pytest.mark.parametrize(
    "text",
    [
        "03/04/2026",
        "",
        "today",
        "=NOW()",
        "2026-13-01 00:00",
        "2026-02-30",
        "9" * 400,
        True,
        None,
        math.nan,
        math.inf,
        "2026-01-01 25:00",
        "12:30:00",
        45000,
    ],
)
def test_what_is_no_time_is_not_guessed(text):
    assert moment(text, SHANGHAI) is None


def test_an_hour_that_never_was_is_no_time():
    berlin = ZoneInfo("Europe/Berlin")
    assert moment("2026-03-29 02:30:00", berlin) is None
    assert (
        moment("2026-03-29 03:30:00", berlin)
        == datetime(2026, 3, 29, 1, 30, tzinfo=UTC).timestamp()
    )


@given(st.text(max_size=60))
def test_no_text_breaks_it(text):
    assert moment(text, UTC) is None or isinstance(moment(text, UTC), float)
    assert isinstance(unit(text), str)


def test_chinese_times():
    assert moment("2026年3月1日 8时5分9秒", SHANGHAI) == moment("2026-03-01 08:05:09", SHANGHAI)
