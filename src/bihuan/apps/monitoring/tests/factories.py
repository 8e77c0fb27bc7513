"""Makers for our tests and those of higher apps."""

from __future__ import annotations

from bihuan.apps.assets.tests.factories import NOW, machine
from bihuan.apps.customers.tests.factories import customer
from bihuan.apps.monitoring import actions  # noqa: F401
from bihuan.apps.monitoring.actions.devices import register
from bihuan.base import clock


def device(*, asset=None, now=None):
    """A device of a centrifuge, and its key."""
    asset = asset or machine(customer())
    return register(asset=asset, by=None, now=now or clock.now())


__all__ = ["NOW", "device"]
