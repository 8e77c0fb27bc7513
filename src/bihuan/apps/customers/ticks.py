"""Once a day: key dates are told ahead of time, and parts of records that grew stale."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import islice

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from bihuan.apps.customers import profile
from bihuan.apps.customers.actions.customers import pack_or_none
from bihuan.apps.customers.enums import LIVING
from bihuan.apps.customers.models import Customer, DayDone, Verification
from bihuan.apps.customers.queries.falling import Falling, birthdays, festivals, key_dates, signings
from bihuan.base.access.models import User
from bihuan.base.facts.actions import Telling, tell_all
from bihuan.base.notify import actions as notify

BATCH = 500
NEAR = 366  # days that a first run or a long stop may look back: older dates have passed anyway


def tell_key_dates(now: datetime) -> int:
    """Tell `key_date.coming` for every date that came within the lead since the last run."""
    today = timezone.localtime(now).date()
    done = DayDone.objects.filter(name="key_dates").first()
    if done is not None and done.day >= today:
        return 0
    lead = timedelta(days=profile.number("key_date_lead_days", pack_or_none(now)))
    first = max(done.day + timedelta(days=1) + lead, today) if done is not None else today
    told = 0
    for batch in _batches(_coming(first, today + lead, today, done)):
        with transaction.atomic():
            told += len(
                tell_all(
                    [_telling(each, lead, now) for each in batch], now=now, by=None, source="clock"
                )
            )
    DayDone.objects.update_or_create(name="key_dates", defaults={"day": today, "at": now})
    return told


def _coming(first: date, last: date, today: date, done: DayDone | None) -> Iterator[Falling]:
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    yield from _all(days, since=None)
    if done is not None and first > today:
        # rows that were added since then, with a date inside the lead already
        yield from _all(
            [today + timedelta(days=n) for n in range((first - today).days)], since=done.at
        )


def _all(days: Sequence[date], *, since: datetime | None) -> Iterator[Falling]:
    for source in (festivals, signings, birthdays, key_dates):
        yield from source(days, since=since)


def _telling(each: Falling, lead: timedelta, now: datetime) -> Telling:
    opened = timezone.make_aware(datetime.combine(each.on - lead, datetime.min.time()))
    subjects = {"customer": each.customer_id} | (
        {"contact": each.contact_id} if each.contact_id else {}
    )
    return Telling(
        "key_date.coming",
        at=min(now, max(opened, each.added_at)),
        subjects=subjects,
        data={
            "key": each.key, "node": str(each.node), "on_date": each.on.isoformat(), "lunar": each.lunar,
            "contact": str(each.contact_id) if each.contact_id else None,
        },
        key=f"key-date:{each.customer_id}:{each.key}",
    )  # fmt: skip


def _batches(rows: Iterable[Falling]) -> Iterator[list[Falling]]:
    pending = iter(rows)
    while batch := list(islice(pending, BATCH)):
        yield batch


def tell_stale(now: datetime) -> int:
    """Tell `customer.stale` once for each part whose verify-by day has passed, and let each account
    manager know with one notice a day.
    """
    today = timezone.localtime(now).date()
    done = DayDone.objects.filter(name="stale").first()
    if done is not None and done.day >= today:
        return 0
    first = done.day if done is not None else today - timedelta(days=NEAR)
    rows = Verification.objects.filter(
        verify_by__gte=first, verify_by__lt=today, customer__status__in=LIVING
    )
    found: dict[tuple[int, date], list[str]] = defaultdict(list)
    for customer_id, what, by_day in rows.order_by("customer_id", "what").values_list(
        "customer_id", "what", "verify_by"
    ):
        found[customer_id, by_day].append(what)
    tellings = [
        Telling(
            "customer.stale", at=now, subjects={"customer": customer_id},
            data={"what": what, "since": by_day.isoformat()}, key=f"stale:{customer_id}:{by_day}",
        )
        for (customer_id, by_day), what in sorted(found.items())
    ]  # fmt: skip
    told = 0
    for start in range(0, len(tellings), BATCH):
        with transaction.atomic():
            told += len(tell_all(tellings[start : start + BATCH], now=now, by=None, source="clock"))
    with transaction.atomic():
        _notices({customer_id for customer_id, _day in found}, today, now)
        DayDone.objects.update_or_create(name="stale", defaults={"day": today, "at": now})
    return told


def _notices(customer_ids: set[int], today: date, now: datetime) -> None:
    counts: dict[int, int] = defaultdict(int)
    managers = Customer.objects.filter(pk__in=customer_ids, account_manager__is_active=True)
    for manager in managers.values_list("account_manager_id", flat=True):
        if manager is not None:
            counts[manager] += 1
    for person in User.objects.filter(pk__in=counts):
        count = counts[person.pk]
        notify.tell(
            to=person, kind="customer.stale", now=now, key=f"stale:{person.pk}:{today}",
            title={
                "zh": f"{count} 家客户的资料过了核实日", "en": f"{count} customer records are past their verify-by day",
            },
            url=reverse("customers:list") + "?view=verify",
        )  # fmt: skip
