"""What the pages of writing a pack show, and what its draft is made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from django.db.models import Count, Q

from bihuan.apps.policy.enums import Carrying
from bihuan.apps.policy.models import PackVersion, Writing, WritingClause
from bihuan.apps.policy.pages import value_words
from bihuan.apps.policy.queries import faults_of, pack_of
from bihuan.base.errors import NoSuchThing
from bihuan.base.vocabulary import PACKS, vocabulary
from bihuan.lib.policy import Pack, from_folder, lint, read
from bihuan.lib.policy.writing import (
    Article,
    Chosen,
    Decided,
    Heading,
    Lexicon,
    Proposal,
    Proposer,
    Tier,
    tiers_in,
)  # fmt: skip


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """The words by which prose names things; read once."""
    text = (PACKS / "vocabulary" / "words.yaml").read_text("utf-8")
    return Lexicon.read(text, vocabulary())


def writings() -> Sequence[Writing]:
    """All regulations in writing, the newest first, with their counts."""
    decided = Count("clauses", filter=~Q(clauses__carrying=Carrying.OPEN))
    return list(
        Writing.objects.select_related("made_by", "draft")
        .defer("draft__files")
        .annotate(total=Count("clauses"), decided=decided)
        .order_by("-made_at", "-id")
    )


def writing(pk: int) -> Writing:
    """Raises NoSuchThing."""
    found = Writing.objects.select_related("draft").defer("draft__files").filter(pk=pk).first()
    if found is None:
        raise NoSuchThing
    return found


def clause(writing: Writing, code: str) -> WritingClause:
    """Raises NoSuchThing."""
    found = WritingClause.objects.filter(writing=writing, code=code).first()
    if found is None:
        raise NoSuchThing
    return found


def clauses(writing: Writing) -> list[WritingClause]:
    return list(writing.clauses.order_by("place"))


def article_of(row: WritingClause) -> Article:
    return Article(row.code, row.chapter, row.number, row.printed, row.title, row.text, row.lead)


def tiers(writing_id: int) -> tuple[Tier, ...]:
    """The kinds of customers that the whole regulation names."""
    rows = WritingClause.objects.filter(writing=writing_id).order_by("place")
    return tiers_of(rows)


def tiers_of(rows: Iterable[WritingClause]) -> tuple[Tier, ...]:
    return tiers_in([article_of(row) for row in rows])


def proposals(row: WritingClause, tiers: Sequence[Tier]) -> tuple[Proposal, ...]:
    """What a clause seems to promise."""
    return Proposer(lexicon(), vocabulary(), tiers).proposals(article_of(row))


def headings(writing: Writing) -> list[Heading]:
    return [Heading(number, title) for number, title in writing.chapters]


def decided(writing: Writing, carried: Mapping[Carrying, str]) -> list[Decided]:
    """The clauses as a draft takes them, without those that are none."""
    return [
        Decided(article_of(row), carried[Carrying(row.carrying)], chosen_of(row))
        for row in clauses(writing)
        if row.carrying != Carrying.DROPPED
    ]


def chosen_of(row: WritingClause) -> tuple[Chosen, ...]:
    """The rules that were confirmed."""
    found = []
    for each in row.rules:
        values = each.get("values")
        if isinstance(values, dict):
            plain = {str(name): str(value) for name, value in values.items()}
            found.append(Chosen(str(each.get("kind")), str(each.get("title")), plain))
    return tuple(found)


def findings(version: int | None, lang: str) -> dict[str, list[str]]:
    """What keeps a draft from taking force, and what is odd about it: place and remedy."""
    row = PackVersion.objects.filter(pk=version).first() if version else None
    if row is None:
        return {"blockers": [], "odd": []}
    pack = pack_of(row)
    return {
        "blockers": faults_of(pack, lang),
        "odd": [problem.sentence(lang) for problem in lint(pack)],
    }


def shipped(lang: str) -> list[dict[str, object]]:
    """The packs that come with the product, with their size."""
    found = []
    for path in sorted(PACKS.glob("*/pack.yaml")):
        pack = shipped_pack(path.parent.name)
        found.append(
            {"code": path.parent.name, "title": pack.title.of(lang), "clauses": len(pack.clauses),
             "rules": len(pack.rules)}
        )  # fmt: skip
    return found


@lru_cache(maxsize=8)
def shipped_pack(code: str) -> Pack:
    """A pack that comes with the product, read once."""
    return read(from_folder(PACKS / code), vocabulary())


def open_values(version: PackVersion, lang: str) -> list[dict[str, object]]:
    """The values of a version that the company fills in, those without a value first."""
    pack = pack_of(version)
    rows = [
        {"title": each.title.of(lang), "name": each.name, "value": value_words(each.value, lang),
         "empty": each.value is None, "clause": pack.clauses[each.clause].number if each.clause else ""}
        for each in pack.parameters.values() if each.open
    ]  # fmt: skip
    return sorted(rows, key=lambda row: not row["empty"])
