"""What the widgets of forms are drawn with: a long list is one call, not three templates a line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from django import template
from django.forms.utils import flatatt
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


@register.simple_tag
def attributes(attrs: Mapping[str, Any]) -> SafeString:
    """The attributes of an element, each with a space before it."""
    return flatatt(dict(attrs))


@register.simple_tag
def options(groups: Iterable[tuple[str | None, Iterable[Mapping[str, Any]], int]]) -> SafeString:
    """The options of a select, under their groups where they have any.

    Hundreds of people stand in some: each line is put together by hand, every part of it escaped.
    """
    return mark_safe("".join(_group(name, each) for name, each, _ in groups))  # noqa: S308 - every part is escaped


def _group(name: str | None, several: Iterable[Mapping[str, Any]]) -> str:
    lines = "\n".join(map(_option, several))
    return f'<optgroup label="{_safe(name)}">{lines}</optgroup>' if name else lines


def _option(each: Mapping[str, Any]) -> str:
    value, label = _safe(each["value"]), _safe(each["label"])
    return f'<option value="{value}"{_attrs(each["attrs"])}>{label}</option>'


def _attrs(attrs: Mapping[str, object]) -> str:
    """What `flatatt` says, without its lists: it is half the time of a page of many people."""
    said = (
        f" {name}" if value is True else f' {name}="{_safe(value)}"'
        for name, value in attrs.items() if value is not None and value is not False
    )  # fmt: skip
    return "".join(said)


def _safe(text: object) -> str:
    return text if isinstance(text, SafeString) else escape(str(text))


@register.simple_tag
def choices(widget: Mapping[str, Any]) -> SafeString:
    """The boxes of a multiple choice, as Django's own template makes them."""
    groups = "".join(_boxes(name, several) for name, several, _ in widget["optgroups"])
    about = {name: widget["attrs"][name] for name in ("id", "class") if widget["attrs"].get(name)}
    return mark_safe(f"<div{_attrs(about)}>{groups}</div>")  # noqa: S308 - every part is escaped


def _boxes(name: str | None, several: Iterable[Mapping[str, Any]]) -> str:
    boxes = "".join(f"<div>{_box(each)}</div>" for each in several)
    return f"<div><label>{_safe(name)}</label>{boxes}</div>" if name else boxes


def _box(each: Mapping[str, Any]) -> str:
    """One box with its label around it."""
    attrs = each["attrs"]
    value = "" if each["value"] is None else f' value="{_safe(each["value"])}"'
    name, attributes = _safe(each["name"]), _attrs(attrs)
    box = f'<input type="{_safe(each["type"])}" name="{name}"{value}{attributes}>'
    if not each["wrap_label"]:
        return box
    of = f' for="{_safe(attrs["id"])}"' if attrs.get("id") else ""
    return f"<label{of}>{box} {_safe(each['label'])}</label>"
