"""What a change in mid-life does to one open duty, without database and clock.

Written for people in docs/mid-life.md; each function is one line of its table.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from bihuan.lib.policy.vocabulary import DutyKind

TIER = "tier.changed"
MOVED, RETIRED = "asset.moved", "asset.retired"
AMENDED, ENDED, SIGNED = "contract.amended", "contract.ended", "contract.signed"
AWAY, BACK = "staff.away", "staff.back"
IN_FORCE = "pack.in_force"
PARTS = {
    "account_manager.assigned": "account_manager",
    "sponsor.assigned": "exec_sponsor",
    "engineer.assigned": "dedicated_engineer",
}
"""Who looks after a customer from now on: the fact -> the role."""
SAME_CUSTOMER = "RELOCATED"
TERMINATED = "TERMINATED"


@dataclass(frozen=True, slots=True)
class Matter:
    """An open duty as a change sees it.

    `tiers` are those of its rule, empty for all; `tier_then` the tier that the fact behind it
    brought, where it was a change of tier. `comes_round` says that it is a cadence.
    """

    uid: UUID
    kind: str
    cause: str
    cause_kind: str
    comes_round: bool
    opens_at: datetime | None
    tiers: frozenset[str]
    tier_then: str


def tier_closes(matter: Matter, *, tier: str, at: datetime, cause: str) -> bool:
    """A round of the old tier that has not begun falls away, and so does what the entry into a
    tier asked for that the customer has left. What was begun is done to its end.
    """
    if matter.cause == cause:
        return False
    if matter.cause_kind == TIER and not matter.comes_round:
        return matter.tier_then != tier
    return (
        matter.comes_round
        and bool(matter.tiers)
        and tier not in matter.tiers
        and matter.opens_at is not None
        and matter.opens_at > at
    )


def tier_restores(
    tiers: Collection[str], *, tier: str, ends: datetime | None, at: datetime
) -> bool:
    """What fell away with a tier stands again when the customer is back in it in time."""
    return tier in tiers and ends is not None and ends > at


def stays_behind(known: DutyKind | None) -> bool:
    """Whether a duty about a machine is owed to the people of its customer (a call, a visit, a
    greeting) and not to the machine: it does not go with the machine.
    """
    return known is not None and (known.contact or known.care)


def of_the_term(matter_cause: str, *, comes_round: bool) -> bool:
    """Whether a duty on a contract was measured by its term."""
    return comes_round or matter_cause in (SIGNED, AMENDED)


def substitute_owes(due_at: datetime | None, *, paused: bool, until: datetime) -> bool:
    """What falls due while somebody is away, is late already or stands still, the substitute
    takes; what is due after the return waits.
    """
    return paused or (due_at is not None and due_at < until)
