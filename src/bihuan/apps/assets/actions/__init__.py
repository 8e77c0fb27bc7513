"""What may be done to machines."""

from __future__ import annotations

from bihuan.apps.assets.actions.catalogue import add_model, change_model, set_service_line
from bihuan.apps.assets.actions.checks import add_health_check, add_inspection
from bihuan.apps.assets.actions.machines import add_asset, change_asset, new_label
from bihuan.apps.assets.actions.moving import move
from bihuan.apps.assets.actions.parts import add_cycles, install_part, remove_part, replace_part
from bihuan.apps.assets.actions.places import add_place, close_place, make_set
from bihuan.apps.assets.actions.readings import record_reading, replace_meter
from bihuan.apps.assets.actions.stages import advance, commission, deliver, retire, stop
from bihuan.apps.assets.actions.warranties import (
    agree_warranty,
    refresh_warranty,
    withdraw_warranty,
)

__all__ = [
    "add_asset", "add_cycles", "add_health_check", "add_inspection", "add_model", "add_place", "advance",
    "agree_warranty", "change_asset", "change_model", "close_place", "commission", "deliver",
    "install_part", "make_set", "move", "new_label", "record_reading", "refresh_warranty",
    "remove_part", "replace_meter", "replace_part", "retire", "set_service_line", "stop", "withdraw_warranty",
]  # fmt: skip
