"""What open pages ask for again and again: what others changed."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.views.decorators.http import require_GET

from bihuan.base import clock
from bihuan.base.access.models import User
from bihuan.base.access.policy import signed_in
from bihuan.base.access.scope import must, visible
from bihuan.base.counting import MOST, ROWS
from bihuan.base.errors import NoSuchThing
from bihuan.base.lists.listing import Listing, listing
from bihuan.base.lists.page import first_of, given, said
from bihuan.base.lists.queries import arrangement_of, views_of
from bihuan.base.lists.questions import count, ids_of, read
from bihuan.base.lists.stamps import stamp_seen_by

LONGEST = 4000
MOST_ROWS = 100


@signed_in
@require_GET
def live(request: HttpRequest) -> HttpResponse:
    """What changed: the counts of a list (`list`), which rows stand now on its page (`asked`: the
    address of the page) and which of those that it shows (`rows`: id.version, …) are no longer as it
    shows them, and the stamp of a thing (`thing`).

    Asked by pages on their own (`Listing.asks_s`); without a change the answer is 304.
    """
    person, now = request.user, clock.now()
    assert isinstance(person, User)
    found: dict[str, Any] = {}
    if key := request.GET.get("list", ""):
        of = listing(key)
        must(person, of.needs)
        found = _of_list(of, person, now, request.GET.get("asked"))
        found["rows"] = _changed(person, of, request.GET.get("rows", ""))
    if thing := request.GET.get("thing", ""):
        label, _sep, pk = thing.partition(":")
        if not pk.isdecimal() or len(pk) > 18:
            raise NoSuchThing
        present = stamp_seen_by(person, label, int(pk))
        found["thing"] = {"version": present.version, "text": present.said(person, now)}
    body = json.dumps(found, ensure_ascii=False)
    mark = f'W/"{hashlib.sha256(body.encode()).hexdigest()[:20]}"'
    if request.headers.get("If-None-Match") == mark:
        return HttpResponse(status=304, headers={"ETag": mark})
    return HttpResponse(
        body, content_type="application/json", headers={"ETag": mark, "Cache-Control": "no-store"}
    )


def _of_list(of: Listing, person: User, now: datetime, address: str | None) -> dict[str, Any]:
    """The counts of the tabs and, of a list whose rows are drawn anew, the ids of the page: not where
    it searches by words, for that costs more than to look, and this is asked all day.
    """
    views, tabs = views_of(of.key, person), of.tabs(person, now)
    wanted = QueryDict(address[:LONGEST]) if address is not None and of.versions else None
    filters = of.filters(person, now) if views or wanted else []  # their choices cost queries
    numbers = count(of, person, now, tabs, filters, views, None)
    found: dict[str, Any] = {"counts": {name: said(number) for name, number in numbers.items()}}
    if wanted is None:
        return found
    carried = given(of, wanted, filters) or first_of(of, arrangement_of(of.key, person), views)
    asked = read(of, carried, tabs, filters)
    if not asked.values.get("q"):
        begin = _begin(wanted.get("page", ""))
        found["ids"] = list(ids_of(of, person, now, asked, filters)[begin : begin + ROWS])
    return found


def _begin(page: str) -> int:
    """The row with which a page begins."""
    known = page.isdecimal() and len(page) < 9 and 0 < int(page) <= MOST // ROWS
    return (int(page) - 1) * ROWS if known else 0


def _changed(person: User, of: Listing, shown: str) -> list[int]:
    """Of the rows that a page shows, those that are no longer as it shows them."""
    if of.versions is None:
        return []
    known: dict[int, str] = {}
    for each in shown[:LONGEST].split(",")[:MOST_ROWS]:
        pk, _dot, version = each.partition(".")
        if pk.isdecimal() and len(pk) < 18:
            known[int(pk)] = version
    if not known:
        return []
    rows = visible(of.model._default_manager.filter(pk__in=list(known)), person, of.needs)
    return sorted(pk for pk, version in of.versions(rows).items() if version != known[pk])
