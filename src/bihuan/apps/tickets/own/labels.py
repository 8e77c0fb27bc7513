"""How the company calls the states; read once a request."""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar

from django.utils.translation import get_language

from bihuan.apps.tickets.own.models import Label
from bihuan.base.audit.context import origin
from bihuan.base.seldom import seldom

_held: ContextVar[tuple[str, Mapping[str, Label]] | None] = ContextVar("labels", default=None)


def known() -> Mapping[str, Label]:
    """Code -> label, of those that were written."""
    mark, held = origin().request_id, _held.get()
    if held is not None and mark and held[0] == mark:
        return held[1]
    found = _labels()
    _held.set((mark, found))
    return found


@seldom("tickets_label")
def _labels() -> Mapping[str, Label]:
    return {row.code: row for row in Label.objects.all()}


def forget() -> None:
    """They were written anew in this request."""
    _held.set(None)


def for_staff(code: str) -> str:
    """The company's label, in the language of the page; empty when it has none."""
    row = known().get(code)
    return _said(row.zh, row.en) if row is not None else ""


def for_customer(code: str) -> str:
    """The label that customers read; empty when the company has none."""
    row = known().get(code)
    return _said(row.customer_zh, row.customer_en) if row is not None else ""


def _said(zh: str, en: str) -> str:
    return zh if (get_language() or "zh").startswith("zh") else en
