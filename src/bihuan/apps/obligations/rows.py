"""Obligations as lists show them: ring, title, customer, clause, chip, one act."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django.db.models import QuerySet
from django.urls import NoReverseMatch
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from bihuan.apps.obligations.enums import LIVE, State, Verifier
from bihuan.apps.obligations.models import Obligation, Pause
from bihuan.apps.obligations.rules import look, stage
from bihuan.apps.obligations.words import duty_word, pause_word, said
from bihuan.apps.people.calendars import Calendars, calendars
from bihuan.apps.policy.queries import NoPackInForce, pack_at
from bihuan.base import registry
from bihuan.base.access.models import User
from bihuan.base.access.scope import visible
from bihuan.base.ui.addresses import address
from bihuan.base.ui.deadline import DAYS, SOON, WORK, WORK_DAYS, working_left
from bihuan.lib.workcal.duration import DAYS as DAY_UNITS
from bihuan.lib.workcal.duration import WORK as WORK_UNITS
from bihuan.lib.workcal.duration import Duration, Unit
from bihuan.lib.workcal.errors import WorkcalError

# What a row and its templates read of an obligation.
SHOWN = (
    "title", "kind", "clause", "clause_number", "source", "state", "verified_by_rule", "severity", "within",
    "calendar", "anchor_at", "cause_at", "opens_at", "due_at", "planned_at", "paused_at", "discharged_at",
    "customer__name", "customer__short_name", "customer__tier", "customer__tier_rank", "assignee__name",
)  # fmt: skip


@dataclass(slots=True)
class Limited:
    """Of an obligation what its chip reads: a list of other things asks for very many."""

    pk: int
    state: str
    within: str
    calendar: str
    anchor_at: datetime
    cause_at: datetime
    opens_at: datetime | None
    due_at: datetime | None
    paused_at: datetime | None
    discharged_at: datetime | None

    @property
    def live(self) -> bool:
        """As that of an obligation."""
        return self.state in LIVE


LIMITED = tuple(Limited.__slots__)[1:]
"""The columns of it, after the id."""


@dataclass(frozen=True)
class Row:
    """One line of a list."""

    ob: Obligation
    ring_stage: str
    ring_state: str
    title: str
    limit: dict[str, Any]
    tier: str
    url: str
    act_url: str
    act: str
    main: bool

    @property
    def contract(self) -> bool:
        """Whether a contract's term is what holds."""
        return self.ob.source.get("kind") == "contract"

    @property
    def cited(self) -> str:
        """The number on the clause tag."""
        if self.contract:
            return str(self.ob.source.get("cited", "")).removeprefix("合同·")
        return self.ob.clause_number


def tier_names(now: datetime) -> dict[str, str]:
    """Tier code -> name in the language of this page, of the pack in force."""
    try:
        tiers = pack_at(now).tiers
    except NoPackInForce:
        return {}
    if tiers is None:
        return {}
    return {code: said({"zh": w.zh, "en": w.en}) for code, w in tiers.names.items()}


def for_rows(found: QuerySet[Obligation]) -> QuerySet[Obligation]:
    """With what `rows_of` reads, and nothing else: an obligation has many fields."""
    return found.select_related("customer", "assignee").only(*SHOWN)


def rows_of(
    found: Iterable[Obligation],
    now: datetime,
    tiers: dict[str, str],
    known: Calendars | None = None,
    person: User | None = None,
) -> list[Row]:
    """The lines of these obligations; for a `person` with the act of those alone that he may work
    on: its screen lets nobody else in.
    """
    rows, known = list(found), known or calendars()
    paused = standing(rows)
    works = _worked(rows, person) if person is not None else None
    return [
        row_of(ob, now, tiers, known, paused=paused, acts=works is None or ob.pk in works)
        for ob in rows
    ]


def limits_of(
    found: Iterable[Obligation | Limited], now: datetime, known: Calendars | None = None
) -> list[dict[str, Any]]:
    """What the chips of these obligations read, where nothing else of them is shown."""
    rows, known = list(found), known or calendars()
    paused = standing(rows)
    return [_paused_for(limit_of(ob, now, known), paused.get(ob.pk, "")) for ob in rows]


def _paused_for(limit: dict[str, Any], why: str) -> dict[str, Any]:
    return limit | {"pause_reason": pause_word(why)} if why else limit


def standing(found: Iterable[Obligation | Limited]) -> dict[int, str]:
    """Id -> why its clock stands, of those that stand (no query where none does)."""
    ids = [ob.pk for ob in found if ob.paused_at is not None]
    if not ids:
        return {}
    rows = Pause.objects.filter(obligation__in=ids, to_at=None)
    return dict(rows.values_list("obligation_id", "reason"))


def _worked(found: Iterable[Obligation], person: User) -> set[int]:
    rows = Obligation.objects.filter(pk__in=[ob.pk for ob in found]).order_by()
    return set(visible(rows, person, "obligations.work").values_list("pk", flat=True))


def row_of(
    ob: Obligation, now: datetime, tiers: dict[str, str], known: Calendars | None = None, *,
    paused: Mapping[int, str] | None = None, acts: bool = True,
) -> Row:  # fmt: skip
    """One line; `paused` is `standing` of the whole list."""
    why = (standing([ob]) if paused is None else paused).get(ob.pk, "")
    limit = _paused_for(limit_of(ob, now, known), why)
    soon = _soon(ob, limit, now)
    ring_state = look(ob.state, ob.due_at, soon=soon, paused=ob.paused_at is not None, now=now)
    place = stage(ob.state, ob.verified_by_rule)
    if place == "closed" and ring_state == "current":
        ring_state = "closed"
    act, act_url = act_of(ob) if acts else ("", "")
    customer = ob.customer
    return Row(
        ob=ob, ring_stage=place, ring_state=ring_state, title=said(ob.title), limit=limit,
        tier=tiers.get(customer.tier, customer.tier) if customer else "",
        url=address("obligations:detail", ob.pk) if ob.pk else "", act=act, act_url=act_url,
        main=ring_state == "late",
    )  # fmt: skip


def limit_of(
    ob: Obligation | Limited, now: datetime, known: Calendars | None = None
) -> dict[str, Any]:
    """What the chip reads, in the unit in which the limit is written."""
    limit: dict[str, Any] = {
        "due_at": ob.due_at, "opened_at": max(ob.opens_at or ob.anchor_at, ob.cause_at)
        if ob.state != State.SCHEDULED else ob.opens_at,
        "state": ob.state, "done_at": ob.discharged_at, "paused_at": ob.paused_at,
        "explain_url": address("obligations:explain", ob.pk) if (ob.due_at or ob.paused_at) and ob.pk else "",
    }  # fmt: skip
    if ob.live and ob.due_at is not None and ob.within:
        unit = _unit(ob.within)
        near = unit in (WORK_DAYS, DAYS) and abs(ob.due_at - now) < timedelta(hours=24)
        if unit and not near:
            limit["left_unit"] = unit
            calendar = (known or calendars()).for_(ob.calendar, {})
            limit["left"] = working_left(calendar, ob.due_at, now, unit)
    return limit


@lru_cache(maxsize=256)
def _unit(within: str) -> str:
    try:
        unit = Duration.parse(within).unit
    except WorkcalError:
        return ""
    if unit in WORK_UNITS:
        return WORK
    if unit is Unit.WORK_DAY:
        return WORK_DAYS
    return DAYS if unit in DAY_UNITS or unit not in (Unit.HOUR, Unit.MINUTE) else ""


def _soon(ob: Obligation, limit: dict[str, Any], now: datetime) -> bool:
    start, end = limit["opened_at"], ob.due_at
    if start is None or end is None or end <= start:
        return False
    return bool((now - start) / (end - start) >= SOON)


def act_of(ob: Obligation) -> tuple[str, str]:
    """The one act of a row: its word and where it is done; none for what is only foreseen."""
    if not ob.pk:
        return "", ""
    if ob.state in (State.SCHEDULED, State.OPEN):
        return act_word(ob), carry_url(ob)
    if ob.state == State.DISCHARGED and ob.verified_by_rule != Verifier.NONE:
        return _("去核实"), address("obligations:detail", ob.pk) + "#verify"
    return "", ""


NOT_CALLS = {"callback.brief", "callback.news", "callback.plan", "callback.sample", "visit.minutes"}


def act_word(ob: Obligation) -> str:
    """The verb on the button, by the kind of duty."""
    if ob.paused_at is not None:
        return _("查看")
    if ob.kind in NOT_CALLS:
        return _("处理")
    first = ob.kind.partition(".")[0]
    return {
        "meeting": _("开会"), "report": _("写报告"), "reading": _("去阅读"), "callback": pgettext("do it", "回访"),
        "visit": _("拜访"), "contact": _("联络"), "greeting": _("问候"),
    }.get(first, _("处理"))  # fmt: skip


def carry_url(ob: Obligation) -> str:
    """The screen that carries this duty out: that of the app that claims it, or the generic one."""
    name = registry.fulfilling(ob.kind)
    if name is not None:
        try:
            return address(name, ob.pk)
        except NoReverseMatch:
            pass
    return address("obligations:carry_out", ob.pk)


def kind_word(ob: Obligation) -> str:
    return duty_word(ob.kind)


__all__ = ["Row", "act_of", "carry_url", "for_rows", "limit_of", "row_of", "rows_of", "tier_names"]
