"""Adding and changing organisations, and vouching for what is written about them."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bihuan.apps.customers import profile, search
from bihuan.apps.customers.actions import checks
from bihuan.apps.customers.enums import Checked, Nature, Relation, Status
from bihuan.apps.customers.models import Customer, Verification
from bihuan.apps.policy.queries import NoPackInForce, pack_at, pack_for_opening
from bihuan.base.access.models import User
from bihuan.base.access.scope import may
from bihuan.base.audit.actions import log
from bihuan.base.errors import BadInput, ChangedMeanwhile, Refusal
from bihuan.base.facts.actions import tell
from bihuan.lib.policy import Pack

EDITABLE = frozenset({
    "name", "short_name", "credit_code", "nature", "relation", "status", "industry", "region", "city", "city_class",
    "address", "since", "source", "care", "credit", "usage_score", "growth_score", "flags", "features",
    "account_manager", "exec_sponsor", "dedicated_engineer", "dealer", "parent", "service_team_id",
    "preferences", "pains", "wallet_share", "wallet_source",
})  # fmt: skip
PEOPLE = {
    "account_manager": "account_manager.assigned",
    "exec_sponsor": "sponsor.assigned",
    "dedicated_engineer": "engineer.assigned",
}


class OutOfReach(Refusal):
    """The written row would be beyond the writer's own reach."""

    code = "customer_out_of_reach"
    message = _("这样存，您自己就看不到这家客户了。请由您负责，或请主管来改。")
    status = 403


class Merged(Refusal):
    code = "customer_merged"
    message = _("这家已经合并到 %(into)s，请在那一页修改。")


def pack_or_none(now: datetime) -> Pack | None:
    """The pack in force, or None before there is one."""
    try:
        return pack_at(now)
    except NoPackInForce:
        return None


def _features_at(now: datetime) -> Callable[[], frozenset[str]]:
    """What the record may carry, looked up only by those who ask."""

    def listed() -> frozenset[str]:
        pack = pack_or_none(now) or pack_for_opening(now)
        return frozenset(each.id for each in pack.features) if pack is not None else frozenset()

    return listed


def add_customer(
    *, by: User | None, now: datetime, name: str, code: str = "", tier: str = "", **values: Any
) -> Customer:
    """A new customer; `values` are fields of EDITABLE.

    Care, credit and flags follow from the nature where they are not given. The first tier is the
    one stated in `tier`, else the assessment of the pack in force. Raises BadInput, OutOfReach.
    """
    _known(values)
    clean = checks.customer_values({"name": name, **values}, None, _features_at(now))
    _defaults(clean)
    code = code.strip()
    if code and Customer.objects.filter(code=code).exists():
        raise BadInput({"code": str(_("编号 %(code)s 已经有了。")) % {"code": code}})
    with transaction.atomic():
        row = Customer.objects.create(
            code=code or f"~{uuid.uuid4().hex[:20]}", added_at=now, changed_at=now, **clean
        )
        if not code:
            row.code = f"KH-{row.pk:06d}"
            Customer.objects.filter(pk=row.pk).update(code=row.code)
        if by is not None and not may(by, "customers.edit", row):
            raise OutOfReach
        pack = pack_or_none(now)
        vouch(row, _parts_of(clean) | {Checked.BASIC}, str(_("建档")), pack, by=by, now=now)
        from bihuan.apps.customers.actions.tiers import first_tier

        first_tier(row, tier, pack or pack_for_opening(now), by=by, now=now)
        tell(
            "customer.added", at=now, now=now, by=by, subjects={"customer": row.pk},
            data={"channel": clean.get("source") or None}, key=f"customer:{row.pk}:added",
        )  # fmt: skip
        log("customer.add", by=by, now=now, thing=row, after={"code": row.code})
        search.put_customers([row])
        return row


def _known(values: Mapping[str, Any]) -> None:
    if unknown := set(values) - EDITABLE:
        raise TypeError(f"no such fields of a customer: {sorted(unknown)}")


def _defaults(clean: dict[str, Any]) -> None:
    nature = profile.of_nature(clean.get("nature") or Nature.PRIVATE)
    clean["care"] = clean.get("care") or nature.care
    clean["credit"] = clean.get("credit") or nature.credit
    clean["flags"] = sorted({*clean.get("flags", ()), *map(str, nature.flags)})
    if not clean.get("status"):
        prospect = clean.get("relation") == Relation.PROSPECT
        clean["status"] = Status.PROSPECT if prospect else Status.ACTIVE


def change_customer(
    *, customer: Customer, by: User | None, now: datetime, **changes: Any
) -> Customer:
    """Change fields of EDITABLE; what is already so is no change.

    Raises BadInput, Merged, OutOfReach, ChangedMeanwhile (the row was changed since `customer` was read).
    """
    _known(changes)
    if customer.status == Status.MERGED:
        raise Merged(into=customer.merged_into)
    if changes.get("status") == Status.MERGED:
        raise BadInput({"status": str(_("合并请走合并重复那一页。"))})
    clean = checks.customer_values(changes, customer, _features_at(now))
    before = {
        name: getattr(customer, name) for name in clean if getattr(customer, name) != clean[name]
    }
    if not before:
        return customer
    with transaction.atomic():
        took = Customer.objects.filter(pk=customer.pk, version=customer.version).exclude(status=Status.MERGED).update(
            **{name: clean[name] for name in before}, changed_at=now, version=F("version") + 1
        )  # fmt: skip
        if not took:
            raise ChangedMeanwhile
        old_flags = set(customer.flags)
        customer.refresh_from_db()
        if by is not None and not may(by, "customers.edit", customer):
            raise OutOfReach
        vouch(customer, _parts_of(before), str(_("修改资料")), pack_or_none(now), by=by, now=now)
        _tell_changes(customer, set(before), old_flags, by=by, now=now)
        log(
            "customer.change", by=by, now=now, thing=customer,
            before={name: _plain(value) for name, value in before.items()},
            after={name: _plain(getattr(customer, name)) for name in before},
        )  # fmt: skip
        search.put_customers([customer])
        if search.OF_CONTACTS & set(before):
            search.put_people_of([customer.pk])
        return customer


def _plain(value: Any) -> Any:
    return value.pk if isinstance(value, User | Customer) else value


def _tell_changes(
    customer: Customer, changed: set[str], old_flags: set[str], *, by: User | None, now: datetime
) -> None:
    subjects = {"customer": customer.pk}
    mark = f"customer:{customer.pk}:v{customer.version}"
    derived = {"name_key", "pinyin", "initials"}
    tell(
        "customer.changed",
        at=now,
        now=now,
        by=by,
        subjects=subjects,
        data={"what": sorted(changed - derived)},
        key=mark,
    )
    for flag in sorted(old_flags ^ set(customer.flags)) if "flags" in changed else ():
        tell(
            "flag.changed", at=now, now=now, by=by, subjects=subjects,
            data={"flag": flag, "on": flag in customer.flags}, key=f"{mark}:{flag}",
        )  # fmt: skip
    for field, kind in PEOPLE.items():
        person = getattr(customer, f"{field}_id")
        if field in changed and person is not None:
            data = assigned(field, person)
            tell(kind, at=now, now=now, by=by, subjects=subjects, data=data, key=f"{mark}:{field}")


def assigned(field: str, person: int) -> dict[str, Any]:
    """What the fact says of somebody who looks after a customer from now on."""
    return {"person": str(person)} | ({"resident": False} if field == "dedicated_engineer" else {})


PARTS = {
    Checked.BASIC: {
        "name",
        "credit_code",
        "nature",
        "relation",
        "industry",
        "region",
        "city",
        "city_class",
        "address",
    },
    Checked.PAINS: {"pains"},
    Checked.WALLET: {"wallet_share", "wallet_source"},
}


def _parts_of(values: Iterable[str]) -> set[Checked]:
    """The parts of the record that these fields belong to; whoever writes a part has checked it."""
    given = set(values)
    return {part for part, fields in PARTS.items() if given & fields}


def verify_facts(
    *, customer: Customer, what: Iterable[Checked], source: str, by: User | None, now: datetime
) -> Customer:
    """Somebody checked that these parts are still true. Raises BadInput, Merged."""
    parts = set(what)
    if not parts:
        raise BadInput({"what": str(_("请勾出核实了哪几项。"))})
    if not source.strip():
        raise BadInput({"source": str(_("请写怎样核实的，比如：电话问过设备科。"))})
    if customer.status == Status.MERGED:
        raise Merged(into=customer.merged_into)
    with transaction.atomic():
        vouch(customer, parts, source.strip(), pack_or_none(now), by=by, now=now)
        what_sorted = sorted(map(str, parts))
        tell(
            "customer.verified", at=now, now=now, by=by, subjects={"customer": customer.pk},
            data={"what": what_sorted}, key=f"customer:{customer.pk}:verified:{now.isoformat()}",
        )  # fmt: skip
        log("customer.verify", by=by, now=now, thing=customer, after={"what": what_sorted})
    return customer


def vouch(
    customer: Customer,
    parts: set[Checked],
    source: str,
    pack: Pack | None,
    *,
    by: User | None,
    now: datetime,
) -> None:
    if not parts:
        return
    today: date = timezone.localtime(now).date()
    rows = [
        Verification(
            customer=customer, what=part, verified_on=today, source=source[:120], by=by,
            verify_by=today + timedelta(days=profile.verify_days(part, pack)),
        )
        for part in sorted(parts)
    ]  # fmt: skip
    Verification.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["customer", "what"],
        update_fields=["verified_on", "verify_by", "source", "by"],
    )  # fmt: skip
    nearest = customer.verifications.order_by("verify_by").values("verify_by")[:1]
    Customer.objects.filter(pk=customer.pk).update(verify_by=Subquery(nearest))
    customer.__dict__.pop("verify_by", None)  # read again by whoever asks
