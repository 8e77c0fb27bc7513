"""One flag of one customer, set or taken off; both have their way back while nobody came between."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from bihuan.apps.customers import words
from bihuan.apps.customers.actions.customers import change_customer
from bihuan.apps.customers.enums import Flag
from bihuan.apps.customers.models import Customer
from bihuan.base.access.models import User
from bihuan.base.errors import ChangedMeanwhile, NoSuchThing, Refusal


class FlaggedAlready(Refusal):
    code = "flagged_already"
    message = _("已经有“%(flag)s”这个标志。")


class NotFlagged(Refusal):
    code = "not_flagged"
    message = _("没有“%(flag)s”这个标志。")


def set_flag(*, customer_id: int, flag: Flag, on: bool, by: User, now: datetime) -> dict[str, Any]:
    """Set or take off a flag; gives what `turn_back` needs. Raises FlaggedAlready, NotFlagged and
    as `change_customer`.
    """
    with transaction.atomic():
        row = _locked(customer_id)
        word = {"flag": words.title(words.FLAG, flag)}
        if on and flag in row.flags:
            raise FlaggedAlready(**word)
        if not on and flag not in row.flags:
            raise NotFlagged(**word)
        flags = {*row.flags, str(flag)} if on else set(row.flags) - {str(flag)}
        row = change_customer(customer=row, by=by, now=now, flags=sorted(flags))
        return {"flag": str(flag), "on": on, "version": row.version}


def turn_back(*, customer_id: int, kept: dict[str, Any], by: User, now: datetime) -> None:
    """The inverse of `set_flag`. Raises ChangedMeanwhile when anything was changed after it."""
    with transaction.atomic():
        row = _locked(customer_id)
        if row.version != kept["version"]:
            raise ChangedMeanwhile
        set_flag(customer_id=row.pk, flag=Flag(kept["flag"]), on=not kept["on"], by=by, now=now)


def _locked(pk: int) -> Customer:
    row = Customer.objects.select_for_update().filter(pk=pk).first()
    if row is None:
        raise NoSuchThing
    return row
