"""All ledgers that the apps declare."""

from __future__ import annotations

from typing import cast

from bihuan.base import registry
from bihuan.base.ledgers.declare import Ledger
from bihuan.base.ledgers.errors import NoSuchLedger
from bihuan.base.texts import listed


def all_ledgers() -> dict[str, Ledger]:
    """Name -> ledger, in the order in which they come in."""
    found: dict[str, Ledger] = {}
    for _config, _name, declared in registry.named("ledgers"):
        ledger = cast("Ledger", declared)
        found[ledger.name] = ledger
    return dict(sorted(found.items(), key=lambda pair: pair[1].order))


def ledger_named(name: str) -> Ledger:
    """Raises NoSuchLedger."""
    known = all_ledgers()
    if name not in known:
        raise NoSuchLedger(name=name, names=listed(known) or "—")
    return known[name]
