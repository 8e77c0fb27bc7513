"""Writing a contract down, and changing it while it is a draft."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction

from bihuan.apps.assets.models import Asset
from bihuan.apps.contracts import search
from bihuan.apps.contracts.actions import checks
from bihuan.apps.contracts.actions.checks import TermValues
from bihuan.apps.contracts.actions.common import locked
from bihuan.apps.contracts.enums import Status
from bihuan.apps.contracts.models import Contract, ContractAsset, ResponseTerm
from bihuan.apps.contracts.refusals import NotDraft, OutOfReach
from bihuan.apps.customers.models import Customer
from bihuan.base.access.models import User
from bihuan.base.access.scope import may
from bihuan.base.audit.actions import log
from bihuan.base.errors import ChangedMeanwhile
from bihuan.lib.workcal import Duration


def add_contract(
    *, no: str, customer: Customer, kind: str, start_on: date, by: User | None, now: datetime,
    machines: Sequence[Asset] = (), terms: Sequence[TermValues] = (), renews: Contract | None = None, **values: Any,
) -> Contract:  # fmt: skip
    """A draft. Raises BadInput, OutOfReach."""
    clean = checks.contract_values(
        {"no": no, "customer": customer, "kind": kind, "start_on": start_on, **values}, None
    )
    covered = checks.machines(machines, customer.pk)
    limits = checks.terms(terms)
    with transaction.atomic():
        row = Contract.objects.create(added_at=now, changed_at=now, renews=renews, **clean)
        if by is not None and not may(by, "contracts.edit", row):
            raise OutOfReach
        put_machines(row, covered, start_on)
        put_terms(row, limits, start_on)
        log(
            "contract.add",
            by=by,
            now=now,
            thing=row,
            after={
                "no": row.no,
                "customer": customer.pk,
                "machines": [each.pk for each in covered],
            },
        )
        search.put_contracts([row])
        return row


def change_draft(
    *, contract: Contract, by: User | None, now: datetime, machines: Sequence[Asset] | None = None,
    terms: Sequence[TermValues] | None = None, **changes: Any,
) -> Contract:  # fmt: skip
    """Change a draft. Raises BadInput, NotDraft, OutOfReach, ChangedMeanwhile."""
    with transaction.atomic():
        row = locked(contract)
        if row.status != Status.DRAFT:
            raise NotDraft(no=row.no)
        if row.version != contract.version:
            raise ChangedMeanwhile
        clean = checks.contract_values(changes, row)
        for name, value in clean.items():
            setattr(row, name, value)
        row.changed_at, row.version = now, row.version + 1
        row.save()
        if by is not None and not may(by, "contracts.edit", row):
            raise OutOfReach
        if machines is not None:
            covered = checks.machines(machines, row.customer_id)
            row.machines.all().delete()
            put_machines(row, covered, row.start_on)
        if terms is not None:
            limits = checks.terms(terms)
            row.terms.all().delete()
            put_terms(row, limits, row.start_on)
        row.machines.update(from_on=row.start_on)
        row.terms.update(from_on=row.start_on)
        log("contract.change", by=by, now=now, thing=row, after=sorted(clean))
        search.put_contracts([row])
        return row


def put_machines(contract: Contract, rows: Sequence[Asset], day: date) -> None:
    ContractAsset.objects.bulk_create(
        [ContractAsset(contract=contract, asset=row, from_on=day) for row in rows]
    )


def put_terms(contract: Contract, rows: Sequence[TermValues], day: date) -> None:
    ResponseTerm.objects.bulk_create(
        [
            ResponseTerm(
                contract=contract, duty=row.duty, within=str(Duration.parse(row.within)), calendar=row.calendar,
                clause=row.clause.strip(), from_on=day,
            )
            for row in rows
        ]
    )  # fmt: skip
