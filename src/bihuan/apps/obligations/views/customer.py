"""What this app draws into a customer's page; each panel checks its own right."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from bihuan.apps.customers.models import Customer
from bihuan.apps.obligations import promises as kept
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.obligations.rows import for_rows, rows_of, tier_names
from bihuan.apps.obligations.views.workbench import who
from bihuan.apps.obligations.workbench import ZONE
from bihuan.base import clock
from bihuan.base.access.policy import needs
from bihuan.base.access.scope import door, visible
from bihuan.base.ui.paging import paged


def seen(request: HttpRequest, pk: int) -> Customer:
    """The customer, for somebody who may see it. Raises NoSuchThing."""
    return door(Customer.objects.all(), who(request), pk, "customers.see")


@needs("obligations.see")
@require_safe
def promises(request: HttpRequest, pk: int) -> HttpResponse:
    customer, now = seen(request, pk), clock.now()
    found = kept.kept(kept.of_year(pk, now, who(request)), now, tier_names(now))
    return render(
        request,
        "obligations/parts/promises.html",
        {"customer": customer, "kept": found, "now": now},
    )


@needs("obligations.see")
@require_safe
def year(request: HttpRequest, pk: int) -> HttpResponse:
    customer, now = seen(request, pk), clock.now()
    local = now.astimezone(ZONE)
    return render(
        request, "obligations/parts/year.html",
        {
            "customer": customer, "rows": kept.year_matrix(kept.of_year(pk, now, who(request)), now),
            "year": local.year, "month": local.month, "months": range(1, 13),
        },
    )  # fmt: skip


@needs("obligations.see")
@require_safe
def following(request: HttpRequest, pk: int) -> HttpResponse:
    customer, now = seen(request, pk), clock.now()
    steps = kept.following(pk, now, tier_names(now), who(request))
    return render(
        request, "obligations/parts/next.html", {"customer": customer, "steps": steps, "now": now}
    )


@needs("obligations.see")
@require_safe
def every(request: HttpRequest, pk: int) -> HttpResponse:
    customer, now = seen(request, pk), clock.now()
    rows = visible(Obligation.objects.filter(customer_id=pk), who(request), "obligations.see")
    page = paged(request, for_rows(rows).order_by("-anchor_at", "-pk"))
    partial = bool(request.headers.get("HX-Request"))
    return render(
        request, "obligations/parts/all.html" if partial else "obligations/of_customer.html",
        {
            "customer": customer, "page": page, "now": now,
            "rows": rows_of(page.object_list, now, tier_names(now), person=who(request)),
        },
    )  # fmt: skip
