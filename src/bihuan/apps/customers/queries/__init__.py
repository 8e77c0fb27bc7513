"""Reads for pages and for higher apps."""

from __future__ import annotations

from bihuan.apps.customers.queries.exceptions import InForce, exceptions

__all__ = ["InForce", "exceptions"]
