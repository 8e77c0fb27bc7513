"""The keys of devices."""

from __future__ import annotations

import hashlib
import secrets

BYTES = 32


def new_key() -> str:
    return secrets.token_urlsafe(BYTES)


def hash_of(key: str) -> str:
    """A key has 256 random bits: one round is enough, and 20,000 devices come back at once."""
    return hashlib.sha256(key.encode()).hexdigest()
