"""What the customers' views share: the door, the head of the page, forms and their refusals."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from bihuan.apps.customers import profile, words
from bihuan.apps.customers.enums import Status
from bihuan.apps.customers.models import Customer
from bihuan.apps.customers.queries import page
from bihuan.apps.customers.queries.tiers import clause_of_tiers, features_of, tier_words, word_of
from bihuan.base import clock, registry
from bihuan.base.access.models import User
from bihuan.base.access.scope import allowed, may, through
from bihuan.base.errors import BadInput, Refusal
from bihuan.base.ui.slots import panels_for
from bihuan.lib.policy import Pack

RIGHTS = ("customers.edit", "customers.private", "customers.unmask", "customers.tier_propose")


def person_of(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def customer_at(request: HttpRequest, pk: int, verb: str = "customers.see") -> Customer:
    """The customer with the numbers of its page, if this person may do `verb` on it."""
    return page.with_people(through(page.within(pk, person=person_of(request), verb=verb)))


class Dressed:
    """A row with the words that its page shows beside it."""

    def __init__(self, row: object, **more: object) -> None:
        self._row = row
        self.__dict__.update(more)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._row, name)


def submit(form: forms.Form, deed: Callable[[dict[str, Any]], object]) -> bool:
    """Do the deed with a valid form; a refusal becomes a sentence at its field."""
    if not form.is_valid():
        return False
    try:
        deed(form.values() if hasattr(form, "values") else form.cleaned_data)
    except BadInput as bad:
        for name, sentence in bad.fields.items():
            form.add_error(_field_of(form, name), sentence)
    except Refusal as refusal:
        form.add_error(None, str(refusal))
    else:
        return True
    return False


def _field_of(form: forms.Form, name: str) -> str | None:
    other = {"wallet_share": "wallet_percent"}.get(name, name)
    return other if other in form.fields else None


def answer(
    request: HttpRequest, template: str, context: dict[str, Any], form: forms.BaseForm | None = None
) -> HttpResponse:
    """The page; 422 when its form was handed in with faults."""
    bad = form is not None and form.is_bound and not form.is_valid()
    return render(request, template, context, status=422 if bad else 200)


def head(
    request: HttpRequest, customer: Customer, current: str, pack: Pack | None, now: datetime
) -> dict[str, Any]:
    """Context of `customers/parts/head.html`: the head card and the tabs."""
    names = tier_words(pack)
    number, clause_id = clause_of_tiers(pack)
    person = person_of(request)
    rights = allowed(person, customer, *RIGHTS)
    known_flags = [(flag, words.title(words.FLAG, flag)) for flag in customer.flags]
    return {
        "customer": customer,
        "tier": word_of(customer.tier, names) if customer.tier else None,
        "tier_clause": {"number": number, "id": clause_id},
        "measures": page.measures(customer, now),
        "flags": known_flags,
        "features": features_of(customer, pack),
        "status": {
            "title": words.title(words.STATUS, customer.status),
            "colour": words.STATUS_COLOUR[Status(customer.status)],
        },
        "nature_title": words.title(words.NATURE, customer.nature),
        "relation_title": words.title(words.RELATION, customer.relation),
        "care_title": profile.titles("care").get(customer.care, ""),
        "preferences": _preferences(customer),
        "credit_title": profile.titles("credit").get(customer.credit, ""),
        "tabs": tabs(request, customer, current),
        "may_edit": "customers.edit" in rights and customer.merged_into_id is None,
        "may_private": "customers.private" in rights,
        "may_unmask": "customers.unmask" in rights,
        "may_propose": "customers.tier_propose" in rights,
        "may_hand_over": may(person, "customers.hand_over"),
        "may_merge": may(person, "customers.merge"),
        "log_url": _log_url(customer, person),
    }


def _preferences(customer: Customer) -> list[str]:
    """How the customer likes to be reached, in words."""
    wishes = customer.preferences
    channel = words.title(words.CHANNEL, wishes["channel"]) if wishes.get("channel") else ""
    return [each for each in (channel, wishes.get("window", ""), wishes.get("avoid", "")) if each]


def _log_url(customer: Customer, person: User) -> str:
    """The page on which this person records a talk, once there is one."""
    page = registry.link("contact.log")
    may_log = (
        page is not None and customer.status != Status.MERGED and may(person, page.needs, customer)
    )
    return f"{page.url}?customer={customer.pk}" if page and may_log else ""


def tabs(request: HttpRequest, customer: Customer, current: str) -> list[dict[str, Any]]:
    """Our own tabs and those that higher apps put into `customer.tabs`."""
    pk = customer.pk
    home = reverse("customers:detail", args=[pk])
    own: list[tuple[str, str, str, int | None]] = [
        ("overview", _("概览"), home, None),
        (
            "contacts",
            pgettext("many", "联系人"),
            reverse("customers:contacts", args=[pk]),
            getattr(customer, "contact_count", None),
        ),
    ]
    later: list[tuple[str, str, str, int | None]] = [
        (
            "purchases",
            _("采购"),
            reverse("customers:purchases", args=[pk]),
            getattr(customer, "purchase_count", None),
        ),
        ("tier", _("级别"), reverse("customers:tier", args=[pk]), None),
        ("dates", _("日子"), reverse("customers:dates", args=[pk]), None),
        (
            "exceptions",
            _("例外"),
            reverse("customers:exceptions", args=[pk]),
            getattr(customer, "exception_count", None),
        ),
        ("timeline", _("时间轴"), reverse("customers:timeline", args=[pk]), None),
    ]
    slots = [
        (each.key, each.title, f"{home}?tab={each.key}", each.count)
        for each in panels_for(request, "customer.tabs", customer)
    ]
    return [
        {"title": title, "url": url, "count": count, "current": key == current}
        for key, title, url, count in [*own, *slots, *later]
    ]


def now_and_person(request: HttpRequest) -> tuple[datetime, User]:
    return clock.now(), person_of(request)


def form_template(request: HttpRequest) -> str:
    """A form alone: a fragment for a modal, a page without script."""
    return (
        "customers/parts/form.html" if request.headers.get("HX-Request") else "customers/form.html"
    )


def done(request: HttpRequest, url: str) -> HttpResponse:
    """Back to the page, also from a modal."""
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return redirect(url)
