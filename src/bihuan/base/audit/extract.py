"""Entries of the log with what proves to a stranger that they were sealed and are as they were.

An entry's leaf is SHA-256(0x00 + its values in their order as compact JSON with sorted keys); going up by `path` (the hash beside it and on which
side it lies) gives the root that the seal of that number signs.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Q, QuerySet

from bihuan.base.audit.models import Entry, Seal
from bihuan.base.audit.sealing import (
    FIELDS,
    as_hashed,
    columns_of,
    leaf,
    merkle_path,
    values_of,
)

SEAL = (
    "n", "prev_root", "from_tx", "from_id", "to_tx", "to_id", "count", "root", "sealed_at", "key",
    "signature",
)  # fmt: skip


def sealed(entries: QuerySet[Entry]) -> Iterator[dict[str, Any]]:
    """Each entry with its seal and path; both are None while it has not been sealed."""
    known: dict[int, Seal] = {}
    for tx, pk in entries.order_by("tx", "pk").values_list("tx", "pk"):
        row = columns_of(pk)
        found = next((each for each in known.values() if _covers(each, tx, pk)), None)
        found = found or _seal_of(tx, pk)
        data: dict[str, Any] = {
            "entry": dict(zip(FIELDS, values_of(row), strict=True)), "leaf": leaf(row).hex(),
            "seal": None, "path": None,
        }  # fmt: skip
        if found is not None:
            known = {found.n: found}
            kept = bytes(found.leaves)
            leaves = [kept[start : start + 32] for start in range(0, len(kept), 32)]
            if leaf(row) in leaves:
                data |= {"seal": found.n, "path": merkle_path(leaves, leaves.index(leaf(row)))}
        yield data


def _covers(seal: Seal, tx: int, pk: int) -> bool:
    return (seal.from_tx, seal.from_id) < (tx, pk) <= (seal.to_tx, seal.to_id)


def _seal_of(tx: int, pk: int) -> Seal | None:
    rows = Seal.objects.filter(Q(to_tx__gt=tx) | Q(to_tx=tx, to_id__gte=pk))
    found = rows.order_by("n").first()
    return found if found is not None and _covers(found, tx, pk) else None


def seals(numbers: Iterable[int]) -> Iterator[dict[str, Any]]:
    """These seals without their leaves; `signature` is over their other values as they stand here."""
    for each in Seal.objects.filter(n__in=set(numbers)).order_by("n").values(*SEAL):
        yield {name: as_hashed(value) for name, value in each.items()}


def line(data: object) -> bytes:
    """One line of a JSON file."""
    return json.dumps(data, ensure_ascii=False, cls=DjangoJSONEncoder).encode() + b"\n"
