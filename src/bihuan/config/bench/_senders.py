"""Devices by MQTT and a gateway by HTTP, for the bench `outages`: each keeps what is not answered."""

from __future__ import annotations

import asyncio
import http.client
import json
import threading
import time
from collections import deque
from contextlib import suppress
from typing import Any

from bihuan.config.devices.line import Address, Line

EVERY_S = 0.5
NAMES = [
    "SPEED", "SET_SPEED", "VIBRATION", "BEARING_TEMP", "CHAMBER_TEMP", "SET_TEMP", "CURRENT", "HOURS",
    "CYCLES", "LID", "IMBALANCE_SHARE", "HIGH_BAND",
]  # fmt: skip
_STALLED_S = 10.0
_FEW = 10
"""Messages of one machine that may be open while all is well."""
_MOST = 100
Sent = dict[int, list[tuple[int, list[float]]]]


def values(pk: int, number: int) -> list[float]:
    """Hot for some twenty seconds of every minute, at another time each machine."""
    hot = (number + 13 * pk) % 120 < 40
    return [
        4000.0, 4000.0, 2.1 + number % 5 / 10, 91.5 if hot else 41.0, 4.0, 4.0, 12.2, 900.25, 402.0, 1.0, 35.0, 0.41,
    ]  # fmt: skip


class Devices(threading.Thread):
    """Machines that measure twice a second."""

    def __init__(self, where: list[Address], devices: list[tuple[int, str, str]]) -> None:
        super().__init__(daemon=True)
        self.lines = {pk: Line(where, code, key, boot="o") for pk, code, key in devices}
        self.sent: Sent = {pk: [] for pk in self.lines}
        self.over = threading.Event()

    def at_rest(self) -> bool:
        """Whether all but the last seconds is answered."""
        return max(line.open for line in self.lines.values()) <= _FEW

    def run(self) -> None:
        asyncio.run(self._send())

    async def _send(self) -> None:
        tasks = [asyncio.create_task(line.run()) for line in self.lines.values()]
        number = 0
        while not self.over.is_set():
            for pk, line in self.lines.items():
                at, row = round(time.time() * 1000), values(pk, number)
                self.sent[pk].append((at, row))
                line.put({"t": at, "v": dict(zip(NAMES, row, strict=True))})
            number += 1
            await asyncio.sleep(EVERY_S)
        for line in self.lines.values():
            if line.open:
                await line.confirmed.wait()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class Gateway(threading.Thread):
    """One that collects what its machines measure and posts it, again until it is committed."""

    def __init__(self, port: int, token: str, devices: list[tuple[int, str, str]]) -> None:
        super().__init__(daemon=True)
        self._port, self._token, self._devices = port, token, devices
        self._waiting: deque[dict[str, Any]] = deque()
        self._posted = self._moved_at = 0.0
        self._begun = 0
        self.sent: Sent = {pk: [] for pk, _, _ in devices}
        self.over = threading.Event()
        self.failures = 0

    def at_rest(self) -> bool:
        return len(self._waiting) <= _FEW * len(self._devices)

    def run(self) -> None:
        number, next_at = 0, time.monotonic()
        self._begun = round(time.time() * 1000)
        while not self.over.is_set() or self._waiting:
            if time.monotonic() >= next_at and not self.over.is_set():
                number, next_at = number + 1, next_at + 2 * EVERY_S
                self._measure(number)
            self._post()
            time.sleep(0.2)

    def _measure(self, number: int) -> None:
        at = self._begun + round(2000 * EVERY_S) * number  # held up or not: no two overlap
        for pk, code, _key in self._devices:
            rows = [(at + 500 * each, values(pk, 2 * number + each)) for each in range(2)]
            self.sent[pk] += rows
            self._waiting.append(
                {"device": code, "b": "g", "s": number, "f": 1, "p": NAMES, "r": [[at, *row] for at, row in rows]}
            )  # fmt: skip

    def _post(self) -> None:
        if time.monotonic() - self._moved_at > _STALLED_S:
            self._posted, self._moved_at = 0, time.monotonic()
        messages = list(self._waiting)[int(self._posted) :][:_MOST] or list(self._waiting)[-1:]
        if not messages:
            return
        answer = self._asked({"messages": messages})
        if answer is None:
            self.failures += 1
            return
        self._posted = min(self._posted + len(messages), len(self._waiting))
        committed = {
            code: said["s"] for code, said in answer["committed"].items() if said["b"] == "g"
        }
        before = len(self._waiting)
        open_ = [m for m in self._waiting if m["s"] > committed.get(m["device"], 0)]
        if len(open_) < before:
            self._waiting, self._moved_at = deque(open_), time.monotonic()
            self._posted = max(0, self._posted - (before - len(open_)))

    def _asked(self, body: dict[str, Any]) -> Any:
        asking = http.client.HTTPConnection("127.0.0.1", self._port, timeout=20)
        headers = {"Host": "localhost", "Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}  # fmt: skip
        with suppress(OSError, http.client.HTTPException, ValueError):
            asking.request("POST", "/api/monitoring/readings", json.dumps(body), headers)
            answer = asking.getresponse()
            text = answer.read()
            if answer.status == 422:
                raise AssertionError(text)
            return json.loads(text) if answer.status == 202 else None
        return None
