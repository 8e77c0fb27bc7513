"""Named slots: what higher apps draw into a lower app's page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from bihuan.base import registry
from bihuan.base.access.scope import reaches
from bihuan.base.counting import Statement, counted
from bihuan.base.prepared import kept_of
from bihuan.base.registry import Panel


@dataclass(frozen=True)
class Drawn:
    """A panel ready to be linked or loaded."""

    key: str
    title: str
    url: str
    count: int | None


def panels_for(request: HttpRequest | None, name: str, thing: Any) -> list[Drawn]:
    """The panels of a slot that this person may open, for one thing (an object or its id)."""
    if request is None or not request.user.is_authenticated:
        return []
    pk = getattr(thing, "pk", thing)
    found: list[tuple[Panel, str]] = []
    asked: dict[str, QuerySet[Any] | Statement] = {}
    for config in registry.manifests():
        for panel in config.panels.get(name, ()):
            if not reaches(request.user, panel.needs):
                continue
            try:
                url = reverse(panel.url, args=[pk])
            except NoReverseMatch:
                continue
            found.append((panel, url))
            if panel.count:
                rows, called = registry.resolve(config, panel.count), f"{config.name}.{panel.count}"
                asked[url] = kept_of(called, request.user, pk, rows)
    numbers = counted(asked)
    return [
        Drawn(panel.url.replace(":", "-"), str(panel.title), url, numbers.get(url))
        for panel, url in sorted(found, key=lambda pair: pair[0].order)
    ]
