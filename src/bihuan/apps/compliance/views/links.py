"""Links for customers: made, revoked, and what they show."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bihuan.apps.compliance import links
from bihuan.apps.compliance.forms import LinkForm
from bihuan.apps.compliance.models import PromiseLink
from bihuan.apps.compliance.promised import promises as promised
from bihuan.apps.compliance.views.frame import who
from bihuan.apps.customers.models import Customer
from bihuan.apps.obligations.workbench import ZONE
from bihuan.base import clock
from bihuan.base.access.policy import needs, public
from bihuan.base.errors import BadInput, NoSuchThing, Refusal
from bihuan.base.system.idempotency import idempotent
from bihuan.base.ui.addresses import outward


@needs("compliance.share")
@require_http_methods(["GET", "POST"])
@idempotent
def of_customer(request: HttpRequest, pk: int) -> HttpResponse:
    now, person = clock.now(), who(request)
    found = links.links_of(pk, person)
    customer = Customer.objects.get(pk=pk)
    until = (now.astimezone(ZONE) + timedelta(days=90)).date()
    form = LinkForm(request.POST or None, initial={"until": until})
    if request.method == "POST" and form.is_valid():
        day = form.cleaned_data["until"]
        end = datetime.combine(day + timedelta(days=1), time(), tzinfo=ZONE)
        try:
            links.make(customer=customer, until=end, by=person, now=now)
        except BadInput as bad:
            for name, sentence in bad.fields.items():
                form.add_error(name, sentence)
        else:
            messages.success(request, _("链接做好了，可以复制给客户。"))
            return redirect("compliance:links", pk)
    rows = [
        {
            "link": each, "alive": each.revoked_at is None and each.expires_at > now,
            "url": outward(
                reverse("compliance:promises", args=[links.token_of(each)]), request
            ),
        }
        for each in found[:50]
    ]  # fmt: skip
    context = {"form": form, "rows": rows, "customer": customer, "now": now}
    status = 422 if form.errors else 200
    template = "links_panel" if request.headers.get("HX-Request") else "links"
    return render(request, f"compliance/{template}.html", context, status=status)


@needs("compliance.share")
@require_POST
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    link = PromiseLink.objects.select_related("customer").filter(pk=pk).first()
    if link is None:
        raise NoSuchThing
    try:
        links.revoke(link=link, by=who(request), now=clock.now())
    except NoSuchThing:
        raise
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("已停用，客户打不开了。"))
    return redirect("compliance:links", link.customer_id)


@public("a customer sees its own promises without an account; the signed token is the key")
@require_GET
def promises(request: HttpRequest, token: str) -> HttpResponse:
    now = clock.now()
    link = links.opened(token, now)
    context = {
        "promises": promised(link.customer_id, now), "customer": link.customer, "link": link, "now": now,
    }  # fmt: skip
    answer = render(request, "compliance/promises.html", context)
    answer["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    answer["Referrer-Policy"] = "same-origin"  # `no-referrer` posts forms with a null origin
    answer["Cache-Control"] = "no-store"
    return answer
