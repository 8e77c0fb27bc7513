"""Texts that are often said to customers: the company's, else those that ship."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from ruamel.yaml import YAML

from bihuan.apps.tickets.figures import FILE
from bihuan.apps.tickets.models.ticket import Ticket
from bihuan.apps.tickets.own.models import Phrase
from bihuan.base.access.models import User
from bihuan.base.seldom import seldom

NAMES = ("number", "customer", "machine", "me")
MARK = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True)
class Said:
    """A phrase filled in, in the language of the page."""

    title: str
    text: str


@cache
def shipped() -> tuple[Phrase, ...]:
    """Those of the product, as unsaved rows."""
    found = YAML(typ="safe", pure=True).load(FILE.with_name("macros.yaml").read_text("utf-8"))
    return tuple(
        Phrase(
            title_zh=each["title"]["zh"], title_en=each["title"]["en"], text_zh=each["text"]["zh"],
            text_en=each["text"]["en"], place=place,
        )
        for place, each in enumerate(found, 1)
    )  # fmt: skip


@seldom("tickets_phrase")
def _written() -> tuple[Phrase, ...]:
    return tuple(Phrase.objects.order_by("place", "pk"))


def for_ticket(ticket: Ticket, person: User, lang: str) -> list[Said]:
    """Those of its kind and those of every kind, filled in."""
    values = {
        "number": ticket.number, "customer": ticket.customer.called if ticket.customer else "",
        "machine": str(ticket.asset) if ticket.asset else "", "me": person.name,
    }  # fmt: skip
    rows = _written() or shipped()
    return [
        Said(
            row.title_en if lang == "en" and row.title_en else row.title_zh,
            filled(row.text_en if lang == "en" and row.text_en else row.text_zh, values),
        )
        for row in rows
        if row.active and row.kind in ("", ticket.kind)
    ]


def filled(text: str, values: Mapping[str, str]) -> str:
    """With what stands for the names; what is no name stays as it is."""
    return MARK.sub(lambda found: values.get(found[1], found[0]), text)


def unknown(text: str) -> list[str]:
    """Names in braces that nothing is filled in for."""
    return [each for each in MARK.findall(text) if each not in NAMES]
