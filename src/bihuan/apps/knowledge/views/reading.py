"""The list, an article, and similar cases."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_http_methods

from bihuan.apps.assets.models import Asset
from bihuan.apps.assets.queries.lists import families_made
from bihuan.apps.knowledge import actions, marked, queries, similar, words
from bihuan.apps.knowledge.enums import Origin, Status
from bihuan.apps.knowledge.forms import ReasonForm
from bihuan.apps.knowledge.models import Article
from bihuan.apps.knowledge.queries import Asked
from bihuan.apps.knowledge.views.common import article_at, now_and_who, page, said, submit
from bihuan.base.access.models import User
from bihuan.base.access.policy import needs
from bihuan.base.access.scope import door, may
from bihuan.base.counting import counted
from bihuan.base.ui.paging import paged

LONGEST = 4000


@needs("knowledge.see")
@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    now, person = now_and_who(request)
    today, writes = timezone.localdate(now), may(person, "knowledge.edit")
    names = queries.VIEWS if writes else queries.READING[:1]
    view = _word(request, "view")
    asked = Asked(
        view=view if view in names else "published", text=_word(request, "q", 100), kind=_word(request, "kind"),
        audience=_word(request, "audience"), family=_word(request, "family"), part=_word(request, "part"),
    )  # fmt: skip
    rows = queries.articles(person)
    soon = queries.soon_day(now)
    counts = counted({name: queries.of_view(rows, name, person, soon) for name in names})
    found = paged(request, queries.listed(queries.of_view(rows, asked.view, person, soon), asked))
    context = {
        "page": found, "rows": [_line(row, latest=asked.view == "queue") for row in found.object_list],
        "views": _views(asked.view, names, counts), "asked": asked, "query": asked.text,
        "filters": _filters(asked, person, writes=writes), "keep": _kept(replace(asked, text="")),
        "narrowed": replace(asked, view="") != Asked(view=""), "today": today, "may_edit": writes,
    }  # fmt: skip
    return page(request, "list", context)


def _word(request: HttpRequest, name: str, longest: int = 60) -> str:
    """A word of the address as the database can take it."""
    given = request.POST if request.method == "POST" else request.GET
    return given.get(name, "").replace("\x00", "")[:longest]


def _line(row: Article, *, latest: bool) -> dict[str, Any]:
    line = said(row, latest=latest)
    content = line["content"]
    return line | {"about": marked.plain(content.remedy or content.body, 60)}


def _views(view: str, names: tuple[str, ...], counts: dict[str, int]) -> list[dict[str, Any]]:
    titles = {
        "published": _("已发布"), "due": _("待复核"), "disputed": _("多数说没用"), "mine": _("我的"),
        "proposed": _("工单提出的"),
        "draft": _("草稿和修改"), "queue": _("待审核"), "retired": pgettext("article", "已停用"),
    }  # fmt: skip
    home = reverse("knowledge:list")
    return [
        {
            "title": titles[name], "url": f"{home}?view={name}", "current": name == view,
            "count": counts[name], "hot": name in ("queue", "due"),
        }
        for name in names
    ]  # fmt: skip


def _kept(asked: Asked) -> dict[str, str]:
    values = {
        "view": asked.view, "q": asked.text, "kind": asked.kind, "audience": asked.audience,
        "family": asked.family, "part": asked.part,
    }  # fmt: skip
    return {name: value for name, value in values.items() if value}


def _filters(asked: Asked, person: User, *, writes: bool) -> list[dict[str, Any]]:
    choices: list[tuple[str, str, dict[str, str]]] = [
        ("kind", _("种类"), {str(k): str(v) for k, v in words.KIND.items()}),
        ("family", _("产品系列"), families_made()),
        ("part", _("部件"), {each: each for each in queries.parts(person)}),
    ]
    if writes:
        mine = queries.circles(person)
        choices.append(
            (
                "audience",
                _("读者"),
                {str(k): str(v) for k, v in words.AUDIENCE.items() if k in mine},
            )
        )
    return [_filter(asked, name, label, options) for name, label, options in choices if options]


def _filter(asked: Asked, name: str, label: str, options: dict[str, str]) -> dict[str, Any]:
    chosen = getattr(asked, name)
    if chosen:
        return {
            "label": label,
            "value": options.get(chosen, chosen),
            "clear_url": _at(asked, name, ""),
        }
    return {
        "label": label, "value": _("全部"),
        "options": [
            {"title": word, "url": _at(asked, name, code), "count": None, "current": False}
            for code, word in options.items()
        ],
    }  # fmt: skip


def _at(asked: Asked, name: str, value: str) -> str:
    return "?" + urlencode(_kept(replace(asked, **{name: value})))


@needs("knowledge.see")
@require_http_methods(["GET", "HEAD", "POST"])
def article(request: HttpRequest, pk: int) -> HttpResponse:
    """One article; a reader says whether it helped."""
    now, person = now_and_who(request)
    row = article_at(person, pk)
    form = ReasonForm(request.POST or None)
    if request.method == "POST":
        helpful = request.POST.get("helpful") == "yes"

        def deed() -> object:
            return actions.vote(
                article=row, helpful=helpful, reason=form.cleaned_data["reason"], by=person, now=now
            )

        if submit(form, deed):
            messages.success(request, _("谢谢，已记下。"))
            return redirect("knowledge:article", pk)
    writes, publishes = may(person, "knowledge.edit"), may(person, "knowledge.publish")
    latest = writes and request.GET.get("version") == "latest" and row.pending is not None
    shown = said(row, latest=latest)
    vote = row.votes.filter(by=person).first()
    text = f"{row.part}{row.symptom}。{row.title}" if row.symptom else row.title
    context = shown | {
        "article": row, "latest": latest, "parts": _parts(shown["content"]), "may_edit": writes,
        "may_publish": publishes and shown["waiting"], "may_review": publishes,
        "mine": publishes and row.versions.filter(number__gt=row.published, by=person).exists(),
        "discards": row.status == Status.DRAFT and not row.published and person.pk in (row.owner_id, row.author_id),
        "form": form, "vote": vote, "why": form["reason"].value() or (vote.reason if vote else ""),
        "complaints": row.votes.filter(helpful=False).select_related("by").order_by("-at")[:5] if writes else [],
        "files": queries.files_of(row, latest=latest), "ticket_url": _ticket_url(row.ticket),
        "steps": _steps(row) if writes else [], "today": timezone.localdate(now),
        "similar": similar.find(person, text, limit=4, without=(Origin.ARTICLE, row.pk)),
        "readable": row.status == Status.PUBLISHED,
    }  # fmt: skip
    return page(request, "article", context, form)


def _ticket_url(number: str) -> str:
    """Where the ticket is found that it came from, by the search box: tickets stand above us."""
    return f"{reverse('search:search')}?{urlencode({'q': number})}" if number else ""


def _parts(content: Any) -> list[dict[str, str]]:
    """The sections of an article that say something, as safe HTML."""
    sections = (
        (pgettext("fault", "原因"), content.cause), (_("处理办法"), content.remedy),
        (_("详细说明") if content.cause or content.remedy else "", content.body),
    )  # fmt: skip
    return [
        {"title": title, "html": mark_safe(marked.html(text))}  # noqa: S308 - escaped by `marked`
        for title, text in sections
        if text.strip()
    ]


def _steps(row: Article) -> list[dict[str, Any]]:
    return [
        {"step": step, "title": words.title(words.STEP, step.what)}
        for step in row.steps.select_related("by")[:20]
    ]


@needs("knowledge.see")
@require_http_methods(["GET", "HEAD", "POST"])
def similar_cases(request: HttpRequest) -> HttpResponse:
    """Fragment: earlier cases like `?title=` and `?text=`, those that fit machine `?asset=` first.
    What a customer says is asked by POST: it belongs into no address.
    """
    _now, person = now_and_who(request)
    text = "\n".join(filter(None, (_word(request, name, LONGEST) for name in ("title", "text"))))
    pk = _word(request, "asset")
    machine = None
    if pk.isascii() and pk.isdigit() and len(pk) < 18 and may(person, "assets.see"):
        machine = door(Asset.objects.select_related("model"), person, int(pk), "assets.see")
    family, model = (machine.model.family, machine.model.code) if machine else ("", "")
    found = similar.find(person, text, family=family, model=model)
    context = {
        "found": [{"case": each, "remedy": marked.plain(each.case.remedy, 140)} for each in found],
        "text": text, "machine": machine,
    }  # fmt: skip
    return page(request, "similar", context)


@needs("knowledge.see")
@require_GET
def similar_page(request: HttpRequest) -> HttpResponse:
    """The same as a page, with a box to write in."""
    _now, person = now_and_who(request)
    text = _word(request, "text", LONGEST)
    found = similar.find(person, text, limit=10)
    context = {
        "found": [{"case": each, "remedy": marked.plain(each.case.remedy, 140)} for each in found],
        "text": text, "machine": None,
    }  # fmt: skip
    return page(request, "similar_page", context)
