"""Rows of the ledgers: read, saved through actions, and given out within reach."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from bihuan.apps.customers import actions, words
from bihuan.apps.customers.actions.opening import open_tier, rated_before
from bihuan.apps.customers.enums import Category, Relation, Status
from bihuan.apps.customers.models import Contact, Customer, Purchase
from bihuan.apps.people.models import Region
from bihuan.apps.policy.queries import pack_for_opening
from bihuan.base.access.models import User
from bihuan.base.access.scope import visible
from bihuan.base.errors import BadInput
from bihuan.base.ledgers.declare import Done
from bihuan.base.ledgers.parsing import number, one_of, text
from bihuan.base.texts import in_words, listed

HUNDRED = Decimal(100)
BRACKETS = re.compile(r"\s*[（(][^（()）]*[)）]$")


def chosen(titles: words.Words) -> Callable[[Any], str]:
    """A code by its title in either language, with or without what stands in brackets, or by
    itself.
    """

    def parse(cell: Any) -> str:
        options: dict[str, tuple[str, ...]] = {}
        for language in ("zh-hans", "en"):
            with translation.override(language):
                for key, title in titles.items():
                    options[str(key)] = (*options.get(str(key), ()), str(title))
        short = {key: tuple(BRACKETS.sub("", word) for word in options[key]) for key in options}
        return one_of({key: (*options[key], *short[key]) for key in options})(cell)

    return parse


def percent(cell: Any) -> Decimal:
    """45, 45% or 0.45 as a share of 0 to 1."""
    plain = text(cell)
    value = number(plain.removesuffix("%").removesuffix("％"))
    share = value / HUNDRED if value > 1 or plain[-1:] in "%％" else value
    if not 0 <= share <= 1:
        raise ValueError(_("份额在 0 到 100% 之间"))
    return share


def month_day(cell: Any) -> tuple[int, int]:
    """8-15, 8/15 or 8月15日."""
    parts = [
        part
        for part in text(cell)
        .replace("月", "-")
        .replace("日", "")
        .replace("/", "-")
        .replace(".", "-")
        .split("-")
        if part
    ]
    if len(parts) == 3:
        parts = parts[1:]  # a full date: the year is nobody's business here
    if len(parts) != 2 or not all(part.isdecimal() for part in parts):
        raise ValueError(_("应是月和日，例如 8-15"))
    return int(parts[0]), int(parts[1])


def person_of(row: Mapping[str, Any], column: str) -> User | None:
    """Somebody by staff number, sign-in name or name."""
    wanted = row.get(column)
    if not wanted:
        return None
    rows = User.objects.filter(is_active=True, customer_id=None)
    for field in ("staff_no", "username", "name"):
        found = list(rows.filter(**{field: wanted})[:2])
        if len(found) == 1:
            return found[0]
        if found:
            raise BadInput({column: _("叫“%(name)s”的不止一人，请写工号。") % {"name": wanted}})
    raise BadInput({column: _("没有找到在职的“%(name)s”。写工号或姓名。") % {"name": wanted}})


def customer_of(row: Mapping[str, Any], column: str = "customer") -> Customer:
    """A customer by code, credit code or full name. Raises BadInput."""
    wanted = row[column]
    kept = Customer.objects.kept()
    for field in ("code", "credit_code", "name"):
        found = list(kept.filter(**{field: wanted})[:2])
        if len(found) == 1:
            return found[0]
        if found:
            raise BadInput({column: _("叫“%(name)s”的客户不止一家，请写编号。") % {"name": wanted}})
    raise BadInput({column: _("没有客户“%(name)s”。先导入客户台账。") % {"name": wanted}})


PLAIN = (
    "short_name",
    "credit_code",
    "nature",
    "relation",
    "industry",
    "region",
    "city",
    "city_class",
    "address",
    "since",
    "source",
    "usage_score",
    "growth_score",
    "wallet_share",
    "wallet_source",
)


def save_customer(row: Mapping[str, Any], *, by: User | None, now: datetime) -> Done:
    """New by code, credit code or name; else the given columns are changed."""
    values = {name: row[name] for name in PLAIN if name in row}
    if values.get("region"):
        named = Region.objects.filter(name=values["region"]).first()
        values["region"] = named.code if named else values["region"]
    for column in ("account_manager", "exec_sponsor"):
        if (person := person_of(row, column)) is not None:
            values[column] = person
    if row.get("dealer"):
        values["dealer"] = customer_of(row, "dealer")
        values.setdefault("relation", Relation.END_USER)
    if "pains" in row:
        values["pains"] = [
            each for each in str(row["pains"]).replace("；", ";").split(";") if each.strip()
        ]
    old = _known(row)
    if old is None:
        tier = _tier(row, now)
        made = actions.add_customer(
            by=by, now=now, name=row["name"], code=row.get("code", ""), tier=tier, **values
        )
        if tier:
            rated_before(customer=made, tier=tier, since=timezone.localdate(now), by=by, now=now)
        return Done.NEW
    version = old.version
    changed = actions.change_customer(customer=old, by=by, now=now, name=row["name"], **values)
    return Done.CHANGED if changed.version != version else Done.SAME


def _tier(row: Mapping[str, Any], now: datetime) -> str:
    """A tier by its name in the regulation, or by its code."""
    wanted = str(row.get("tier", ""))
    pack = pack_for_opening(now)
    if not wanted or (pack is not None and pack.tiers is None):
        return wanted
    if pack is None or pack.tiers is None:
        raise BadInput(
            {"tier": _("还没有发布制度，认不出级别。先发布制度（可以以后生效），再导入。")}
        )
    names = pack.tiers.names
    known = {
        word.casefold(): code for code in names for word in (code, names[code].zh, names[code].en)
    }
    if wanted.casefold() not in known:
        said = {"tier": wanted, "known": listed(in_words(names[code]) for code in pack.tiers.order)}
        raise BadInput({"tier": _("制度里没有级别“%(tier)s”。可以写：%(known)s。") % said})
    return known[wanted.casefold()]


def save_opening_tier(row: Mapping[str, Any], *, by: User | None, now: datetime) -> Done:
    """The tier held before going live; the same again is no change."""
    customer = customer_of(row)
    before = customer.tier
    made = open_tier(
        customer=customer, tier=_tier(row, now), since=row["since"], why=row["why"], by=by, now=now
    )
    if not made:
        return Done.SAME
    return Done.CHANGED if before else Done.NEW


def _known(row: Mapping[str, Any]) -> Customer | None:
    kept = Customer.objects.kept()
    if row.get("code"):
        found: Customer | None = kept.filter(code=row["code"]).first()
        return found
    if row.get("credit_code"):
        found = kept.filter(credit_code=row["credit_code"]).first()
        if found is not None:
            return found
    same = list(kept.filter(name=row["name"])[:2])
    if len(same) > 1:
        raise BadInput(
            {"name": _("叫“%(name)s”的客户不止一家，请写编号。") % {"name": row["name"]}}
        )
    return same[0] if same else None


def customers_of(person: User) -> Iterable[Mapping[str, Any]]:
    rows = visible(Customer.objects.kept(), person, "customers.see")
    for row in (
        rows.select_related("account_manager", "exec_sponsor", "dealer")
        .order_by("code")
        .iterator(chunk_size=1000)
    ):
        yield {name: getattr(row, name) for name in (*PLAIN, "code", "name", "tier")} | {
            "nature": words.title(words.NATURE, row.nature), "relation": words.title(words.RELATION, row.relation),
            "city_class": words.title(words.CITY_CLASS, row.city_class) if row.city_class else "",
            "wallet_share": row.wallet_share * HUNDRED if row.wallet_share is not None else None,
            "account_manager": row.account_manager.staff_no or row.account_manager.name if row.account_manager else "",
            "exec_sponsor": row.exec_sponsor.staff_no or row.exec_sponsor.name if row.exec_sponsor else "",
            "dealer": row.dealer.code if row.dealer else "", "pains": "；".join(row.pains),
        }  # fmt: skip


def save_contact(row: Mapping[str, Any], *, by: User | None, now: datetime) -> Done:
    """New by customer and name, else the given columns are changed."""
    customer = customer_of(row)
    names = (
        "title",
        "department",
        "decision_role",
        "phone",
        "email",
        "wecom",
        "is_key",
        "birthday_lunar",
    )
    values = {name: row[name] for name in names if name in row}
    if "birthday" in row:
        values["birthday_month"], values["birthday_day"] = row["birthday"]
    same = list(customer.contacts.filter(name=row["name"], left_on=None)[:2])
    if len(same) > 1:
        raise BadInput({"name": _("这家有两位“%(name)s”，请在页面上改。") % {"name": row["name"]}})
    if not same:
        actions.add_contact(customer=customer, by=by, now=now, name=row["name"], **values)
        return Done.NEW
    before = same[0].changed_at
    changed = actions.change_contact(contact=same[0], by=by, now=now, **values)
    return Done.CHANGED if changed.changed_at != before else Done.SAME


def contacts_of(person: User) -> Iterable[Mapping[str, Any]]:
    """Numbers leave the house masked: the whole one is a logged look on the contact's page."""
    rows = visible(Contact.objects.present(), person, "customers.see")
    for row in (
        rows.exclude(customer__status=Status.MERGED)
        .select_related("customer")
        .order_by("customer__code", "id")
        .iterator(chunk_size=1000)
    ):
        yield {
            "customer": row.customer.code, "name": row.name, "title": row.title, "department": row.department,
            "decision_role": row.decision_title, "phone": row.masked_phone, "email": row.masked_mail, "wecom": "",
            "is_key": _("是") if row.is_key else "",
        }  # fmt: skip


def save_purchase(row: Mapping[str, Any], *, by: User | None, now: datetime) -> Done:
    """New by order number; the same order again is no change, a different one is refused."""
    customer = customer_of(row)
    old = Purchase.objects.filter(order_no=row["order_no"], voided_at=None).first()
    if old is not None:
        if (old.customer_id, old.made_on, old.amount) == (
            customer.pk,
            row["made_on"],
            row["amount"],
        ):
            return Done.SAME
        raise BadInput(
            {
                "order_no": _("订单号 %(no)s 已经登记过，而且内容不同。要改请先作废旧的。")
                % {"no": row["order_no"]}
            }
        )
    actions.record_purchase(
        customer=customer, order_no=row["order_no"], made_on=row["made_on"], amount=row["amount"],
        category=Category(row.get("category", Category.EQUIPMENT)), note=row.get("note", ""), by=by, now=now,
    )  # fmt: skip
    return Done.NEW


def purchases_of(person: User) -> Iterable[Mapping[str, Any]]:
    rows = visible(Purchase.objects.filter(voided_at=None), person, "customers.see").select_related(
        "customer"
    )
    for row in rows.order_by("made_on", "id").iterator(chunk_size=1000):
        yield {
            "customer": row.customer.code, "order_no": row.order_no, "made_on": row.made_on, "amount": row.amount,
            "category": words.title(words.CATEGORY, row.category), "note": row.note,
        }  # fmt: skip
