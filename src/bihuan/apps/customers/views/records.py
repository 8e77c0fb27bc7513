"""Purchases by year, and days to remember."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from bihuan.apps.customers import actions, words
from bihuan.apps.customers.actions.customers import pack_or_none
from bihuan.apps.customers.enums import Node
from bihuan.apps.customers.forms.customer import KeyDateForm, PurchaseForm, ReasonForm
from bihuan.apps.customers.models import KeyDate, Purchase
from bihuan.apps.customers.queries import page
from bihuan.apps.customers.rules.key_dates import Day, next_fall
from bihuan.apps.customers.views.common import (
    Dressed,
    answer,
    customer_at,
    done,
    form_template,
    head,
    now_and_person,
    submit,
)
from bihuan.base.access.policy import needs
from bihuan.base.access.scope import door, must
from bihuan.base.ui.paging import paged


@needs("customers.see")
@require_http_methods(["GET", "POST"])
def purchases(request: HttpRequest, pk: int) -> HttpResponse:
    now, person = now_and_person(request)
    customer = customer_at(request, pk)
    form = PurchaseForm(
        request.POST or None, initial={"made_on": timezone.localtime(now).date().isoformat()}
    )
    if request.method == "POST":
        must(person, "customers.edit", customer)
        if submit(
            form,
            lambda values: actions.record_purchase(customer=customer, by=person, now=now, **values),
        ):
            messages.success(request, _("已登记。"))
            return redirect("customers:purchases", pk)
    rows = paged(request, customer.purchases.select_related("by").order_by("-made_on", "-id"))
    orders = [
        Dressed(row, category_title=words.title(words.CATEGORY, row.category))
        for row in rows.object_list
    ]
    pack = pack_or_none(now)
    context = head(request, customer, "purchases", pack, now) | {
        "form": form, "page": rows, "orders": orders, "years": page.purchases_by_year(customer),
    }  # fmt: skip
    return answer(request, "customers/purchases.html", context, form)


@needs("customers.edit")
@require_http_methods(["GET", "POST"])
def void(request: HttpRequest, purchase: int) -> HttpResponse:
    now, person = now_and_person(request)
    row = door(Purchase.objects.select_related("customer"), person, purchase, "customers.edit")
    form = ReasonForm(request.POST or None)
    back = reverse("customers:purchases", args=[row.customer_id])
    if request.method == "POST" and submit(
        form, lambda values: actions.void_purchase(purchase=row, by=person, now=now, **values)
    ):
        messages.success(request, _("已作废。"))
        return done(request, back)
    heading = _("作废订单 %(no)s") % {"no": row.order_no}
    return answer(
        request,
        form_template(request),
        {"form": form, "heading": heading, "cancel": back, "danger": True},
        form,
    )


@needs("customers.see")
@require_http_methods(["GET", "POST"])
def dates(request: HttpRequest, pk: int) -> HttpResponse:
    now, person = now_and_person(request)
    customer = customer_at(request, pk)
    form = KeyDateForm(request.POST or None)
    if request.method == "POST":
        must(person, "customers.edit", customer)
        if submit(
            form,
            lambda values: actions.add_key_date(
                customer=customer, node=Node(values["node"]), title=values["title"], since_year=values["since_year"],
                when=Day(values["month"], values["day"], values["lunar"], values["leap"], values["year"]), by=person, now=now,
            ),
        ):  # fmt: skip
            messages.success(request, _("已记下。"))
            return redirect("customers:dates", pk)
    today = timezone.localtime(now).date()
    found = customer.key_dates.filter(ended_at=None).select_related("contact")
    rows = [
        Dressed(row, next=next_fall(row.when, today), node_title=words.title(words.NODE, row.node))
        for row in found.order_by("month", "day", "id")
    ]
    people = list(customer.contacts.filter(left_on=None))
    pack = pack_or_none(now)
    context = head(request, customer, "dates", pack, now) | {
        "form": form, "rows": rows, "upcoming": page.upcoming(customer, people, today, days=366),
    }  # fmt: skip
    return answer(request, "customers/dates.html", context, form)


@needs("customers.edit")
@require_POST
def end_date(request: HttpRequest, key_date: int) -> HttpResponse:
    now, person = now_and_person(request)
    row = door(KeyDate.objects.all(), person, key_date, "customers.edit")
    actions.end_key_date(key_date=row, by=person, now=now)
    messages.success(request, _("不再提醒这一天。"))
    return redirect("customers:dates", row.customer_id)
