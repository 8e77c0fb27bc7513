"""Which contracts cover a machine, and which terms they set."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from bihuan.apps.assets.models import Asset
from bihuan.apps.contracts import words
from bihuan.apps.contracts.enums import Covers, Kind
from bihuan.apps.contracts.models import Contract, ContractAsset, ResponseTerm
from bihuan.apps.contracts.models.contract import IN_FORCE
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


def _rows(asset_ids: Iterable[int], day: date) -> QuerySet[ContractAsset]:
    """Rows of contracts in force that cover these machines on a day."""
    rows = ContractAsset.objects.filter(
        Q(to_on=None) | Q(to_on__gte=day), asset_id__in=set(asset_ids), from_on__lte=day
    )
    return rows.filter(contract__in=Contract.objects.in_force(day))


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
    with connection.cursor() as cursor:
        cursor.execute(COVERED, values)
        return {pk for (pk,) in cursor.fetchall()}


def cover(asset_id: int, on: date) -> list[Cover]:
    """The contracts that cover a machine on a day, the one that ends last first (two queries)."""
    named = list(_rows([asset_id], on).select_related("contract"))
    ends = {row.contract_id: row.to_on for row in named}
    customer = Asset.objects.filter(pk=asset_id).values("customer_id")
    whole = Contract.objects.in_force(on).filter(covers_all=True, customer_id__in=customer)
    contracts = {row.contract_id: row.contract for row in named} | {row.pk: row for row in whole}
    found = [
        Cover(
            row, Covers.LABOUR in row.covers, Covers.PARTS in row.covers, Covers.TRAVEL in row.covers, row.hours,
            ends.get(row.pk) or row.end_on,
        )
        for row in contracts.values() if row.kind in SERVING
    ]  # fmt: skip
    return sorted(
        found,
        key=lambda each: (each.until is None, each.until or date.max, each.contract.pk),
        reverse=True,
    )


def overlays(asked: Sequence[Asked]) -> dict[int, list[Term]]:
    """
    The terms that contracts set for what a fact is about, at its moment: those of the contract
    itself, of the contracts that cover the machine, and of contracts over all machines of the
    customer. Three queries for any number asked.
    """
    assets = {each.asset_id for each in asked if each.asset_id}
    customers = {each.customer_id for each in asked if each.customer_id}
    contracts = {each.contract_id for each in asked if each.contract_id}
    rows = list(
        ResponseTerm.objects.filter(
            Q(contract_id__in=contracts) | Q(contract__machines__asset_id__in=assets)
            | Q(contract__covers_all=True, contract__customer_id__in=customers)
        ).filter(contract__signed_on__isnull=False).distinct().select_related("contract").order_by("pk")
    )  # fmt: skip
    if not rows:
        return {}
    cover_rows: dict[int, list[ContractAsset]] = defaultdict(list)
    for row in ContractAsset.objects.filter(
        contract_id__in={term.contract_id for term in rows}, asset_id__in=assets
    ):
        cover_rows[row.contract_id].append(row)
    found: dict[int, list[Term]] = {}
    for each in asked:
        day = timezone.localtime(each.at).date()
        terms = [_term(row) for row in rows if _meant(row, each, day, cover_rows)]
        if terms:
            found[each.key] = terms
    return found


def _meant(
    term: ResponseTerm, asked: Asked, day: date, cover_rows: dict[int, list[ContractAsset]]
) -> bool:
    """Whether this term holds for what is asked on that day."""
    contract = term.contract
    if not (term.from_on <= day and (term.to_on is None or day <= term.to_on)) or not _runs(
        contract, day
    ):
        return False
    if asked.contract_id == contract.pk:
        return True
    if contract.covers_all and asked.customer_id == contract.customer_id:
        return True
    return any(
        row.asset_id == asked.asset_id
        and row.from_on <= day
        and (row.to_on is None or day <= row.to_on)
        for row in cover_rows[contract.pk]
    )


def _runs(contract: Contract, day: date) -> bool:
    ends = [each for each in (contract.end_on, contract.ended_on) if each is not None]
    return contract.start_on <= day and all(day <= each for each in ends)


def _term(row: ResponseTerm) -> Term:
    said = f"{row.contract.no}·{row.clause}" if row.clause else row.contract.no
    return Term(row.duty, row.within, f"{CITED}{said}", row.calendar, row.contract_id)
