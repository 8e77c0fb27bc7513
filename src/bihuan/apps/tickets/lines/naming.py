"""What of a ticket names the customer."""

from __future__ import annotations

from bihuan.apps.customers.models import Contact
from bihuan.apps.tickets.lines.rules import beginnings
from bihuan.apps.tickets.models import Ticket


def names_of(ticket: Ticket) -> set[str]:
    """What of a ticket names the customer and his people: hidden from the technical side."""
    asset = ticket.asset
    parties = [ticket.customer]
    if asset is not None:
        parties += [asset.customer, asset.owner, asset.sold_to, asset.serviced_by]
    known = {each.pk: each for each in parties if each is not None}
    found = {ticket.caller_name, ticket.caller_phone, ticket.caller_mail, ticket.place}
    for party in known.values():
        found |= beginnings(party.name) | beginnings(party.short_name) | {party.code}
    rows = Contact.objects.filter(customer__in=known)
    for name, phone, mail in rows.values_list("name", "phone", "email"):
        found |= {name, phone, mail}
    if asset is not None:
        found |= {asset.nickname, asset.place.name if asset.place is not None else ""}
    return {each for each in found if each}
