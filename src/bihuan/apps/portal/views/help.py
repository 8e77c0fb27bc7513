"""Help without login: what is public of knowledge, also while somebody writes his report."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_POST, require_safe

from bihuan.apps.assets.models import Asset
from bihuan.apps.assets.queries.page import service_line
from bihuan.apps.knowledge import actions as knowledge
from bihuan.apps.knowledge import marked, public
from bihuan.apps.knowledge import words as knowledge_words
from bihuan.apps.knowledge.models import Article
from bihuan.apps.knowledge.queries import files_of
from bihuan.apps.portal import guard
from bihuan.apps.portal.forms import Keyed, plain
from bihuan.apps.portal.refusals import NoSuchHelp, PageTooOld
from bihuan.apps.portal.views.common import for_customers, new_key, staff_of
from bihuan.base import clock
from bihuan.base.access.policy import public as open_to_all
from bihuan.base.evidence.models import File
from bihuan.base.evidence.views import sent
from bihuan.base.texts import in_language
from bihuan.base.ui.paging import paged

LONGEST = 1000
WHY = "articles that somebody published for everybody"


def shown(row: Article) -> dict[str, Any]:
    """An article as the public reads it; nothing of who wrote it or where it came from."""
    content = row.content
    parts = [content.cause, content.remedy, content.body]
    return {
        "pk": row.pk, "number": row.number, "title": in_language({"zh": content.title, "en": content.title_en or content.title}),
        "kind": knowledge_words.title(knowledge_words.KIND, content.kind), "safety": content.safety,
        "about": marked.plain(content.remedy or content.body, 80), "used": row.used,
        "parts": [mark_safe(marked.html(text)) for text in parts if text.strip()],  # noqa: S308 - escaped by `marked`
    }  # fmt: skip


@open_to_all(WHY)
@require_safe
@for_customers
def listing(request: HttpRequest) -> HttpResponse:
    """All of them, or those with the words of `?q=`."""
    now = clock.now()
    guard.check("help", guard.here(), guard.MINUTE, "help_minute", now)
    text = plain(request.GET.get("q", ""))[:100]
    rows = paged(request, public.found(text))
    context = {
        "rows": [shown(row) for row in rows.object_list], "page": rows, "query": text, "line": service_line(""),
    }  # fmt: skip
    return render(request, "portal/help.html", context)


@open_to_all(WHY)
@require_safe
@for_customers
def article(request: HttpRequest, pk: int) -> HttpResponse:
    now = clock.now()
    guard.check("help", guard.here(), guard.MINUTE, "help_minute", now)
    row = _at(pk)
    context = {
        "article": shown(row), "key": new_key(), "line": service_line(""), "staff": staff_of(request),
        "files": _named(row),
    }  # fmt: skip
    return render(request, "portal/article.html", context)


@open_to_all(WHY)
@require_safe
@for_customers
def file(request: HttpRequest, pk: int, file: int) -> StreamingHttpResponse:
    """An attachment of a public article; of any other there is none."""
    guard.check("help", guard.here(), guard.MINUTE, "help_minute", clock.now())
    name, found = next((each for each in _named(_at(pk)) if each[1].pk == file), ("", None))
    if found is None:
        raise NoSuchHelp
    return sent(request, found, named=name, shown=found.is_image)


def _named(row: Article) -> list[tuple[str, File]]:
    """The attachments, each called as the article and by its place."""
    return [(each.outside(f"{row.number}-{n}"), each) for n, each in enumerate(files_of(row), 1)]


@open_to_all("a customer writes his report and may find the answer himself")
@require_POST
@for_customers
def suggest(request: HttpRequest) -> HttpResponse:
    """Fragment: what may help, by what he has written so far. What he writes is not kept."""
    now = clock.now()
    guard.check("suggest", guard.here(), guard.MINUTE, "help_minute", now)
    asset = (
        Asset.objects.living().select_related("model").filter(token=plain(request.POST.get("machine", ""))[:40]).first()
        if request.POST.get("machine") else None
    )  # fmt: skip
    model = asset.model if asset else None
    rows = public.suggested(
        plain(request.POST.get("what", ""))[:LONGEST], family=model.family if model else "",
        model=model.code if model else "",
    )  # fmt: skip
    return render(request, "portal/parts/suggest.html", {"rows": [shown(row) for row in rows]})


@open_to_all("a customer says that an article helped")
@require_POST
@for_customers
def helped(request: HttpRequest, pk: int) -> HttpResponse:
    """He needs no report any more; once for one page. A member of staff is not counted."""
    now = clock.now()
    guard.check("helped", guard.here(), guard.HOUR, "reports_hour", now)
    form = Keyed(request.POST)
    if not form.is_valid():
        raise PageTooOld
    row = _at(pk)
    if staff_of(request) is None:
        knowledge.solved_itself(article=row, key=form.cleaned_data["key"], now=now)
    inside = bool(request.headers.get("HX-Request"))
    template = "portal/parts/thanks.html" if inside else "portal/thanks.html"
    return render(request, template, {"line": service_line("")})


def _at(pk: int) -> Article:
    row = public.articles().filter(pk=pk).first()
    if row is None:
        raise NoSuchHelp
    return row
