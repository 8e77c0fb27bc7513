"""What the one search box finds of articles, and what else a word may be called."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.urls import reverse

from bihuan.apps.knowledge import words
from bihuan.apps.knowledge.enums import Status
from bihuan.apps.knowledge.models import Article, Synonym
from bihuan.apps.knowledge.rules import widest
from bihuan.base.access.models import User
from bihuan.base.search.actions import Entry, drop, put
from bihuan.base.search.folding import fold

BODY = 2000
"""Characters of the text by which an article is found; more would make the index heavy."""
OTHERS = 8


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
        note=f"{article.number} {words.title(words.KIND, article.kind)} {article.part} {article.symptom}".strip(),
        words=[
            article.part, article.symptom, *article.codes, *(each.replace("-", "") for each in article.codes), *article.model_codes,
            article.cause, article.remedy, article.body[:BODY],
        ],
        url=reverse("knowledge:article", args=[article.pk]),
        needs=widest(article.audiences),
    )  # fmt: skip


def otherwise(word: str) -> list[str]:
    """A folded word as we and others say it, by the synonyms in it (service `words.otherwise`).

    Not by a single letter: no index finds it, and it stands in too many texts.
    """
    found = []
    for other, ours in Synonym.objects.values_list("other", "ours"):
        if other in word and ours not in word:
            found.append(word.replace(other, ours))
        elif ours in word:
            found.append(word.replace(ours, other))
    return list(dict.fromkeys(each for each in map(fold, found) if len(each) > 1))[:OTHERS]


def by_number(person: User, number: int) -> tuple[str, str] | None:
    """An article read out by its number, drafts too (manifest `numbered`)."""
    from bihuan.apps.knowledge.queries import articles

    row = articles(person).filter(pk=number).first()
    return (row.title, reverse("knowledge:article", args=[row.pk])) if row else None
