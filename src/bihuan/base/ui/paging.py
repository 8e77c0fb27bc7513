"""Lists come in pages of one length."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest

ROWS = 25
"""Rows on a page: what fits on a screen at 40 px each."""


def paged(request: HttpRequest, rows: QuerySet[Any], *, total: int | None = None) -> Page[Any]:
    """The page that the query string asks for; the nearest one there is when it is out of range.

    `total` is how many rows there are, where the caller has counted them already.
    """
    paginator = Paginator(rows, ROWS)
    if total is not None:
        paginator.count = total
    return paginator.get_page(request.GET.get("page"))
