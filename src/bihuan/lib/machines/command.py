"""Commands to a machine: what may be set, and the signed words that go over the wire.

A message is `{"m": text, "h": signature}` where `text` is JSON and the signature is over exactly its
bytes, so that nobody has to agree on how JSON is written. The key is derived from the hash of the
device's key: the server holds no more than that hash, and the device can compute it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

LONGEST = 60.0
"""Seconds: no command may wait longer for its machine."""
_PURPOSE = b"bihuan commands 1"
_LARGEST = 2**53
_NEAR = 1e-6


@dataclass(frozen=True)
class Setting:
    """A set-point that may be changed from afar.

    `states` are those of the template in which it may be; `tolerance` is how far two values may lie
    apart and still count as the same; the changed value must be read back at `read` within
    `read_within` seconds; it stays for `keep` seconds at most, then the old one is commanded back;
    a command is dead `expires` seconds after it was released. `own_hand`: the customer's consent
    must come from himself, not from somebody's note of a phone call.
    """

    code: str
    title: Mapping[str, str]
    point: str
    low: float
    high: float
    step: float
    states: tuple[str, ...]
    dangerous: bool
    own_hand: bool
    read: str
    tolerance: float
    read_within: float
    keep: float
    expires: float
    warns: Mapping[str, str]
    """What the customer should know before he says yes."""

    def fits(self, value: float) -> bool:
        """Within the bounds and on a step."""
        if not (math.isfinite(value) and self.low <= value <= self.high):
            return False
        steps = (value - self.low) / self.step
        return abs(steps - round(steps)) < _NEAR

    def same(self, one: float, other: float) -> bool:
        return abs(one - other) <= self.tolerance + _NEAR


class Answer(StrEnum):
    """What a device says of a command; `UNKNOWN` after a power cut in the middle of it."""

    ACCEPTED = "accepted"
    DONE = "done"
    REJECTED = "rejected"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Answered:
    """`at` is the device's own clock in seconds since 1970, `value` the set-point as it stands."""

    number: int
    answer: Answer
    why: str
    at: float
    value: float | None


class BadAnswer(ValueError):
    """Not a device's word: garbage, or another device's."""


class Unsigned(BadAnswer):
    """Readable, and not signed with the key."""


def order(
    *, device: str, key_hash: str, number: int, expires: float, point: str, value: float, before: float,
    tolerance: float, states: tuple[str, ...],
) -> bytes:  # fmt: skip
    """The message that commands a value; always the same bytes for the same order."""
    body = {
        "k": "set", "d": device, "n": number, "x": round(expires * 1000), "p": point, "v": value, "w": before,
        "e": tolerance, "s": list(states),
    }  # fmt: skip
    return _signed(body, key_hash, b"c")


def receipt(*, device: str, key_hash: str, number: int) -> bytes:
    """Tells the device that its answer to this command is kept."""
    return _signed({"k": "got", "d": device, "n": number}, key_hash, b"c")


def answer_of(data: bytes, *, device: str, key_hash: str) -> Answered:
    """Raises BadAnswer, Unsigned."""
    body = _opened(data, key_hash, b"r")
    number, at, value = body.get("n"), body.get("t"), body.get("v")
    if (
        body.get("d") != device or type(number) is not int or not 0 < number < _LARGEST
        or type(at) is not int or not 0 < at < _LARGEST or body.get("a") not in set(Answer)
    ):  # fmt: skip
        raise BadAnswer
    real = isinstance(value, int | float) and not isinstance(value, bool)
    here = float(value) if real and value is not None else math.nan
    return Answered(
        number, Answer(body["a"]), str(body.get("y", ""))[:40], at / 1000, here if math.isfinite(here) else None
    )  # fmt: skip


def _signed(body: Mapping[str, Any], key_hash: str, way: bytes) -> bytes:
    text = json.dumps(body, separators=(",", ":"))
    return json.dumps(
        {"m": text, "h": _signature(text, key_hash, way)}, separators=(",", ":")
    ).encode()


def _opened(data: bytes, key_hash: str, way: bytes) -> dict[str, Any]:
    try:
        outer = json.loads(data)
        text, said = outer["m"], outer["h"]
        right = hmac.compare_digest(_signature(text, key_hash, way), said)
        body = json.loads(text)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise BadAnswer from None
    if not right:
        raise Unsigned
    if not isinstance(body, dict):
        raise BadAnswer
    return body


def _signature(text: str, key_hash: str, way: bytes) -> str:
    """`way` is in it, so that nothing comes back as if the other side had said it."""
    key = hmac.new(key_hash.encode(), _PURPOSE, hashlib.sha256).digest()
    return hmac.new(key, way + text.encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True)
class Ordered:
    """A command as a device reads it; `expires_ms` since 1970."""

    number: int
    point: str
    value: float
    before: float
    tolerance: float
    states: tuple[str, ...]
    expires_ms: int


def order_of(data: bytes, *, device: str, key_hash: str) -> Ordered | int:
    """What a device hears: a command, or the number that a receipt is for. Raises BadAnswer."""
    body = _opened(data, key_hash, b"c")
    if body.get("d") != device:
        raise BadAnswer
    if body["k"] == "got":
        return int(body["n"])
    return Ordered(
        body["n"], body["p"], body["v"], body["w"], body["e"], tuple(body["s"]), body["x"]
    )


def answer(
    *, device: str, key_hash: str, number: int, said: Answer, at_ms: int, why: str = "", value: float | None = None
) -> bytes:  # fmt: skip
    """What a device says of a command."""
    body: dict[str, Any] = {"d": device, "n": number, "a": str(said), "t": at_ms}
    body |= {"y": why} if why else {}
    return _signed(body | ({} if value is None else {"v": value}), key_hash, b"r")
