"""What holds of a report before anything is written."""

from __future__ import annotations

from datetime import datetime

from bihuan.apps.assets.models import Asset
from bihuan.apps.customers.models import Contact, Customer
from bihuan.apps.tickets import figures
from bihuan.apps.tickets.refusals import NotOfThisCustomer, TooLongAgo
from bihuan.apps.tickets.rules import too_long_ago


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
