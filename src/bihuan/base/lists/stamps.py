"""Who changed a thing last: what a page polls for, and what a form was read at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Model
from django.utils.translation import gettext as _

from bihuan.base import registry
from bihuan.base.access.models import User
from bihuan.base.access.scope import visible
from bihuan.base.errors import NoSuchThing
from bihuan.base.registry import App, Watched
from bihuan.base.ui.marks import when


@dataclass(frozen=True)
class Stamp:
    """`version` differs after every change; `by` is empty for the system itself."""

    version: str
    by: str
    at: datetime | None
    what: str = ""
    by_id: int | None = None

    def said(self, person: User, now: datetime) -> str:
        """王建成 10:31 改过 …"""
        words = {
            "who": _("您") if self.by_id == person.pk else self.by, "at": when(self.at, "smart", now),
            "deed": self.what or _("改过"),
        }  # fmt: skip
        if not words["who"]:
            return _("%(at)s %(deed)s") % words
        return _("%(who)s %(at)s %(deed)s") % words


def _watched(label: str) -> tuple[App, Watched]:
    for config in registry.manifests():
        for name, watched in config.stamps.items():
            if f"{config.label}.{name}" == label:
                return config, watched
    raise NoSuchThing


def stamp(thing: Model) -> Stamp:
    """The present stamp of a row that somebody already holds."""
    config, watched = _watched(thing._meta.label)
    found: dict[int, Stamp] = registry.resolve(config, watched.stamps)([thing.pk])
    return found[thing.pk]


def stamp_seen_by(person: User, label: str, pk: int) -> Stamp:
    """The stamp of a row that this person may see. Raises NoSuchThing."""
    config, watched = _watched(label)
    model = config.get_model(label.partition(".")[2])
    if not visible(model._default_manager.filter(pk=pk), person, watched.needs).exists():
        raise NoSuchThing
    found: dict[int, Stamp] = registry.resolve(config, watched.stamps)([pk])
    return found[pk]
