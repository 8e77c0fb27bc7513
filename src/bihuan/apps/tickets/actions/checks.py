"""What holds of a report before anything is written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bihuan.apps.assets.models import Asset
from bihuan.apps.customers.models import Contact, Customer
from bihuan.apps.tickets import figures
from bihuan.apps.tickets.actions.common import as_it_is
from bihuan.apps.tickets.enums import OPEN
from bihuan.apps.tickets.models import Ticket
from bihuan.apps.tickets.refusals import NotOfThisCustomer, TooLongAgo
from bihuan.apps.tickets.rules import doubles, too_long_ago
from bihuan.base import sql


def check_age(
    *, now: datetime, reported_at: datetime | None = None, happened_at: datetime | None = None
) -> None:
    """Nobody means a year so long ago: its clocks would never start. Raises TooLongAgo."""
    report, event_ = figures.values(["tickets.oldest_report", "tickets.oldest_event"], now)
    if too_long_ago(reported_at, now, int(float(report))) or too_long_ago(
        happened_at, now, int(float(event_))
    ):
        raise TooLongAgo


def belong(customer: Customer | None, contact: Contact | None, asset: Asset | None) -> None:
    """Raises NotOfThisCustomer."""
    if contact is not None and customer is not None and contact.customer_id != customer.pk:
        raise NotOfThisCustomer
    if (
        asset is not None
        and customer is not None
        and customer.pk not in (asset.customer_id, asset.owner_id, asset.serviced_by_id)
    ):
        raise NotOfThisCustomer


# after a resale the earlier owner's ticket is not the new one's
ABOUT = f"""
    SELECT id, reported_at, status, kind FROM tickets_ticket
    WHERE asset_id = %(asset)s AND status IN ({", ".join(f"'{each}'" for each in OPEN)}) AND reported_at BETWEEN %(first)s AND %(last)s
        AND (customer_id IS NULL OR customer_id = %(customer)s) AND id IS DISTINCT FROM %(but)s::bigint
    ORDER BY reported_at DESC, id DESC
"""  # noqa: S608 - words of ours


@dataclass(frozen=True)
class Beside:
    """Of the same machine at the same time: the ticket that a report is a double of, else the newest
    open one that it has to do with.
    """

    double: Ticket | None = None
    other: Ticket | None = None


def beside(
    *, asset: Asset | None, kind: str, reported_at: datetime, now: datetime, but: int | None = None
) -> Beside:
    """What is open about the machine of a new report."""
    if asset is None:
        return Beside()
    hours = float(figures.values(["tickets.double_hours"], now)[0])
    span = timedelta(hours=hours)
    asked = {
        "asset": asset.pk, "customer": asset.customer_id, "first": reported_at - span, "last": reported_at + span,
        "but": but,
    }  # fmt: skip
    found = sql.rows(
        ABOUT, asked
    )  # most reports are alone: the many columns are asked for only then
    for pk, other, status, other_kind in found:
        if doubles(
            reported_at=reported_at, other_reported_at=other, hours=hours, status=status, kind=kind,
            other_kind=other_kind,
        ):  # fmt: skip
            return Beside(double=as_it_is(pk))
    return Beside(other=as_it_is(found[0][0])) if found else Beside()
