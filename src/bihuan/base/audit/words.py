"""What an entry says, in words: the deed by its title, the thing by its name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import Model

from bihuan.base import registry
from bihuan.base.audit.models import Entry
from bihuan.base.registry import App


@dataclass(frozen=True)
class Said:
    """One entry; a deed without words keeps its verb, a thing that is gone its label and id."""

    entry: Entry
    deed: str
    thing: str


def deeds() -> dict[str, str]:
    """Verb -> what was done."""
    return {
        verb: str(text) for config in registry.manifests() for verb, text in config.deeds.items()
    }


def said(entries: Iterable[Entry]) -> list[Said]:
    """These entries in their order (one query for each kind of thing)."""
    rows = list(entries)
    known = deeds()
    ids: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        if row.thing_label:
            ids[row.thing_label].add(row.thing_id)
    names = {label: _names(label, wanted) for label, wanted in ids.items()}
    found = []
    for row in rows:
        name = names.get(row.thing_label, {}).get(row.thing_id)
        bare = f"{row.thing_label} {row.thing_id}".strip()
        found.append(Said(row, known.get(row.verb, row.verb), name or bare))
    return found


def _names(label: str, ids: Iterable[str]) -> Mapping[str, str]:
    try:
        model: type[Model] = apps.get_model(label)
    except LookupError:  # what no table holds: a ledger, the company
        return {pk: pk for pk in ids}
    config = apps.get_app_config(model._meta.app_label)
    field = config.named_by.get(model.__name__, "") if isinstance(config, App) else ""
    rows = model._meta.base_manager.filter(pk__in=[pk for pk in ids if _fits(model, pk)])
    if field and _is_relation(model, field):
        rows = rows.select_related(field)
    return {str(row.pk): str(_of(row, field)) for row in rows}


def _of(row: Model, field: str) -> Any:
    return (getattr(row, field) if field else None) or row


def _fits(model: type[Model], pk: str) -> bool:
    try:
        model._meta.pk.to_python(pk)
    except ValidationError:
        return False
    return True


def _is_relation(model: type[Model], field: str) -> bool:
    try:
        return bool(model._meta.get_field(field).is_relation)
    except FieldDoesNotExist:  # a property
        return False
