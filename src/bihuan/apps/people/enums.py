"""Words of people and calendars."""

from __future__ import annotations

from enum import StrEnum


class Layer(StrEnum):
    """Where a working calendar applies; the later wins over the earlier."""

    COMPANY = "COMPANY"
    REGION = "REGION"
    TEAM = "TEAM"
    CUSTOMER = "CUSTOMER"


LAYER_ORDER = (Layer.COMPANY, Layer.REGION, Layer.TEAM, Layer.CUSTOMER)
