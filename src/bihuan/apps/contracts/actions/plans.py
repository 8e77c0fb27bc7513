"""Maintenance plans, and the visits that come of them."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from bihuan.apps.assets import profile as asset_profile
from bihuan.apps.assets.models import Model
from bihuan.apps.contracts.actions.common import noon, today_of
from bihuan.apps.contracts.enums import Care, CountedFrom
from bihuan.apps.contracts.models import Contract, MaintenancePlan, PlanVisit
from bihuan.apps.contracts.refusals import VisitDone
from bihuan.apps.contracts.rules.plans import BadEvery, read_every
from bihuan.base.access.models import User
from bihuan.base.audit.actions import log
from bihuan.base.errors import BadInput
from bihuan.base.facts.actions import tell


def add_plan(
    *, kind: Care, every: str, by: User | None, now: datetime, model: Model | None = None, contract: Contract | None = None,
    counted: CountedFrom = CountedFrom.PLANNED, note: str = "", from_on: date | None = None,
) -> MaintenancePlan:  # fmt: skip
    """One kind of maintenance for a model or a contract; several kinds make several plans. A plan of
    the same kind that runs is ended first. Raises BadInput.
    """
    if (model is None) == (contract is None):
        raise BadInput({"model": _("计划属于一个型号，或一份合同。")})
    if kind not in {str(each) for each in Care}:
        raise BadInput({"kind": _("没有这个选项：%(value)s。") % {"value": kind}})
    try:
        read_every(every)
    except BadEvery as error:
        raise BadInput(
            {"every": _("“%(text)s”看不懂。写成 3mo、2w、10d 或 1y。") % {"text": every}}
        ) from error
    first = from_on or (contract.start_on if contract is not None else today_of(now))
    with transaction.atomic():
        running = MaintenancePlan.objects.filter(
            model=model, contract=contract, kind=kind, ended_on=None
        )
        for old in running.select_for_update():
            end_plan(plan=old, by=by, now=now)
        row = MaintenancePlan.objects.create(
            model=model,
            contract=contract,
            kind=kind,
            every=every.strip().lower(),
            counted=counted,
            note=note.strip()[:200],
            from_on=first,
        )
        log("plan.add", by=by, now=now, thing=row, after={"kind": kind, "every": every})
        return row


def suggest_plans(*, model: Model, by: User | None, now: datetime) -> list[MaintenancePlan]:
    """The maintenance that the model's family suggests, for kinds that have no plan yet."""
    held = set(model.plans.filter(ended_on=None).values_list("kind", flat=True))
    rows = asset_profile.family(model.family)["maintenance"]
    with transaction.atomic():
        return [
            add_plan(model=model, kind=Care(row["kind"]), every=row["every"], by=by, now=now)
            for row in rows if row["kind"] not in held
        ]  # fmt: skip


def end_plan(*, plan: MaintenancePlan, by: User | None, now: datetime) -> None:
    """No further visits come of it; those that were told stay."""
    with transaction.atomic():
        if MaintenancePlan.objects.filter(pk=plan.pk, ended_on=None).update(ended_on=today_of(now)):
            log("plan.end", by=by, now=now, thing=plan)


def do_visit(
    *, visit: PlanVisit, done_on: date, by: User | None, now: datetime, note: str = ""
) -> PlanVisit:
    """The maintenance was done; tells `maintenance.done`. Raises BadInput, VisitDone."""
    if done_on > today_of(now):
        raise BadInput({"done_on": _("日期在将来。做了以后再登记。")})
    with transaction.atomic():
        took = PlanVisit.objects.filter(pk=visit.pk, done_on=None).update(
            done_on=done_on, done_by=by, note=note.strip()[:200]
        )
        if not took:
            raise VisitDone
        row = PlanVisit.objects.select_related("asset").get(pk=visit.pk)
        tell(
            "maintenance.done", at=noon(done_on, now), now=now, by=by, data={"visit": row.key}, key=f"visit:{row.pk}:done",
            subjects={"asset": row.asset_id, "customer": row.asset.customer_id},
        )  # fmt: skip
        log("plan.visit_done", by=by, now=now, thing=row, after={"done_on": done_on})
        return row
