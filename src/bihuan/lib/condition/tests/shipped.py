"""A machine with two points and its plan, as small as tests like it."""

from __future__ import annotations

from pathlib import Path

from ruamel.yaml import YAML

from bihuan.lib.condition import read
from bihuan.lib.machines import read as read_template

W = {"zh": "甲", "en": "a"}
HOUSE = YAML(typ="safe", pure=True).load(
    (Path(__file__).resolve().parents[3] / "apps/monitoring/data/health.yaml").read_text("utf-8")
)


def body(**more):
    return {
        "code": "thing", "version": 1, "title": W, "every": "10s", "silent": "10min", "main": ["SPEED", "TEMP"],
        "points": {
            "SPEED": {"title": W, "unit": "r/min", "range": [0, 9000]},
            "TEMP": {"title": W, "unit": "℃", "range": [-40, 250], "band": [10, 70]},
            "HOURS": {"title": W, "unit": "h", "range": [0, 1e6], "counter": True},
            "CYCLES": {"title": W, "unit": "", "range": [0, 1e8], "counter": True},
            "FUEL": {"title": W, "unit": "%", "range": [0, 100]},
            "CURRENT": {"title": W, "unit": "A", "range": [0, 300]},
        },
        "states": {"IDLE": {"title": W, "when": [{"point": "SPEED", "below": 50}]}, "WORKING": {"title": W, "runs": True}},
        "parts": {
            "ROTOR": {"title": W, "counter": "CYCLES", "limit": 1000},
            "BEARING": {
                "title": W, "limit": 1000, "spread": 0.25,
                "weigh": [{"point": "SPEED", "rated": 3000, "power": 2}, {"point": "TEMP", "above": 60, "double": 10}],
            },
            "SEAL": {"title": W, "limit": 500, "spread": 0.2, "years": 2},
        },
        "uses": {
            "FUEL": {"title": W, "unit": "L", "level": "FUEL", "full": 200}, "ENERGY": {"title": W, "unit": "kWh", "current": "CURRENT"},
        },
        "service": {"S100": {"title": W, "kind": "LUBRICATE", "counter": "HOURS", "every": 100, "ahead": 10}},
    } | more  # fmt: skip


TEMPLATE = read_template(body())
PLAN = read(body(), TEMPLATE, HOUSE)
SETTINGS = PLAN.settings
