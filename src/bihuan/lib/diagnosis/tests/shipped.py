"""The knowledge files that ship, read with the points that their templates have."""

from __future__ import annotations

import random
from functools import cache
from pathlib import Path

from bihuan.lib.diagnosis import Knowledge, read

FOLDER = Path(__file__).resolve().parents[3] / "apps" / "monitoring" / "data" / "causes"
POINTS = {
    "centrifuge": "SPEED SET_SPEED VIBRATION BEARING_TEMP CHAMBER_TEMP SET_TEMP CURRENT HOURS CYCLES LID"
    " IMBALANCE_SHARE HIGH_BAND",
    "pump": "SPEED VIBRATION FLOW PRESSURE CURRENT MOTOR_TEMP FLUID_TEMP HOURS SET_SPEED",
    "excavator": "ENGINE_SPEED OIL_TEMP COOLANT_TEMP PRESSURE FUEL HOURS LATITUDE LONGITUDE LOAD"
    " AMBIENT_TEMP FUEL_RATE BATTERY ENGINE_OIL_PRESSURE SET_IDLE START_LOCK",
    "instrument": "PRESSURE FLOW LAMP_HOURS BASELINE_NOISE OVEN_TEMP SET_TEMP HOURS SET_FLOW",
    "rig": "VIBRATION_1 VIBRATION_2 CURRENT PRESSURE MOTOR_TEMP FLUID_TEMP VOLTAGE FLOW",
    "cabinet": "CPU_LOAD CABINET_TEMP SUPPLY_VOLTAGE BUS_ERRORS CYCLE_TIME HOURS AMBIENT_TEMP FAN_CURRENT SET_FAN",
}

ALARMS = {"excavator": ("battery.low", "engine_oil.low")}
"""Those that the files speak of."""


@cache
def knowledge(template: str) -> Knowledge:
    path = FOLDER / f"{template}.yaml"
    return read(
        path.name, path.read_text("utf-8"), POINTS[template].split(), ALARMS.get(template, ())
    )


def drawn(
    known: Knowledge, cause: str, chance: random.Random, share: float = 1.0
) -> dict[str, bool]:
    """The symptoms of a case of this cause, of which only a share is known."""
    return {
        each.code: chance.random() < known.chance(cause, each.code)
        for each in known.symptoms
        if chance.random() < share
    }
