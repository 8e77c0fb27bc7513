"""Recording a fact by hand."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from bihuan.base import clock
from bihuan.base.access.models import User
from bihuan.base.access.policy import needs
from bihuan.base.errors import BadInput, NoSuchThing, Refusal
from bihuan.base.facts.by_hand import kinds, tell_by_hand
from bihuan.base.facts.forms import FactForm, kind_choices, subject_names
from bihuan.base.facts.queries import within_reach
from bihuan.base.facts.showing import fields_of, kind_title, subject_title, subjects_of
from bihuan.base.facts.subjects import known
from bihuan.base.search.queries import matching
from bihuan.base.search.queries import within_reach as findable
from bihuan.base.storable import whole
from bihuan.base.system.company import zone
from bihuan.base.system.idempotency import idempotent
from bihuan.base.texts import in_language, in_words

SHOWN = 8


@needs("facts.tell")
@idempotent
def tell(request: HttpRequest) -> HttpResponse:
    assert isinstance(request.user, User)
    kind = kinds().get(request.POST.get("kind") or request.GET.get("kind", ""))
    if kind is None:
        return render(request, "facts/choose.html", {"choices": kind_choices()})
    names = subject_names(kind)
    now = clock.now()
    local = now.astimezone(zone())
    form = FactForm(
        request.POST or None, kind=kind, initial={"at": local.strftime("%Y-%m-%dT%H:%M")}
    )
    wrong: dict[str, str] = {}
    if request.method == "POST" and form.is_valid():
        try:
            told = tell_by_hand(
                kind=kind.code,
                at=form.cleaned_data["at"],
                subjects=_subjects(request, names),
                data=form.data_values(),
                by=request.user,
                now=now,
            )
        except Refusal as refusal:
            wrong = _wrong(form, refusal)
        else:
            title = in_words(kind.title)
            messages.success(request, _("已登记：%(title)s") % {"title": title})
            return redirect("facts:fact", told.fact.pk)
    subjects = [
        {
            "name": name,
            "title": subject_title(name),
            "required": name == kind.subject,
            "typed": request.POST.get(f"q_{name}", ""),
            "error": wrong.get(f"subjects.{name}", ""),
        }
        for name in names
    ]
    context = {"form": form, "kind": kind, "title": in_words(kind.title), "subjects": subjects}
    return render(request, "facts/tell.html", context, status=422 if form.is_bound else 200)


@needs("facts.tell")
@require_safe
def subjects(request: HttpRequest, name: str) -> HttpResponse:
    """What fits the typed words, as choices."""
    assert isinstance(request.user, User)
    if name not in known():
        raise NoSuchThing
    rows = matching(
        findable(request.user).filter(kind=name), request.GET.get(f"q_{name}", "")[:100]
    )
    found = [
        {"id": row.thing_id, "title": in_language(row.title), "note": row.note}
        for row in (rows[:SHOWN] if rows is not None else [])
    ]
    return render(request, "facts/subjects.html", {"name": name, "found": found})


@needs("facts.see")
@require_safe
def fact(request: HttpRequest, pk: int) -> HttpResponse:
    assert isinstance(request.user, User)
    row = within_reach(request.user).select_related("by").filter(pk=pk).first()
    if row is None:
        raise NoSuchThing
    lines = [*fields_of(row, request.user), *subjects_of(row, request.user)]
    return render(
        request, "facts/fact.html", {"fact": row, "lines": lines, "title": kind_title(row.kind)}
    )


def _subjects(request: HttpRequest, names: list[str]) -> dict[str, int | str]:
    found: dict[str, int | str] = {}
    for name in names:
        chosen = request.POST.get(f"subject_{name}", "")
        typed = request.POST.get(f"q_{name}", "").strip()
        if (number := whole(chosen)) is not None:
            found[name] = number
        elif typed:
            found[name] = typed
    return found


def _wrong(form: FactForm, refusal: Refusal) -> dict[str, str]:
    if not isinstance(refusal, BadInput):
        form.add_error(None, str(refusal))
        return {}
    for name, text in refusal.fields.items():
        form.add_error(name if name in form.fields else None, text)
    return refusal.fields
