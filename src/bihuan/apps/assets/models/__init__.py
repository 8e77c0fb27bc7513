"""Tables of the machines."""

from __future__ import annotations

from bihuan.apps.assets.models.asset import Asset, AssetQuerySet, StageChange, Stay, WarrantyTerm
from bihuan.apps.assets.models.catalogue import Model, ServiceLine
from bihuan.apps.assets.models.checks import Check, Meter, Reading
from bihuan.apps.assets.models.parts import Part
from bihuan.apps.assets.models.places import MachineSet, Place

__all__ = [
    "Asset", "AssetQuerySet", "Check", "MachineSet", "Meter", "Model", "Part", "Place", "Reading",
    "ServiceLine", "StageChange", "Stay", "WarrantyTerm",
]  # fmt: skip
