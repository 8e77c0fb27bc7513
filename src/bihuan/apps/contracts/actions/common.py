"""What the actions of contracts share."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from django.utils import timezone

from bihuan.apps.assets.actions.common import noon, pack_or_none, today_of
from bihuan.apps.contracts import words
from bihuan.apps.contracts.models import Contract
from bihuan.apps.contracts.refusals import WrongState
from bihuan.base.access.models import User
from bihuan.base.facts.actions import tell

__all__ = ["begin_of", "locked", "noon", "pack_or_none", "refuse", "tell_of", "today_of"]


def locked(contract: Contract) -> Contract:
    """The row as it is now, nobody else may change it in the meantime."""
    return (
        Contract.objects.select_for_update(of=("self",))
        .select_related("customer")
        .get(pk=contract.pk)
    )


def refuse(contract: Contract, now: datetime) -> WrongState:
    state = contract.state(today_of(now))
    return WrongState(no=contract.no, state=words.title(words.STATE, state))


def begin_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, datetime.min.time()))


def tell_of(
    contract: Contract, kind: str, *, at: datetime, now: datetime, by: User | None, data: Mapping[str, object], key: str,
    source: str = "screen",
) -> None:  # fmt: skip
    """A fact about a contract and its customer."""
    plain = {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in data.items()
    }
    tell(
        kind, at=at, now=now, by=by, subjects={"contract": contract.pk, "customer": contract.customer_id}, data=plain,
        key=key, source=source,
    )  # fmt: skip
