"""What a process of a trial begins with: no model may be imported before Django is set up."""

from __future__ import annotations

from typing import Any


def begin() -> None:
    import django

    django.setup()
    from bihuan.base.garbage import keep_for_good

    keep_for_good()


def part(*asked: Any) -> Any:
    """`shares.part`, found only when it is called."""
    from bihuan.apps.obligations.trial import shares

    return shares.part(*asked)
