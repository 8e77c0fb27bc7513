"""Nobody overwrites another's words unseen: a form carries the version it was read at."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django import forms
from django.db.models import Model
from django.http import HttpRequest

from bihuan.base.access.models import User
from bihuan.base.lists.stamps import Stamp, stamp

VERSION = "version"


@dataclass(frozen=True)
class Between:
    """One field that somebody else changed: what stands there now, and what was typed."""

    name: str
    label: str
    theirs: str
    typed: str
    both: bool
    """Changed by both; a field that only the other changed has taken the other's value."""
    theirs_raw: str = ""


@dataclass(frozen=True)
class Conflict:
    """What happened between reading and saving."""

    stamp: Stamp
    text: str
    fields: list[Between] = field(default_factory=list)


def track(form: forms.BaseForm) -> None:
    """Let an edit form carry what it was read with, so that a conflict is told field by field."""
    for each in form.fields.values():
        each.show_hidden_initial = True


def conflict(
    request: HttpRequest, thing: Model, form: forms.BaseForm, now: datetime
) -> Conflict | None:
    """None, or what somebody else did since the form was read.

    Fields that only the other changed take the other's value; those that both changed keep what
    was typed. The version in the page is then the present one: the next submit has seen it.
    """
    read_at = request.POST.get(VERSION)
    if read_at is None:
        return None
    present = stamp(thing)
    if present.version == read_at:
        return None
    assert isinstance(request.user, User)
    found = _between(form) if _is_tracked(form) else []
    data: Any = form.data
    data = data.copy()
    data[VERSION] = present.version
    for each in found:
        if not each.both:
            _put(data, form.add_prefix(each.name), form.fields[each.name], _now(form, each.name))
    for name, bound in form.fields.items():
        if bound.show_hidden_initial:
            _put(data, form.add_initial_prefix(name), bound, _now(form, name))
    form.data = data
    request.conflict_version = present.version  # type: ignore[attr-defined]
    return Conflict(present, present.said(request.user, now), found)


def _is_tracked(form: forms.BaseForm) -> bool:
    return any(
        each.show_hidden_initial and form.add_initial_prefix(name) in form.data
        for name, each in form.fields.items()
    )


def _between(form: forms.BaseForm) -> list[Between]:
    found = []
    for name, bound in form.fields.items():
        first = form.data.getlist(form.add_initial_prefix(name))  # type: ignore[attr-defined]
        present = _listed(_now(form, name))
        typed = form.data.getlist(form.add_prefix(name))  # type: ignore[attr-defined]
        if isinstance(bound, forms.BooleanField):
            present, first, typed = (_ticked(each) for each in (present, first, typed))
        if _same(present, first) or _same(present, typed):
            continue
        found.append(
            Between(
                name, str(bound.label or name), _said(bound, present), _said(bound, typed),
                both=not _same(typed, first), theirs_raw="\n".join(present),
            )
        )  # fmt: skip
    return found


def _now(form: forms.BaseForm, name: str) -> Any:
    """The value as the widget would show it of what stands in the database."""
    return form.fields[name].prepare_value(form.get_initial_for_field(form.fields[name], name))


def _listed(value: Any) -> list[str]:
    if value is None or value == "":
        return []
    several = value if isinstance(value, list | tuple) else [value]
    return [str(each) for each in several]


def _ticked(values: list[str]) -> list[str]:
    return ["✓"] if any(value not in ("", "False") for value in values) else []


def _same(one: list[str], other: list[str]) -> bool:
    def plain(values: list[str]) -> list[str]:
        return sorted(value.replace("\r\n", "\n").strip() for value in values if value.strip())

    return plain(one) == plain(other)


def _said(bound: forms.Field, values: list[str]) -> str:
    choices = dict(getattr(bound, "choices", ()) or ())
    plain = {str(code): str(title) for code, title in choices.items()}
    return "、".join(plain.get(value, value) for value in values) or "—"


def _put(data: Any, key: str, bound: forms.Field, value: Any) -> None:
    several = isinstance(bound, forms.MultipleChoiceField)
    data.setlist(key, _listed(value) or ([] if several else [""]))
