"""NATS keys and tokens: Ed25519 keys in their text form, and JSON web tokens signed with them.

The form is that of github.com/nats-io/nkeys: a prefix byte, 32 bytes, CRC-16/XMODEM, in base 32.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ACCOUNT = 0 << 3
_HEADER = {"typ": "JWT", "alg": "ed25519-nkey"}


class Account:
    """An account's key pair, made from a secret text: the same secret gives the same key."""

    def __init__(self, secret: str) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(secret.encode()).digest())
        self.public = _text(ACCOUNT, self._key.public_key().public_bytes_raw())

    def token(self, claims: dict[str, Any]) -> str:
        """These claims, signed by this account; `iss` and `jti` are added."""
        body = claims | {"iss": self.public}
        body["jti"] = _base64(hashlib.sha256(json.dumps(body, sort_keys=True).encode()).digest())
        signed = f"{_base64(_json(_HEADER))}.{_base64(_json(body))}"
        return f"{signed}.{_base64(self._key.sign(signed.encode()))}"


def claims_of(token: str) -> dict[str, Any]:
    """What a token says, its signature unlooked at. Raises ValueError."""
    parts = token.split(".")
    if len(parts) != 3:
        raise ValueError("not a token")
    found = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    if not isinstance(found, dict):
        raise TypeError("not a token")
    return found


def _text(prefix: int, key: bytes) -> str:
    raw = bytes([prefix]) + key
    return (
        base64.b32encode(raw + binascii.crc_hqx(raw, 0).to_bytes(2, "little")).decode().rstrip("=")
    )


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _json(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
