"""A fact in words: its values by their titles, its subjects by their names, with links."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from bihuan.base.access.models import User
from bihuan.base.facts.models import Fact
from bihuan.base.facts.subjects import known, rows
from bihuan.base.facts.timeline import OF_PEOPLE
from bihuan.base.search.queries import by_number
from bihuan.base.search.queries import within_reach as findable
from bihuan.base.storable import whole
from bihuan.base.system.company import company
from bihuan.base.texts import in_language, in_words, listed
from bihuan.base.vocabulary import vocabulary
from bihuan.lib.policy.vocabulary import Field


@dataclass(frozen=True)
class Shown:
    """One line; `moment` is drawn as a time, else `text`, as a link where there is a page."""

    title: str
    text: str = ""
    url: str = ""
    moment: datetime | None = None


def subject_title(name: str) -> str:
    titles = {
        "customer": _("客户"),
        "asset": _("设备"),
        "contract": _("合同"),
        "contact": _("联系人"),
        "person": _("人员"),
        "company": _("公司"),
        "any": _("其他"),
    }
    return titles.get(name, name)


def kind_title(code: str) -> str:
    kind = vocabulary().facts.get(code)
    return in_words(kind.title) if kind else code


def subjects_of(fact: Fact, person: User) -> list[Shown]:
    """Whom the fact is about, by name for who may see them."""
    return [_subject(name, pk, person) for name, pk in fact.subjects.items()]


def _subject(name: str, pk: int, person: User) -> Shown:
    title = subject_title(name)
    if name == "company":
        return Shown(title, company().name)
    if name == "person":
        return Shown(title, _people([pk]).get(str(pk), ""))
    entry = findable(person).filter(kind=name, thing_id=str(pk)).first()
    if entry is not None:
        return Shown(title, in_language(entry.title), entry.url)
    subject = known().get(name)
    row = rows(subject, person).filter(pk=pk).first() if subject is not None else None
    return Shown(title, str(row) if row is not None else _("看不到的一条"))


def fields_of(fact: Fact, person: User) -> Iterator[Shown]:
    """The fact's own values."""
    kind = vocabulary().facts.get(fact.kind)
    own = fact.own()
    people = _people(pk for name in OF_PEOPLE if (pk := whole(own.get(name))) is not None)
    for name, value in own.items():
        spec = kind.fields.get(name) if kind else None
        title = in_words(spec.title) if spec else name
        if spec is not None and spec.type == "datetime":
            yield Shown(title, moment=datetime.fromisoformat(value))
        elif spec is not None and (spec.type != "string" or value in spec.value_titles):
            yield Shown(title, _value(spec, value))
        elif name in OF_PEOPLE and str(value) in people:
            yield Shown(title, people[str(value)])
        elif name == "because":
            yield Shown(title, kind_title(str(value)))
        elif (role := vocabulary().roles.get(str(value))) is not None:
            yield Shown(title, in_words(role.title))
        else:
            hit = by_number(person, str(value))
            yield Shown(title, str(value), hit.url if hit else "")


def _value(spec: Field, value: Any) -> str:
    match spec.type:
        case "enum" | "string" if (title := spec.value_titles.get(value)) is not None:
            return in_words(title)
        case "bool":
            return _("是") if value else _("否")
        case "strings":
            return listed(value)
        case "int" | "number" | "money":
            return f"{value:,} {spec.unit}".rstrip()
        case _:
            return str(value)


def _people(ids: Iterable[int]) -> dict[str, str]:
    found = User.objects.filter(pk__in=list(ids)).values_list("pk", "name")
    return {str(pk): name for pk, name in found}
