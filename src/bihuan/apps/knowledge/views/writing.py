"""Writing, looking at what others wrote, synonyms, duties of knowledge."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods, require_POST

from bihuan.apps.knowledge import actions, differences, figures, marked, queries, words
from bihuan.apps.knowledge.forms import (
    ArticleForm,
    DutyForm,
    ReasonForm,
    ReviewForm,
    SynonymForm,
)
from bihuan.apps.knowledge.models import Article, ArticleVersion, Synonym
from bihuan.apps.knowledge.queries import circles
from bihuan.apps.knowledge.refusals import WordsMissing, WrongFiles
from bihuan.apps.knowledge.rules import Content
from bihuan.apps.knowledge.views.common import article_at, now_and_who, page, said, submit
from bihuan.apps.knowledge.words import BODY
from bihuan.apps.obligations import actions as obligations
from bihuan.apps.obligations.actions import Proof
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.obligations.rows import rows_of
from bihuan.base.access.models import User
from bihuan.base.access.policy import needs
from bihuan.base.access.scope import door, may
from bihuan.base.errors import NoSuchThing, NotAllowed, Refusal
from bihuan.base.evidence.actions import store
from bihuan.base.system.idempotency import idempotent


@needs("knowledge.edit")
@require_http_methods(["GET", "HEAD", "POST"])
@idempotent
def new(request: HttpRequest) -> HttpResponse:
    now, person = now_and_who(request)
    initial = ArticleForm.blank() | {"owner": person.pk}
    form = ArticleForm(
        request.POST or None, person=person, circles=circles(person), initial=initial
    )
    made: list[Article] = []

    def deed() -> None:
        owner = form.cleaned_data["owner"]
        content = replace(form.content, files=_files(request, (), person, now))
        made.append(actions.draft(content=content, by=person, now=now, owner=owner))
        if request.POST.get("then") == "submit":
            actions.submit(article=made[0], by=person, now=now)

    if submit(form, transaction.atomic(deed)):
        messages.success(request, _("已保存。"))
        return redirect("knowledge:article", made[0].pk)
    cancel = reverse("knowledge:list")
    context = {"form": form, "heading": _("写一篇知识"), "cancel": cancel, "article": None}
    return page(request, "edit", context, form)


@needs("knowledge.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    now, person = now_and_who(request)
    row = article_at(person, pk)
    begun = _begun_from(row, request)
    initial = ArticleForm.values_of(begun) | {
        "owner": row.owner_id,
        "seen": row.version,
    }
    mine = circles(person)
    # Readers whom the writer does not belong to are kept.
    form = ArticleForm(
        request.POST or None, person=person, circles=[*mine, *row.latest.audiences], initial=initial
    )

    def deed() -> None:
        values = form.cleaned_data
        changed = actions.change(
            article=row, by=person, now=now, seen=values["seen"] or 0,
            note=values["note"], owner=values["owner"],
            content=replace(form.content, files=_files(request, begun.files, person, now)),
        )  # fmt: skip
        if request.POST.get("then") == "submit":
            actions.submit(article=changed, by=person, now=now)

    if submit(form, transaction.atomic(deed)):
        messages.success(request, _("已保存。"))
        return redirect(_latest(pk))
    cancel = reverse("knowledge:article", args=[pk])
    context = {
        "form": form, "heading": row.title, "cancel": cancel, "article": row,
        "files": queries.files_by(begun.files),
    }  # fmt: skip
    return page(request, "edit", context, form)


def _files(
    request: HttpRequest, known: tuple[int, ...], person: User, now: datetime
) -> tuple[int, ...]:
    """The attachments that were kept, then the new ones. Raises WrongFiles and what `store` raises."""
    kept = {each for each in request.POST.getlist("kept") if each.isascii() and each.isdigit()}
    new = request.FILES.getlist("files")
    found = [pk for pk in known if str(pk) in kept]
    most = figures.whole("files", now)
    if len(found) + len(new) > most:
        raise WrongFiles(limit=most)
    found += [store(each, by=person, now=now).pk for each in new]
    return tuple(dict.fromkeys(found))


def _begun_from(row: Article, request: HttpRequest) -> Content:
    """The last version, or an older one (`?from=`) that is to be read again."""
    number = request.GET.get("from", "")
    if number.isascii() and number.isdigit() and len(number) < 9:
        older = row.versions.filter(number=int(number)).first()
        if older is not None:
            return older.content
    return row.latest


def _latest(pk: int) -> str:
    return f"{reverse('knowledge:article', args=[pk])}?version=latest"


@needs("knowledge.edit")
@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """Fragment: what is being written, as it will be read."""
    post = request.POST
    parts = [
        (pgettext("fault", "原因"), post.get("cause", "")), (_("处理办法"), post.get("remedy", "")), ("", post.get("body", "")),
    ]  # fmt: skip
    shown = [
        {"title": title, "html": mark_safe(marked.html(text[:30000]))}  # noqa: S308 - escaped by `marked`
        for title, text in parts
        if text.strip()
    ]
    return page(request, "preview", {"parts": shown, "title": post.get("title", "")[:160]})


@needs("knowledge.edit")
@require_POST
def step(request: HttpRequest, pk: int) -> HttpResponse:
    """One step of an article's life."""
    now, person = now_and_who(request)
    row = article_at(person, pk)
    reason, review = ReasonForm(request.POST), ReviewForm(request.POST)
    if not reason.is_valid() or not review.is_valid():
        messages.error(request, _("日期或理由不对，没有改动。"))
        return redirect(_latest(pk))
    try:
        given = {"by": person, "now": now, "seen": request.POST.get("seen")}
        _do(row, request.POST.get("deed", ""), reason.cleaned_data["reason"], review, given)
        messages.success(request, _("已记下。"))
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return redirect("knowledge:article", pk)


def _do(row: Article, deed: str, reason: str, review: ReviewForm, given: dict[str, Any]) -> None:
    person, now = given["by"], given["now"]
    if deed == "submit":
        actions.submit(article=row, by=person, now=now)
        return
    own = person.pk in (row.owner_id, row.author_id) and not row.published
    if deed == "retire" and own:  # a draft that nobody needs
        actions.retire(article=row, reason=reason, **given)
        return
    if not may(person, "knowledge.publish"):
        raise NotAllowed
    on = review.cleaned_data["review_on"]
    match deed:
        case "publish":
            actions.publish(article=row, review_on=on, **given)
        case "send_back":
            actions.send_back(article=row, reason=reason, **given)
        case "reviewed":
            actions.reviewed(article=row, review_on=on, **given)
        case "retire":
            actions.retire(article=row, reason=reason, **given)
        case _:
            raise NoSuchThing


@needs("knowledge.edit")
@require_http_methods(["GET", "HEAD"])
def versions(request: HttpRequest, pk: int) -> HttpResponse:
    """All versions of an article, the newest first."""
    _now, person = now_and_who(request)
    row = article_at(person, pk)
    rows = list(row.versions.select_related("by")[:50])
    found = [
        {"version": each, "changes": _changes(rows[n + 1] if n + 1 < len(rows) else None, each), "html": mark_safe(marked.html("\n\n".join(filter(None, (each.content.cause, each.content.remedy, each.content.body)))))}  # noqa: S308 - escaped by `marked`
        for n, each in enumerate(rows)
    ]  # fmt: skip
    return page(request, "versions", said(row) | {"article": row, "versions": found})


def _changes(before: ArticleVersion | None, after: ArticleVersion) -> list[dict[str, Any]]:
    """What is different from the version before it; nothing for the first."""
    if before is None:
        return []
    return [
        {"title": words.title(words.FIELD, each.field), "lines": each.lines}
        for each in differences.changes(before.content, after.content)
    ]


@needs("knowledge.edit")
@require_http_methods(["GET", "HEAD"])
def queue(request: HttpRequest) -> HttpResponse:
    """What waits for somebody else's look, and what is to be read again."""
    now, person = now_and_who(request)
    today = timezone.localdate(now)
    rows = queries.articles(person).filter(queries.WAITING).order_by("written_at", "pk")
    context = {
        "rows": [said(row, latest=True) | {"mine": row.author_id == person.pk} for row in rows[:100]],
        "due": [said(row) for row in queries.due(person, now)[:100]],
        "may_publish": may(person, "knowledge.publish"), "today": today, "next": figures.next_review(today, now),
    }  # fmt: skip
    return page(request, "queue", context)


@needs("knowledge.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def synonyms(request: HttpRequest) -> HttpResponse:
    """What people say for our words."""
    now, person = now_and_who(request)
    gone = request.POST.get("drop", "")
    if gone.isascii() and gone.isdigit() and len(gone) < 18:
        for row in Synonym.objects.filter(pk=int(gone)):
            actions.drop_synonym(synonym=row)
        return redirect("knowledge:synonyms")
    form = SynonymForm(request.POST or None)
    if submit(form, lambda: actions.add_synonym(**form.cleaned_data, by=person, now=now)):
        messages.success(request, _("已加上。搜索和相似案例马上认得。"))
        return redirect("knowledge:synonyms")
    rows = Synonym.objects.select_related("by")
    return page(request, "synonyms", {"form": form, "rows": rows}, form)


def _covered(helped: Article | None) -> dict[str, str]:
    """What the form proposes where an article that was there already solved the ticket."""
    return {"article": helped.number, "text": _("已有知识解决，没有新东西要写。")} if helped else {}


@needs("obligations.work")
@require_http_methods(["GET", "HEAD", "POST"])
def duty(request: HttpRequest, pk: int) -> HttpResponse:
    """Carry out `knowledge.update` or `knowledge.review`."""
    now, person = now_and_who(request)
    rows = Obligation.objects.with_pack().select_related("customer", "assignee", "cause")
    ob = door(rows, person, pk, "obligations.work")
    if ob.kind not in ("knowledge.update", "knowledge.review"):
        raise NoSuchThing
    of_fact = ob.cause.data.get("fact", {})
    ticket = ob.match.get("ticket") or of_fact.get("ticket") or ""
    helped = queries.that_solved(ticket) if ob.kind == "knowledge.update" and ticket else None
    form = DutyForm(request.POST or None, initial=_covered(helped))

    def deed() -> None:
        text = form.cleaned_data["text"].strip()
        number = form.cleaned_data["article"].upper().removeprefix("ZS-")
        proofs = [Proof("record", text=text)] if text else []
        if number:
            if not (number.isascii() and number.isdigit()):
                raise NoSuchThing
            row = article_at(person, int(number))
            proofs.append(Proof("publication", text=f"{row.number} {row.title}"))
        if not proofs:
            raise WordsMissing(what=BODY)
        obligations.discharge(obligation_ids=[ob.pk], by=person, now=now, at=now, evidence=proofs)

    if submit(form, deed):
        messages.success(request, _("已办结。"))
        return redirect("obligations:detail", pk)
    written = queries.articles(person).filter(ticket=ticket) if ticket else Article.objects.none()
    due = queries.due(person, now) if ob.kind == "knowledge.review" else Article.objects.none()
    context = {
        "ob": ob, "row": rows_of([ob], now, {})[0], "form": form, "ticket": ticket,
        "written": [said(row) for row in written[:20]], "due": [said(row) for row in due[:100]],
    }  # fmt: skip
    return page(request, "duty", context, form)
