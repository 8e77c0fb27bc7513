"""Publishing that the message server refused: it answers the device as if all were well and says so
only in its log, so that is where we hear of it.
"""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

from django.db import transaction

from bihuan.apps.monitoring.actions.refusing import Refusals
from bihuan.apps.monitoring.models import Device
from bihuan.lib.machines import Cause

_LINE = re.compile(rb'"([a-z0-9]{1,40})" - Publish Violation - Subject "([^"]{1,200})"')
_MOST = 1_000_000
"""Bytes of the log that are read at once; a flood of lines is read on the next time."""


class Forbidden:
    """Reads on in the log of the private server, from where it ended at our start."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._at = log.stat().st_size if log.exists() else 0

    def count(self, now: datetime) -> int:
        """What was refused since the last time, counted at the device that tried it."""
        found = _LINE.findall(self._read())
        if not found:
            return 0
        known = dict(
            Device.objects.filter(code__in={code.decode() for code, _ in found}).values_list(
                "code", "pk"
            )
        )
        refusals = Refusals()
        for code, subject in found:
            refusals.add(code.decode(), Cause.FORBIDDEN, subject, device=known.get(code.decode()))
        with transaction.atomic():
            refusals.write(now)
        return len(found)

    def _read(self) -> bytes:
        if not self._log.exists():
            return b""
        if self._log.stat().st_size < self._at:  # begun anew
            self._at = 0
        with self._log.open("rb") as file:
            file.seek(self._at)
            text = file.read(_MOST)
        whole = text[: text.rfind(b"\n") + 1]
        self._at += len(whole)
        return whole
