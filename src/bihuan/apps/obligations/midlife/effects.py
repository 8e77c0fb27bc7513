"""What facts of mid-life do to open duties, after everything they call for has arisen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime

from django.db.models import QuerySet
from django.utils import timezone

from bihuan.apps.obligations.duties import region_of
from bihuan.apps.obligations.enums import LIVE, State, Verb, VoidReason
from bihuan.apps.obligations.fold import tiers_of
from bihuan.apps.obligations.merges import MERGED, follow, gone_rows, is_merge
from bihuan.apps.obligations.midlife import rules
from bihuan.apps.obligations.midlife.deeds import close, move, restore
from bihuan.apps.obligations.midlife.rules import Matter
from bihuan.apps.obligations.models import Act, Obligation, TookEffect
from bihuan.apps.people.queries import Holders, holders
from bihuan.apps.people.telling import midnight
from bihuan.apps.policy.models import PackVersion
from bihuan.apps.policy.queries import pack_of
from bihuan.base.access.models import User
from bihuan.base.facts.models import Fact
from bihuan.base.vocabulary import vocabulary

OF_CUSTOMER = "customer"


def changes(fact: Fact) -> bool:
    """Whether a fact touches duties that are open already."""
    return fact.kind in DO or is_merge(fact)


def take_effect(fact: Fact, now: datetime) -> None:
    """Let a change take effect on open duties; twice is once, also after later changes."""
    _row, new = TookEffect.objects.get_or_create(fact=fact)
    if not new:
        return
    DO.get(fact.kind, _merged)(fact, now)


def _live(fact: Fact, **where: object) -> QuerySet[Obligation]:
    """Live duties of before this fact, locked."""
    rows = Obligation.objects.filter(state__in=LIVE, cause__tx__lte=fact.tx, **where)
    return _locked(rows.exclude(cause=fact))


def _locked(rows: QuerySet[Obligation]) -> QuerySet[Obligation]:
    """The rows themselves, not the facts behind them by which they were found."""
    ids = list(rows.values_list("pk", flat=True))
    if not ids:
        return Obligation.objects.none()
    return Obligation.objects.filter(pk__in=ids, state__in=LIVE).locked("cause")


def matter_of(row: Obligation) -> Matter:
    """An obligation as the rules of changes read it."""
    cause = row.cause
    then = str(cause.own().get("after") or "") if row.cause_kind == rules.TIER else ""
    return Matter(
        row.uid, row.kind, str(cause.uid), row.cause_kind, row.window_from is not None, row.opens_at,
        tiers_of(row), then,
    )  # fmt: skip


def _tier(fact: Fact, now: datetime) -> None:
    tier = str(fact.own()["after"])
    rows = [
        row
        for row in _live(fact, customer=fact.customer_id)
        if rules.tier_closes(matter_of(row), tier=tier, at=fact.at, cause=str(fact.uid))
    ]
    close(rows, VoidReason.TIER_CHANGED, fact, now)
    fallen = Obligation.objects.filter(
        customer=fact.customer_id, state=State.VOID, closed_reason=VoidReason.TIER_CHANGED
    ).exclude(pk__in=[row.pk for row in rows])
    again = [
        row
        for row in fallen.filter(window_to__gt=fact.at).locked("cause")
        if rules.tier_restores(tiers_of(row), tier=tier, ends=row.window_to, at=fact.at)
    ]
    restore(again, fact, now)


def _part(fact: Fact, now: datetime) -> None:
    """Whoever looks after the customer from now on owes what is open in this part."""
    person = str(fact.own()["person"])
    rows = list(_live(fact, customer=fact.customer_id, role=rules.PARTS[fact.kind]))
    rows = _not_by_hand(rows)
    if rows and person.isdecimal():
        known = holders(on=timezone.localdate(fact.at), teams=False)
        _give(rows, lambda _row: int(person), known, fact, now)


def _merged(fact: Fact, now: datetime) -> None:
    """The duties of the customer that is gone are the other's; what both owed is owed once."""
    if fact.kind != MERGED:
        again = list(_fallen_with(fact))
        rows = list(_locked(gone_rows(fact)))
        follow(fact)
        restore(again, fact, now)
        if fact.customer_id is not None:
            _reassign(rows, fact.customer_id, fact, now)
        return
    kept = follow(fact)
    if kept is None or fact.customer_id is None:
        return
    rows = list(_locked(gone_rows(fact)))
    theirs = Obligation.objects.filter(subject_type=OF_CUSTOMER, subject_id=kept).exclude(
        state__in=[State.VOID, State.WAIVED]
    )
    known = list(theirs.filter(kind__in={row.kind for row in rows})) if rows else []
    instead = {row.pk: twin for row in rows if (twin := _twin(row, known)) is not None}
    close([row for row in rows if row.pk in instead], VoidReason.MERGED, fact, now, instead)
    _reassign([row for row in rows if row.pk not in instead], kept, fact, now)


def _fallen_with(fact: Fact) -> QuerySet[Obligation]:
    """What a merge that is taken back had closed."""
    fallen = Obligation.objects.filter(state=State.VOID, closed_reason=VoidReason.MERGED)
    found = fallen.filter(cause__customer_id=fact.customer_id, cause__tx__lt=fact.tx)
    return Obligation.objects.filter(pk__in=list(found.values_list("pk", flat=True))).locked(
        "cause"
    )


def _twin(row: Obligation, known: Iterable[Obligation]) -> Obligation | None:
    """The duty by which the customer who stays owes the same act in the same time."""
    if row.subject_type != OF_CUSTOMER:
        return None
    for other in known:
        if other.kind != row.kind:
            continue
        if row.window_from is None or row.window_to is None:
            if other.window_from is None and (other.rule, other.occasion) == (
                row.rule,
                row.occasion,
            ):
                return other
        elif other.window_from is not None and other.window_to is not None:
            done_before = other.discharged_at is not None and other.discharged_at < row.window_from
            if (
                other.window_from < row.window_to
                and row.window_from < other.window_to
                and not done_before
            ):
                return other
    return None


def _reassign(rows: Sequence[Obligation], customer_id: int, fact: Fact, now: datetime) -> None:
    """What the customer's own people owe is owed by those of the customer it now belongs to."""
    own = [row for row in _not_by_hand(rows) if vocabulary().roles[row.role].of == OF_CUSTOMER]
    if own:
        known = holders(on=timezone.localdate(fact.at), customer_ids=[customer_id], teams=False)
        _give(
            own, lambda row: known.named(row.role, customer_id=customer_id, region=row.region),
            known, fact, now,
        )  # fmt: skip


def _moved(fact: Fact, now: datetime) -> None:
    """A machine goes to another customer: what is owed to the machine goes with it."""
    if fact.own()["reason"] == rules.SAME_CUSTOMER:
        return
    of_machine = _live(fact, subject_type="asset", subject_id=fact.asset_id)
    rows = list(of_machine.exclude(customer=fact.customer_id))
    kinds = vocabulary().duties
    behind = [row for row in rows if rules.stays_behind(kinds.get(row.kind))]
    close(behind, VoidReason.SUBJECT_GONE, fact, now)
    along = [row for row in rows if row not in behind]
    if not along:
        return
    customers = [fact.customer_id] if fact.customer_id is not None else []
    known = holders(on=timezone.localdate(fact.at), customer_ids=customers, teams=False)
    by_hand = {row.pk for row in along} - {row.pk for row in _not_by_hand(along)}
    before = {row.pk: row.assignee_id for row in along}
    for row in along:
        row.customer_id, row.region = fact.customer_id, region_of(fact)
        who = known.named(row.role, customer_id=fact.customer_id, region=row.region)
        if row.pk not in by_hand and _goes_by_place(row.role):
            _hand(row, who, known)
    move(along, before, fact, now)


def _goes_by_place(role: str) -> bool:
    known = vocabulary().roles.get(role)
    return known is not None and known.of in (OF_CUSTOMER, "region")


def _retired(fact: Fact, now: datetime) -> None:
    rows = list(_live(fact, subject_type="asset", subject_id=fact.asset_id))
    close(rows, VoidReason.SUBJECT_GONE, fact, now)


def _amended(fact: Fact, now: datetime) -> None:
    """Another end: what was measured by the old one is replaced where the new one calls for it."""
    if not fact.own().get("end_on"):
        return
    of = {"subject_type": "contract", "subject_id": fact.contract_id}
    fresh = {row.kind: row for row in Obligation.objects.filter(cause=fact, window_from=None, **of)}
    rows = [
        row
        for row in _live(fact, kind__in=list(fresh), window_from=None, **of)
        if rules.of_the_term(row.cause_kind, comes_round=False)
    ]
    instead = {row.pk: fresh[row.kind] for row in rows}
    close(rows, VoidReason.CONTRACT_CHANGED, fact, now, instead)


def _ended(fact: Fact, now: datetime) -> None:
    """A contract that is ended before its time is renewed by nobody."""
    if fact.own()["reason"] != rules.TERMINATED:
        return
    rows = [
        row
        for row in _live(fact, subject_type="contract", subject_id=fact.contract_id)
        if rules.of_the_term(row.cause_kind, comes_round=row.window_from is not None)
    ]
    close(rows, VoidReason.SUBJECT_GONE, fact, now)


def _away(fact: Fact, now: datetime) -> None:
    own = fact.own()
    until = midnight(date.fromisoformat(str(own["until"])))
    if not own.get("substitute"):
        return
    rows = [
        row
        for row in _live(fact, assignee_id=fact.subjects["person"])
        if rules.substitute_owes(row.due_at, paused=row.paused_at is not None, until=until)
    ]
    before = {row.pk: row.assignee_id for row in rows}
    known = holders(on=timezone.localdate(fact.at), teams=False)
    stand_in = known.present(int(own["substitute"]))
    for row in rows:
        row.stands_in_for_id = row.stands_in_for_id or row.assignee_id
        row.assignee_id = stand_in
    move(rows, before, fact, now)


def _back(fact: Fact, now: datetime) -> None:
    """Whoever is back owes again what is not done; an account closed meanwhile gets nothing."""
    person = fact.subjects["person"]
    if not User.objects.filter(pk=person, is_active=True).exists():
        return
    rows = list(_live(fact, stands_in_for_id=person))
    known = holders(on=timezone.localdate(fact.at), teams=False)
    _give(rows, lambda _row: person, known, fact, now)


def _in_force(fact: Fact, now: datetime) -> None:
    """What a withdrawn rule would only have asked for later is asked for no more."""
    own = fact.own()
    version = PackVersion.objects.filter(code=own["pack"], version=own["version"]).first()
    if version is not None:
        rows = list(_locked(withdrawn(version, fact.at).filter(cause__tx__lte=fact.tx)))
        close(rows, VoidReason.RULE_WITHDRAWN, fact, now)


def withdrawn(version: PackVersion, at: datetime) -> QuerySet[Obligation]:
    """Live duties of rules that a version no longer has, which have not begun at an instant."""
    rows = Obligation.objects.filter(state__in=LIVE, opens_at__gt=at)
    return rows.exclude(rule__in=list(pack_of(version).rules)).exclude(pack_version=version)


def _give(
    rows: Sequence[Obligation], to: Callable[[Obligation], int | None], known: Holders, fact: Fact,
    now: datetime,
) -> None:  # fmt: skip
    before = {row.pk: row.assignee_id for row in rows}
    moved = [row for row in rows if _hand(row, to(row), known)]
    move(moved, before, fact, now)


def _hand(row: Obligation, person: int | None, known: Holders) -> bool:
    """Give a row to somebody, or who stands in for them; whether that is anything new."""
    if person is None:
        return False
    was = (row.assignee_id, row.stands_in_for_id)
    row.assignee_id = known.present(person)
    row.stands_in_for_id = person if person != row.assignee_id else None
    return was != (row.assignee_id, row.stands_in_for_id)


def _not_by_hand(rows: Sequence[Obligation]) -> list[Obligation]:
    """Those that nobody has given to somebody in person."""
    given = Act.objects.filter(
        obligation__in=rows, verb=Verb.ASSIGNED, fact__kind="obligation.assigned"
    )
    by_hand = set(given.values_list("obligation", flat=True))
    return [row for row in rows if row.pk not in by_hand]


DO: dict[str, Callable[[Fact, datetime], None]] = {
    rules.TIER: _tier,
    **dict.fromkeys(rules.PARTS, _part),
    rules.MOVED: _moved,
    rules.RETIRED: _retired,
    rules.AMENDED: _amended,
    rules.ENDED: _ended,
    rules.AWAY: _away,
    rules.BACK: _back,
    rules.IN_FORCE: _in_force,
}

__all__ = ["changes", "matter_of", "take_effect", "withdrawn"]
