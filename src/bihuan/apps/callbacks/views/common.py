"""What the views of calls and visits share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

from django import forms
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from bihuan.apps.customers.models import Customer
from bihuan.apps.obligations.models import Obligation
from bihuan.base import clock
from bihuan.base.access.models import User
from bihuan.base.access.scope import door, visible
from bihuan.base.errors import NoSuchThing, Refusal
from bihuan.base.storable import whole

PICKED = 20
CUSTOMERS = Customer.objects.select_related("account_manager")


def who(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def now_and_who(request: HttpRequest) -> tuple[datetime, User]:
    return clock.now(), who(request)


def customer_at(request: HttpRequest, pk: object, verb: str = "callbacks.see") -> Customer:
    """The customer of an id as text. Raises NoSuchThing."""
    number = whole(pk)
    if number is None:
        raise NoSuchThing
    return door(CUSTOMERS, who(request), number, verb)


def pick_customer(
    request: HttpRequest, heading: str, near: Sequence[Customer] = ()
) -> HttpResponse:
    """Ask first which customer it is about (`?q=` searches); the answer comes as `?customer=`."""
    rows = visible(Customer.objects.living(), who(request), "callbacks.do")
    query = request.GET.get("q", "").strip()
    if query:
        rows = rows.filter(
            Q(name__icontains=query) | Q(pinyin__icontains=query) | Q(initials__icontains=query)
        )
    context = {
        "heading": heading, "query": query, "near": [] if query else near,
        "customers": rows.order_by("pinyin", "pk")[:PICKED],
    }  # fmt: skip
    return page(request, "pick_customer", context)


def duty_at(request: HttpRequest, pk: int, *kinds: str) -> Obligation:
    """A duty (of one of these kinds) that this person may work on. Raises NoSuchThing."""
    rows = Obligation.objects.with_pack().select_related("customer", "assignee", "cause")
    if kinds:
        rows = rows.filter(kind__in=kinds)
    return door(rows, who(request), pk, "obligations.work")


def submit(form: forms.Form, deed: Callable[[], object]) -> bool:
    """Do the deed with a valid form; a refusal becomes a sentence above it."""
    if not form.is_valid():
        return False
    try:
        deed()
    except Refusal as refusal:
        form.add_error(None, str(refusal))
        return False
    return True


def page(
    request: HttpRequest, template: str, context: dict[str, Any], *forms_: forms.BaseForm
) -> HttpResponse:
    """The page; 422 when a form was handed in with faults."""
    bad = any(form.is_bound and form.errors for form in forms_)
    return render(
        request,
        f"callbacks/{template}.html",
        {"now": clock.now(), **context},
        status=422 if bad else 200,
    )


def views(
    name: str,
    titles: dict[str, Any],
    current: str,
    counts: dict[str, int] | None = None,
    hot: tuple[str, ...] = (),
) -> list[dict[str, Any]]:
    """Saved views of a list as tabs."""
    home = reverse(name)
    return [
        {
            "title": title, "url": f"{home}?view={key}", "current": key == current,
            "count": counts.get(key) if counts else None, "hot": key in hot and bool(counts and counts.get(key)),
        }
        for key, title in titles.items()
    ]  # fmt: skip


def today(now: datetime) -> date:
    return timezone.localtime(now).date()
