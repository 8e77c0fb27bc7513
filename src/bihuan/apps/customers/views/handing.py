"""One customer changes hands; a leaver hands everything over before the account closes."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from bihuan.apps.customers import actions
from bihuan.apps.customers.actions.handing import settle
from bihuan.apps.customers.enums import HandOverReason
from bihuan.apps.customers.forms.decisions import HandOverForm
from bihuan.apps.customers.models import Customer
from bihuan.apps.customers.queries.people import all_holdings
from bihuan.apps.customers.views.common import (
    answer,
    customer_at,
    done,
    form_template,
    now_and_person,
    submit,
)
from bihuan.base.access.models import User
from bihuan.base.access.policy import needs
from bihuan.base.errors import NoSuchThing, Refusal
from bihuan.base.storable import whole


@needs("customers.hand_over")
@require_http_methods(["GET", "POST"])
def one(request: HttpRequest, pk: int) -> HttpResponse:
    now, person = now_and_person(request)
    customer = customer_at(request, pk, "customers.hand_over")
    form = HandOverForm(request.POST or None)
    if request.method == "POST" and submit(
        form,
        lambda values: actions.hand_over(
            customers=[customer],
            to=values["to"],
            reason=HandOverReason(values["reason"]),
            note=values["note"],
            by=person,
            now=now,
        ),
    ):
        messages.success(request, _("已交接。"))
        return done(request, reverse("customers:detail", args=[pk]))
    heading = _("交接：%(name)s") % {"name": customer.called}
    context = {
        "form": form, "heading": heading, "cancel": reverse("customers:detail", args=[pk]),
        "before": "change.hand_over", "before_thing": customer,
    }  # fmt: skip
    return answer(request, form_template(request), context, form)


@needs("customers.hand_over")
@require_GET
def choose(request: HttpRequest) -> HttpResponse:
    if leaver := whole(request.GET.get("person")):
        return redirect("customers:hand_over_of", leaver)
    rows = User.objects.filter(is_active=True, customer_id=None).annotate(
        customers=Count("managed_customers")
    )
    return render(
        request,
        "customers/hand_over.html",
        {"people": rows.order_by("-customers", "name", "id")[:500]},
    )


@needs("customers.hand_over")
@require_http_methods(["GET", "POST"])
def leaver(request: HttpRequest, user: int) -> HttpResponse:
    now, person = now_and_person(request)
    found = User.objects.filter(pk=user).first()
    if found is None:
        raise NoSuchThing
    heirs = (  # one of ours, or of the leaver's own dealer
        User.objects.filter(Q(dealer_id=None) | Q(dealer_id=found.dealer_id))
        .filter(is_active=True, customer_id=None)
        .exclude(pk=found.pk)
        .order_by("name", "id")
    )
    error = ""
    if request.method == "POST":
        try:
            if request.POST.get("deed") == "close":
                actions.close_account(leaver=found, by=person, now=now)
                messages.success(request, _("%(name)s 的账号已停用。") % {"name": found.name})
                return redirect("customers:hand_over")
            moved = settle(leaver=found, heirs=_chosen(request, heirs), by=person, now=now)
            messages.success(request, _("已交接 %(n)s 件。") % {"n": moved})
            return redirect("customers:hand_over_of", user)
        except Refusal as refusal:
            error = str(refusal)
    held = all_holdings(found.pk)
    about = Customer.objects.in_bulk({each.customer_id for _app, each in held if each.customer_id})
    rows = [
        {
            "name": f"{app}|{each.key}", "holding": each,
            "customer": about.get(each.customer_id or 0) if app != "customers" else None,
        }
        for app, each in held
    ]  # fmt: skip
    context = {"leaver": found, "rows": rows, "heirs": heirs, "error": error}
    return render(request, "customers/leaver.html", context, status=409 if error else 200)


def _chosen(request: HttpRequest, heirs: object) -> dict[str, User]:
    """Holding -> heir as chosen; `all` gives every unchosen one to one person."""
    known = {str(each.pk): each for each in heirs}  # type: ignore[attr-defined]
    everything = known.get(request.POST.get("all", ""))
    found: dict[str, User] = {}
    for key in request.POST.getlist("key"):
        heir = known.get(request.POST.get(f"heir:{key}", "")) or everything
        if heir is not None:
            found[key] = heir
    return found
