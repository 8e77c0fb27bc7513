"""The targets of the regulation in force: what each reached, and what lies behind it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from bihuan.apps.callbacks.models import Callback
from bihuan.apps.compliance import measuring
from bihuan.apps.compliance.measures import MEASURES
from bihuan.apps.compliance.measuring import Asked, Measure
from bihuan.apps.compliance.queries import limit_words, per_words
from bihuan.apps.compliance.rules import MONTHLY
from bihuan.apps.customers.models import Customer
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.obligations.words import language
from bihuan.apps.tickets.models import Ticket
from bihuan.base import registry
from bihuan.base.access.models import User
from bihuan.base.facts.models import Fact
from bihuan.base.texts import listed
from bihuan.base.vocabulary import vocabulary
from bihuan.lib.policy import Clause, Pack, span_of
from bihuan.lib.policy.limits import Span
from bihuan.lib.policy.parts import Target


@dataclass(frozen=True)
class Reached:
    """What was reached in a span; `met` is None where there is nothing to judge."""

    span: str
    value: str
    part: str
    whole: str
    met: bool | None


@dataclass(frozen=True)
class Line:
    """A target: what it asks, how it is counted, the span that runs and the one before; `why` is
    what keeps it from being counted.
    """

    target: Target
    clause: Clause | None
    title: str
    limit: str
    per: str
    how: str
    why: str = ""
    running: Reached | None = None
    last: Reached | None = None


def lines(person: User, pack: Pack, now: datetime) -> list[Line]:
    """All targets (one query for what was ever told, two or fewer for each target)."""
    never = _never_told(
        {kind for each in MEASURES.values() for group in each.needs for kind in group}
    )
    return [_line(person, pack, target, never, now) for target in pack.targets]


def _line(person: User, pack: Pack, target: Target, never: set[str], now: datetime) -> Line:
    measure = MEASURES.get(target.measure)
    words = per_words().get(target.per or MONTHLY, "")
    line = Line(
        target, pack.clauses.get(target.clause), target.title.of(language()), limit_words(target),
        _("现在") if measure is not None and measure.of_now else words,
        str(measure.how) if measure is not None else "",
    )  # fmt: skip
    if measure is None:
        return replace(line, why=_("没有哪个功能会数“%(measure)s”。") % {"measure": target.measure})
    if missing := [group for group in measure.needs if never.issuperset(group)]:
        return replace(line, why=_why(missing))
    span = _span(target, now.astimezone(pack.zone).date())
    before = _span(target, span.first - timedelta(days=1))
    ran = None if measure.of_now else _reached(measure, _asked(person, pack, target, before, now))
    return replace(
        line, running=_reached(measure, _asked(person, pack, target, span, now)), last=ran
    )


def _span(target: Target, day: date) -> Span:
    return span_of(target.per or MONTHLY, day)


def _asked(person: User, pack: Pack, target: Target, span: Span, now: datetime) -> Asked:
    return Asked(person, pack, target, span.begins(pack.zone), span.ends(pack.zone), now)


def _reached(measure: Measure, asked: Asked) -> Reached:
    counted = measure.count(asked)
    value, part, whole = (counted.figures or measuring.share)(counted.rows, counted.kept)
    target = asked.target
    shown = ""
    if value is not None:
        # cut, not rounded: who lacks a little of a limit has not reached it
        tenths = int(round(value * 1000, 6)) / 10
        shown = f"{tenths:g}%" if target.unit == "share" else f"{value:g}"
    met = target.met(value) if value is not None else None
    key = _span(target, asked.start.astimezone(asked.pack.zone).date()).key
    return Reached(key, shown, f"{part:,.0f}", f"{whole:,.0f}", met)


def _never_told(kinds: Iterable[str]) -> set[str]:
    """Those of which the log has none (one query, a look into the index for each)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT k FROM unnest(%s::text[]) k WHERE NOT EXISTS"
            " (SELECT 1 FROM facts_fact WHERE kind = k)",
            [sorted(kinds)],
        )
        return {kind for (kind,) in cursor.fetchall()}


def _why(missing: Iterable[tuple[str, ...]]) -> str:
    """What nobody has recorded yet, and which capability would."""
    known, here = vocabulary().facts, {app.label for app in registry.manifests()}
    kinds = [kind for group in missing for kind in group]
    said = _("还没有人记过%(kinds)s。") % {
        "kinds": listed(
            [_("“%(title)s”") % {"title": known[kind].title.of(language())} for kind in kinds]
        )
    }
    later = sorted({known[kind].app for kind in kinds} - here)
    if later:
        names = _capabilities()
        said += _("“%(apps)s”的功能还没有；在那之前可以手工登记、经接口或导入。") % {
            "apps": listed([names.get(app, app) for app in later])
        }
    else:
        said += _("可以手工登记、经接口或导入。")
    return said


def _capabilities() -> dict[str, str]:
    """Capabilities that other facts than ours wait for, by the app that will tell them."""
    return {
        "complaints": _("投诉"), "improvement": _("改进"), "loyalty": _("积分"), "monitoring": _("设备监测"),
        "parts": _("备件"), "sales": _("销售"), "surveys": _("满意度调查"), "training": _("培训"), "crisis": _("应急"),
    }  # fmt: skip


def behind(
    person: User, pack: Pack, target: Target, span: Span, *, kept: bool, now: datetime
) -> QuerySet[Any]:
    """The rows of a figure that is counted, newest first."""
    counted = MEASURES[target.measure].count(_asked(person, pack, target, span, now))
    rows = counted.rows.filter(counted.kept) if kept else counted.rows.exclude(counted.kept)
    return rows.order_by("-pk")


@dataclass(frozen=True)
class Shown:
    """One row behind a figure, in words."""

    title: str
    sub: str
    at: datetime | None
    url: str


def shown(rows: Iterable[Fact | Obligation | Customer | Ticket | Callback]) -> list[Shown]:
    """Facts, duties, tickets, talks or customers of a page (one query for the customers)."""
    found = list(rows)
    ids = {
        each.customer_id for each in found if not isinstance(each, Customer) and each.customer_id
    }
    names = {each.pk: each.called for each in Customer.objects.filter(pk__in=ids)}
    return [_shown(each, names) for each in found]


def _shown(row: Fact | Obligation | Customer | Ticket | Callback, names: dict[int, str]) -> Shown:
    if isinstance(row, Customer):
        return Shown(row.called, row.code, None, reverse("customers:detail", args=[row.pk]))
    sub = names.get(row.customer_id or 0, "")
    if isinstance(row, Obligation):
        url = reverse("obligations:detail", args=[row.pk])
        return Shown(row.title.get(language(), ""), sub, row.due_at, url)
    if isinstance(row, Ticket):
        url = reverse("tickets:detail", args=[row.pk])
        return Shown(f"{row.number} {row.title}", sub, row.solved_at, url)
    url = reverse("customers:detail", args=[row.customer_id]) if row.customer_id else ""
    if isinstance(row, Callback):
        return Shown(row.number, sub, row.done_at, url)
    kind = vocabulary().facts[row.kind]
    number = next((str(row.own().get(name, "")) for name in kind.fields if name in row.own()), "")
    return Shown(f"{kind.title.of(language())} {number}", sub, row.at, url)
