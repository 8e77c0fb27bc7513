"""A simulated machine's own program for commands: it checks what the reference client checks."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

from bihuan.lib.machines import Template
from bihuan.lib.machines.command import (
    LONGEST,
    Answer,
    BadAnswer,
    Ordered,
    answer,
    order_of,
)


class Obeying:
    """Hears and answers for one machine. `values` and `state` tell how it is, `write` sets it; the
    number of the last command is kept in a file of all of them.
    """

    def __init__(
        self, code: str, key_hash: str, template: Template, kept: Path, *,
        values: Callable[[], Mapping[str, float]], state: Callable[[], str], write: Callable[[str, float], None],
    ) -> None:  # fmt: skip
        self._code, self._key_hash, self._kept = code, key_hash, kept
        self._settings = {each.point: each for each in template.settings}
        self._values, self._state, self._write = values, state, write
        self._last = int(self._numbers().get(code, 0))
        self._answer = b""

    def hear(self, data: bytes, now_ms: int) -> list[bytes]:
        """What it answers to a message of its topic."""
        try:
            order = order_of(data, device=self._code, key_hash=self._key_hash)
        except (BadAnswer, KeyError, TypeError):
            return []
        if isinstance(order, int):
            return []
        if order.number == self._last and self._answer:
            return [self._answer]
        if order.number <= self._last:
            return []
        self._keep(order.number)
        why = self._why_not(order, now_ms)
        if why:
            self._answer = self._say(order, Answer.REJECTED, now_ms, why)
            return [self._answer]
        self._write(order.point, order.value)
        self._answer = self._say(order, Answer.DONE, now_ms, value=order.value)
        return [self._say(order, Answer.ACCEPTED, now_ms), self._answer]

    def _why_not(self, order: Ordered, now_ms: int) -> str:
        setting, here = self._settings.get(order.point), self._values().get(order.point)
        left = order.expires_ms - now_ms
        if not 0 < left <= LONGEST * 1000:
            return "expired" if left <= 0 else "clock"
        if setting is None or here is None:
            return "point"
        if not setting.low <= order.value <= setting.high:
            return "range"
        if self._state() not in order.states or self._state() not in setting.states:
            return "state"
        return "" if abs(here - order.before) <= order.tolerance else "changed"

    def _say(
        self, order: Ordered, said: Answer, at_ms: int, why: str = "", value: float | None = None
    ) -> bytes:
        return answer(
            device=self._code, key_hash=self._key_hash, number=order.number, said=said, at_ms=at_ms, why=why, value=value
        )  # fmt: skip

    def _numbers(self) -> dict[str, int]:
        found: dict[str, int] = (
            json.loads(self._kept.read_text("utf-8")) if self._kept.exists() else {}
        )
        return found

    def _keep(self, number: int) -> None:
        self._last = number
        new = self._kept.with_suffix(".new")
        new.write_text(json.dumps(self._numbers() | {self._code: number}), encoding="utf-8")
        new.replace(self._kept)
