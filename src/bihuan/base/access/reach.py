"""How far a right reaches."""

from __future__ import annotations

from enum import StrEnum


class Far(StrEnum):
    """The dimensions of row scope; `ALL` is the whole company."""

    OWN = "own"
    TEAM = "team"
    REGION = "region"
    DEALER = "dealer"
    CUSTOMER = "customer"
    ALL = "all"


OWN, TEAM, REGION, DEALER, CUSTOMER, ALL = Far
