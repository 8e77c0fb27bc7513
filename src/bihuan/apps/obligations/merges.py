"""When two customers become one, the duties of the one that is gone are the other's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet

from bihuan.apps.customers.models import Customer
from bihuan.apps.obligations.models import Obligation
from bihuan.base import sql
from bihuan.base.facts.models import Fact

MERGED, UNDONE = "customer.merged", "customer.changed"


def is_merge(fact: Fact) -> bool:
    """Whether a fact makes two customers one, or takes that back."""
    return fact.kind == MERGED or (fact.kind == UNDONE and "merged_into" in fact.own()["what"])


@dataclass(frozen=True)
class Merged:
    """From a place in the log on one customer is another; until `undone`."""

    into: int
    tx: int
    undone: int | None


# The kind is written out: with a place for it, a plan for any kind reads the whole log.
ANY_MERGED = f"""
    SELECT EXISTS (
        SELECT FROM facts_fact
        WHERE kind = '{MERGED}' AND (
            customer_id = ANY(%(ids)s) OR data #>> '{{fact,into}}' IN (
                SELECT code FROM customers_customer WHERE id = ANY(%(ids)s)
            )
        )
    )
"""  # noqa: S608 - the kind is ours


def any_merged(customer_ids: Iterable[int]) -> bool:
    """Whether one of these customers ever became another, or another one of these (one query):
    hardly ever, so that the two questions below need not be asked.
    """
    [(found,)] = sql.rows(ANY_MERGED, {"ids": list(customer_ids)})
    return bool(found)


def merges_of(customer_ids: Iterable[int]) -> dict[int, Merged]:
    """The merges of these customers that the log tells (two queries)."""
    found: dict[int, Merged] = {}
    facts = Fact.objects.filter(kind__in=[MERGED, UNDONE], customer_id__among=set(customer_ids))
    told = [fact for fact in facts.order_by("tx", "pk") if is_merge(fact)]
    codes = {fact.own()["into"] for fact in told if fact.kind == MERGED}
    pks = dict(Customer.objects.filter(code__in=codes).values_list("code", "pk")) if codes else {}
    for fact in told:
        gone = fact.customer_id
        assert gone is not None
        if fact.kind == MERGED:
            if (kept := pks.get(fact.own()["into"])) is not None:
                found[gone] = Merged(kept, fact.tx, None)
        elif gone in found:
            found[gone] = Merged(found[gone].into, found[gone].tx, fact.tx)
    return found


def customer_of(customer_id: int | None, tx: int, merges: dict[int, Merged]) -> int | None:
    """Whose a duty is that a fact of this place in the log calls for."""
    merged = merges.get(customer_id) if customer_id is not None else None
    if merged is None or tx < merged.tx or (merged.undone is not None and tx >= merged.undone):
        return customer_id
    return merged.into


def who_stays(customer_id: int | None, merges: dict[int, Merged]) -> int | None:
    """Whose a duty is in the end, once all merges have been followed."""
    merged = merges.get(customer_id) if customer_id is not None else None
    return customer_id if merged is None or merged.undone is not None else merged.into


def follow(fact: Fact) -> int | None:
    """Give duties to the customer who stays, and back where a merge was taken back. Returns who
    stays; None for a merge taken back, or into nobody known.
    """
    gone = fact.customer_id
    assert gone is not None
    if fact.kind != MERGED:
        mine = Obligation.objects.filter(cause__customer_id=gone, cause__tx__lt=fact.tx)
        mine.update(customer_id=gone)
        return None
    kept = Customer.objects.filter(code=fact.own()["into"]).first()
    if kept is None:
        return None
    Obligation.objects.filter(customer_id=gone).update(customer=kept)
    return kept.pk


def gone_rows(fact: Fact) -> QuerySet[Obligation]:
    """The live duties that were those of the customer that a merge made an end of."""
    rows = Obligation.objects.live().filter(cause__customer_id=fact.customer_id)
    return rows.filter(cause__tx__lte=fact.tx)


def also_settles(customer_ids: Iterable[int]) -> dict[int, list[tuple[int, Merged]]]:
    """Customers -> those that became one with them, with the merges: what is done for who stays
    is done for the others as well (one query where nobody was merged).
    """
    found: dict[int, list[tuple[int, Merged]]] = defaultdict(list)
    ids = set(customer_ids)
    while ids:
        codes = list(Customer.objects.filter(pk__in=ids).values_list("code", flat=True))
        facts = Fact.objects.filter(kind=MERGED, data__fact__into__in=codes)
        told = facts.exclude(customer_id=None).values_list("customer_id", flat=True)
        gone = {pk for pk in told if pk is not None}
        merges = merges_of(gone) if gone else {}
        ids = set(merges) - set(found)
        for pk, merged in merges.items():
            found[merged.into].append((pk, merged))
    return found
