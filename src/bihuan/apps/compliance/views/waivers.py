"""The register of waivers and exceptions."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from bihuan.apps.compliance import actions
from bihuan.apps.compliance import waivers as registers
from bihuan.apps.compliance.counting import EARLIEST
from bihuan.apps.compliance.views.frame import asked as code
from bihuan.apps.compliance.views.frame import page, who
from bihuan.apps.compliance.waivers import Asked
from bihuan.apps.customers.models import Customer
from bihuan.apps.obligations.words import said, waive_word
from bihuan.apps.obligations.workbench import ZONE
from bihuan.base import clock
from bihuan.base.access.policy import needs
from bihuan.base.access.scope import may, visible
from bihuan.base.counting import counted
from bihuan.base.ui.paging import paged

EXCEPTIONS = "exceptions"


@needs("compliance.see")
@require_GET
def waivers(request: HttpRequest) -> HttpResponse:
    now, person = clock.now(), who(request)
    asked, this_year = _asked(request), now.astimezone(ZONE).year
    waived, excepted = registers.waived(person, asked), registers.excepted(person, asked)
    counts = counted({False: waived, True: excepted})
    on_exceptions = request.GET.get("part") == EXCEPTIONS
    found = paged(request, excepted if on_exceptions else waived, total=counts[on_exceptions])
    reached = visible(Customer.objects.filter(pk=asked.customer or 0), person, "compliance.see")
    context = {
        "asked": asked, "register": registers.register(person, asked, now), "page": found,
        "views": [
            {"title": _("豁免的义务"), "url": _link(asked), "current": not on_exceptions, "count": counts[False]},
            {
                "title": _("有期限的例外"), "url": _link(asked, part=EXCEPTIONS), "current": on_exceptions,
                "count": counts[True],
            },
        ],
        "on_exceptions": on_exceptions, "now": now,
        "rows": found.object_list if on_exceptions else [
            {"ob": row, "title": said(row.title), "reason": waive_word(row.waiver.reason)}
            for row in found.object_list
        ],
        "customer": reached.first(), "earlier": _link(asked, year=asked.year - 1),
        "later": _link(asked, year=asked.year + 1) if asked.year < this_year else "",
        "all": _link(asked, clause="", customer=None), "csv": _link(asked),
        "may_export": may(person, "compliance.bundle"),
    }  # fmt: skip
    return page(request, "waivers", context)


@needs("compliance.bundle")
@require_GET
def waivers_csv(request: HttpRequest) -> HttpResponse:
    asked = _asked(request)
    content = actions.export_waivers(asked, by=who(request), now=clock.now())
    name = f"{_('豁免台账')}-{asked.year}.csv"
    answer = HttpResponse(content, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{urlencode({'': name})[1:]}"
    return answer


def _asked(request: HttpRequest) -> Asked:
    """What the query string asks for; a wrong part is as if it were not there."""
    get, this_year = request.GET, clock.now().astimezone(ZONE).year
    year, customer = get.get("year", ""), get.get("customer", "")
    asked = int(year) if year.isascii() and year.isdigit() and len(year) == 4 else this_year
    number = (
        int(customer) if customer.isascii() and customer.isdigit() and len(customer) < 18 else None
    )
    return Asked(max(min(asked, this_year), EARLIEST.year), code(request, "clause"), number)


def _link(asked: Asked, **change: object) -> str:
    kept = {"year": asked.year, "clause": asked.clause, "customer": asked.customer} | change
    return "?" + urlencode({name: value for name, value in kept.items() if value})
