"""What was said to be done and was not: what it had stood for is owed again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bihuan.apps.obligations.fold import fold
from bihuan.apps.obligations.models import Obligation


def uncover(rows: Sequence[Obligation], now: datetime) -> None:
    """Work out again what stands beside rows whose doing was just denied."""
    fold([], rows, [], now)
    for row in rows:
        row.refresh_from_db()
