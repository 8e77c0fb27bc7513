"""Alarms as the desk, a machine and a customer show them, and the duties they made."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import F, Q, QuerySet

from bihuan.apps.monitoring import words
from bihuan.apps.monitoring.catalogue import templates
from bihuan.apps.monitoring.enums import Klass
from bihuan.apps.monitoring.models import Alarm, Refused
from bihuan.apps.obligations.enums import LIVE
from bihuan.apps.obligations.models import CADENCE, Obligation
from bihuan.apps.obligations.rows import LIMITED, limits_of
from bihuan.base.access.models import User
from bihuan.base.access.scope import visible
from bihuan.base.facts.models import Fact
from bihuan.base.texts import in_language
from bihuan.base.ui.addresses import address
from bihuan.base.ui.deadline import clock_left
from bihuan.lib.machines import Template

ACKNOWLEDGE, DIAGNOSE = "alarm.acknowledge", "alarm.diagnose"
GRAVE = (Klass.HIGH, Klass.URGENT)
EARLIER = 8
ACTIVE = Q(hushed="", cleared_at=None)


def seen(person: User) -> QuerySet[Alarm]:
    return visible(Alarm.objects.all(), person, "monitoring.see")


def condition(view: str, now: datetime) -> Q:
    """What a tab of the desk holds; everything where there is no such tab."""
    told, shelved = Q(hushed=""), Q(shelved_until__gt=now)
    match view:
        case "new":
            # what a graver one holds waits with that one, if anybody was told of that
            alone = (
                Q(merged=None) | ~Q(merged__hushed="") | Q(merged__acknowledged_at__isnull=False)
            )
            return told & ~shelved & alone & Q(acknowledged_at=None)
        case "active":
            return ACTIVE
        case "shelved":
            return shelved
        case "over":
            return told & Q(cleared_at__isnull=False)
        case "hushed":
            return ~told
        case _:
            return Q()


def waiting(person: User, now: datetime) -> QuerySet[Alarm]:
    """Grave alarms that nobody has acknowledged (menu)."""
    return seen(person).filter(condition("new", now), klass__in=GRAVE)


def of_asset(person: User, asset_id: int) -> QuerySet[Alarm]:
    """Alarms of a machine that hold (tab)."""
    return seen(person).filter(ACTIVE, asset=asset_id)


def of_customer(person: User, customer_id: int) -> QuerySet[Alarm]:
    """Alarms of a customer's machines that hold (tab)."""
    return seen(person).filter(ACTIVE, asset__customer=customer_id)


def template_of(alarm: Alarm) -> Template | None:
    return templates().get(alarm.layout.template) if alarm.layout is not None else None


def customer_words(alarm: Alarm) -> str:
    """What the customer is told: the first diagnosis, else the rule's own sentence."""
    template = template_of(alarm)
    rule = template.alarm(alarm.rule) if template is not None else None
    return in_language(alarm.diagnosis.get("customer") or (rule.customer if rule else {}))


SHOWN = (
    "times", "acknowledged_at", "cleared_at", "shelved_until", "verdict", "hushed", "customer_told_at",
    "ticket_number", "diagnosis",
)  # fmt: skip


def version(alarm: Alarm) -> str:
    """What differs after every change of what the desk shows of it."""
    shown = [getattr(alarm, name) for name in SHOWN]
    return f"{zlib.crc32(repr(shown).encode()):x}"


def said(alarm: Alarm, now: datetime, limit: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """An alarm with the titles of its codes; `lasted` from when it first held until now or its end."""
    template = template_of(alarm)
    state = next((s for s in template.states if s.code == alarm.machine_state), None) if template else None  # fmt: skip
    return {
        "row": alarm, "version": version(alarm), "title": in_language(alarm.title), "limit": limit,
        "klass": words.title(words.KLASS, alarm.klass), "colour": words.KLASS_COLOUR.get(alarm.klass, "grey"),
        "state": words.title(words.STATE, alarm.state), "state_colour": words.STATE_COLOUR[alarm.state],
        "machine_state": in_language(state.title) if state is not None else alarm.machine_state,
        "value": figure(alarm.value, template, alarm.point), "bound": figure(alarm.limit, template, alarm.point),
        "peak": figure(alarm.peak, template, alarm.point),
        "lasted": clock_left((alarm.cleared_at or now) - alarm.since).words(),
        "shelved": alarm.shelved_until is not None and alarm.shelved_until > now,
        "hushed": words.title(words.HUSHED, alarm.hushed), "hushed_why": words.title(words.HUSHED_WHY, alarm.hushed),
        "verdict": words.title(words.VERDICT, alarm.verdict), "opinion": opinion(alarm.diagnosis),
    }  # fmt: skip


def opinion(diagnosis: Mapping[str, Any]) -> str:
    """The likeliest cause in one line; empty without one or where the opinion is that one cannot say."""
    causes = diagnosis.get("causes") or []
    if not causes or diagnosis.get("unknown"):
        return ""
    first = max(causes, key=lambda cause: cause.get("probability") or 0)
    return f"{in_language(first['title'])} {round(100 * (first.get('probability') or 0))}%"


def figure(value: float | None, template: Template | None, point: str) -> str:
    """As many digits as the point is read with."""
    if value is None:
        return ""
    known = template.places if template is not None else {}
    digits = template.point(point).digits if template is not None and point in known else 2
    return f"{value:,.{digits}f}"


def snapshot(alarm: Alarm) -> list[dict[str, Any]]:
    """All values at the moment, the one that is judged first."""
    if alarm.layout is None:
        return []
    template = template_of(alarm)
    known = template.places if template is not None else {}
    found = []
    for code, value in zip(alarm.layout.points, alarm.snapshot, strict=False):
        point = template.point(code) if template is not None and code in known else None
        own = code == alarm.point
        if value is None or (point is not None and (point.position or (point.hidden and not own))):
            continue
        found.append({
            "title": in_language(point.title) if point is not None else code,
            "unit": point.unit if point is not None else "", "own": own,
            "value": figure(value, template, code),
            "bound": figure(alarm.limit, template, code) if own else "",
        })  # fmt: skip
    return sorted(found, key=lambda each: not each["own"])


def causes(diagnosis: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Ranked causes with what speaks for and against each, in the page's language."""
    ranked = sorted(diagnosis.get("causes") or [], key=lambda cause: -(cause.get("probability") or 0))  # fmt: skip
    return [
        {
            "title": in_language(cause["title"]), "check": in_language(cause.get("check") or {}),
            "percent": round(100 * (cause.get("probability") or 0)),
            "pro": [_line(each) for each in cause.get("for") or []],
            "con": [_line(each) for each in cause.get("against") or []],
        }
        for cause in ranked
    ]  # fmt: skip


def evidence(alarm: Alarm) -> list[dict[str, Any]]:
    """The points by which a watch raised it, the farthest first, as the page shows them."""
    template = template_of(alarm)
    found = []
    for each in alarm.evidence:
        point = (
            template.point(each["point"]) if template and each["point"] in template.places else None
        )
        found.append({
            "title": in_language(point.title) if point else each["point"], "unit": point.unit if point else "",
            **{name: figure(each[name], template, each["point"]) for name in ("value", "usual", "limit")},
            "ratio": f"{abs(each['ratio']):.1f}", "up": each["ratio"] > 0, "beyond": abs(each["ratio"]) > 1,
        })  # fmt: skip
    return found


def quick(alarm: Alarm) -> bool:
    """Whether the watch that raised it judges samples rather than hours."""
    template = template_of(alarm)
    watch = template.watch(alarm.rule) if template else None
    return watch is not None and watch.quick


def _line(text: Any) -> str:
    return in_language(text) if isinstance(text, Mapping) else str(text)


def earlier(person: User, alarm: Alarm) -> list[Alarm]:
    """What the machine raised before."""
    rows = seen(person).filter(asset=alarm.asset_id, pk__lt=alarm.pk)
    return list(fit(rows).order_by("-pk")[:EARLIER])


def fit(rows: QuerySet[Alarm]) -> QuerySet[Alarm]:
    return rows.select_related("asset__customer", "asset__model", "layout", "merged")


def duties(alarm: Alarm) -> QuerySet[Obligation]:
    """What the regulation asked for because of this alarm."""
    rows = Obligation.objects.filter(~Q(cause_kind=CADENCE), occasion=alarm.number)
    return rows.select_related("customer", "assignee").order_by("due_at", "pk")


def next_limits(alarms: Sequence[Alarm], now: datetime) -> dict[str, dict[str, Any]]:
    """Number -> what the chip reads of the duty that is due next (one query)."""
    rows = Obligation.objects.filter(
        ~Q(cause_kind=CADENCE), occasion__in=[each.number for each in alarms], state__in=LIVE
    ).order_by("occasion", F("due_at").asc(nulls_last=True), "pk")
    found = list(rows.distinct("occasion").only("occasion", *LIMITED))
    limits = limits_of(found, now)
    return {row.occasion: limit for row, limit in zip(found, limits, strict=True)}


def named(duty: Obligation) -> str:
    return str(duty.match.get("alarm") or duty.occasion)


def only_there(rows: Sequence[Obligation]) -> dict[int, str]:
    """Duties that the alarm's page carries out, while it has that before it."""
    asked = {row.pk: named(row) for row in rows if row.kind in (ACKNOWLEDGE, DIAGNOSE)}
    if not asked:
        return {}
    known = {each.number: each for each in Alarm.objects.filter(number__in=set(asked.values()))}
    return {
        row.pk: alarm.number
        for row in rows
        if (alarm := known.get(asked.get(row.pk, ""))) is not None
        and (alarm.acknowledged_at if row.kind == ACKNOWLEDGE else alarm.customer_told_at) is None
    }


def by_number(person: User, number: int) -> tuple[str, str] | None:
    """(title, address) of the alarm that people call BJ-20261129-000017."""
    text = f"{number:014d}"
    row = seen(person).filter(number=f"BJ-{text[:8]}-{text[8:]}").first()
    return (in_language(row.title), address("monitoring:alarm", row.pk)) if row else None


def of_facts(facts: Iterable[Fact]) -> dict[int, dict[str, Any]]:
    """Fact id -> the alarm that it tells of, for its line on a timeline."""
    told = {fact.pk: str(fact.own().get("alarm", "")) for fact in facts}
    rows = Alarm.objects.filter(number__in=set(told.values())).select_related("layout")
    known = {row.number: row for row in rows}
    return {
        pk: {
            "pk": row.pk, "title": in_language(row.title), "colour": words.KLASS_COLOUR.get(row.klass, ""),
            "value": figure(row.value, template_of(row), row.point), "unit": row.unit,
        }
        for pk, number in told.items()
        if (row := known.get(number)) is not None
    }  # fmt: skip


def refused(person: User) -> QuerySet[Refused]:
    """What was not taken; of devices nobody knows only for who answers for all."""
    rows = visible(Refused.objects.all(), person, "monitoring.devices")
    return rows.select_related("device__asset__model").order_by("-day", "-last_at", "-pk")


def raw_text(raw: bytes) -> tuple[str, bool]:
    """As text where it is text, else as hex in pairs; and whether it is hex."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.hex(" "), True
    plain = all(char.isprintable() or char in "\n\r\t" for char in text)
    return (text, False) if plain else (raw.hex(" "), True)
