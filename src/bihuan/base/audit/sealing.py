"""Seals: each covers the entries since the last one by a Merkle root, chained and signed.

Rows are sealed below the oldest running transaction, so that a late committer cannot slip under
a seal that exists. The signing key is a file; a copy of the database cannot make seals.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.db import connection, transaction

from bihuan.base.audit.models import Entry, Seal
from bihuan.base.keys import key

MOST = 50_000
# One entry as the database gives it, in the order of FIELDS.
Columns = tuple[Any, ...]
FIELDS = (
    "id", "tx", "at", "by_id", "acting_for_id", "request_id", "verb", "thing_label", "thing_id",
    "before", "after", "pack_version", "ip",
)  # fmt: skip


@dataclass(frozen=True)
class Fault:
    """The first thing that is not as it was sealed; `entry` is None when the seal itself is."""

    seal: int
    entry: int | None
    what: str


def seal(now: datetime) -> int:
    """A tick: seal what is finished; returns the number of entries sealed."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended('audit seal', 0))")
            if not cursor.fetchone()[0]:
                return 0
        last = Seal.objects.order_by("-n").first()
        begin = (last.to_tx, last.to_id) if last else (0, 0)
        rows = list(_rows(begin, None, MOST))
        if not rows:
            return 0
        leaves = [leaf(row) for row in rows]
        made = Seal(
            n=last.n + 1 if last else 1,
            prev_root=last.root if last else "",
            from_tx=begin[0],
            from_id=begin[1],
            to_tx=rows[-1][1],
            to_id=rows[-1][0],
            count=len(rows),
            root=merkle(leaves),
            leaves=b"".join(leaves),
            sealed_at=now,
        )
        private = Ed25519PrivateKey.from_private_bytes(key("audit_seal"))
        made.key = private.public_key().public_bytes_raw().hex()
        made.signature = private.sign(_words(made)).hex()
        made.save(force_insert=True)
        return len(rows)


def verify(public_key: str = "") -> Fault | None:
    """Recompute every seal; the first bad one, or None.

    `public_key` (hexadecimal) is the key that must have signed; default: this installation's.
    """
    wanted = public_key or public_key_of_here()
    last: Seal | None = None
    for each in Seal.objects.order_by("n").iterator(chunk_size=500):
        fault = _of_chain(each, last, wanted) or _of_rows(each)
        if fault is not None:
            return fault
        last = each
    return None


def public_key_of_here() -> str:
    private = Ed25519PrivateKey.from_private_bytes(key("audit_seal"))
    return private.public_key().public_bytes_raw().hex()


def leaf(row: Columns) -> bytes:
    """The hash of one entry, over all its columns."""
    words = json.dumps(values_of(row), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(b"\0" + words.encode()).digest()


def values_of(row: Columns) -> list[object]:
    """The columns as they are hashed: moments as ISO text in UTC."""
    return [as_hashed(value) for value in row]


def merkle(leaves: list[bytes]) -> str:
    """The root over these leaves; an odd one at the end goes up as it is."""
    level = leaves
    while len(level) > 1:
        pairs = zip(level[::2], level[1::2], strict=False)
        above = [hashlib.sha256(b"\1" + left + right).digest() for left, right in pairs]
        level = above + ([level[-1]] if len(level) % 2 else [])
    return level[0].hex() if level else ""


def merkle_path(leaves: list[bytes], place: int) -> list[tuple[str, str]]:
    """From a leaf up to the root: the hash beside it at each step, and whether it lies `left` or
    `right`; a step without a neighbour is left out.
    """
    path, level = [], leaves
    while len(level) > 1:
        beside = place ^ 1
        if beside < len(level):
            path.append(("left" if beside < place else "right", level[beside].hex()))
        pairs = zip(level[::2], level[1::2], strict=False)
        above = [hashlib.sha256(b"\1" + left + right).digest() for left, right in pairs]
        level = above + ([level[-1]] if len(level) % 2 else [])
        place //= 2
    return path


def climb(start: bytes, path: list[tuple[str, str]]) -> str:
    """The root that a leaf and its path give."""
    for side, beside in path:
        both = bytes.fromhex(beside) + start if side == "left" else start + bytes.fromhex(beside)
        start = hashlib.sha256(b"\1" + both).digest()
    return start.hex()


def columns_of(pk: int) -> Columns:
    """One entry as `leaf` reads it."""
    tx = Entry.objects.values_list("tx", flat=True).get(pk=pk)
    return next(iter(_rows((tx, pk - 1), (tx, pk), None)))


def as_hashed(value: object) -> object:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value


def _rows(
    begin: tuple[int, int], end: tuple[int, int] | None, most: int | None
) -> Iterator[Columns]:
    """Columns FIELDS of the entries after `begin`: up to `end`, or below what still runs."""
    columns = ", ".join(FIELDS)
    limit = (
        "(tx, id) <= (%s, %s)"
        if end
        else "tx < pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
    )
    query = (
        f"SELECT {columns} FROM audit_entry WHERE (tx, id) > (%s, %s) AND {limit} ORDER BY tx, id"  # noqa: S608 - constants
    )
    with connection.cursor() as cursor:
        cursor.execute(f"{query} LIMIT %s", [*begin, *(end or ()), most])
        for row in cursor.fetchall():
            yield tuple(_plain(name, value) for name, value in zip(FIELDS, row, strict=True))


def _plain(name: str, value: object) -> object:
    if name in ("before", "after") and isinstance(value, str):
        return json.loads(value)
    return str(value) if name == "ip" and value is not None else value


def _words(seal: Seal) -> bytes:
    return json.dumps(
        [
            seal.n, seal.prev_root, seal.from_tx, seal.from_id, seal.to_tx, seal.to_id, seal.count,
            seal.root, as_hashed(seal.sealed_at), seal.key,
        ]
    ).encode()  # fmt: skip


def _of_chain(seal: Seal, last: Seal | None, wanted: str) -> Fault | None:
    begin = (last.n, last.root, last.to_tx, last.to_id) if last else (0, "", 0, 0)
    if (seal.n - 1, seal.prev_root, seal.from_tx, seal.from_id) != begin:
        return Fault(seal.n, None, "chain")
    if seal.key != wanted:
        return Fault(seal.n, None, "key")
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(seal.key)).verify(
            bytes.fromhex(seal.signature), _words(seal)
        )
    except (InvalidSignature, ValueError):
        return Fault(seal.n, None, "signature")
    return None


def _of_rows(seal: Seal) -> Fault | None:
    """The first entry that is not as it was sealed (for a removed one: the place where it was)."""
    kept = bytes(seal.leaves)
    leaves = [kept[start : start + 32] for start in range(0, len(kept), 32)]
    if len(leaves) != seal.count or merkle(leaves) != seal.root:
        return Fault(seal.n, None, "root")
    rows = list(_rows((seal.from_tx, seal.from_id), (seal.to_tx, seal.to_id), None))
    for row, expected in zip(rows, leaves, strict=False):
        if leaf(row) != expected:
            return Fault(seal.n, int(str(row[0])), "entry")
    if len(rows) != seal.count:
        return Fault(seal.n, int(str(rows[-1][0])) + 1 if rows else None, "missing")
    return None


def age(now: datetime) -> float:
    """Seconds for which the oldest unsealed entry has waited; 0 = nothing waits."""
    last = Seal.objects.order_by("-n").first()
    begin = (last.to_tx, last.to_id) if last else (0, 0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(at) FROM audit_entry WHERE (tx, id) > (%s, %s)", [*begin])
        oldest = cursor.fetchone()[0]
    return max(0.0, (now - oldest).total_seconds()) if oldest else 0.0
