"""What the shell of every page shows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import NoReverseMatch
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from bihuan.base import clock, registry
from bihuan.base.access.scope import reaches
from bihuan.base.counting import Statement, counted, kept
from bihuan.base.notify.queries import unread
from bihuan.base.system.company import company
from bihuan.base.ui.addresses import address

NOTICES = "notices"
SECTIONS = ("", "desk", "customers", "assets", "regulation", "manage")


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
    titles = section_titles()
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in SECTIONS}
    asked: dict[str, QuerySet[Any] | Statement] = {
        NOTICES: kept(NOTICES, request.user, now, lambda person, _now: unread(person))
    }
    for config, item in _entries():
        if not reaches(request.user, item.needs):
            continue
        try:
            url = address(item.url)
        except NoReverseMatch:
            continue
        if item.count:
            rows, name = registry.resolve(config, item.count), f"{config.name}.{item.count}"
            asked[url] = (
                kept(name, request.user, now, rows) if item.plain else rows(request.user, now)
            )
        found.setdefault(item.section, []).append(
            {
                "title": item.title,
                "icon": item.icon,
                "url": url,
                "count": None,
                "hot": False,
                "current": False,
                "rare": item.rare and not (item.often and reaches(request.user, item.often)),
            }
        )
    numbers = counted(asked)
    for line in (line for several in found.values() for line in several):
        line["count"] = numbers.get(line["url"]) or None
        line["hot"] = bool(line["count"])
    _mark_current(found, request.path)
    sections = [
        {"title": titles.get(name, name), **_folded(items)}
        for name, items in found.items()
        if items
    ]
    return {
        "menu": [section for section in sections if section["items"]],
        "menu_more": [item for section in sections for item in section["more"]],
        "notices_count": numbers[NOTICES],
    }


@cache
def _entries() -> list[tuple[registry.App, registry.MenuItem]]:
    """The lines of all apps in their order."""
    found = [(config, item) for config in registry.manifests() for item in config.menu]
    return sorted(found, key=lambda pair: pair[1].order)


def _folded(items: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """What a section shows, and what is behind “more”: what is rare, unless one is on it or
    something waits there.
    """
    more = [item for item in items if item["rare"] and not item["current"] and not item["hot"]]
    return {"items": [item for item in items if item not in more], "more": more}


def _mark_current(found: dict[str, list[dict[str, Any]]], path: str) -> None:
    """Mark the one line that the page is below: of several, the one with the longest address."""
    items = [item for several in found.values() for item in several]
    over = [
        item
        for item in items
        if path == item["url"] or (item["url"] != "/" and path.startswith(item["url"]))
    ]
    if over:
        max(over, key=lambda item: len(item["url"]))["current"] = True
