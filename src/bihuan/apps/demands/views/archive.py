"""The archive, what lower pages show of it, and writing a demand down."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from bihuan.apps.callbacks.models import Callback, Visit
from bihuan.apps.customers.models import Customer
from bihuan.apps.demands import actions
from bihuan.apps.demands.forms import WishForm
from bihuan.apps.demands.lists import DEMANDS
from bihuan.apps.demands.models import Demand
from bihuan.apps.demands.queries.archive import duties_of, said, seen
from bihuan.apps.demands.views.common import now_and_who
from bihuan.apps.obligations.rows import limit_of
from bihuan.apps.people.calendars import calendars
from bihuan.apps.tickets.models import Ticket
from bihuan.base.access.models import User
from bihuan.base.access.policy import needs
from bihuan.base.access.scope import door, may, visible
from bihuan.base.errors import NoSuchThing, Refusal
from bihuan.base.lists.page import show
from bihuan.base.system.idempotency import idempotent

PICKED = 20
TAB = 50


@needs("demands.see")
@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """The archive: views with counts, filters, and the next clock of each row."""
    now, person = now_and_who(request)
    found = show(DEMANDS, request, now)
    rows = list(found.page.object_list)
    duties, known = duties_of(rows), calendars()
    return render(
        request, "demands/list.html",
        {
            "now": now, "list": found, "may_add": may(person, "demands.do"),
            "may_review": may(person, "demands.review"),
            "rows": [
                said(row)
                | {"limit": limit_of(duties[row.pk][0], now, known) if row.pk in duties else None}
                for row in rows
            ],
        },
    )  # fmt: skip


@needs("demands.see")
@require_GET
def of_customer(request: HttpRequest, pk: int) -> HttpResponse:
    """The tab of a customer."""
    _now, person = now_and_who(request)
    customer = door(Customer.objects.all(), person, pk, "customers.see")
    new = f"{reverse('demands:new')}?{urlencode({'customer': pk})}"
    return _panel(request, seen(person).filter(customer=customer), new)


@needs("demands.see")
@require_GET
def of_ticket(request: HttpRequest, pk: int) -> HttpResponse:
    """Beside a ticket: what its customer said there that he wants."""
    _now, person = now_and_who(request)
    row = door(Ticket.objects.all(), person, pk, "tickets.see")
    rows = seen(person).filter(Q(ticket=row) | Q(goes_with=row))
    return _panel(request, rows, _new(row.customer_id, "ticket", pk), quiet=True)


@needs("demands.see")
@require_GET
def of_visit(request: HttpRequest, pk: int) -> HttpResponse:
    """Beside a visit."""
    _now, person = now_and_who(request)
    row = door(Visit.objects.distinct(), person, pk, "callbacks.see")
    return _panel(
        request, seen(person).filter(visit=row), _new(row.customer_id, "visit", pk), quiet=True
    )


@needs("demands.see")
@require_GET
def of_call(request: HttpRequest, pk: int) -> HttpResponse:
    """Beside a call."""
    _now, person = now_and_who(request)
    row = door(Callback.objects.all(), person, pk, "callbacks.see")
    return _panel(
        request, seen(person).filter(callback=row), _new(row.customer_id, "call", pk), quiet=True
    )


def _new(customer_id: int | None, name: str, pk: int) -> str:
    if customer_id is None:
        return ""
    return f"{reverse('demands:new')}?{urlencode({'customer': customer_id, name: pk})}"


def _panel(
    request: HttpRequest, rows: QuerySet[Demand], new: str, *, quiet: bool = False
) -> HttpResponse:
    """`quiet`: a small card beside something else."""
    now, person = now_and_who(request)
    found = rows.select_related("customer", "owner").order_by("-received_at", "-pk")[:TAB]
    return render(
        request, "demands/parts/panel.html",
        {
            "now": now, "rows": [said(row) for row in found], "quiet": quiet,
            "new_url": new if may(person, "demands.do") else "",
        },
    )  # fmt: skip


@needs("demands.do")
@require_http_methods(["GET", "HEAD", "POST"])
@idempotent
def new(request: HttpRequest) -> HttpResponse:
    """Write down a demand of `?customer=`; `ticket`, `visit` or `call` name where it was said."""
    now, person = now_and_who(request)
    chosen = request.GET.get("customer", "")
    if not chosen:
        return _pick(request, person)
    customer = _at(visible(Customer.objects.living(), person, "customers.see"), chosen)
    where = _where(request, person, customer)
    start: dict[str, Any] = {}
    if (call := where.get("callback") or where.get("ticket")) is not None:
        start["contact"] = call.contact_id
    form = WishForm(request.POST or None, customer_id=customer.pk, now=now, initial=start)
    if form.is_bound and form.is_valid():
        try:
            row = actions.register(
                customer=customer,
                wish=actions.Wish(**form.cleaned_data, **where),
                by=person,
                now=now,
            )
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("需求已登记，期限开始计时。"))
            return redirect("demands:detail", row.pk)
    return render(
        request, "demands/form.html",
        {"form": form, "customer": customer, "where": next(iter(where.values()), None), "cancel": reverse("demands:list")},
        status=422 if form.is_bound else 200,
    )  # fmt: skip


def _at(rows: QuerySet[Any], pk: str) -> Any:
    """Raises NoSuchThing."""
    found = rows.filter(pk=int(pk)).first() if pk.isdecimal() and len(pk) < 16 else None
    if found is None:
        raise NoSuchThing
    return found


def _where(request: HttpRequest, person: User, customer: Customer) -> dict[str, Any]:
    """Where it was said, within reach and of this customer. Raises NoSuchThing."""
    crowds: dict[str, tuple[str, QuerySet[Any]]] = {
        "ticket": ("ticket", visible(Ticket.objects.all(), person, "tickets.see")),
        "visit": ("visit", visible(Visit.objects.all(), person, "callbacks.see").distinct()),
        "call": ("callback", visible(Callback.objects.all(), person, "callbacks.see")),
    }
    for name, (field, rows) in crowds.items():
        if pk := request.GET.get(name, ""):
            return {field: _at(rows.filter(customer=customer), pk)}
    return {}


def _pick(request: HttpRequest, person: User) -> HttpResponse:
    """Ask first whose demand it is (`?q=` searches)."""
    rows = visible(Customer.objects.living(), person, "customers.see")
    query = request.GET.get("q", "").strip()[:80]
    if query:
        named = Q(name__icontains=query) | Q(short_name__icontains=query)
        rows = rows.filter(named | Q(pinyin__icontains=query) | Q(initials__icontains=query))
    context = {"query": query, "customers": rows.order_by("pinyin", "pk")[:PICKED]}
    return render(request, "demands/pick.html", context)
