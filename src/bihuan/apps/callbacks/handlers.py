"""What calls hear: contacts that other apps made count towards the cap; customers that changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bihuan.apps.callbacks.actions import touches
from bihuan.apps.callbacks.enums import TouchKind
from bihuan.apps.callbacks.search import put_of
from bihuan.apps.customers.search import HEARD, changed
from bihuan.base.facts.listeners import hears
from bihuan.base.facts.models import Fact

OF_OTHERS = {"survey.sent": TouchKind.SURVEY}


@hears(*OF_OTHERS, *HEARD)
def on_facts(facts: Sequence[Fact], now: datetime) -> None:
    """Heard twice, it is written once."""
    for fact in facts:
        kind = OF_OTHERS.get(fact.kind)
        if kind is not None and fact.customer_id and fact.subjects.get("contact"):
            touches.note(
                customer_id=fact.customer_id, contact_id=fact.subjects["contact"], kind=kind,
                at=fact.at, key=f"fact:{fact.uid}", care=False,
            )  # fmt: skip
    if ids := changed(facts):
        put_of(ids)
