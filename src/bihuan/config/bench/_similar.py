"""The process of the bench `similar`; prints JSON."""

from __future__ import annotations

import json
import math
import os
import random
import statistics
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psutil
import psycopg

from bihuan.config import postgres
from bihuan.config.bench._ground import p95
from bihuan.config.bench._size import without_indexes
from bihuan.config.django_setup import ready

SEED = 4
HELD = 0.25
CASES = int(os.environ.get("BIHUAN_BENCH_CASES", "100000"))
MADE = 10_000
LIMITS = {"whole": (0.87, 0.60), "short": (0.97, 0.66)}
LIMIT_MS = 50.0
WHEN = datetime(2026, 1, 1, tzinfo=UTC)
NEEDS = "knowledge.engineer"
Pairs = set[tuple[str, str]]
Top = Callable[[str], Sequence[int]]
MORE = """
    WITH made AS (
        INSERT INTO knowledge_case (origin, origin_id, number, title, part, symptom, cause, remedy, families,
            model_codes, url, needs, grams, closed_at)
        SELECT origin, origin_id + n * %(step)s, number, title, part, symptom, cause, remedy, families, model_codes,
            url, needs, grams, closed_at
        FROM knowledge_case CROSS JOIN generate_series(1, %(times)s) AS n WHERE origin_id >= %(step)s
        RETURNING id, origin_id
    )
    INSERT INTO knowledge_casepair (case_id, pair_id)
    SELECT made.id, l.pair_id FROM made
    JOIN knowledge_case c ON c.origin = 'TICKET' AND c.origin_id = %(step)s + made.origin_id %% %(step)s
    JOIN knowledge_casepair l ON l.case_id = c.id
"""


@dataclass(frozen=True)
class Text:
    """A fault text with its labels."""

    text: str
    pairs: Pairs


class Bm25:
    """The baseline: BM25 (k1 1.5, b 0.75) over the words that jieba cuts."""

    def __init__(self, texts: Iterable[str]) -> None:
        from rjieba import cut

        self._cut = cut
        self._lengths: list[int] = []
        self._postings: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
        for number, text in enumerate(texts):
            words = self._words(text)
            self._lengths.append(len(words))
            for word, count in Counter(words).items():
                self._postings[word].append((number, count))
        self._mean = statistics.fmean(self._lengths)

    def _words(self, text: str) -> list[str]:
        return [word for word in self._cut(text) if word.strip()]

    def top(self, text: str) -> Sequence[int]:
        found: Counter[int] = Counter()
        total = len(self._lengths)
        for word, asked in Counter(self._words(text)).items():
            posting = self._postings.get(word, ())
            rarity = math.log(1 + (total - len(posting) + 0.5) / (len(posting) + 0.5))
            for number, count in posting:
                bound = 1.5 * (0.25 + 0.75 * self._lengths[number] / self._mean)
                found[number] += asked * rarity * count * 2.5 / (count + bound)  # type: ignore[assignment]
        return sorted(found, key=lambda number: (-found[number], number))[:10]


def main() -> None:
    texts = [_read(line) for line in Path(sys.argv[1]).read_text("utf-8").splitlines()]
    order = list(range(len(texts)))
    random.Random(SEED).shuffle(order)
    cut = int(len(texts) * HELD)
    held, cases = [texts[at] for at in order[:cut]], [texts[at] for at in order[cut:]]
    queries = {"whole": _whole(held, cases), "short": _short(held, cases)}
    with ready() as home:
        from bihuan.apps.knowledge.similar import ranked

        numbers = _fill(cases)
        _analyse(home)

        def top(text: str) -> Sequence[int]:
            return [numbers[each.key] for each in ranked(text, [NEEDS], 10)]

        ours = {name: _rated(top, asked) for name, asked in queries.items()}
        theirs = {}
        if find_spec("rjieba"):
            plain = Bm25(each.text for each in cases)
            theirs = {name: _rated(plain.top, asked) for name, asked in queries.items()}
        size = _grow(home, cases)
        large = {
            name: _times(lambda text: ranked(text, [NEEDS], 10), asked)
            for name, asked in queries.items()
        }
        put_ms = _put_one(held)
    good = all(
        ours[name]["in_ten"] >= ten and ours[name]["first"] >= first
        for name, (ten, first) in LIMITS.items()
    )
    fast = all(each["cpu_ms"] < LIMIT_MS for each in large.values())
    ratio = {
        name: {key: round(ours[name][key] / theirs[name][key], 2) for key in ("in_ten", "first")}
        for name in theirs
    }
    print(
        json.dumps(
            {
                "cases": len(cases), "ours": ours, "bm25_over_jieba": theirs or "rjieba is missing", "ratio": ratio,
                "with_cases": size, "large": large, "put_ms": put_ms, "limits": {**LIMITS, "cpu_ms": LIMIT_MS},
                "ok": good and fast,
            }
        )
    )  # fmt: skip


def _read(line: str) -> Text:
    row = json.loads(line)
    return Text(row["text"], {(each["h"]["name"], each["t"]["name"]) for each in row["spo_list"]})


def _holders(cases: Sequence[Text]) -> dict[tuple[str, str], set[int]]:
    found: defaultdict[tuple[str, str], set[int]] = defaultdict(set)
    for number, case in enumerate(cases):
        for pair in case.pairs:
            found[pair].add(number)
    return dict(found)


def _whole(held: Sequence[Text], cases: Sequence[Text]) -> list[tuple[str, set[int]]]:
    known = _holders(cases)
    asked = [(each.text, set().union(*(known.get(pair, set()) for pair in each.pairs))) for each in held]  # fmt: skip
    return [(text, right) for text, right in asked if right]


def _short(held: Sequence[Text], cases: Sequence[Text]) -> list[tuple[str, set[int]]]:
    known = _holders(cases)
    return [(part + symptom, known[part, symptom]) for each in held for part, symptom in sorted(each.pairs) if (part, symptom) in known]  # fmt: skip


def _rated(top: Top, asked: Sequence[tuple[str, set[int]]]) -> dict[str, Any]:
    ten = first = 0
    times = []
    for text, right in asked:
        begun = time.perf_counter()
        found = top(text)
        times.append((time.perf_counter() - begun) * 1000)
        ten += any(each in right for each in found)
        first += bool(found) and found[0] in right
    return {"queries": len(asked), "in_ten": round(ten / len(asked), 3), "first": round(first / len(asked), 3)} | _spread(times)  # fmt: skip


def _times(deed: Callable[[str], object], asked: Sequence[tuple[str, set[int]]]) -> dict[str, Any]:
    """Wall-clock times, and the mean CPU time of this process and its database backend."""
    times, before = [], _cpu_s()
    for text, _right in asked:
        begun = time.perf_counter()
        deed(text)
        times.append((time.perf_counter() - begun) * 1000)
    return _spread(times) | {"cpu_ms": round((_cpu_s() - before) * 1000 / len(asked), 1)}


def _cpu_s() -> float:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = psutil.Process(cursor.fetchone()[0]).cpu_times()
    return time.process_time() + float(backend.user) + float(backend.system)


def _spread(times: Sequence[float]) -> dict[str, float]:
    return {"p50_ms": round(statistics.median(times), 1), "p95_ms": round(p95(times), 1)}


def _fill(cases: Sequence[Text]) -> dict[int, int]:
    """Put the cases in as closed tickets; key of a case -> its place."""
    return {_put(number, case).pk: number for number, case in enumerate(cases)}


def _put(number: int, case: Text) -> Any:
    from bihuan.apps.knowledge.actions import ClosedCase, put_case

    return put_case(
        case=ClosedCase(
            ticket_id=number, number=f"T{number}", title=case.text[:60], text=case.text, url="/",
            closed_at=WHEN, pairs=tuple(sorted(case.pairs)), needs=NEEDS,
        )
    )  # fmt: skip


def _put_one(held: Sequence[Text]) -> float:
    times = []
    for number, case in enumerate(held[:50]):
        begun = time.perf_counter()
        _put(100_000_000 + number, case)
        times.append((time.perf_counter() - begun) * 1000)
    return round(statistics.median(times), 1)


def _grow(home: Path, cases: Sequence[Text]) -> int:
    """Many more cases of pieces of the real ones: parts, symptoms and sentences put together anew."""
    from bihuan.apps.knowledge.models import Case, CasePair, Pair
    from bihuan.lib import similar as lib

    chance = random.Random(SEED)
    sentences = [piece for case in cases for piece in case.text.split("。") if len(piece) > 8]
    parts, symptoms = zip(*sorted(pair for case in cases for pair in case.pairs), strict=True)
    made: list[tuple[Case, Sequence[lib.Pair]]] = []
    for number in range(MADE):
        pairs = [(chance.choice(parts), chance.choice(symptoms)) for _ in range(4)]
        text = "。".join(chance.choice(sentences) for _ in range(4))
        read = lib.Case.of(number, text, pairs)
        row = Case(
            origin="TICKET", origin_id=MADE + number, number=f"M{number}", title=text[:60], url="/", needs=NEEDS,
            grams=list(read.grams), closed_at=WHEN,
        )  # fmt: skip
        made.append((row, read.pairs))
    Case.objects.bulk_create([row for row, _ in made], batch_size=1000)
    wanted = {pair for _, pairs in made for pair in pairs if pair.part and pair.symptom}
    Pair.objects.bulk_create(
        [Pair(part=a[:60], symptom=b[:80], part_head=a[:2], symptom_head=b[:2]) for a, b in sorted(wanted)],
        batch_size=5000, ignore_conflicts=True,
    )  # fmt: skip
    numbers = {(a, b): pk for pk, a, b in Pair.objects.values_list("pk", "part", "symptom")}
    links = [
        CasePair(case=row, pair_id=numbers[pair.part[:60], pair.symptom[:80]])
        for row, pairs in made for pair in pairs if pair in wanted
    ]  # fmt: skip
    CasePair.objects.bulk_create(links, batch_size=5000, ignore_conflicts=True)
    _analyse(home)
    with psycopg.connect(postgres.dsn(home, superuser=True), autocommit=True) as bare:
        # Words are put into their index at once at the end: one by one they take an hour.
        bare.execute("SET session_replication_role = replica")
        bare.execute("SET synchronous_commit = off")
        bare.execute("SET maintenance_work_mem = '512MB'")
        with without_indexes(bare, Case), without_indexes(bare, CasePair):
            bare.execute(MORE, {"times": max(CASES // MADE - 1, 0), "step": MADE})
    _analyse(home)
    return Case.objects.count()


def _analyse(home: Path) -> None:
    with psycopg.connect(postgres.dsn(home, owner=True), autocommit=True) as bare:
        for table in ("knowledge_case", "knowledge_pair", "knowledge_casepair"):
            bare.execute(f"VACUUM ANALYZE {table}")


if __name__ == "__main__":
    main()
