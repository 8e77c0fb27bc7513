"""What is checked before a contract is written; each fault is a plain sentence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from bihuan.apps.assets.models import Asset
from bihuan.apps.contracts import profile
from bihuan.apps.contracts.enums import Covers, Hours, Kind
from bihuan.apps.contracts.models import Contract
from bihuan.apps.customers.enums import Status as CustomerStatus
from bihuan.base.errors import BadInput
from bihuan.base.texts import listed
from bihuan.lib.workcal import BadDuration, Duration

FIELDS = frozenset({
    "no", "customer", "kind", "title", "start_on", "end_on", "amount", "covers", "hours", "covers_all",
    "warranty_months", "exclusions", "duties",
})  # fmt: skip
MOST = Decimal("1e12")


@dataclass(frozen=True)
class TermValues:
    """A limit to be set: duty kind, limit, calendar (empty: that of the rule), contract clause."""

    duty: str
    within: str
    calendar: str = ""
    clause: str = ""


def contract_values(values: Mapping[str, Any], old: Contract | None) -> dict[str, Any]:
    """The values tidied. Raises BadInput naming every fault, TypeError for an unknown field."""
    if unknown := set(values) - FIELDS:
        raise TypeError(f"no such fields of a contract: {sorted(unknown)}")
    clean: dict[str, Any] = {
        name: value.strip() if isinstance(value, str) else value for name, value in values.items()
    }
    faults: dict[str, str] = {}
    if "no" in clean:
        _number(clean["no"], old, faults)
    _codes(clean, faults)
    start = clean.get("start_on", old.start_on if old else None)
    end = clean.get("end_on", old.end_on if old else None)
    if start is None:
        faults["start_on"] = _("请写起始日。")
    elif end is not None and end < start:
        faults["end_on"] = _("到期日不能早于起始日 %(day)s。") % {"day": start}
    amount = clean.get("amount")
    if amount is not None and not (amount.is_finite() and 0 <= amount < MOST):
        faults["amount"] = _("金额要是 0 或正数，单位是元。")
    customer = clean.get("customer")
    if customer is not None and customer.status == CustomerStatus.MERGED:
        faults["customer"] = _("这家客户已经合并到别家，请选合并后的那一家。")
    if faults:
        raise BadInput(faults)
    return clean


def _number(no: str, old: Contract | None, faults: dict[str, str]) -> None:
    if not no:
        faults["no"] = _("请写合同号。")
    elif Contract.objects.filter(no__iexact=no).exclude(pk=old.pk if old else 0).exists():
        faults["no"] = _("合同号 %(no)s 已经有了。") % {"no": no}


def _codes(clean: Mapping[str, Any], faults: dict[str, str]) -> None:
    for name, kind in (("kind", Kind), ("hours", Hours)):
        if name in clean and clean[name] not in {str(each) for each in kind}:
            faults[name] = _("没有这个选项：%(value)s。") % {"value": clean[name]}
    for each in clean.get("covers", ()):
        if each not in {str(one) for one in Covers}:
            faults["covers"] = _("没有这个选项：%(value)s。") % {"value": each}


def machines(rows: Iterable[Asset], customer_id: int) -> list[Asset]:
    """Each once, all of this customer (operated or owned). Raises BadInput."""
    found = list({row.pk: row for row in rows}.values())
    strange = [row for row in found if customer_id not in (row.customer_id, row.owner_id)]
    if strange:
        raise BadInput(
            {"machines": _("%(machines)s 不在这家客户。") % {"machines": listed(map(str, strange))}}
        )
    return found


def terms(rows: Sequence[TermValues]) -> list[TermValues]:
    """Limits that can be read, one for each duty. Raises BadInput."""
    known = profile.term_duties()
    seen: set[str] = set()
    for row in rows:
        if row.duty not in known:
            raise BadInput({"terms": _("合同不能约定这一项：%(value)s。") % {"value": row.duty}})
        if row.duty in seen:
            raise BadInput({"terms": _("“%(title)s”写了两次。") % {"title": known[row.duty]}})
        seen.add(row.duty)
        try:
            span = Duration.parse(row.within)
        except BadDuration as error:
            raise BadInput(
                {
                    "terms": _("期限“%(text)s”看不懂。写成 4h、8wh、2wd 或 3d。")
                    % {"text": row.within}
                }
            ) from error
        if span.before:
            raise BadInput({"terms": _("合同期限只能往后算。")})
    return list(rows)
