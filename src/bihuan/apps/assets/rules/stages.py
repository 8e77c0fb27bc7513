"""Which stage may follow which, and what must be known before it does."""

from __future__ import annotations

from collections.abc import Mapping

from bihuan.apps.assets.enums import Status

NEXT: Mapping[Status, tuple[Status, ...]] = {
    Status.PRODUCED: (Status.SHIPPED, Status.DELIVERED, Status.SCRAPPED),
    Status.SHIPPED: (Status.DELIVERED, Status.SCRAPPED),
    Status.DELIVERED: (Status.COMMISSIONED, Status.SCRAPPED),
    Status.COMMISSIONED: (Status.IN_USE, Status.DOWN, Status.IDLE, Status.UNDER_REPAIR),
    Status.IN_USE: (
        Status.DOWN,
        Status.UNDER_REPAIR,
        Status.IDLE,
        Status.REMANUFACTURED,
        Status.SCRAPPED,
    ),
    Status.DOWN: (Status.IN_USE, Status.UNDER_REPAIR, Status.IDLE, Status.SCRAPPED),
    Status.UNDER_REPAIR: (
        Status.IN_USE,
        Status.DOWN,
        Status.IDLE,
        Status.REMANUFACTURED,
        Status.SCRAPPED,
    ),
    Status.IDLE: (
        Status.IN_USE,
        Status.DOWN,
        Status.UNDER_REPAIR,
        Status.REMANUFACTURED,
        Status.SCRAPPED,
    ),
    Status.RENTED: (Status.IN_USE, Status.DOWN, Status.UNDER_REPAIR, Status.IDLE),
    Status.RESOLD: (
        Status.DELIVERED,
        Status.COMMISSIONED,
        Status.IN_USE,
        Status.IDLE,
        Status.SCRAPPED,
    ),
    Status.REMANUFACTURED: (Status.DELIVERED, Status.IN_USE, Status.IDLE, Status.SCRAPPED),
    Status.SCRAPPED: (),
}
# Reached only by a move, which says whose the machine is then.
BY_MOVE = (Status.RESOLD, Status.RENTED)
# A machine that may be handed to somebody else.
MOVABLE = tuple(
    each for each in Status if each not in (Status.PRODUCED, Status.SHIPPED, Status.SCRAPPED)
)
NEEDS: Mapping[Status, tuple[str, ...]] = {
    Status.COMMISSIONED: ("checklist", "accepted", "trainees"),
    Status.SCRAPPED: ("data_wiped", "take_back"),
    Status.DOWN: ("why",),
}


def may_follow(now: Status | str, then: Status | str) -> bool:
    """Whether `then` is a stage that may come after `now`."""
    return Status(then) in NEXT[Status(now)]


def following(now: Status | str) -> tuple[Status, ...]:
    """The stages that may come next, in the order in which they are offered."""
    return NEXT[Status(now)]


def missing(then: Status | str, given: Mapping[str, object]) -> list[str]:
    """What `then` still needs; zero trainees is an answer, no answer is not."""
    return [
        name
        for name in NEEDS.get(Status(then), ())
        if given.get(name) is None or given[name] == "" or given[name] is False
    ]
