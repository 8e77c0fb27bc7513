"""Who looks after which customer, and what somebody answers for."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from bihuan.apps.customers.enums import Status
from bihuan.apps.customers.models import Customer
from bihuan.base import registry, sql
from bihuan.base.access.models import User
from bihuan.base.registry import Holding
from bihuan.base.ui.addresses import address

PARTS = ("account_manager", "exec_sponsor", "dedicated_engineer")
LOOKING_AFTER = """
    SELECT c.id, manager.id, sponsor.id, engineer.id
    FROM customers_customer c
    LEFT JOIN access_user manager ON manager.id = c.account_manager_id AND manager.is_active
    LEFT JOIN access_user sponsor ON sponsor.id = c.exec_sponsor_id AND sponsor.is_active
    LEFT JOIN access_user engineer ON engineer.id = c.dedicated_engineer_id AND engineer.is_active
    WHERE c.id = ANY(%s)
"""


def looking_after(customer_ids: Iterable[int]) -> dict[str, dict[int, int]]:
    """Role -> {customer id: user id} of those who look after these customers (one query; closed
    accounts hold nothing).
    """
    found: dict[str, dict[int, int]] = {part: {} for part in PARTS}
    for customer, *users in sql.rows(LOOKING_AFTER, [list(customer_ids)]):
        for part, user in zip(PARTS, users, strict=True):
            if user is not None:
                found[part][customer] = user
    return found


def holdings(user_id: int) -> list[Holding]:
    """The customers that somebody looks after: one holding for each part played."""
    parts = {
        "account_manager": _("客户（客户经理）"),
        "exec_sponsor": _("客户（高层联络人）"),
        "dedicated_engineer": _("客户（专属工程师）"),
    }
    found = []
    for field, kind in parts.items():
        rows = Customer.objects.filter(**{f"{field}_id": user_id}).exclude(status=Status.MERGED)
        found += [
            Holding(f"{field}:{pk}", kind, name, address("customers:detail", pk), pk)
            for pk, name in rows.order_by("pinyin", "id").values_list("id", "name")
        ]
    return found


def all_holdings(user_id: int) -> list[tuple[str, Holding]]:
    """(app, holding) of every app: what needs an heir before this account may close."""
    return [
        (config.label, holding)
        for config in registry.manifests()
        if config.holdings
        for holding in registry.resolve(config, config.holdings)(user_id)
    ]


def holds(user: User) -> list[str]:
    """What keeps an account open, by kind (base.access asks before it closes one)."""
    counts: dict[str, int] = {}
    for _app, holding in all_holdings(user.pk):
        counts[str(holding.kind)] = counts.get(str(holding.kind), 0) + 1
    return [
        _("%(kind)s %(count)s 件") % {"kind": kind, "count": count}
        for kind, count in counts.items()
    ]
