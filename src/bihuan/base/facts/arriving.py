"""Many subjects come in at once: a higher app may say more about the facts before they are told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bihuan.base import registry
from bihuan.base.facts.models import Fact


@dataclass
class Arrivals:
    """One coming in; `load` is what the app that listens remembers from fact to fact of it."""

    now: datetime
    load: dict[str, Any] = field(default_factory=dict)


_open: ContextVar[Arrivals | None] = ContextVar("arrivals", default=None)


@contextmanager
def arrivals(now: datetime) -> Iterator[None]:
    """All facts written within the block are of one coming in (an import)."""
    token = _open.set(Arrivals(now))
    try:
        yield
    finally:
        _open.reset(token)


def said_more(facts: Sequence[Fact]) -> None:
    """Let the apps that listen (`arriving` of a manifest) complete the facts of an open block."""
    known = _open.get()
    if known is None or not facts:
        return
    for _config, _name, function in registry.named("arriving"):
        function(facts, known)
