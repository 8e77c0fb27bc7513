"""The list, the forms of an organisation, and its page."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from bihuan.apps.customers import actions, words
from bihuan.apps.customers.actions.customers import pack_or_none
from bihuan.apps.customers.enums import Checked, Status
from bihuan.apps.customers.forms.customer import ClearForm, CustomerForm, VerifyForm
from bihuan.apps.customers.lists import LIST
from bihuan.apps.customers.models import Contact, Customer
from bihuan.apps.customers.queries import doubles, lists, page
from bihuan.apps.customers.queries.tiers import benefits, tier_words, word_of
from bihuan.apps.customers.rules import credit_code, naming
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
from bihuan.base import clock, registry
from bihuan.base.access.models import User
from bihuan.base.access.policy import needs
from bihuan.base.access.scope import may, visible
from bihuan.base.facts.timeline import lines
from bihuan.base.lists.conflicts import conflict, track
from bihuan.base.lists.page import show
from bihuan.base.storable import whole
from bihuan.base.ui.slots import panels_for
from bihuan.lib.policy import Pack

FIRST_LINES = 10  # of the timeline on the overview
ABOVE = 30  # panels of `customer.overview` up to this order stand above the three clear things


@needs("customers.see")
@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    now, person = now_and_person(request)
    names = tier_words(pack_or_none(now))
    found = show(LIST, request, now)
    today = timezone.localtime(now).date()
    customers = list(found.page.object_list)
    bought = lists.purchases_12m([row.pk for row in customers], now)
    regions = lists.region_names()
    dressed = [
        Dressed(
            row, region_name=regions.get(row.region, row.region), tier_word=word_of(row.tier, names) if row.tier else None, bought=bought.get(row.pk),
            status_title=words.title(words.STATUS, row.status), status_colour=words.STATUS_COLOUR[Status(row.status)],
            is_stale=row.verify_by is not None and row.verify_by < today,
        )
        for row in customers
    ]  # fmt: skip
    context = {
        "list": found, "customers": dressed, "may_add": may(person, "customers.edit"), "may_import": may(person, "ledgers.import"),
    }  # fmt: skip
    return render(request, "customers/list.html", context)


@needs("customers.edit")
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    now, person = now_and_person(request)
    initial = {"account_manager": person.pk} if "account_manager" in person.roles else {}
    form = CustomerForm(
        request.POST or None, person=person, pack=pack_or_none(now), initial=initial
    )
    alike: list[Customer] = []
    elsewhere = 0
    if request.method == "POST" and "sure" not in request.POST:
        alike, elsewhere = _alike(form, person)
    made: list[Customer] = []
    if (
        request.method == "POST"
        and not alike
        and not elsewhere
        and submit(
            form, lambda values: made.append(actions.add_customer(by=person, now=now, **values))
        )
    ):
        messages.success(request, _("已建档：%(name)s") % {"name": made[0].name})
        return redirect("customers:detail", made[0].pk)
    context = {"form": form, "alike": alike, "elsewhere": elsewhere}
    return answer(request, "customers/edit.html", context, form)


def _alike(form: CustomerForm, person: User) -> tuple[list[Customer], int]:
    """Rows that this one would repeat: those the person may see, and how many others there are."""
    if not form.is_valid():
        return [], 0
    name, code = form.cleaned_data["name"], form.cleaned_data["credit_code"]
    found = doubles.like(naming.key(name), credit_code.tidy(code) if code else "")
    mine = visible(
        Customer.objects.filter(pk__in=[row.pk for row in found]), person, "customers.see"
    )
    seen = list(mine.order_by("pk"))
    return seen, len(found) - len(seen)


@needs("customers.edit")
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    now, person = now_and_person(request)
    customer = customer_at(request, pk, "customers.edit")
    form = CustomerForm(
        request.POST or None, person=person, pack=pack_or_none(now), customer=customer
    )
    track(form)
    between = conflict(request, customer, form, now)
    if (
        request.method == "POST"
        and between is None
        and submit(
            form,
            lambda values: actions.change_customer(
                customer=_as_read(customer, request), by=person, now=now, **values
            ),
        )
    ):
        messages.success(request, _("已保存。"))
        return redirect("customers:detail", pk)
    context = {"form": form, "customer": customer, "conflict": between}
    found = answer(request, "customers/edit.html", context, None if between else form)
    found.status_code = 422 if between else found.status_code
    return found


def _as_read(customer: Customer, request: HttpRequest) -> Customer:
    """The row at the version that the form showed: a change made meanwhile is not overwritten."""
    if (shown := whole(request.POST.get("version"))) is not None:
        customer.version = shown
    return customer


@needs("customers.see")
@require_GET
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    now = clock.now()
    customer = customer_at(request, pk)
    tab = request.GET.get("tab", "")
    pack = pack_or_none(now)
    context = head(request, customer, tab or "overview", pack, now) | {"tab": tab}
    if tab:
        return render(request, "customers/tab.html", context)
    ids = page.same_customer(customer)
    excepted = bool(customer.exception_count)  # type: ignore[attr-defined]
    seen = page.overview(customer, pack, now, merged=len(ids) > 1, excepted=excepted)
    order = {
        panel.url.replace(":", "-"): panel.order for panel in registry.panels("customer.overview")
    }
    panels = panels_for(request, "customer.overview", customer)
    context |= {
        "overview": seen, "above": [each for each in panels if order[each.key] <= ABOVE],
        "below": [each for each in panels if order[each.key] > ABOVE],
        "middle": panels_for(request, "customer.middle", customer), "side_panels": panels_for(request, "customer.side", customer),
        "benefits": benefits(customer.tier, pack),
    } | _lines(ids, request, pack, now, FIRST_LINES)  # fmt: skip
    return render(request, "customers/detail.html", context)


def _lines(
    ids: list[int],
    request: HttpRequest,
    pack: Pack | None,
    now: datetime,
    limit: int = page.TIMELINE_PAGE,
) -> dict[str, Any]:
    """The timeline of these customers from a place on: `before` is the last line shown (seconds, id)."""
    kind = request.GET.get("kind", "")
    facts, more = page.timeline(
        ids, kind=kind, before=_place(request.GET.get("before", "")), limit=limit
    )
    contacts = dict(
        Contact.objects.filter(
            pk__in=[fact.subjects.get("contact") for fact in facts if fact.subjects.get("contact")]
        ).values_list("pk", "name")
    )
    last = f"{facts[-1].at.timestamp():.6f}_{facts[-1].pk}" if facts and more else ""
    titles = {
        "": _("全部"),
        "calls": _("电话"),
        "visits": _("现场"),
        "service": _("服务"),
        "rules": _("制度"),
        "record": _("资料"),
    }
    return {
        "lines": lines(facts, now=now, names={"contact": contacts, "tier": {word.code: word.name for word in tier_words(pack).values()}}), "kind": kind, "next": last, "first": not request.GET.get("before"),
        "kinds": [{"code": code, "title": title, "current": code == kind} for code, title in titles.items()],
    }  # fmt: skip


def _place(text: str) -> tuple[datetime, int] | None:
    at, _sep, pk = text.partition("_")
    try:
        return datetime.fromtimestamp(float(at), tz=timezone.get_current_timezone()), int(pk)
    except (ValueError, OverflowError, OSError):
        return None


@needs("customers.see")
@require_GET
def timeline(request: HttpRequest, pk: int) -> HttpResponse:
    now, _person = now_and_person(request)
    customer = customer_at(request, pk)
    pack = pack_or_none(now)
    context = _lines(page.same_customer(customer), request, pack, now)
    if request.headers.get("HX-Request"):
        return render(request, "customers/parts/timeline.html", context | {"customer": customer})
    return render(
        request, "customers/timeline.html", head(request, customer, "timeline", pack, now) | context
    )


@needs("customers.edit")
@require_http_methods(["GET", "POST"])
def clear(request: HttpRequest, pk: int) -> HttpResponse:
    now, person = now_and_person(request)
    customer = customer_at(request, pk, "customers.edit")
    form = ClearForm(request.POST or None, initial={"pains": customer.pains})
    if request.method == "POST" and submit(
        form,
        lambda values: actions.change_customer(customer=customer, by=person, now=now, **values),
    ):
        messages.success(request, _("已保存。"))
        return done(request, reverse("customers:detail", args=[pk]))
    return answer(
        request,
        form_template(request),
        {"form": form, "heading": _("痛点"), "cancel": reverse("customers:detail", args=[pk])},
        form,
    )


@needs("customers.edit")
@require_http_methods(["GET", "POST"])
def verify(request: HttpRequest, pk: int) -> HttpResponse:
    now, person = now_and_person(request)
    customer = customer_at(request, pk, "customers.edit")
    form = VerifyForm(request.POST or None)
    if request.method == "POST" and submit(
        form,
        lambda values: actions.verify_facts(
            customer=customer,
            what=[Checked(each) for each in values["what"]],
            source=values["source"],
            by=person,
            now=now,
        ),
    ):
        messages.success(request, _("已核实。"))
        return done(request, reverse("customers:detail", args=[pk]))
    context = {
        "form": form,
        "heading": _("核实资料：%(name)s") % {"name": customer.called},
        "cancel": reverse("customers:detail", args=[pk]),
    }
    return answer(request, form_template(request), context, form)
