"""Template tags of the design system; README.md beside `base/ui` shows how they are used."""

from __future__ import annotations

from datetime import date, datetime, tzinfo
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django import template
from django.forms import BaseForm
from django.template.context import Context
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.html import conditional_escape, escape, format_html
from django.utils.safestring import SafeString
from django.utils.timezone import get_current_timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from bihuan.base.ui import deadline, marks
from bihuan.base.ui import ring as rings
from bihuan.base.ui.explain import explain_view
from bihuan.base.ui.once import SECOND, drawn_at, each_once, once
from bihuan.base.ui.slots import panels_for

register = template.Library()
register.tag("once", once)
register.tag("each_once", each_once)

STATUS_KINDS = ("red", "orange", "blue", "green", "grey")
TONES = ("ink", "brand", "blue", "orange", "red", "green")


@register.simple_tag
def icon(name: str, size: int = 16, label: str = "") -> SafeString:
    """An icon of the sprite; hidden from screen readers unless it has a label."""
    return _icon(name, size, escape(str(label)) if label else "")


@lru_cache(maxsize=1024)
def _icon(name: str, size: int, label: str) -> SafeString:
    said = format_html('role="img" aria-label="{}"', label) if label else 'aria-hidden="true"'
    return format_html(
        '<svg class="icon" viewBox="0 0 24 24" width="{}" height="{}" {}><use href="{}#{}"/></svg>',
        size,
        size,
        SafeString(said),
        static("ui/icons.svg"),
        name,
    )


@register.simple_tag
def ring(stage: str, state: str, size: int = 24, count: int | None = None) -> SafeString:
    """The loop ring; see `bihuan.base.ui.ring`."""
    return rings.ring(stage, state, size, count)


def clause_url(clause_id: str) -> str:
    """Address of a clause; empty while the app that shows clauses is absent."""
    try:
        return reverse("policy:clause", args=[clause_id]) if clause_id else ""
    except NoReverseMatch:
        return ""


@register.simple_tag
def clause(
    number: str, clause_id: str = "", *, selected: bool = False, contract: bool = False
) -> SafeString:
    """The clause tag: § 五·3, a link that opens the clause beside it; nothing for no number."""
    if not number:
        return SafeString("")
    said = f"{_('合同')}·{number}" if contract else str(number)
    look = "clause is-on" if selected else "clause"
    return _clause(said, str(clause_id), look, get_language() or "")


# A page shows the same few clauses again and again. Typed: an equal text may be marked safe.
@lru_cache(maxsize=4096, typed=True)
def _clause(said: str, clause_id: str, look: str, _lang: str) -> SafeString:
    body = format_html(
        '<span class="sign" aria-hidden="true">§</span><span>{}</span>', marks.dotted(said)
    )
    url = clause_url(clause_id)
    name = _("条款 %(number)s") % {"number": said}
    if not url:
        return format_html('<span class="{}" title="{}">{}</span>', look, name, body)
    return format_html(
        '<a class="{}" href="{}" data-explain-url="{}" aria-label="{}">{}</a>',
        look,
        url,
        url,
        name,
        body,
    )


@register.simple_tag
def chip(thing: Any, now: datetime, *, large: bool = False, explain: str = "") -> SafeString:
    """The deadline chip of anything with the fields of `deadline.chip_of`."""
    return drawn_at(now, chip_shown(deadline.shown(thing, now, explain), large=large))


@register.simple_tag
def chip_shown(shown: deadline.Shown, *, large: bool = False) -> SafeString:
    """The same within `each_once`, which puts in the second."""
    return _chip(shown, get_language(), get_current_timezone(), large=large)


# One of these stands in each row of a list, and again for whoever looks within the same minute. Put
# together by hand, every text escaped.
@lru_cache(maxsize=2048)
def _chip(
    shown: deadline.Shown, _language: str | None, _zone: tzinfo, *, large: bool
) -> SafeString:
    url, due_at = escape(shown.explain_url), shown.due_at
    name = "button" if url else "span"
    opens = f' type="button" data-explain-url="{url}"' if url else ""
    title = _("%(time)s 到期") % {"time": marks.when(due_at, "full")} if due_at else shown.text
    counts = _ticking(due_at, shown.counts_from) if due_at and shown.counts_from is not None else ""
    return SafeString(
        f'<{name} class="chip {shown.kind}{" large" if large else ""}" title="{escape(title)}"{opens}'
        f"{counts}>{_icon(shown.icon, 16 if large else 14, '')}"
        f'<span class="chip-words">{marks.dotted(shown.text)}</span>{_used(shown.width)}</{name}>'
    )


def _ticking(due_at: datetime, opened: str) -> str:
    """What the browser needs to count on by itself."""
    return f' data-due="{int(due_at.timestamp())}" data-opened="{opened}" data-now="{SECOND}"'


def _used(width: str | None) -> str:
    """The line below: the share of the time that is used, in percent."""
    if width is None:
        return ""
    return (
        '<svg class="chip-line" viewBox="0 0 100 2" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect width="{width}" height="2"/></svg>'
    )


@register.simple_tag
def status(kind: str, text: str) -> SafeString:
    """A status pill; raises ValueError for a colour that does not speak status."""
    if kind not in STATUS_KINDS:
        raise ValueError(f"no status colour {kind!r}")
    return SafeString(f'<span class="status {kind}">{conditional_escape(text)}</span>')


@register.simple_tag
def tier(code: str, name: str, rank: int = 4) -> SafeString:
    """A tier badge: the rank is told by the weight of ink, never by a hue."""
    if not name:
        return SafeString("")
    weight = min(4, max(1, int(rank or 4)))
    return format_html(
        '<span class="tier rank-{}" data-tier="{}">{}</span>', weight, code or "", name
    )


@register.simple_tag(takes_context=True)
def when(context: Context, moment: datetime | date | None, style: str = "short") -> SafeString:
    """A `<time>`; "—" for none. `smart` needs `now` in the context."""
    now = context.get("now")
    today = timezone.localtime(now).date() if now is not None else None
    zone = timezone.get_current_timezone()
    return _time(moment, style, today, zone, get_language() or "")


# The same moments stand on page after page until the day changes.
@lru_cache(maxsize=16384)
def _time(
    moment: datetime | date | None, style: str, today: date | None, _zone: tzinfo, _lang: str
) -> SafeString:
    text = marks.when_on(moment, style, today)
    if moment is None:
        return format_html('<span class="faint">{}</span>', text)
    return format_html(
        '<time class="nowrap" datetime="{}" title="{}">{}</time>',
        marks.machine_time(moment),
        marks.when(moment, "full"),
        text,
    )


@register.simple_tag
def money(amount: Decimal | float | None, currency: str = "CNY") -> SafeString:
    """¥1,234.50."""
    return format_html('<span class="nowrap">{}</span>', marks.money(amount, currency))


@register.simple_tag
def share(part: float | None, whole: float | None, url: str = "") -> SafeString:
    """96.8% and the two numbers behind it, which open when `url` is given."""
    rate = marks.percent(part, whole)
    if rate == marks.DASH:
        return format_html('<span class="faint">{}</span>', rate)
    numbers = f"{part} / {whole}"
    link = format_html('<a href="{}">{}</a>', url, numbers) if url else numbers
    return format_html(
        '<span class="nowrap">{} <span class="small muted">{}</span></span>', rate, link
    )


@register.simple_tag
def bar(
    value: float | None,
    full: float | None,
    tone: str = "brand",
    mark: float | None = None,
    label: str = "",
) -> SafeString:
    """A progress bar as SVG; `mark` draws where one should be by now, in the unit of `full`."""
    if tone not in TONES:
        raise ValueError(f"no bar tone {tone!r}")
    whole = float(full or 0)
    length = min(100.0, max(0.0, 100 * float(value or 0) / whole)) if whole else 0.0
    name = f"{label} {value or 0} / {full or 0}".strip()
    line = ""
    if mark is not None and whole:
        at = min(99.6, max(0.0, 100 * float(mark) / whole))
        line = format_html('<rect class="mark" x="{}%" y="-3" width="2" height="12"/>', f"{at:.1f}")
    return format_html(
        '<svg class="bar" width="100%" height="6" role="img" aria-label="{}">'
        '<rect class="track" width="100%" height="6" rx="3"/>'
        '<rect class="{}" width="{}%" height="6" rx="3"/>{}</svg>',
        name,
        tone,
        f"{length:.1f}",
        line,
    )


@register.simple_tag
def kbd(keys: str) -> SafeString:
    """A key cap."""
    return format_html('<kbd class="kbd">{}</kbd>', keys)


@register.simple_tag
def person(name: str, role: str = "") -> SafeString:
    """An avatar with the name's first character, the name and the role."""
    if not name:
        return format_html('<span class="faint">{}</span>', marks.DASH)
    said = format_html(' <span class="person-role">{}</span>', role) if role else ""
    return format_html(
        '<span class="person"><span class="avatar" aria-hidden="true">{}</span>'
        '<span class="person-name">{}</span>{}</span>',
        str(name)[0],
        name,
        said,
    )


@register.filter
def dotted(text: str) -> SafeString:
    """五·3 with a narrow dot."""
    return marks.dotted(text)


@register.filter
def places(form: BaseForm) -> int:
    """How many places of a form are to be changed: each sentence about the whole is one."""
    return len(form.non_field_errors()) + sum(name in form.fields for name in form.errors)


@register.filter
def dash(value: Any) -> Any:
    """The value, or "—" when there is none."""
    return marks.DASH if value is None or value == "" else value


@register.simple_tag
def empty(
    title: str, text: str = "", icon: str = "circle-check", url: str = "", action: str = ""
) -> SafeString:
    """Nothing to show: the fact, then the next thing to do."""
    values = {"title": title, "text": text, "icon": icon, "url": url, "action": action}
    return render_to_string("ui/parts/empty.html", values)


# Inside the body of a `{% for %}` the word `empty` belongs to Django: there it is `{% nothing %}`.
register.simple_tag(empty, name="nothing")


@register.simple_tag
def stepper(steps: list[dict[str, Any]]) -> SafeString:
    """The steps of a flow: done, current, blocked (with what is missing), future."""
    return render_to_string("ui/parts/stepper.html", {"steps": steps})


@register.simple_tag
def week(days: list[dict[str, Any]]) -> SafeString:
    """Seven days with 休 and 班 badges, lunar dates and the load of each day."""
    most = max([day.get("count") or 0 for day in days] or [0]) or 1
    drawn = [{**day, **_load(day.get("count") or 0, most)} for day in days]
    return render_to_string("ui/parts/week.html", {"days": drawn})


def _load(count: int, most: int) -> dict[str, int]:
    height = round(27 * count / most) + 3 if count else 0
    return {"height": height, "top": 30 - height}


@register.simple_tag(takes_context=True)
def pager(context: Context, page: Any) -> SafeString:
    """共 N 条 and links to the other pages; the query string is kept. Nothing for no rows: the list
    says itself that it is empty.
    """
    if not page.paginator.count:
        return SafeString()
    numbers = page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    values = {"page": page, "numbers": list(numbers), "asked": context["request"].GET}
    return render_to_string("ui/parts/pager.html", values)


@register.simple_tag
def explain(data: dict[str, Any]) -> SafeString:
    """How a deadline came about; `data` is described in `bihuan.base.ui.explain`."""
    return render_to_string("ui/parts/explain.html", {"view": explain_view(data)})


@register.simple_tag(takes_context=True)
def slot(context: Context, name: str, thing: Any) -> SafeString:
    """The panels that apps put here, each loaded by itself, one below the other."""
    panels = panels_for(context.get("request"), name, thing)
    return render_to_string("ui/parts/slot.html", {"panels": panels})


@register.simple_tag(takes_context=True)
def slot_live(context: Context, name: str, thing: Any) -> SafeString:
    """The panels within a form: each asks again with what is filled in whenever that changes."""
    panels = panels_for(context.get("request"), name, thing)
    return render_to_string("ui/parts/slot_live.html", {"panels": panels})


@register.simple_tag(takes_context=True)
def slot_tabs(context: Context, name: str, thing: Any, current: str = "") -> SafeString:
    """The same panels as tabs: links with `?tab=KEY`."""
    panels = panels_for(context.get("request"), name, thing)
    return render_to_string("ui/parts/slot_tabs.html", {"panels": panels, "current": current})


@register.simple_tag(takes_context=True)
def slot_panel(context: Context, name: str, thing: Any, key: str) -> SafeString:
    """The one panel whose key is given; nothing when there is none."""
    panels = [each for each in panels_for(context.get("request"), name, thing) if each.key == key]
    return render_to_string("ui/parts/slot.html", {"panels": panels})
