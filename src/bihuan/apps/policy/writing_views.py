"""Writing a pack from a regulation: text on the left, proposals on the right."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bihuan.apps.policy import writing_actions as actions
from bihuan.apps.policy import writing_pages as pages
from bihuan.apps.policy import writing_queries as queries
from bihuan.apps.policy.enums import Carrying
from bihuan.apps.policy.models import Writing, WritingClause
from bihuan.apps.policy.pages import lang
from bihuan.apps.policy.writing_forms import (
    KINDS,
    ClauseForm,
    DraftForm,
    UploadForm,
    carrying_words,
)  # fmt: skip
from bihuan.base import clock
from bihuan.base.access.models import User
from bihuan.base.access.policy import needs
from bihuan.base.errors import BadInput, NoSuchThing, Refusal

VERB = "policy.publish"


def user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


@needs(VERB)
@require_http_methods(["GET", "POST"])
def write(request: HttpRequest) -> HttpResponse:
    """Hand a regulation in, and see those that are being written."""
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            row = actions.begin(
                raw=upload.read(), name=upload.name, by=user(request), now=clock.now()
            )
        except BadInput as bad:
            for field, sentence in bad.fields.items():
                form.add_error(field or None, sentence)
        else:
            return redirect("policy:writing", row.pk)
    context = {"form": form, "writings": queries.writings(), "tab": "write"}
    return render(request, "policy/write.html", context, status=422 if form.errors else 200)


@needs(VERB)
@require_GET
def writing(request: HttpRequest, pk: int) -> HttpResponse:
    return page(request, queries.writing(pk), request.GET.get("clause", ""))


def page(
    request: HttpRequest, row: Writing, code: str, *, status: int = 200, **more: Any
) -> HttpResponse:
    """The text with one clause open; ``more`` replaces parts after a refusal."""
    rows = queries.clauses(row)
    if not rows:
        raise NoSuchThing
    chosen = next((each for each in rows if each.code == code), None)
    chosen = chosen or pages.next_open(rows, 0) or rows[0]
    place = rows.index(chosen)
    context: dict[str, Any] = {
        "writing": row, "chapters": pages.left(row, rows, chosen.code), "counts": pages.counts(rows),
        "clause": chosen, "pieces": pages.marked(chosen, rows), "options": pages.options(chosen.carrying),
        "words": carrying_words()[Carrying(chosen.carrying)],
        "before": rows[place - 1] if place else None,
        "after": rows[place + 1] if place + 1 < len(rows) else None,
        "amend": ClauseForm(initial={"title": chosen.title, "text": chosen.text}),
    }  # fmt: skip
    context |= more
    if "cards" not in context:
        context["cards"] = pages.cards(chosen, rows, None, lang())
    return render(request, "policy/writing.html", context, status=status)


def at(row: Writing, clause: WritingClause | None) -> HttpResponseRedirect:
    address = reverse("policy:writing", args=[row.pk])
    return redirect(f"{address}?{urlencode({'clause': clause.code})}#cards" if clause else address)


def revision_of(request: HttpRequest) -> int:
    found = request.POST.get("revision", "")
    return int(found) if found.isdecimal() and len(found) < 9 else -1


@needs(VERB)
@require_POST
def decide(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    """Decide a clause, and go on to the next one that is open; or add an empty rule."""
    row = queries.writing(pk)
    clause = queries.clause(row, code)
    rows = queries.clauses(row)
    cards = pages.cards(clause, rows, request.POST, lang())
    if (kind := request.POST.get("add", "")) in KINDS:
        return page(request, row, code, cards=[*cards, pages.blank(kind, len(cards), rows, lang())])
    used = [card.form for card in cards if card.form.cleaned_data.get("use")]
    wanted = request.POST.get("carrying", "")
    try:
        if wanted not in set(Carrying) - {Carrying.OPEN}:
            raise BadInput({"": _("请选择这一条怎样落实。")})
        if wanted == Carrying.RULE and any(form.errors for form in used):
            raise BadInput({"": _("有几处要改。")})
        actions.decide(
            clause=clause, revision=revision_of(request), carrying=Carrying(wanted),
            rules=[form.chosen() for form in used] if wanted == Carrying.RULE else [],
            by=user(request), now=clock.now(),
        )  # fmt: skip
    except BadInput as bad:
        return page(request, row, code, status=422, cards=cards, faults=list(bad.fields.values()))
    except Refusal as refusal:
        return page(request, row, code, status=refusal.status, cards=cards, faults=[str(refusal)])
    following = pages.next_open(queries.clauses(row), clause.place)
    if following is None:
        messages.success(request, _("每一条都决定了，可以生成草稿。"))
    return at(row, following or clause)


@needs(VERB)
@require_POST
def amend(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    """Correct a clause's words, or join it to the one above."""
    row = queries.writing(pk)
    clause = queries.clause(row, code)
    form = ClauseForm(request.POST)
    try:
        if "join" in request.POST:
            return at(
                row,
                actions.join(
                    clause=clause, revision=revision_of(request), by=user(request), now=clock.now()
                ),
            )
        if not form.is_valid():
            return page(request, row, code, status=422, amend=form, amending=True)
        actions.amend(
            clause=clause, revision=revision_of(request), title=form.cleaned_data["title"],
            text=form.cleaned_data["text"], by=user(request), now=clock.now(),
        )  # fmt: skip
    except Refusal as refusal:
        return page(
            request,
            row,
            code,
            status=refusal.status,
            amend=form,
            amending=True,
            faults=[str(refusal)],
        )
    return at(row, clause)


@needs(VERB)
@require_http_methods(["GET", "POST"])
def draft(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a draft of what is decided."""
    row = queries.writing(pk)
    now: datetime = clock.now()
    initial = {
        "code": "own",
        "title": row.title,
        "version": f"{localdate(now).year + 1}.1",
        "from_": localdate(now),
    }
    form = DraftForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.make_draft(writing=row, by=user(request), now=now, **form.cleaned_data)
        except BadInput as bad:
            for sentence in bad.fields.values():
                form.add_error(None, sentence)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("草稿 %(version)s 已生成。") % {"version": made.version})
            return redirect("policy:writing_draft", row.pk)
    context = {
        "writing": row, "form": form, "counts": pages.counts(queries.clauses(row)),
        "findings": queries.findings(row.draft_id, lang()),
    }  # fmt: skip
    return render(request, "policy/writing_draft.html", context, status=422 if form.errors else 200)


@needs(VERB)
@require_POST
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    row = queries.writing(pk)
    actions.discard(writing=row, by=user(request), now=clock.now())
    messages.success(request, _("已删除《%(title)s》的编写稿。") % {"title": row.title})
    return redirect("policy:write")
