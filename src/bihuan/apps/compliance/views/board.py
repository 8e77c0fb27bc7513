"""The board of a month, the duties behind one of its cells, and freezing it."""

from __future__ import annotations

import gzip
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bihuan.apps.compliance import actions, queries
from bihuan.apps.compliance.counting import EARLIEST, month_of, step, this_month
from bihuan.apps.compliance.editions import NOW, Frozen, frozen_board
from bihuan.apps.compliance.enums import Definition
from bihuan.apps.compliance.forms import ReasonForm
from bihuan.apps.compliance.kept import kept_behind, lines
from bihuan.apps.compliance.models import FrozenMonth
from bihuan.apps.compliance.queries import Asked, Board, Line
from bihuan.apps.compliance.rules import canonical
from bihuan.apps.compliance.views.frame import asked as code
from bihuan.apps.compliance.views.frame import month_named, page, who
from bihuan.apps.obligations.rows import for_rows, rows_of, tier_names
from bihuan.base import clock
from bihuan.base.access.policy import needs
from bihuan.base.access.reach import ALL
from bihuan.base.access.scope import may, reaches
from bihuan.base.errors import BadInput, NoSuchThing, Refusal
from bihuan.base.system.idempotency import idempotent
from bihuan.base.ui.paging import paged

SHOWS = ("missed", "kept", "waived")


@needs("compliance.see")
@require_GET
def board(request: HttpRequest) -> HttpResponse:
    now, person = clock.now(), who(request)
    asked = _asked(request, now)
    shown, frozen = frozen_board(person, asked, request.GET.get("edition", ""), now)
    context: dict[str, Any] = {
        "asked": asked, "board": shown, "now": now, "frozen": frozen, "month": f"{asked.first:%Y-%m}",
        "may_freeze": may(person, "compliance.freeze"), "ended": now >= month_of(asked.first)[1],
        "editions": _editions(asked, frozen),
        "definitions": _definitions(asked), "earlier": _link(asked, month=f"{step(asked.first, -1):%Y-%m}"),
        "later": _link(asked, month=f"{step(asked.first, 1):%Y-%m}") if asked.first < this_month(now) else "",
    }  # fmt: skip
    context["link_frozen_now"] = _link(
        asked, edition=NOW, clause=asked.clause, who=asked.department, show=asked.show
    )
    if asked.clause and frozen is not None and frozen.shown is not None:
        context |= _as_frozen(request, asked, frozen.shown, shown, now)
    elif asked.clause:
        found = queries.behind(person, asked, now)
        rows = paged(request, for_rows(found.rows), total=found.counts[asked.show])
        context |= {
            "page": rows, "rows": rows_of(rows.object_list, now, tier_names(now)),
            "shows": _shows(asked, found.counts, request.GET.get("edition", "")),
            "line": _line_of(shown, asked),
        }  # fmt: skip
    return page(request, "board", context)


def _as_frozen(
    request: HttpRequest, asked: Asked, edition: FrozenMonth, board: Board, now: datetime
) -> dict[str, Any]:
    """The duties behind a cell as they were frozen, each beside what it is now."""
    person = who(request)
    cell = kept_behind(person, asked, edition, now)
    of_part: Any = cell.rows
    rows = paged(request, of_part)
    return {
        "page": rows, "kept": cell, "kept_lines": lines(person, list(rows.object_list), cell),
        "shows": _shows(asked, cell.counts, str(edition.edition)), "line": _line_of(board, asked),
    }  # fmt: skip


def _shows(asked: Asked, counts: dict[str, int], edition: str) -> list[dict[str, object]]:
    titles = {"missed": _("没做到"), "kept": _("做到了"), "waived": _("已豁免")}
    return [
        {
            "title": titles[code], "count": counts[code], "current": code == asked.show,
            "url": _link(
                asked, show=code, clause=asked.clause, who=asked.department, edition=edition
            ),
        }
        for code in SHOWS
    ]  # fmt: skip


def _line_of(board: Board, asked: Asked) -> Line | None:
    return next((each for each in board.lines if each.clause == asked.clause), None)


@needs("compliance.freeze")
@require_POST
def freeze(request: HttpRequest, month: str) -> HttpResponse:
    now, person = clock.now(), who(request)
    first = month_named(month)
    try:
        row = actions.freeze(first=first, by=person, now=now)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(
            request, _("%(month)s 已封存，第 %(n)d 版。") % {"month": month, "n": row.edition}
        )
    return redirect(f"{reverse('compliance:board')}?month={first:%Y-%m}")


@needs("compliance.freeze")
@require_http_methods(["GET", "POST"])
@idempotent
def correct(request: HttpRequest, month: str) -> HttpResponse:
    """A correction edition beside the original; GET asks for the reason."""
    now, person = clock.now(), who(request)
    first = month_named(month)
    form = ReasonForm(request.POST or None)
    back = f"{reverse('compliance:board')}?month={first:%Y-%m}"
    if request.method == "POST" and form.is_valid():
        try:
            row = actions.correct(
                first=first, reason=form.cleaned_data["reason"], by=person, now=now
            )
        except BadInput as bad:
            for name, sentence in bad.fields.items():
                form.add_error(name, sentence)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(
                request,
                _("%(month)s 第 %(n)d 版已存，前面的版照旧可看。")
                % {"month": month, "n": row.edition},
            )
            return redirect(back)
    context = {
        "form": form, "month": f"{first:%Y-%m}", "back": back,
        "frozen": frozen_board(person, Asked(first), "", now)[1],
    }  # fmt: skip
    return page(request, "correct", context, status=422 if form.errors else 200)


@needs("compliance.see")
@require_GET
def edition(request: HttpRequest, month: str, number: int, what: str) -> HttpResponse:
    """An edition as a file: `json` is what the checksum covers, `csv` every duty behind it."""
    row = FrozenMonth.objects.filter(first=month_named(month), edition=number).first()
    if (
        row is None
        or what not in ("json", "csv")
        or ALL not in reaches(who(request), "compliance.see")
    ):
        raise NoSuchThing
    content = canonical(row.content) if what == "json" else gzip.decompress(row.rows)
    kind = "application/json" if what == "json" else "text/csv"
    name = f"{row.first:%Y-%m}-{row.edition}.{what}"
    return HttpResponse(
        content, content_type=f"{kind}; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )  # fmt: skip


def _editions(asked: Asked, frozen: Frozen | None) -> list[dict[str, object]]:
    """The editions of the month and what is counted now, as links."""
    if frozen is None or (not frozen.whole and frozen.shown is None and not frozen.count):
        return []
    found: list[dict[str, object]] = [
        {
            "title": _("第 %(n)d 版") % {"n": each.edition}, "current": each == frozen.shown,
            "url": _link(asked, edition=str(each.edition)),
        }
        for each in frozen.editions
    ]  # fmt: skip
    now = {
        "title": _("现在的数"),
        "current": frozen.shown is None,
        "url": _link(asked, edition=NOW),
    }
    return [*found, now]


def _asked(request: HttpRequest, now: datetime) -> Asked:
    """What the query string asks for; a wrong part is as if it were not there."""
    get = request.GET
    try:
        first = date.fromisoformat(f"{get.get('month', '')}-01")
    except ValueError:
        first = this_month(now)
    known = {each.value: each for each in Definition}
    show = get.get("show", "")
    return Asked(
        first=max(min(first, this_month(now)), EARLIEST), by=known.get(get.get("as", ""), Definition.ON_TIME),
        clause=code(request, "clause"), department=code(request, "who"),
        show=show if show in SHOWS else "missed",
    )  # fmt: skip


def _definitions(asked: Asked) -> list[dict[str, object]]:
    return [
        {"title": title, "current": each is asked.by, "url": _link(asked, **{"as": each.value})}
        for each, title in queries.definition_words().items()
    ]


def _link(asked: Asked, **change: str) -> str:
    kept = {"month": f"{asked.first:%Y-%m}", "as": asked.by.value} | change
    return "?" + urlencode({name: value for name, value in kept.items() if value})
