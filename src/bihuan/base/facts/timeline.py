"""The log as people read it: one template per kind of fact, brought by the app that tells it.

A template draws one whole line and gets `fact`, `own` (the fact's fields), `person` (name of who
told it), `people` (user id as text -> name), `because` (title of the kind of fact behind it), `names` (what
the page adds, e.g. contacts), `more` (what the app adds: `timeline_adds` of its manifest) and `now`.
`facts/timeline/line.html` draws the usual line from `icon tone subject text`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from bihuan.base import registry
from bihuan.base.access.models import User
from bihuan.base.facts.models import Fact
from bihuan.base.storable import whole
from bihuan.base.vocabulary import vocabulary

PLAIN = "facts/timeline/plain.html"
# Fields of facts that hold the id of a user.
OF_PEOPLE = ("person", "before", "after", "owner", "visitor", "assignee", "by", "to")


@dataclass(frozen=True)
class Line:
    """One line; `day` is set where a new day begins."""

    fact: Fact
    html: SafeString
    day: date | None


def lines(
    facts: Iterable[Fact], *, now: datetime, names: Mapping[str, Mapping[Any, str]] | None = None
) -> list[Line]:
    """Draw these facts in their order (one query for all names of people)."""
    rows = list(facts)
    people = _people(rows)
    templates = _templates()
    more = _more(rows)
    found: list[Line] = []
    last: date | None = None
    for fact in rows:
        day = timezone.localtime(fact.at).date()
        context = {
            "fact": fact,
            "own": fact.own(),
            "kind_title": _title(fact.kind),
            "because": _title(str(fact.own()["because"])) if fact.own().get("because") else "",
            "person": people.get(str(fact.by_id), ""),
            "people": people,
            "names": names or {},
            "more": more.get(fact.pk, {}),
            "now": now,
        }
        html = render_to_string(_template(templates, fact.kind), context)
        found.append(Line(fact, html, day if day != last else None))
        last = day
    return found


def _people(facts: list[Fact]) -> dict[str, str]:
    ids = {fact.by_id for fact in facts if fact.by_id}
    for fact in facts:
        own = fact.own()
        ids |= {pk for name in OF_PEOPLE if (pk := whole(own.get(name))) is not None}
    return {str(pk): name for pk, name in User.objects.filter(pk__in=ids).values_list("pk", "name")}


def _more(facts: list[Fact]) -> dict[int, Any]:
    found: dict[int, Any] = {}
    for _config, prefix, read in registry.named("timeline_adds"):
        if own := [fact for fact in facts if fact.kind.startswith(prefix)]:
            found |= read(own)
    return found


def _templates() -> dict[str, str]:
    return {
        kind: template
        for config in registry.manifests()
        for kind, template in config.timeline.items()
    }


def _template(templates: Mapping[str, str], kind: str) -> str:
    if kind in templates:
        return templates[kind]
    prefix = kind.partition(".")[0] + "."
    return templates.get(prefix, PLAIN)


def _title(kind: str) -> str:
    known = vocabulary().facts.get(kind)
    if known is None:
        return kind
    return known.title.en if (get_language() or "zh").startswith("en") else known.title.zh
