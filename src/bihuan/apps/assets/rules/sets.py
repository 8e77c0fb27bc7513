"""A set of machines does what its weakest member lets it: one that stops stops them all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bihuan.apps.assets.enums import RUNNING, STOPPED, SetState, Status


@dataclass(frozen=True)
class Member:
    """`key` and `name` say which; a `spare` member does not stop the set."""

    key: int
    name: str
    status: Status
    spare: bool = False


@dataclass(frozen=True)
class SetView:
    """The set's state and the members that are the reason for it."""

    state: SetState
    because: tuple[Member, ...] = ()


def view(members: Sequence[Member]) -> SetView:
    """STOPPED by any stopped member, NOT_READY by any that does not work for another reason."""
    needed = [each for each in members if not each.spare]
    if not needed:
        return SetView(SetState.EMPTY)
    stopped = tuple(each for each in needed if each.status in STOPPED)
    if stopped:
        return SetView(SetState.STOPPED, stopped)
    waiting = tuple(each for each in needed if each.status not in RUNNING)
    if waiting:
        return SetView(SetState.NOT_READY, waiting)
    return SetView(SetState.RUNNING)
