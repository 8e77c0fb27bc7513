"""What the one search box finds of tickets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from django.db.models import QuerySet
from django.urls import reverse

from bihuan.apps.tickets.models import Ticket
from bihuan.base.access.models import User
from bihuan.base.access.scope import visible
from bihuan.base.search.actions import Entry, put, put_changing
from bihuan.base.search.folding import codes_in
from bihuan.base.ui.addresses import address

BODY = 500
"""Characters of report and action by which a ticket is found; a fault is told in its beginning."""
SAID = frozenset({
    "title", "text", "action", "caller_phone", "customer", "asset", "owner", "first_owner", "engineer",
})  # fmt: skip
"""Of what is said of a ticket, what may change."""


def entries() -> Iterable[Entry]:
    """Everything anew."""
    return _entries(Ticket.objects.all())


def _entries(rows: QuerySet[Ticket]) -> Iterator[Entry]:
    named = rows.select_related("customer", "asset").prefetch_related("helpers")
    for row in named.iterator(chunk_size=1000):
        yield entry(row, row.helpers.all())


def put_of(customers: Sequence[int]) -> None:
    """Renew the entries of these customers' tickets."""
    rows = Ticket.objects.filter(customer_id__in=customers)
    put_changing(
        lambda: dict(rows.values_list("pk", "version")),
        lambda ids: _entries(Ticket.objects.filter(pk__among=ids)),
    )


def put_ticket(row: Ticket, *, opened: bool = False) -> None:
    """Renew its entry; just `opened` it has no helpers."""
    put(entry(row, () if opened else row.helpers.all()))


def entry(row: Ticket, helpers: Iterable[User]) -> Entry:
    customer, asset = row.customer, row.asset
    people = {row.owner_id, row.first_owner_id, row.engineer_id, *(each.pk for each in helpers)}
    words = [row.number, row.title, row.text[:BODY], row.action[:BODY]]
    if customer is not None:
        people |= {
            customer.account_manager_id,
            customer.exec_sponsor_id,
            customer.dedicated_engineer_id,
        }
        words.append(customer.name)
    return Entry(
        kind="ticket", thing_id=row.pk, title=f"{row.number} {row.title}",
        note=customer.called if customer else "", words=words,
        serials=[row.number, *([asset.serial] if asset else [])],
        phones=[row.caller_phone] if row.caller_phone else [],
        codes=codes_in(f"{row.title} {row.text[:BODY]} {row.action[:BODY]}"),
        url=reverse("tickets:detail", args=[row.pk]), needs="tickets.see",
        own=people,
        team_id=customer.service_team_id if customer else None,
        region=customer.region if customer else "",
        dealers=(customer.dealer_id, customer.pk) if customer else (),
        customers=(customer.pk,) if customer else (),
    )  # fmt: skip


def by_number(person: User, number: int) -> tuple[str, str] | None:
    """(title, address) of the ticket that people call WX-20261122-0007; for who sees only the
    technical side, of what was handed over of it.
    """
    from bihuan.apps.tickets.lines.queries import technical_of  # it knows the actions, they this

    text = f"{number:012d}"
    rows = Ticket.objects.filter(number=f"WX-{text[:8]}-{text[8:]}")
    row = visible(rows, person, "tickets.see").first()
    if row is not None:
        return row.title, address("tickets:detail", row.pk)
    found = technical_of(rows, person)
    return (found.title, address("tickets:technical_page", found.row.pk)) if found else None
