"""Reads for pages and for higher apps."""

from __future__ import annotations

from bihuan.apps.customers.queries.exceptions import InForce, exceptions
from bihuan.apps.customers.queries.people import account_managers

__all__ = ["InForce", "account_managers", "exceptions"]
