"""Rows that may be the same customer: same normalised name, or the same phone of a contact.

Equal credit codes cannot occur among living rows (a constraint); a code that a merged or lost row
carries is offered as well.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection

from bihuan.apps.customers.models import Customer

MOST = 25

PAIRS = """
    WITH named AS (
        SELECT min(a.id) AS one, a.other, 'NAME' AS why FROM (
            SELECT id, lead(id) OVER (PARTITION BY name_key ORDER BY id) AS other
            FROM customers_customer WHERE status <> 'MERGED' AND name_key IN (
                SELECT name_key FROM customers_customer WHERE status <> 'MERGED'
                GROUP BY name_key HAVING count(*) > 1
            )
        ) a WHERE a.other IS NOT NULL GROUP BY a.other
    ), shared AS (
        SELECT phone FROM customers_contact WHERE phone <> '' AND left_on IS NULL
        GROUP BY phone HAVING min(customer_id) < max(customer_id)
    ), phoned AS (
        SELECT a.customer_id AS one, b.customer_id AS other, 'PHONE' AS why
        FROM shared
        JOIN customers_contact a ON a.phone = shared.phone AND a.left_on IS NULL
        JOIN customers_contact b ON b.phone = a.phone AND b.customer_id > a.customer_id AND b.left_on IS NULL
    ), pairs AS (
        SELECT * FROM named UNION SELECT * FROM phoned
    )
    SELECT p.one, p.other, array_agg(DISTINCT p.why ORDER BY p.why) AS why
    FROM pairs p
    WHERE (SELECT status FROM customers_customer WHERE id = p.one) <> 'MERGED'
    AND (SELECT status FROM customers_customer WHERE id = p.other) <> 'MERGED'
    AND NOT EXISTS (
        SELECT 1 FROM customers_merge m
        WHERE m.state IN ('PROPOSED', 'REFUSED', 'UNDONE')
          AND (m.kept_id, m.gone_id) IN ((p.one, p.other), (p.other, p.one))
    )
    GROUP BY p.one, p.other ORDER BY count(*) DESC, p.one, p.other LIMIT %s
"""


@dataclass(frozen=True)
class Double:
    """Two rows and why they look alike: NAME, PHONE."""

    one: Customer
    other: Customer
    why: tuple[str, ...]


def doubles(limit: int = MOST) -> list[Double]:
    """The surest of the pairs that nobody has judged yet (two queries)."""
    with connection.cursor() as cursor:
        cursor.execute(PAIRS, [limit])
        pairs = cursor.fetchall()
    ids = {pk for one, other, _why in pairs for pk in (one, other)}
    rows = Customer.objects.select_related("account_manager").in_bulk(ids)
    return [Double(rows[one], rows[other], tuple(why)) for one, other, why in pairs]


def like(
    name_key: str, credit_code: str, phone: str = "", *, but: int | None = None
) -> list[Customer]:
    """Rows that a new customer with these marks might repeat (one query)."""
    from django.db.models import Q

    same = Q(name_key=name_key)
    if credit_code:
        same |= Q(credit_code=credit_code)
    if phone:
        same |= Q(contacts__phone=phone)
    found = Customer.objects.kept().filter(same)
    if but is not None:
        found = found.exclude(pk=but)
    return list(found.distinct().order_by("id")[:5])
