"""What changes in mid-life close within a trial: the same rules as in real life, on rows in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from uuid import UUID

from bihuan.apps.obligations.midlife import rules
from bihuan.apps.obligations.midlife.rules import Matter
from bihuan.apps.obligations.trial.rules import Deed, Row
from bihuan.base.facts.models import Fact
from bihuan.base.vocabulary import vocabulary

CLOSED, RESTORED = "void", "restored"
KINDS = frozenset({rules.TIER, rules.MOVED, rules.RETIRED, rules.AMENDED, rules.ENDED})


def deeds_of(fact: Fact, rows: Iterable[Row], fallen: set[UUID]) -> Iterator[Deed]:
    """The closings and restorations that a fact brings for the duties heard before it; `fallen`
    keeps those that fell away with a tier.
    """
    if fact.kind not in KINDS:
        return
    known = list(rows)
    fresh = {row.kind for row in known if row.cause == str(fact.uid) and row.window is None}
    rows = [row for row in known if row.cause != str(fact.uid)]
    if fact.kind == rules.TIER:
        yield from _tier(fact, [row for row in rows if row.customer_id == fact.customer_id], fallen)
        return
    for row in rows:
        if _closes(fact, row, fresh):
            yield Deed(row.uid, CLOSED, fact.tx, fact.at)


def _tier(fact: Fact, rows: Iterable[Row], fallen: set[UUID]) -> Iterator[Deed]:
    tier = str(fact.own()["after"])
    for row in rows:
        matter = Matter(
            row.uid, row.kind, row.cause, row.cause_kind, row.window is not None, row.opens_at,
            row.tiers, row.tier_then,
        )  # fmt: skip
        ends = row.window[1] if row.window is not None else None
        if row.uid in fallen:
            if rules.tier_restores(row.tiers, tier=tier, ends=ends, at=fact.at):
                fallen.discard(row.uid)
                yield Deed(row.uid, RESTORED, fact.tx, fact.at)
        elif rules.tier_closes(matter, tier=tier, at=fact.at, cause=str(fact.uid)):
            if row.window is not None:
                fallen.add(row.uid)
            yield Deed(row.uid, CLOSED, fact.tx, fact.at)


def _closes(fact: Fact, row: Row, fresh: set[str]) -> bool:
    own = fact.own()
    if fact.kind in (rules.MOVED, rules.RETIRED):
        if (row.subject_type, row.subject_id) != ("asset", fact.asset_id):
            return False
        if fact.kind == rules.RETIRED:
            return True
        gone = own["reason"] != rules.SAME_CUSTOMER and row.customer_id != fact.customer_id
        return gone and rules.stays_behind(vocabulary().duties.get(row.kind))
    if (row.subject_type, row.subject_id) != ("contract", fact.contract_id):
        return False
    if fact.kind == rules.ENDED:
        round_ = row.window is not None
        return own["reason"] == rules.TERMINATED and rules.of_the_term(
            row.cause_kind, comes_round=round_
        )
    term = row.window is None and rules.of_the_term(row.cause_kind, comes_round=False)
    return bool(own.get("end_on")) and term and row.kind in fresh
