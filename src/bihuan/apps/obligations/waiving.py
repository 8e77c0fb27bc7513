"""How many promises may be let go in a year: parameters `waiver.per_clause`, `waiver.per_customer`."""

from __future__ import annotations

from datetime import date, datetime, time

from django.db import connection
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from bihuan.apps.obligations.models import Obligation, Waiver
from bihuan.apps.obligations.refusals import TooManyWaivers
from bihuan.apps.policy.queries import NoPackInForce, pack_at
from bihuan.lib.policy import Pack

PER_CLAUSE, PER_CUSTOMER = "waiver.per_clause", "waiver.per_customer"
ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtextextended('waivers of a year', 0))"


def limit_of(pack: Pack | None, name: str) -> int | None:
    """The most waivers of a year that a pack allows; None where it sets no limit."""
    parameter = pack.parameters.get(name) if pack is not None else None
    said = str(parameter.value).strip() if parameter is not None else ""
    return int(said) if said.isdecimal() else None


def check_limits(row: Obligation, now: datetime) -> None:
    """Within the limits of the regulation in force (in the caller's transaction: two waivers at
    once are counted one after the other). Raises TooManyWaivers.
    """
    try:
        pack = pack_at(now)
    except NoPackInForce:
        return
    limits = [
        (PER_CLAUSE, Q(obligation__clause=row.clause), _("这一条")),
        (PER_CUSTOMER, Q(obligation__customer=row.customer_id), _("这家客户")),
    ]
    first, last = year_of(timezone.localdate(now).year)
    of_year = Waiver.objects.filter(at__gte=first, at__lt=last)
    for name, which, whose in limits:
        most = limit_of(pack, name)
        if most is None or (name == PER_CUSTOMER and row.customer_id is None):
            continue
        with connection.cursor() as cursor:
            cursor.execute(ONE_AT_A_TIME)
        count = of_year.filter(which).count()
        if count >= most:
            clause = pack.clauses.get(pack.parameters[name].clause)
            number = f"§ {clause.number}" if clause is not None else ""
            raise TooManyWaivers(whose=whose, count=count, most=most, clause=number)


def year_of(year: int) -> tuple[datetime, datetime]:
    """A calendar year in the company's zone; half open."""
    first, last = (
        timezone.make_aware(datetime.combine(date(each, 1, 1), time())) for each in (year, year + 1)
    )
    return first, last
