"""What the shell of every page shows."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import NoReverseMatch, get_script_prefix
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from bihuan.base import clock, registry
from bihuan.base.access.models import User
from bihuan.base.access.scope import reaches
from bihuan.base.counting import Statement, counted, kept
from bihuan.base.notify.queries import unread
from bihuan.base.registry import Text
from bihuan.base.system.company import company
from bihuan.base.ui.addresses import address
from bihuan.base.ui.once import Known

MOST = 200
"""Sets of posts whose lines are kept; then it begins anew."""
NOTICES = "notices"
SECTIONS = ("", "desk", "customers", "assets", "regulation", "manage")


_of_posts: dict[Hashable, tuple[Line, ...]] = {}


def section_titles() -> dict[str, str]:
    return {
        "": "",
        "desk": _("受理与工单"),
        "customers": pgettext("many", "客户"),
        "assets": _("设备"),
        "regulation": _("制度"),
        "manage": _("管理"),
    }


def shell(request: HttpRequest) -> dict[str, Any]:
    """company, menu, notices_count, now, and whether customers may be named to this person; read
    only when a template asks for them.
    """
    lazy: Callable[[Callable[[], Any]], Any] = SimpleLazyObject
    moment = clock.now()
    frame: dict[str, Any] = lazy(lambda: _frame(request, moment))
    return {
        "now": moment,
        "company": lazy(company),
        "menu": lazy(lambda: frame["menu"]),
        "menu_more": lazy(lambda: frame["menu_more"]),
        "notices_count": lazy(lambda: frame["notices_count"]),
        "sees_customers": lazy(lambda: bool(reaches(request.user, "customers.see"))),
    }


def _frame(request: HttpRequest, now: datetime) -> dict[str, Any]:
    """The left menu as far as this person may open it, and how many notices wait."""
    if not request.user.is_authenticated:
        return {"menu": [], "menu_more": [], "notices_count": 0}
    lines = _lines(request.user)
    asked: dict[str, QuerySet[Any] | Statement] = {
        NOTICES: kept(NOTICES, request.user, now, lambda person, _now: unread(person))
    }
    for line in lines:
        if line.count:
            name, rows = line.count
            asked[line.url] = (
                kept(name, request.user, now, rows) if line.plain else rows(request.user, now)
            )
    numbers = counted(asked)
    at = _at(lines, request.path)
    key = _posts(request.user), get_language(), at, tuple(numbers.items())
    menu, more = _menu(lines, at, numbers)
    return {"menu": Known(menu, ("menu", key)), "menu_more": Known(more, ("more", key)), "notices_count": numbers[NOTICES]}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One that this person may open; `count` is a name and the rows behind its number."""

    title: Text
    icon: str
    url: str
    section: str
    rare: bool
    plain: bool
    count: tuple[str, Callable[[Any, datetime], QuerySet[Any]]] | None


def _posts(person: User) -> Hashable:
    return tuple(person.roles), person.is_active, get_script_prefix()


def _lines(person: User) -> tuple[Line, ...]:
    """The lines of all apps in their order, as far as these posts carry."""
    key = _posts(person)
    found = _of_posts.get(key)
    if found is None:
        if len(_of_posts) >= MOST:
            _of_posts.clear()
        found = _of_posts[key] = tuple(_read(person))
    return found


def _read(person: User) -> Iterator[Line]:
    entries = [(config, item) for config in registry.manifests() for item in config.menu]
    for config, item in sorted(entries, key=lambda pair: pair[1].order):
        if not reaches(person, item.needs):
            continue
        try:
            url = address(item.url)
        except NoReverseMatch:
            continue
        rare = item.rare and not (item.often and reaches(person, item.often))
        count = None
        if item.count:
            count = f"{config.name}.{item.count}", registry.resolve(config, item.count)
        yield Line(item.title, item.icon, url, item.section, rare, item.plain, count)


def _menu(
    lines: Sequence[Line], at: str, numbers: Mapping[str, int]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Sections with their lines, and what is behind “more”: what is rare, unless one is on it (`at`)
    or something waits there.
    """
    sections: dict[str, list[dict[str, Any]]] = {name: [] for name in SECTIONS}
    more: list[dict[str, Any]] = []
    for line in lines:
        number = numbers.get(line.url) or None
        drawn = {
            "title": line.title, "icon": line.icon, "url": line.url, "count": number, "hot": bool(number),
            "current": line.url == at,
        }  # fmt: skip
        items = sections.setdefault(line.section, [])
        (more if line.rare and line.url != at and not number else items).append(drawn)
    titles = section_titles()
    shown = [
        {"title": titles.get(name, name), "items": items}
        for name, items in sections.items()
        if items
    ]
    return shown, more


def _at(lines: Sequence[Line], path: str) -> str:
    """The address of the line that the page is below: of several, the longest."""
    over = [
        line.url for line in lines if path == line.url or (line.url != "/" and path.startswith(line.url))
    ]  # fmt: skip
    return max(over, key=len, default="")
