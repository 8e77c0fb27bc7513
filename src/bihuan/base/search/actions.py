"""Feeding the index: apps put what they want found, in the transaction that changed it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction

from bihuan.base import bulk, registry
from bihuan.base.search.folding import bigrams, code_key, digits_of, fold, spoken
from bihuan.base.search.models import Entry as Row
from bihuan.base.together import later

BATCH = 1000
CODE_MARK = "~"
"""Before a fault code in the text that is searched, so that it is found whole or not at all."""


@dataclass(frozen=True)
class Entry:
    """
    One findable thing.

    `words` are all texts it is found by (names, codes); `phones` and `serials` are found by
    their tail, `codes` (fault codes) however they are written: E-047, e 47. `note` is the grey line under the title: nothing personal that the verb `needs`
    does not already show. Rows are narrowed by the same dimensions as everywhere: whose `own` it
    is, its team, region, `dealers` (houses that reach it, a dealer's own among them) and customers.
    """

    kind: str
    thing_id: int | str
    title: str | dict[str, str]
    url: str
    needs: str
    words: Sequence[str] = ()
    phones: Sequence[str] = ()
    serials: Sequence[str] = ()
    codes: Sequence[str] = ()
    note: str = ""
    own: Iterable[int | None] = ()
    team_id: int | None = None
    region: str = ""
    dealers: Iterable[int | None] = ()
    customers: Iterable[int | None] = ()


def put(*entries: Entry) -> None:
    """Add or renew entries."""
    if not all(later(_write, entry) for entry in entries):
        _put(entries)


@dataclass(frozen=True)
class _Gone:
    kind: str
    thing_id: int | str


def _write(kept: Sequence[Entry | _Gone]) -> None:
    last = {(each.kind, str(each.thing_id)): each for each in kept}
    _put([each for each in last.values() if isinstance(each, Entry)])
    for each in last.values():
        if isinstance(each, _Gone):
            _drop(each.kind, [each.thing_id])


def _put(entries: Sequence[Entry]) -> None:
    for start in range(0, len(entries), BATCH):
        rows = {(str(e.kind), str(e.thing_id)): _row(e) for e in entries[start : start + BATCH]}
        bulk.add(list(rows.values()), renew=("kind", "thing_id"))


def drop(kind: str, *thing_ids: int | str) -> None:
    """Take things out of the index."""
    if not all(later(_write, _Gone(kind, each)) for each in thing_ids):
        _drop(kind, thing_ids)


def _drop(kind: str, thing_ids: Sequence[int | str]) -> None:
    Row.objects.filter(kind=kind, thing_id__in=[str(each) for each in thing_ids]).delete()


def rebuild() -> int:
    """Make the whole index anew from what the apps know; returns the number of entries."""
    count = 0
    with transaction.atomic():
        Row.objects.all().delete()
        for _, _, entries in registry.named("searches"):
            count += put_all(entries())
    return count


def put_all(entries: Iterable[Entry]) -> int:
    """Add or renew very many; returns how many."""
    count, batch = 0, []
    for entry in entries:
        batch.append(entry)
        if len(batch) == BATCH:
            put(*batch)
            count, batch = count + len(batch), []
    put(*batch)
    return count + len(batch)


def put_changing(
    stamps: Callable[[], Mapping[int, object]], entries: Callable[[Sequence[int]], Iterable[Entry]]
) -> None:
    """Renew many things that others change meanwhile: what has another stamp once it is written was
    changed after it had been read, and is read again.
    """
    known: dict[int, object] = {}
    while new := {pk: stamp for pk, stamp in stamps().items() if known.get(pk) != stamp}:
        put_all(entries(list(new)))
        known |= new


def _row(entry: Entry) -> Row:
    title = entry.title if isinstance(entry.title, dict) else {"zh": entry.title}
    words = [*title.values(), *entry.words]
    folded = list(dict.fromkeys(fold(word) for word in words if word))
    sounds = [sound for word in title.values() for sound in spoken(word)]
    numbers = [digits_of(number) for number in (*entry.phones, *entry.serials)]
    serials = [fold(serial) for serial in entry.serials]
    codes = [f"{CODE_MARK}{code_key(code)}" for code in entry.codes if code]
    said = [*folded, *sounds, *numbers, *serials, *codes]
    hay = " ".join(dict.fromkeys(part for part in [*said, *bigrams(" ".join(folded))] if part))
    return Row(
        kind=entry.kind,
        thing_id=str(entry.thing_id),
        title=title,
        note=entry.note[:200],
        head=(folded[0] if folded else "")[:300],
        hay=f" {hay} ",
        url=entry.url,
        needs=entry.needs,
        own=_known(entry.own),
        team_id=entry.team_id,
        region=entry.region,
        dealers=_known(entry.dealers),
        customers=_known(entry.customers),
    )


def _known(keys: Iterable[int | None]) -> list[int]:
    return sorted({key for key in keys if key is not None})
