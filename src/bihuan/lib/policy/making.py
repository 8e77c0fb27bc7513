"""Making one duty from one rule: population, calendar, role, limit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bihuan.lib.policy.conditions import Local, Terms
from bihuan.lib.policy.limits import Limit, local_moment
from bihuan.lib.policy.model import Pack, Rule
from bihuan.lib.policy.reading import Reading
from bihuan.lib.policy.source import Node
from bihuan.lib.policy.telling import Calendars, Duty, Override, Telling
from bihuan.lib.workcal import Answer, Calendar, WorkcalError, before, due


class Stop(Exception):
    """The rule cannot be judged (``where`` says which part), or does not mean this fact."""

    def __init__(self, where: str, detail: str) -> None:
        super().__init__(detail)
        self.where, self.detail = where, detail


class Asked:
    """The values of one telling for conditions; the CEL activation is made when first asked."""

    __slots__ = ("_activation", "at", "local", "names", "sections", "terms")

    def __init__(
        self,
        terms: Terms | None,
        names: tuple[str, ...],
        sections: Mapping[str, Mapping[str, Any]],
        at: datetime,
        local: Local | None = None,
    ) -> None:
        self.terms, self.names, self.sections, self.at = terms, names, sections, at
        self.local = local
        self._activation: Any = None

    @property
    def key(self) -> str:
        return self.terms.key if self.terms else ""

    @property
    def activation(self) -> Any:
        if self._activation is None and self.terms is not None:
            try:
                values = self.terms.values(self.names, self.sections, self.at, self.local)
                self._activation = self.terms.env.Activation(values)
            except LookupError as error:
                raise Stop("calendar", f"no calendar {error.args[0]}") from error
            except (ValueError, TypeError, RuntimeError) as error:
                raise Stop("data", str(error)) from error
        return self._activation


def local_of(pack: Pack, calendars: Calendars, sections: Mapping[str, Mapping[str, Any]]) -> Local:
    """How the pack sees a moment: ``fact.clock`` in its zone, ``fact.day`` on its calendar.

    A day of work that a notice moved there is a WORKDAY, whatever day of the week it is.
    """

    def local(at: datetime) -> dict[str, str]:
        moment = at.astimezone(pack.zone)
        info = calendars.for_(pack.calendar, sections).info(moment.date())
        day = "WORKDAY" if info.working else info.kind.name
        return {"fact.clock": f"{moment:%H:%M}", "fact.day": day}

    return local


@dataclass(frozen=True)
class Scene:
    """Where and when a rule is asked: the pack, the fact, the calendars, what lies over it."""

    pack: Pack
    fact: Telling
    calendars: Calendars
    over: Mapping[str, Override]
    asked: Asked


def meant(scene: Scene, rule: Rule) -> bool:
    """Whether the rule is in force and means this fact; raises ``Stop`` when nobody can say."""
    if rule.unfilled:
        raise Stop("parameter", ", ".join(rule.unfilled))
    if rule.from_ is not None and scene.fact.at < local_moment(rule.from_, scene.pack.zone):
        return False
    over = scene.over.get(rule.id)
    if over is not None and over.never:
        return False
    if rule.tiers:
        tier = scene.asked.sections.get("customer", {}).get("tier")
        if tier is None and "customer" not in scene.fact.subjects:
            return False  # nobody's machine: there is no customer to mean
        if tier is None:
            raise Stop("for", "customer.tier has no value")
        if tier not in rule.tiers:
            return False
    for where, test in (("for", rule.population), ("if", rule.condition)):
        if test is None:
            continue
        answer = test.ask(scene.asked.key, scene.asked.activation)
        if answer is False:
            return False
        if answer is not True:
            raise Stop(where, answer)
    return True


def calendar_of(scene: Scene, rule: Rule) -> tuple[str, Calendar]:
    """The name and the calendar that the rule counts on."""
    over = scene.over.get(rule.id)
    name = over.calendar if over and over.calendar else rule.calendar.plain
    if not name:
        name, why = rule.calendar.choose(scene.asked.key, scene.asked.activation)
        if why:
            raise Stop("calendar", why)
    try:
        return name, scene.calendars.for_(name, scene.asked.sections)
    except KeyError:
        raise Stop("calendar", f"no calendar {name}") from None


def role_of(scene: Scene, rule: Rule) -> str:
    """The role that owes the act."""
    over = scene.over.get(rule.id)
    role = over.by if over and over.by else rule.by.plain
    if not role:
        role, why = rule.by.choose(scene.asked.key, scene.asked.activation)
        if why:
            raise Stop("by", why)
    return role


def limit_of(scene: Scene, rule: Rule) -> Limit:
    """The rule's limit, or the one that an exception puts in its place."""
    over = scene.over.get(rule.id)
    if over and over.within:
        r = Reading()
        limit = read_one(r, over.within, rule.every)
        if limit is None:
            raise Stop("within", r.problems[0].en if r.problems else over.within)
        return limit
    if rule.within.options:
        text, why = rule.within.choose(scene.asked.key, scene.asked.activation)
        if why:
            raise Stop("within", why)
        return rule.limits[text]
    if rule.limit is None:
        raise Stop("within", "the rule has no limit")
    return rule.limit


def read_one(r: Reading, text: str, every: str) -> Limit | None:
    from bihuan.lib.policy.limits import read_limit

    return read_limit(r, Node(text, "", 0, text), every)


def dated(scene: Scene, field: str, where: str) -> datetime:
    """The moment of a field of the fact; a date is its first moment."""
    if field == "at":
        return scene.fact.at
    value = scene.asked.sections["fact"].get(field)
    try:
        return local_moment(value, scene.pack.zone)  # type: ignore[arg-type]
    except (ValueError, TypeError, AttributeError):
        raise Stop(where, f"fact.{field} has no date") from None


def count(
    scene: Scene, limit: Limit, calendar: Calendar, anchor: datetime, where: str
) -> tuple[datetime | None, Answer | None]:
    """When the limit ends and the answer that explains it; (None, None) without limit."""
    if limit.endless:
        return None, None
    if limit.field:
        anchor = dated(scene, limit.field, where)
    if limit.duration is None:
        return anchor + timedelta(days=1) if _midnight(scene, anchor) else anchor, None
    try:
        if limit.duration.before:
            answer = before(calendar, anchor, limit.duration)
        else:
            answer = due(calendar, anchor, limit.duration)
    except WorkcalError as error:
        raise Stop(where, error.words.en) from error
    return answer.due, answer


def _midnight(scene: Scene, moment: datetime) -> bool:
    local = moment.astimezone(scene.pack.zone)
    return not (local.hour or local.minute or local.second)


def subject_of(scene: Scene, kind: str) -> str:
    """The id of the telling's subject of this type; the company needs none."""
    found = scene.fact.subjects.get(kind, "")
    if not found and kind != "company":
        raise Stop("subject", f"the fact names no {kind}")
    return found


def build(
    scene: Scene,
    rule: Rule,
    *,
    subject_type: str,
    occasion: str,
    anchor: datetime,
    opens_at: datetime,
    due_at: datetime | None,
    answer: Answer | None,
    calendar: tuple[str, Calendar],
    window: tuple[datetime, datetime] | None = None,
    planned_at: datetime | None = None,
) -> Duty:
    """Put a duty together."""
    over = scene.over.get(rule.id)
    kind = scene.pack.vocabulary.duties[rule.must]
    fact = scene.asked.sections["fact"]
    same = {name: str(fact[name]) for name in rule.same if fact.get(name) is not None}
    return Duty(
        rule.id, rule.clause, subject_type, subject_of(scene, subject_type), occasion, rule.must,
        role_of(scene, rule), anchor, opens_at, due_at, calendar[0], rule.proof, rule.verified,
        rule.needs, rule.severity, kind.care, kind.contact, kind.app, rule.channel, window, same,
        rule.ladder, over.source if over else "", answer, calendar[1],
        planned_at,
    )  # fmt: skip
