"""The work brief of a machine, a customer or the fleet, on screen and as a file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_GET, require_POST

from bihuan.apps.assets.models import Asset
from bihuan.apps.assets.views.common import now_and_person
from bihuan.apps.customers.models import Customer
from bihuan.apps.monitoring.queries import briefs as queries
from bihuan.apps.monitoring.queries.briefs import Span
from bihuan.base.access.models import User
from bihuan.base.access.policy import needs
from bihuan.base.access.scope import door, may
from bihuan.base.audit.actions import log
from bihuan.base.ledgers import writing
from bihuan.base.ui.paging import paged

TITLES = {"day": gettext_noop("日报"), "week": gettext_noop("周报"), "month": gettext_noop("月报")}


@dataclass(frozen=True)
class Asked:
    """What an address asks for; `thing` the machine or the customer, as far as this person reaches."""

    of: str
    thing: Asset | Customer | None
    span: Span

    @property
    def pk(self) -> int | None:
        return self.thing.pk if self.thing else None


def _asked(request: HttpRequest, person: User, now: datetime) -> Asked:
    """Raises NoSuchThing for what is beyond reach; anything unreadable is the fleet, this week.
    Where no day is asked for it is yesterday's: the one that is over.
    """
    given = request.POST if request.method == "POST" else request.GET
    kind = given.get("period", "")
    of = given.get("of", "")
    of = of if of in queries.SCOPES else "fleet"
    span = queries.span_of(
        kind if kind in queries.PERIODS else "week",
        _day(given.get("on", "")) or timezone.localdate(now),
    )
    if of == "fleet":
        return Asked(of, None, span)
    pk = int(text) if (text := given.get("id", "")).isdecimal() and len(text) < 19 else 0
    if of == "machine":
        return Asked(
            of,
            door(Asset.objects.select_related("model", "customer"), person, pk, "monitoring.see"),
            span,
        )
    return Asked(of, door(Customer.objects.all(), person, pk, "customers.see"), span)


def _day(text: str) -> date | None:
    try:
        found = parse_date(text)
    except ValueError:
        return None
    return found if found and 2000 <= found.year < 2100 else None


@needs("monitoring.see")
@require_GET
def brief(request: HttpRequest) -> HttpResponse:
    """Numbers beside those of the period before, run hours by day, a row a machine (or a day)."""
    now, person = now_and_person(request)
    asked = _asked(request, person, now)
    span, today = asked.span, timezone.localdate(now)
    found = queries.rows(person, asked.of, asked.pk, span)
    here = queries.sums(found)
    shown = queries.span_of("week", span.start) if span.kind == "day" else span
    bars, top = queries.bars(queries.rows(person, asked.of, asked.pk, shown), shown, span)
    page = (
        None
        if asked.of == "machine"
        else paged(request, queries.by_machine(found), total=round(here["machines"]))
    )
    return render(
        request, "monitoring/brief.html",
        {
            "now": now, "asked": asked, "span": span, "current": span.start <= today <= span.end, "here": here, "last": min(span.end, today),
            "figures": queries.figures(here, queries.sums(queries.rows(person, asked.of, asked.pk, queries.before(span)))),
            "states": queries.states(here), "alarms": queries.alarms(here), "bars": bars, "top": top, "page": page,
            "rows": queries.machines(list(page.object_list)) if page else [],
            "days": queries.by_day(found, now) if asked.of == "machine" else [], "many": shown.days > 10,
            "may_export": may(person, "monitoring.export"),
            "periods": [{"code": each, "title": _(TITLES[each]), "current": each == span.kind} for each in queries.PERIODS],
            "earlier": queries.before(span).start, "later": queries.after(span).start if span.end < today else None,
        },
    )  # fmt: skip


@needs("monitoring.export")
@require_POST
def export(request: HttpRequest) -> HttpResponse:
    """The same as a file; who took it is on record."""
    now, person = now_and_person(request)
    asked = _asked(request, person, now)
    rows = queries.rows(person, asked.of, asked.pk, asked.span, right="monitoring.export")
    lines = queries.table(rows, asked.of)
    title = _("作业简报")
    kind = "csv" if request.POST.get("format") == "csv" else "xlsx"
    log(
        "brief.export", by=person, now=now, thing=asked.thing or ("monitoring.Brief", "fleet"),
        after={"rows": len(lines) - 1, "from": asked.span.start.isoformat(), "to": asked.span.end.isoformat(), "format": kind},
    )  # fmt: skip
    mark = _("%(name)s（%(username)s）于 %(at)s 导出 · %(n)d 行") % {
        "name": person.name, "username": person.username, "at": timezone.localtime(now).strftime("%Y-%m-%d %H:%M"), "n": len(lines) - 1,
    }  # fmt: skip
    lines = [[mark], *lines]
    content, mime = (
        (writing.csv_bytes(lines), "text/csv; charset=utf-8")
        if kind == "csv"
        else (writing.xlsx(lines, title=title), writing.XLSX)
    )
    name = f"brief-{asked.of}{asked.pk or ''}-{asked.span.start}.{kind}"
    return HttpResponse(
        content,
        content_type=mime,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
