"""A form for any kind of fact, made from the vocabulary."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bihuan.base.facts.by_hand import kinds
from bihuan.base.facts.showing import subject_title
from bihuan.base.facts.subjects import known
from bihuan.base.texts import in_words
from bihuan.lib.policy.vocabulary import FactKind, Field


def kind_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Kinds by what they are about, each by its title."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for code, kind in kinds().items():
        groups.setdefault(subject_title(kind.subject), []).append((code, in_words(kind.title)))
    return [(group, sorted(found, key=lambda each: each[1])) for group, found in groups.items()]


def subject_names(kind: FactKind) -> list[str]:
    """Which subjects the form asks for: its main one first, then what it carries."""
    types = known()
    wanted = [kind.subject, *(name for name in kind.carries if name != kind.subject)]
    return [name for name in dict.fromkeys(wanted) if name in types]


class FactForm(forms.Form):
    """When it happened and its own fields. Values come out as the vocabulary reads them."""

    at = forms.DateTimeField(
        label=_("发生时间"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )

    def __init__(self, *args: Any, kind: FactKind, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        for field in kind.fields.values():
            self.fields[f"data.{field.name}"] = _form_field(field)

    def data_values(self) -> dict[str, Any]:
        """The fact's own fields that were filled in, JSON-ready."""
        found: dict[str, Any] = {}
        for field in self.kind.fields.values():
            value = self.cleaned_data.get(f"data.{field.name}")
            if value in (None, "", []):
                continue
            found[field.name] = _plain(field, value)
        return found


def _plain(field: Field, value: Any) -> Any:
    if field.type == "bool":
        return value == "yes"
    if field.type == "strings":
        return [line.strip() for line in str(value).splitlines() if line.strip()]
    if isinstance(value, datetime | date):
        return value.isoformat()
    return float(value) if field.type in ("number", "money") else value


def _form_field(field: Field) -> forms.Field:
    title = in_words(field.title)
    label = f"{title}（{field.unit}）" if field.unit else title
    common: dict[str, Any] = {"label": label, "required": field.required}
    match field.type:
        case "enum":
            titles = field.value_titles
            options = [(v, in_words(titles[v]) if v in titles else v) for v in field.values]
            return forms.ChoiceField(choices=[("", "—"), *options], **common)
        case "bool":
            options = [("", "—"), ("yes", gettext("是")), ("no", gettext("否"))]
            return forms.ChoiceField(choices=options, **common)
        case "int":
            return forms.IntegerField(**common)
        case "number" | "money":
            return forms.FloatField(**common)
        case "date":
            return forms.DateField(widget=forms.DateInput(attrs={"type": "date"}), **common)
        case "datetime":
            widget = forms.DateTimeInput(attrs={"type": "datetime-local"})
            return forms.DateTimeField(widget=widget, **common)
        case "strings":
            return forms.CharField(
                widget=forms.Textarea(attrs={"rows": 3}), help_text=gettext("一行一个"), **common
            )
        case _:
            return forms.CharField(max_length=4000, **common)
