"""Contacts: the list with consents, forms, and the logged look at a whole number."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from bihuan.apps.customers import actions, words
from bihuan.apps.customers.actions.customers import pack_or_none
from bihuan.apps.customers.enums import Channel, Purpose
from bihuan.apps.customers.forms.contact import ConsentForm, ContactForm, LeftForm, UnmaskForm
from bihuan.apps.customers.models import Consent, Contact
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
from bihuan.base import clock
from bihuan.base.access.policy import needs
from bihuan.base.access.scope import door, may


def contact_at(request: HttpRequest, pk: int, verb: str) -> Contact:
    """The contact, if this person may do `verb` on its customer."""
    _now, person = now_and_person(request)
    return door(Contact.objects.select_related("customer", "successor"), person, pk, verb)


@needs("customers.see")
@require_GET
def listing(request: HttpRequest, pk: int) -> HttpResponse:
    now = clock.now()
    customer = customer_at(request, pk)
    open_consents = Prefetch(
        "consents", Consent.objects.order_by("purpose", "channel", "-from_at", "-id")
    )
    rows = customer.contacts.select_related("reports_to", "successor").prefetch_related(
        open_consents
    )
    contacts = [_dressed(each) for each in rows.order_by("left_on", "-is_key", "pinyin", "id")]
    pack = pack_or_none(now)
    context = head(request, customer, "contacts", pack, now) | {
        "contacts": [each for each in contacts if each.left_on is None],
        "gone": [each for each in contacts if each.left_on is not None],
    }
    return render(request, "customers/contacts.html", context)


def _dressed(contact: Contact) -> Dressed:
    """With the newest word on each purpose and channel: agreed to, or taken back."""
    newest: dict[tuple[str, str], Consent] = {}
    for each in contact.consents.all():
        newest.setdefault((each.purpose, each.channel), each)
    said: list[dict[str, Any]] = [
        {
            "purpose": words.title(words.PURPOSE, each.purpose), "channel": words.title(words.CHANNEL, each.channel),
            "row": each,
        }
        for each in newest.values()
    ]  # fmt: skip
    return Dressed(
        contact, agreed=[each for each in said if each["row"].to_at is None],
        refused=[each for each in said if each["row"].to_at is not None],
    )  # fmt: skip


@needs("customers.edit")
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, pk: int) -> HttpResponse:
    now, person = now_and_person(request)
    customer = customer_at(request, pk, "customers.edit")
    form = ContactForm(
        request.POST or None, customer=customer, private=may(person, "customers.private", customer)
    )
    back = reverse("customers:contacts", args=[pk])
    if request.method == "POST" and submit(
        form, lambda values: actions.add_contact(customer=customer, by=person, now=now, **values)
    ):
        messages.success(request, _("已添加联系人。"))
        return done(request, back)
    heading = _("新联系人：%(name)s") % {"name": customer.called}
    return answer(
        request, form_template(request), {"form": form, "heading": heading, "cancel": back}, form
    )


@needs("customers.edit")
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, contact: int) -> HttpResponse:
    now, person = now_and_person(request)
    row = contact_at(request, contact, "customers.edit")
    form = ContactForm(
        request.POST or None, customer=row.customer, contact=row, whole_phone=False,
        private=may(person, "customers.private", row.customer),
    )  # fmt: skip
    back = reverse("customers:contacts", args=[row.customer_id])
    if request.method == "POST" and submit(
        form, lambda values: actions.change_contact(contact=row, by=person, now=now, **values)
    ):
        messages.success(request, _("已保存。"))
        return done(request, back)
    return answer(
        request, form_template(request), {"form": form, "heading": row.name, "cancel": back}, form
    )


@needs("customers.edit")
@require_http_methods(["GET", "POST"])
def left(request: HttpRequest, contact: int) -> HttpResponse:
    now, person = now_and_person(request)
    row = contact_at(request, contact, "customers.edit")
    today = timezone.localtime(now).date()
    form = LeftForm(request.POST or None, contact=row, initial={"left_on": today.isoformat()})
    back = reverse("customers:contacts", args=[row.customer_id])
    if request.method == "POST" and submit(
        form, lambda values: actions.contact_left(contact=row, by=person, now=now, **values)
    ):
        messages.success(request, _("已登记离任。"))
        return done(request, back)
    heading = _("%(name)s 离任") % {"name": row.name}
    return answer(
        request, form_template(request), {"form": form, "heading": heading, "cancel": back}, form
    )


@needs("customers.edit")
@require_http_methods(["GET", "POST"])
def consent(request: HttpRequest, contact: int) -> HttpResponse:
    now, person = now_and_person(request)
    row = contact_at(request, contact, "customers.edit")
    form = ConsentForm(request.POST or None, initial={"agreed": "1"})
    back = reverse("customers:contacts", args=[row.customer_id])
    if request.method == "POST" and submit(
        form,
        lambda values: actions.set_consent(
            contact=row, purpose=Purpose(values["purpose"]), channel=Channel(values["channel"]),
            agreed=values["agreed"] == "1", source=values["source"], by=person, now=now,
        ),
    ):  # fmt: skip
        messages.success(request, _("已记下。"))
        return done(request, back)
    heading = _("%(name)s 同意什么") % {"name": row.name}
    return answer(
        request, form_template(request), {"form": form, "heading": heading, "cancel": back}, form
    )


@needs("customers.unmask")
@require_http_methods(["GET", "POST"])
def phone(request: HttpRequest, contact: int) -> HttpResponse:
    now, person = now_and_person(request)
    row = contact_at(request, contact, "customers.unmask")
    form = UnmaskForm(request.POST or None)
    number: list[str] = []
    if request.method == "POST":
        submit(
            form,
            lambda values: number.append(actions.unmask(contact=row, by=person, now=now, **values)),
        )
    back = reverse("customers:contacts", args=[row.customer_id])
    heading = _("%(name)s 的完整号码") % {"name": row.name}
    context = {
        "form": form,
        "heading": heading,
        "cancel": back,
        "number": number[0] if number else "",
    }
    response = answer(
        request,
        "customers/parts/phone.html"
        if request.headers.get("HX-Request")
        else "customers/phone.html",
        context,
        form,
    )
    response["Cache-Control"] = "no-store"
    return response
