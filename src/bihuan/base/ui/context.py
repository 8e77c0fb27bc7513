"""What the shell of every page shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from bihuan.base import clock, registry
from bihuan.base.access.scope import reaches
from bihuan.base.notify.queries import unread
from bihuan.base.system.company import company
from bihuan.base.ui.addresses import address

SECTIONS = ("", "customers", "assets", "regulation", "manage")


def section_titles() -> dict[str, str]:
    return {
        "": "",
        "customers": pgettext("many", "客户"),
        "assets": _("设备"),
        "regulation": _("制度"),
        "manage": _("管理"),
    }


def shell(request: HttpRequest) -> dict[str, Any]:
    """company, menu, notices_count and now; read only when a template asks for them."""
    lazy: Callable[[Callable[[], Any]], Any] = SimpleLazyObject
    moment = clock.now()
    return {
        "now": moment,
        "company": lazy(company),
        "menu": lazy(lambda: menu(request)),
        "notices_count": lazy(lambda: unread(request.user) if request.user.is_authenticated else 0),
    }


def menu(request: HttpRequest) -> list[dict[str, Any]]:
    """The sections and lines of the left menu that this person may open."""
    titles = section_titles()
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in SECTIONS}
    entries = [(config, item) for config in registry.manifests() for item in config.menu]
    for config, item in sorted(entries, key=lambda pair: pair[1].order):
        if not request.user.is_authenticated or not reaches(request.user, item.needs):
            continue
        try:
            url = address(item.url)
        except NoReverseMatch:
            continue
        count = (
            registry.resolve(config, item.count)(request.user, clock.now()) if item.count else None
        )
        found.setdefault(item.section, []).append(
            {
                "title": item.title,
                "icon": item.icon,
                "url": url,
                "count": count or None,
                "hot": bool(count),
                "current": False,
            }
        )
    _mark_current(found, request.path)
    return [
        {"title": titles.get(name, name), "items": items} for name, items in found.items() if items
    ]


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
