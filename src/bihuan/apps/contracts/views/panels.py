"""What the pages of customers and machines show of contracts."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from bihuan.apps.assets.models import Asset
from bihuan.apps.assets.views.common import now_and_person
from bihuan.apps.contracts import words
from bihuan.apps.contracts.models import Contract, Entitlement, PlanVisit
from bihuan.apps.contracts.queries import lists
from bihuan.apps.contracts.queries.cover import cover as cover_of
from bihuan.apps.contracts.ticks import next_day, plans_of
from bihuan.apps.contracts.views.contracts import mark
from bihuan.base.access.policy import needs
from bihuan.base.access.scope import door, may, visible
from bihuan.base.errors import NoSuchThing

SHOWN = 20


def _entitlements(person_contracts: list[int], request: HttpRequest) -> list[Entitlement]:
    now, _person = now_and_person(request)
    return lists.entitlements_of(person_contracts, timezone.localtime(now).date())


@needs("contracts.see")
@require_GET
def of_customer(request: HttpRequest, customer: int) -> HttpResponse:
    """The tab 合同与权益 of a customer's page."""
    _now, person = now_and_person(request)
    rows = mark(list(lists.of_customer(person, customer)[:200]), request)
    context = {
        "contracts": rows, "entitlements": _entitlements([row.pk for row in rows], request), "customer_id": customer,
        "may_add": may(person, "contracts.edit"),
    }  # fmt: skip
    return render(request, "contracts/parts/of_customer.html", context)


@needs("contracts.see")
@require_GET
def brief(request: HttpRequest, customer: int) -> HttpResponse:
    """The card 权益余量; nothing for a customer without entitlements or contracts in force."""
    now, person = now_and_person(request)
    today = timezone.localtime(now).date()
    rows = mark(
        list(lists.of_customer(person, customer).filter(lists.running(today))[:50]),
        request,
    )
    context = {
        "contracts": rows,
        "entitlements": _entitlements([row.pk for row in rows], request)[:6],
        "customer_id": customer,
    }
    return render(request, "contracts/parts/brief.html", context)


@needs("contracts.see")
@require_GET
def cover(request: HttpRequest, asset: int) -> HttpResponse:
    """What covers a machine today; contracts out of reach are left out."""
    now, person = now_and_person(request)
    row = visible(Asset.objects.all(), person, "assets.see").filter(pk=asset).first()
    if row is None:
        raise NoSuchThing
    found = cover_of(asset, timezone.localtime(now).date())
    seen = set(
        visible(
            Contract.objects.filter(pk__in=[each.contract.pk for each in found]),
            person,
            "contracts.see",
        ).values_list("pk", flat=True)
    )
    covers = [each for each in found if each.contract.pk in seen]
    return render(
        request,
        "contracts/parts/cover.html",
        {"covers": covers, "asset": row, "today": timezone.localtime(now).date()},
    )


@needs("assets.see")
@require_GET
def of_asset(request: HttpRequest, asset: int) -> HttpResponse:
    """The tab 保养 of a machine's page: its plans with the next day, and the visits."""
    now, person = now_and_person(request)
    row = door(Asset.objects.select_related("model", "customer"), person, asset, "assets.see")
    today = timezone.localtime(now).date()
    visits = list(
        PlanVisit.objects.filter(asset=row)
        .select_related("done_by", "plan__contract")
        .order_by("-on_date", "-pk")[:SHOWN]
    )
    last = {visit.kind: visit for visit in reversed(visits)}
    plans = [
        {
            "plan": plan, "title": words.title(words.CARE, kind), "counted": words.title(words.COUNTED, plan.counted),
            "next": last[kind].on_date if kind in last and last[kind].done_on is None else next_day(plan, row, last.get(kind), today),
        }
        for kind, plan in sorted(plans_of([row], today)[row.pk].items())
    ]  # fmt: skip
    context = {
        "asset": row,
        "plans": plans,
        "visits": visits,
        "today": today,
        "may_edit": may(person, "assets.edit", row),
        "may_see": may(person, "contracts.see"),
    }
    return render(request, "contracts/parts/of_asset.html", context)
