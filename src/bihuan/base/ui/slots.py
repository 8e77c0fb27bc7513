"""Named slots: what higher apps draw into a lower app's page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from bihuan.base import registry
from bihuan.base.access.scope import reaches


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
    found: list[Drawn] = []
    for config in registry.manifests():
        for panel in config.panels.get(name, ()):
            if not reaches(request.user, panel.needs):
                continue
            try:
                url = reverse(panel.url, args=[pk])
            except NoReverseMatch:
                continue
            count = None
            if panel.count:
                count = registry.resolve(config, panel.count)(request.user, pk)
            key = panel.url.replace(":", "-")
            found.append(Drawn(key, str(panel.title), url, count))
    order = {panel.url.replace(":", "-"): panel.order for panel in registry.panels(name)}
    return sorted(found, key=lambda each: order[each.key])
