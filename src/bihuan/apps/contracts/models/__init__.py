"""Tables of the contracts."""

from __future__ import annotations

from bihuan.apps.contracts.models.contract import (
    Amendment,
    Contract,
    ContractAsset,
    ContractQuerySet,
    ResponseTerm,
)
from bihuan.apps.contracts.models.entitlements import Entitlement, EntitlementRow
from bihuan.apps.contracts.models.plans import MaintenancePlan, PlanVisit

__all__ = [
    "Amendment", "Contract", "ContractAsset", "ContractQuerySet", "Entitlement", "EntitlementRow",
    "MaintenancePlan", "PlanVisit", "ResponseTerm",
]  # fmt: skip
