"""Which contracts cover a machine, and which terms they set."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from bihuan.apps.assets.models import Asset
from bihuan.apps.contracts import words
from bihuan.apps.contracts.enums import Covers, Kind
from bihuan.apps.contracts.models import Contract, ContractAsset, ResponseTerm
from bihuan.apps.contracts.models.contract import IN_FORCE
from bihuan.base import sql
from bihuan.base.prepared import planned
from bihuan.base.registry import Asked, Term

# Stored with what it changed: a citation, not a text of a page.
CITED = "合同·"
# A sale or a training does not cover service; everything else does, as far as it says.
SERVING = (Kind.SERVICE, Kind.EXTENDED_WARRANTY, Kind.RENTAL, Kind.JOINT_LAB, Kind.FRAMEWORK)


@dataclass(frozen=True)
class Cover:
    """One contract over one machine: what is free, when, and until when."""

    contract: Contract
    labour: bool
    parts: bool
    travel: bool
    hours: str
    until: date | None

    @property
    def words(self) -> str:
        """人工、配件，7×24 小时."""
        free = [words.title(words.COVERS, each) for each in Covers if each in self.contract.covers]
        return _("、").join(free) + (_("，") if free else "") + words.title(words.HOURS, self.hours)


COVERED = f"""
    SELECT a.id FROM assets_asset a
    WHERE a.id = ANY(%(ids)s) AND (
        EXISTS (
            SELECT 1 FROM contracts_contractasset m JOIN contracts_contract c ON c.id = m.contract_id
            WHERE m.asset_id = a.id AND m.from_on <= %(day)s
              AND (m.to_on IS NULL OR m.to_on >= %(day)s)
              AND c.kind = ANY(%(kinds)s) AND {IN_FORCE}
        ) OR EXISTS (
            SELECT 1 FROM contracts_contract c
            WHERE c.customer_id = a.customer_id AND c.covers_all
              AND c.kind = ANY(%(kinds)s) AND {IN_FORCE}
        )
    )
"""  # noqa: S608 - a constant of ours


def covered(asset_ids: Iterable[int], day: date) -> set[int]:
    """Those machines that a serving contract covers on a day (one query)."""
    values: dict[str, Any] = {
        "ids": list(asset_ids),
        "day": day,
        "kinds": [str(each) for each in SERVING],
    }
    return {pk for (pk,) in sql.rows(COVERED, values)}


@planned
def _covering(asset_id: int, on: date) -> QuerySet[Contract]:
    """With `until`: the day until which the machine is named in it."""
    named = ContractAsset.objects.filter(
        Q(to_on=None) | Q(to_on__gte=on), asset=asset_id, from_on__lte=on
    )
    until = named.filter(contract=OuterRef("pk")).order_by("-pk").values("to_on")[:1]
    customer = Asset.objects.filter(pk=asset_id).values("customer_id")
    rows = Contract.objects.in_force(on).filter(
        Q(pk__in=named.values("contract")) | Q(covers_all=True, customer_id__in=customer),
        kind__in=SERVING,
    )
    return rows.annotate(until=Subquery(until))


def cover(asset_id: int, on: date) -> list[Cover]:
    """The contracts that cover a machine on a day, the one that ends last first (one query)."""
    found = [
        Cover(
            row, Covers.LABOUR in row.covers, Covers.PARTS in row.covers, Covers.TRAVEL in row.covers, row.hours,
            row.until or row.end_on,  # type: ignore[attr-defined]
        )
        for row in _covering(asset_id, on)
    ]  # fmt: skip
    return sorted(
        found,
        key=lambda each: (each.until is None, each.until or date.max, each.contract.pk),
        reverse=True,
    )


SETTING = """
    SELECT id FROM contracts_contract
    WHERE signed_on IS NOT NULL
      AND EXISTS (SELECT FROM contracts_responseterm t WHERE t.contract_id = contracts_contract.id)
      AND id IN (
          SELECT unnest(%(contracts)s::bigint[])
          UNION ALL
          SELECT contract_id FROM contracts_contractasset WHERE asset_id = ANY(%(assets)s)
          UNION ALL
          SELECT id FROM contracts_contract WHERE covers_all AND customer_id = ANY(%(customers)s)
      )
"""


def _setting(
    contracts: Iterable[int], assets: Iterable[int], customers: Iterable[int]
) -> list[int]:
    """Signed contracts with terms that may hold for one of these (one query)."""
    asked = {"contracts": list(contracts), "assets": list(assets), "customers": list(customers)}
    return [pk for (pk,) in sql.rows(SETTING, asked)]


def overlays(asked: Sequence[Asked]) -> dict[int, list[Term]]:
    """
    The terms that contracts set for what a fact is about, at its moment: those of the contract
    itself, of the contracts that cover the machine, and of contracts over all machines of the
    customer. Three queries for any number asked.
    """
    assets = {each.asset_id for each in asked if each.asset_id}
    customers = {each.customer_id for each in asked if each.customer_id}
    contracts = {each.contract_id for each in asked if each.contract_id}
    setting = _setting(contracts, assets, customers)
    set_by = ResponseTerm.objects.filter(contract_id__among=setting)
    rows = list(set_by.select_related("contract").order_by("pk")) if setting else []
    if not rows:
        return {}
    of: dict[int, list[ResponseTerm]] = defaultdict(list)
    whole: dict[int, set[int]] = defaultdict(set)  # customer -> contracts over all its machines
    for term in rows:
        of[term.contract_id].append(term)
        if term.contract.covers_all:
            whole[term.contract.customer_id].add(term.contract_id)
    covered: dict[int, list[ContractAsset]] = defaultdict(list)
    for row in ContractAsset.objects.filter(contract_id__among=of, asset_id__among=assets):
        covered[row.asset_id].append(row)
    found: dict[int, list[Term]] = {}
    for each in asked:
        meant = whole.get(each.customer_id or 0, set())
        machines = covered.get(each.asset_id or 0, [])
        if not meant and not machines and each.contract_id not in of:
            continue
        day = timezone.localtime(each.at).date()
        those = meant | {row.contract_id for row in machines if _holds(row, day)}
        if each.contract_id in of:
            those = those | {each.contract_id}
        terms = [term for contract in those for term in of[contract]]
        holding = [term for term in terms if _holds(term, day) and _runs(term.contract, day)]
        if holding:
            found[each.key] = [_term(term) for term in sorted(holding, key=lambda t: t.pk)]
    return found


def _holds(row: ResponseTerm | ContractAsset, day: date) -> bool:
    return row.from_on <= day and (row.to_on is None or day <= row.to_on)


def _runs(contract: Contract, day: date) -> bool:
    ends = [each for each in (contract.end_on, contract.ended_on) if each is not None]
    return contract.start_on <= day and all(day <= each for each in ends)


def _term(row: ResponseTerm) -> Term:
    said = f"{row.contract.no}·{row.clause}" if row.clause else row.contract.no
    return Term(row.duty, row.within, f"{CITED}{said}", row.calendar, row.contract_id)
