"""One obligation: its page, its explanation, and the deeds on it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bihuan.apps.obligations import actions, handing
from bihuan.apps.obligations.enums import (
    LIVE,
    PauseReason,
    State,
    Verifier,
    VoidReason,
    WaiveReason,
)
from bihuan.apps.obligations.explaining import explain
from bihuan.apps.obligations.forms import (
    AssignForm,
    NoteForm,
    PauseForm,
    VerifyForm,
    VoidForm,
    WaiveForm,
)  # fmt: skip
from bihuan.apps.obligations.history import history, steps
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.obligations.rows import row_of, tier_names
from bihuan.apps.obligations.views.workbench import who
from bihuan.apps.obligations.words import evidence_word, proof_word, role_word, said, verifier_word
from bihuan.base import clock
from bihuan.base.access.policy import needs
from bihuan.base.access.scope import door, may
from bihuan.base.errors import Refusal
from bihuan.base.lists.conflicts import Conflict, conflict


def held(request: HttpRequest, pk: int, verb: str = "obligations.see") -> Obligation:
    """The obligation, for somebody who may. Raises NoSuchThing."""
    rows = Obligation.objects.with_pack().select_related(
        "customer", "assignee", "cause", "verifier", "discharged_by", "verified_by",
        "superseded_by",
    )  # fmt: skip
    return door(rows, who(request), pk, verb)


@needs("obligations.see")
@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    return _shown(request, held(request, pk), VerifyForm())


# The name of an occasion that has none of its own tells people nothing.
UID = re.compile("[0-9a-f-]{36}")


def _shown(
    request: HttpRequest, ob: Obligation, form: VerifyForm, between: Conflict | None = None
) -> HttpResponse:
    now = clock.now()
    evidence = list(ob.evidence.select_related("file", "by"))
    return render(
        request, "obligations/detail.html",
        {
            "ob": ob, "row": row_of(ob, now, tier_names(now)), "now": now, "steps": steps(ob),
            "explained": explain(ob, now), "role": role_word(ob.role),
            "evidence": [(each, evidence_word(each.kind), proof_word(each)) for each in evidence],
            "occasion": "" if UID.fullmatch(ob.occasion) else ob.occasion,
            "entries": history(ob), "may": _rights(request, ob),
            "verifier_word": verifier_word(ob.verified_by_rule),
            "together": _together(ob, evidence), "verify_form": form, "conflict": between,
        },
        status=422 if between or form.errors else 200,
    )  # fmt: skip


def _rights(request: HttpRequest, ob: Obligation) -> dict[str, bool]:
    person = who(request)
    live = ob.state in LIVE
    return {
        "work": live and may(person, "obligations.work", ob),
        "verify": ob.state == State.DISCHARGED and ob.verified_by_rule != Verifier.NONE
        and ob.discharged_by_id != person.pk and may(person, "obligations.verify", ob),
        "waive": live and may(person, "obligations.waive", ob),
        "assign": live and may(person, "obligations.assign", ob),
        "pause": live and ob.paused_at is None and ob.due_at is not None and bool(ob.within)
        and may(person, "obligations.work", ob),
        "note": may(person, "obligations.work", ob),
        "resume": live and ob.paused_at is not None and may(person, "obligations.work", ob),
    }  # fmt: skip


def _together(ob: Obligation, evidence: list[Any]) -> list[Obligation]:
    """What the same act discharged besides this."""
    acts = {each.act for each in evidence if each.by_id is not None}
    if not acts:
        return []
    return list(Obligation.objects.filter(evidence__act__in=acts).exclude(pk=ob.pk).distinct()[:20])


@needs("obligations.see")
@require_safe
def explained(request: HttpRequest, pk: int) -> HttpResponse:
    ob = held(request, pk)
    found = explain(ob, clock.now())
    partial = bool(request.headers.get("HX-Request") or request.headers.get("X-Requested-With"))
    template = "obligations/parts/explain.html" if partial else "obligations/explain.html"
    return render(
        request,
        template,
        {"data": found.data, "ob": ob, "explained": found, "title": said(ob.title)},
    )


@needs("obligations.verify")
@require_POST
def verify(request: HttpRequest, pk: int) -> HttpResponse:
    ob = held(request, pk, "obligations.verify")
    form = VerifyForm(request.POST)
    between = conflict(request, ob, form, clock.now())
    if between is not None or not form.is_valid():
        return _shown(request, ob, form, between)
    done = actions.verify(
        obligation_id=ob.pk, by=who(request), now=clock.now(),
        how=Verifier(form.cleaned_data["how"]),
        satisfied=form.cleaned_data["satisfied"] == "yes", note=form.cleaned_data["note"],
    )  # fmt: skip
    text = _("已核实，环闭上了。") if done.state == State.VERIFIED else _("已退回，期限不变。")
    messages.success(request, text)
    return redirect("obligations:detail", pk)


def deed(
    verb: str, form_class: type[forms.Form], title: Callable[[], str], button: Callable[[], str],
    act: Callable[[HttpRequest, Obligation, dict[str, Any], datetime], object], *, danger: bool = False,
) -> Callable[..., HttpResponse]:  # fmt: skip
    """A small page or modal with one form, for one deed."""

    @needs(verb)
    @require_http_methods(["GET", "HEAD", "POST"])
    def view(request: HttpRequest, pk: int) -> HttpResponse:
        ob = held(request, pk, verb)
        form = form_class(request.POST if request.method == "POST" else None)
        between = conflict(request, ob, form, clock.now())
        if between is None and form.is_bound and form.is_valid():
            try:
                act(request, ob, form.cleaned_data, clock.now())
            except Refusal as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, _("已存。"))
                return _gone(request, pk)
        return render(
            request,
            "obligations/parts/deed.html" if request.headers.get("HX-Request") else "obligations/deed.html",
            {
                "ob": ob, "form": form, "title": title(), "button": button(), "danger": danger,
                "url": request.path, "cancel": reverse("obligations:detail", args=[pk]), "conflict": between,
            },
            status=422 if form.is_bound else 200,
        )  # fmt: skip

    return view


def _gone(request: HttpRequest, pk: int) -> HttpResponse:
    url = reverse("obligations:detail", args=[pk])
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return redirect(url)


waive = deed(
    "obligations.waive", WaiveForm, lambda: _("豁免这条义务"), lambda: _("豁免"),
    lambda request, ob, data, now: actions.waive(
        obligation_id=ob.pk, by=who(request), now=now, reason=WaiveReason(data["reason"]), note=data["note"]
    ),
    danger=True,
)  # fmt: skip
void = deed(
    "obligations.waive", VoidForm, lambda: _("作废这条义务"), lambda: _("作废"),
    lambda request, ob, data, now: actions.void(
        obligation_id=ob.pk, by=who(request), now=now, reason=VoidReason(data["reason"]), note=data["note"]
    ),
    danger=True,
)  # fmt: skip
pause = deed(
    "obligations.work", PauseForm, lambda: _("停表"), lambda: _("停表"),
    lambda request, ob, data, now: actions.pause(
        obligation_id=ob.pk, by=who(request), now=now, reason=PauseReason(data["reason"]),
        evidence=data["evidence"], told_customer=data["told_customer"],
    ),
)  # fmt: skip
assign = deed(
    "obligations.assign", AssignForm, lambda: _("转派"), lambda: _("转派"),
    lambda request, ob, data, now: actions.assign(
        obligation_id=ob.pk, to=data["to"], by=who(request), now=now, reason=data["reason"]
    ),
)  # fmt: skip

note = deed(
    "obligations.work", NoteForm, lambda: _("备注"), lambda: _("记下"),
    lambda request, ob, data, now: handing.note(
        obligation_id=ob.pk, text=data["text"], by=who(request), now=now
    ),
)  # fmt: skip


@needs("obligations.work")
@require_POST
def resume(request: HttpRequest, pk: int) -> HttpResponse:
    ob = held(request, pk, "obligations.work")
    actions.resume(obligation_id=ob.pk, by=who(request), now=clock.now())
    messages.success(request, _("已恢复计时，期限顺延。"))
    return redirect("obligations:detail", pk)
