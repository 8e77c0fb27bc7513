"""Which stage may follow which, and what must be known before it does."""

from __future__ import annotations

from collections.abc import Mapping

from bihuan.apps.assets.enums import Status as S

NEXT: Mapping[S, tuple[S, ...]] = {
    S.PRODUCED: (S.SHIPPED, S.DELIVERED, S.SCRAPPED),
    S.SHIPPED: (S.DELIVERED, S.SCRAPPED),
    S.DELIVERED: (S.COMMISSIONED, S.SCRAPPED),
    S.COMMISSIONED: (S.IN_USE, S.DOWN, S.IDLE, S.UNDER_REPAIR),
    S.IN_USE: (S.DOWN, S.UNDER_REPAIR, S.IDLE, S.REMANUFACTURED, S.SCRAPPED),
    S.DOWN: (S.IN_USE, S.UNDER_REPAIR, S.IDLE, S.SCRAPPED),
    S.UNDER_REPAIR: (S.IN_USE, S.DOWN, S.IDLE, S.REMANUFACTURED, S.SCRAPPED),
    S.IDLE: (S.IN_USE, S.DOWN, S.UNDER_REPAIR, S.REMANUFACTURED, S.SCRAPPED),
    S.RENTED: (S.IN_USE, S.DOWN, S.UNDER_REPAIR, S.IDLE),
    S.RESOLD: (S.DELIVERED, S.COMMISSIONED, S.IN_USE, S.IDLE, S.SCRAPPED),
    S.REMANUFACTURED: (S.DELIVERED, S.IN_USE, S.IDLE, S.SCRAPPED),
    S.SCRAPPED: (),
}
# Reached only by a move, which says whose the machine is then.
BY_MOVE = (S.RESOLD, S.RENTED)
# A machine that may be handed to somebody else.
MOVABLE = tuple(each for each in S if each not in (S.PRODUCED, S.SHIPPED, S.SCRAPPED))
NEEDS: Mapping[S, tuple[str, ...]] = {
    S.COMMISSIONED: ("checklist", "accepted", "trainees"),
    S.SCRAPPED: ("data_wiped", "take_back"),
    S.DOWN: ("why",),
}


def may_follow(now: S | str, then: S | str) -> bool:
    """Whether `then` is a stage that may come after `now`."""
    return S(then) in NEXT[S(now)]


def following(now: S | str) -> tuple[S, ...]:
    """The stages that may come next, in the order in which they are offered."""
    return NEXT[S(now)]


def missing(then: S | str, given: Mapping[str, object]) -> list[str]:
    """What `then` still needs; zero trainees is an answer, no answer is not."""
    return [
        name
        for name in NEEDS.get(S(then), ())
        if given.get(name) is None or given[name] == "" or given[name] is False
    ]
