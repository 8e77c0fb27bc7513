"""The settings of the desk: labels, checklists, phrases; and ticking on a ticket."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from bihuan.apps.obligations.words import language
from bihuan.apps.tickets import words
from bihuan.apps.tickets.enums import Status
from bihuan.apps.tickets.own import actions
from bihuan.apps.tickets.own.actions import LONGEST, SIDES
from bihuan.apps.tickets.own.forms import ItemForm, PhraseForm
from bihuan.apps.tickets.own.models import CheckItem, Label, Phrase
from bihuan.apps.tickets.own.phrases import shipped
from bihuan.apps.tickets.views.common import held, now_and_who
from bihuan.base.access.policy import needs
from bihuan.base.errors import BadInput, NoSuchThing


def _tabs(current: str) -> list[dict[str, Any]]:
    titles = {"labels": _("状态叫法"), "checks": _("关闭前核对"), "phrases": _("常用语")}
    return [
        {"title": title, "url": reverse(f"tickets:{name}"), "current": name == current, "count": None}
        for name, title in titles.items()
    ]  # fmt: skip


@needs("tickets.settings")
@require_http_methods(["GET", "HEAD", "POST"])
def labels(request: HttpRequest) -> HttpResponse:
    """One line for each state: what the company and its customers call it."""
    now, person = now_and_who(request)
    faults: dict[str, str] = {}
    if request.method == "POST":
        given = {
            code: {side: request.POST.get(f"{code}-{side}", "").replace("\0", "")[:200] for side in SIDES}
            for code in actions.CODES
        }  # fmt: skip
        try:
            actions.name_states(labels=given, by=person, now=now)
        except BadInput as bad:
            faults = bad.fields
        else:
            messages.success(request, _("已保存，各处都按新叫法显示。"))
            return redirect("tickets:labels")
    known = {row.code: row for row in Label.objects.all()}
    rows = []
    for code in actions.CODES:
        state = code in set(Status)
        usual = {
            "zh": words.title(words.STATUS if state else words.WAIT, code),
            "customer_zh": words.title(words.FOR_CUSTOMER, code),
        }  # fmt: skip
        cells = [
            {
                "name": f"{code}-{side}", "usual": usual.get(side, ""), "title": str(SIDE[side]),
                "value": request.POST.get(f"{code}-{side}", "") if faults else getattr(known.get(code), side, ""),
                "fault": faults.get(f"{code}-{side}", ""), "max": LONGEST[side],
            }
            for side in SIDES
        ]  # fmt: skip
        colour = words.COLOUR[Status(code)] if state else words.COLOUR[Status.WAITING]
        rows.append({"title": usual["zh"], "colour": colour, "cells": cells})
    context = {"tabs": _tabs("labels"), "rows": rows, "faults": len(faults), "sides": SIDE.values()}
    return render(request, "tickets/own/labels.html", context, status=422 if faults else 200)


SIDE = {
    "zh": gettext_lazy("我们的叫法"), "en": gettext_lazy("英文叫法"), "customer_zh": gettext_lazy("客户看到的"),
    "customer_en": gettext_lazy("客户看到的英文"),
}  # fmt: skip


@needs("tickets.settings")
@require_http_methods(["GET", "HEAD", "POST"])
def checks(request: HttpRequest) -> HttpResponse:
    """The lists of all kinds, and a further item."""
    now, person = now_and_who(request)
    form = ItemForm(request.POST or None)
    if form.is_bound and form.is_valid():
        try:
            actions.add_item(**form.cleaned_data, by=person, now=now)
        except BadInput as bad:
            _tell(form, bad)
        else:
            messages.success(request, _("已加上。这种工单从现在起要核对它才能关闭。"))
            return redirect("tickets:checks")
    items: dict[str, list[CheckItem]] = {}
    for row in CheckItem.objects.order_by("-active", "place", "pk"):
        items.setdefault(row.kind, []).append(row)
    groups = [
        {"title": title, "rows": items[code]} for code, title in words.KIND.items() if code in items
    ]
    context = {"tabs": _tabs("checks"), "groups": groups, "form": form}
    return render(request, "tickets/own/checks.html", context, status=422 if form.errors else 200)


@needs("tickets.settings")
@require_POST
def toggle_item(request: HttpRequest, pk: int) -> HttpResponse:
    now, person = now_and_who(request)
    row = CheckItem.objects.filter(pk=pk).first()
    if row is None:
        raise NoSuchThing
    actions.toggle_item(item=row, by=person, now=now)
    return redirect("tickets:checks")


@needs("tickets.do")
@require_POST
def tick(request: HttpRequest, pk: int, item: int) -> HttpResponse:
    """Tick an item of the list of a ticket, or take the tick back."""
    ticket = held(request, pk, "tickets.do")
    now, person = now_and_who(request)
    actions.tick(
        ticket=ticket, item_id=item, on=request.POST.get("on") == "yes", by=person, now=now
    )
    return redirect(f"{reverse('tickets:detail', args=[pk])}#ticket-checks")


@needs("tickets.settings")
@require_http_methods(["GET", "HEAD", "POST"])
def phrases(request: HttpRequest) -> HttpResponse:
    """All of them; a POST makes those that ship the company's own, so that each can be changed."""
    if request.method == "POST":
        actions.own_phrases()
        return redirect("tickets:phrases")
    rows = list(Phrase.objects.order_by("-active", "place", "pk"))
    english = language() == "en"
    shown = [
        {
            "row": row, "title": row.title_en if english and row.title_en else row.title_zh,
            "text": row.text_en if english and row.text_en else row.text_zh,
            "kind": words.title(words.KIND, row.kind) if row.kind else "",
        }
        for row in rows or shipped()
    ]  # fmt: skip
    return render(
        request, "tickets/own/phrases.html", {"tabs": _tabs("phrases"), "rows": shown, "own": bool(rows)}
    )  # fmt: skip


@needs("tickets.settings")
@require_http_methods(["GET", "HEAD", "POST"])
def phrase(request: HttpRequest, pk: int = 0) -> HttpResponse:
    """A new phrase, or another wording of one."""
    now, person = now_and_who(request)
    row = Phrase.objects.filter(pk=pk).first() if pk else None
    if pk and row is None:
        raise NoSuchThing
    form = PhraseForm(request.POST or None, phrase=row)
    if form.is_bound and form.is_valid():
        try:
            actions.keep_phrase(phrase=pk or None, wording=form.wording(), by=person, now=now)
        except BadInput as bad:
            _tell(form, bad)
        else:
            messages.success(request, _("已存。"))
            return redirect("tickets:phrases")
    context = {"form": form, "row": row}
    return render(request, "tickets/own/phrase.html", context, status=422 if form.errors else 200)


@needs("tickets.settings")
@require_POST
def toggle_phrase(request: HttpRequest, pk: int) -> HttpResponse:
    now, person = now_and_who(request)
    actions.toggle_phrase(phrase=pk, by=person, now=now)
    return redirect("tickets:phrases")


def _tell(form: forms.Form, bad: BadInput) -> None:
    for name, sentence in bad.fields.items():
        form.add_error(name if name in form.fields else None, sentence)
