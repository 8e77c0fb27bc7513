"""What the one search box finds of articles, and what else a word may be called."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path

from django.urls import reverse
from ruamel.yaml import YAML

from bihuan.apps.knowledge.enums import Status
from bihuan.apps.knowledge.models import Article, Synonym
from bihuan.apps.knowledge.rules import widest
from bihuan.base.access.models import User
from bihuan.base.search.actions import Entry, drop, put
from bihuan.base.search.folding import fold

BODY = 2000
"""Characters of the text by which an article is found; more would make the index heavy."""
OTHERS = 8
FILE = Path(__file__).resolve().parent / "data" / "synonyms.yaml"


def entries() -> Iterable[Entry]:
    """Everything anew."""
    return _entries()


def _entries() -> Iterator[Entry]:
    for article in Article.objects.filter(status=Status.PUBLISHED).iterator(chunk_size=500):
        yield entry(article)


def put_entry(article: Article) -> None:
    """Only what is published is found by the box; drafts stand in their own list."""
    if article.status == Status.PUBLISHED:
        put(entry(article))
    else:
        drop("article", article.pk)


def entry(article: Article) -> Entry:
    zh, en = article.title, article.title_en
    return Entry(
        kind="article", thing_id=article.pk, title={"zh": zh, "en": en} if en else {"zh": zh},
        note=f"{article.number} {article.part} {article.symptom}".strip(),  # in no one's language
        words=[
            article.part, article.symptom, *article.codes, *article.model_codes,
            article.cause, article.remedy, article.body[:BODY],
        ],
        codes=article.codes,
        url=reverse("knowledge:article", args=[article.pk]),
        needs=widest(article.audiences),
    )  # fmt: skip


def otherwise(words: Sequence[str]) -> dict[str, list[str]]:
    """Folded words as we and others say them, by the synonyms in them (service `words.otherwise`);
    one query for any number of words.

    Not by a single letter: no index finds it, and it stands in too many texts.
    """
    known = synonyms()
    found: dict[str, list[str]] = {}
    for word in words:
        said = []
        for other, ours in known:
            if other in word and ours not in word:
                said.append(word.replace(other, ours))
            elif ours in word:
                said.append(word.replace(ours, other))
        kept = [each for each in map(fold, said) if len(each) > 1 and each != word]
        found[word] = list(dict.fromkeys(kept))[:OTHERS]
    return found


def synonyms() -> list[tuple[str, str]]:
    """Pairs (what people say, our word): the company's, then those of the shipped file that do not
    contradict it.
    """
    own = list(Synonym.objects.values_list("other", "ours"))
    taken = {other for other, _ours in own}
    return own + [pair for pair in shipped() if pair[0] not in taken]


@cache
def shipped() -> tuple[tuple[str, str], ...]:
    """The words that hold in every trade (`data/synonyms.yaml`)."""
    rows: dict[str, list[str]] = YAML(typ="safe", pure=True).load(FILE.read_text("utf-8"))
    return tuple((fold(other), fold(ours)) for ours, others in rows.items() for other in others)


def by_number(person: User, number: int) -> tuple[str, str] | None:
    """An article read out by its number, drafts too (manifest `numbered`)."""
    from bihuan.apps.knowledge.queries import articles

    row = articles(person).filter(pk=number).first()
    return (row.title, reverse("knowledge:article", args=[row.pk])) if row else None
