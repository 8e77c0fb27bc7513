"""Lists come in pages of one length."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest

ROWS = 25
"""Rows on a page: what fits on a screen at 40 px each."""


def paged(request: HttpRequest, rows: QuerySet[Any]) -> Page[Any]:
    """The page that the query string asks for; the nearest one there is when it is out of range."""
    return Paginator(rows, ROWS).get_page(request.GET.get("page"))
