"""Lists come in pages of one length; they count and turn only so far."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property

from bihuan.base.counting import MOST, ROWS


class Bounded(Paginator):  # type: ignore[type-arg]
    """
    Counts up to `MOST` rows and ends there; `over` says that there are more.

    The last page that can be turned to is then read past 10,000 index entries, not past a
    million; the other end of the list is its opposite order, the middle a condition.
    """

    known: int | None = None

    @cached_property
    def _counted(self) -> int:
        if self.known is not None:
            return self.known
        rows: Any = self.object_list
        if not isinstance(rows, QuerySet):
            return len(rows)
        if rows.query.combinator or rows.query.is_sliced:
            return rows.count()
        return rows.order_by()[: MOST + 1].count()

    @cached_property
    def count(self) -> int:
        return min(self._counted, MOST)

    @property
    def over(self) -> bool:
        """Whether there are more rows than are counted."""
        return self._counted > MOST


def paged(request: HttpRequest, rows: Any, *, total: int | None = None) -> Page[Any]:
    """The page that the query string asks for; the nearest one there is when it is out of range.

    `total` is how many rows there are, where the caller has counted them already (`MOST + 1`
    and above mean "more").
    """
    paginator = Bounded(rows, ROWS)
    paginator.known = total
    return paginator.get_page(request.GET.get("page"))
