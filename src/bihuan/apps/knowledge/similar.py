"""Similar cases over PostgreSQL.

Nothing is kept in the process: pairs are looked up by the first letters of their words, cases by
pair and by rare grams, all by indexes, so that memory does not grow with the cases and a case is
there for everybody as soon as it is committed. How common a gram is comes from the planner's
statistics of the column.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import connection

from bihuan.apps.knowledge.enums import Origin
from bihuan.apps.knowledge.models import Article, Case, Pair, Synonym
from bihuan.apps.knowledge.rules import VERB, fits
from bihuan.base.access.models import User
from bihuan.base.access.scope import reaches
from bihuan.lib import similar as lib

ASKED = 30
"""Cases that are ranked before those that fit the machine are put first."""
BETTER_FIT = 0.25
"""How much more a case counts that fits the family, twice that for the model: of two that are as
like, the one of the machine is first, but no other fault of the machine is.
"""
SURE, MOST_LABELS = 0.5, 3
"""How likely a pair must be to label a case, and how many are kept."""
_COMMON = """
    SELECT gram, share FROM pg_stats, unnest(most_common_elems::text::int[], most_common_elem_freqs)
        AS known(gram, share)
    WHERE schemaname = current_schema() AND tablename = 'knowledge_case' AND attname = 'grams'
        AND gram = ANY(%s)
"""
_WITH_PAIRS = """
    SELECT found.case_id, asked.place
    FROM unnest(%s::text[], %s::text[]) WITH ORDINALITY AS asked(part, symptom, place)
    JOIN knowledge_pair p USING (part, symptom)
    CROSS JOIN LATERAL (
        SELECT link.case_id FROM knowledge_casepair link JOIN knowledge_case c ON c.id = link.case_id
        WHERE link.pair_id = p.id AND c.needs = ANY(%s) ORDER BY link.case_id DESC LIMIT %s
    ) found
"""


@dataclass(frozen=True)
class SimilarCase:
    """A case beside its reasons; `helpful` and `unhelpful` are None for a ticket. `url` is empty for
    who may read the case and not open the ticket it comes from.
    """

    case: Case
    score: float
    pairs: tuple[lib.Pair, ...]
    fit: int
    helpful: int | None = None
    unhelpful: int | None = None
    url: str = ""


class Stored:
    """The `Source` of the cases that these rights show."""

    def __init__(self, verbs: Sequence[str]) -> None:
        self.verbs = list(verbs)

    def pairs_in(self, text: str) -> Iterable[lib.Pair]:
        heads = list({text[at : at + size] for size in (1, 2) for at in range(len(text))})
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT part, symptom FROM knowledge_pair WHERE part_head = ANY(%s)"
                " AND symptom_head = ANY(%s) AND strpos(%s, part) > 0 AND strpos(%s, symptom) > 0",
                [heads, heads, text, text],
            )
            return [lib.Pair(*row) for row in cursor.fetchall()]

    def with_pairs(self, pairs: Sequence[lib.Pair], most: int) -> Iterable[tuple[int, lib.Pair]]:
        with connection.cursor() as cursor:
            cursor.execute(
                _WITH_PAIRS,
                [[each.part for each in pairs], [each.symptom for each in pairs], self.verbs, most],
            )
            return [(key, pairs[place - 1]) for key, place in cursor.fetchall()]

    def with_grams(self, grams: Sequence[int], most: int) -> Iterable[int]:
        rows = Case.objects.filter(grams__overlap=list(grams), needs__in=self.verbs)
        return rows.values_list("pk", flat=True)[:most]

    def grams_of(self, keys: Sequence[int]) -> Iterable[tuple[int, Sequence[int]]]:
        return Case.objects.filter(pk__in=keys).values_list("pk", "grams")

    def shares(self, grams: Sequence[int]) -> Mapping[int, float]:
        with connection.cursor() as cursor:
            cursor.execute(_COMMON, [list(grams)])
            return dict(cursor.fetchall())


def verbs_of(person: User) -> list[str]:
    """The rights by which this person belongs to a circle of readers."""
    return [verb for verb in VERB.values() if reaches(person, verb)]


def ranked(text: str, verbs: Sequence[str], limit: int = ASKED) -> list[lib.Found]:
    """Keys of the cases most like a text."""
    synonyms = [
        (lib.normal(other), lib.normal(ours))
        for other, ours in Synonym.objects.values_list("other", "ours")
    ]
    return lib.similar(text, Stored(verbs), limit, synonyms)


def find(
    person: User, text: str, *, family: str = "", model: str = "", limit: int = 8,
    without: tuple[Origin, int] | None = None,
) -> list[SimilarCase]:  # fmt: skip
    """Cases that this person may read and that are like the text, those of the machine first."""
    if not text.strip():
        return []
    order = {each.key: each for each in ranked(text, verbs_of(person))}
    cases = Case.objects.defer("grams").in_bulk(list(order))
    ids = [each.origin_id for each in cases.values() if each.origin == Origin.ARTICLE]
    votes = {
        pk: (yes, no)
        for pk, yes, no in Article.objects.filter(pk__in=ids).values_list("pk", "helpful", "unhelpful")
    }  # fmt: skip
    found, opens_tickets = [], reaches(person, "tickets.see")
    for key, each in order.items():
        case = cases.get(key)
        if case is None or (case.origin, case.origin_id) == without:
            continue
        fit = fits(case.families, case.model_codes, family, model)
        yes, no = votes.get(case.origin_id, (None, None)) if case.origin == Origin.ARTICLE else (None, None)  # fmt: skip
        url = case.url if case.origin != Origin.TICKET or opens_tickets else ""
        found.append(
            SimilarCase(case, each.score * (1 + BETTER_FIT * fit), each.pairs, fit, yes, no, url)
        )
    return sorted(found, key=lambda each: -each.score)[:limit]


def labels(text: str) -> list[tuple[str, str]]:
    """The pairs of part and symptom that a text is most likely about, the likeliest first."""
    plain = lib.normal(text)
    likely = lib.chances(plain, set(Stored(()).pairs_in(plain)))
    sure = sorted((pair for pair in likely if likely[pair] >= SURE), key=lambda each: -likely[each])
    return [(each.part, each.symptom) for each in sure[:MOST_LABELS]]


def pair_rows(pairs: Iterable[lib.Pair]) -> list[Pair]:
    """Rows of pairs, made where missing."""
    wanted = sorted({(each.part[:60], each.symptom[:80]) for each in pairs if each.part and each.symptom})  # fmt: skip
    Pair.objects.bulk_create(
        [Pair(part=a, symptom=b, part_head=a[:2], symptom_head=b[:2]) for a, b in wanted],
        ignore_conflicts=True,
    )
    rows = Pair.objects.filter(part__in={a for a, _b in wanted}, symptom__in={b for _a, b in wanted})  # fmt: skip
    return [row for row in rows if (row.part, row.symptom) in set(wanted)]
