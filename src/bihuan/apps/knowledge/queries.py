"""Articles as readers and writers find them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from bihuan.apps.knowledge import figures
from bihuan.apps.knowledge.enums import Audience, Door, Kind, Status
from bihuan.apps.knowledge.models import Article, ArticleVersion, Use
from bihuan.apps.knowledge.rules import VERB
from bihuan.apps.knowledge.search import otherwise
from bihuan.base.access.models import User
from bihuan.base.access.scope import may, reaches
from bihuan.base.evidence.models import File
from bihuan.base.registry import Holding
from bihuan.base.search.folding import code_key, fold, joined
from bihuan.base.search.queries import MOST_WORDS

READING = ("published", "due", "disputed")
WRITING = ("mine", "proposed", "draft", "queue", "retired")
VIEWS = (*READING, *WRITING)
DOUBTED_FIRST = F("doubted_at").asc(nulls_last=True)
PROPOSED = Q(status=Status.DRAFT, author=None)
"""What tickets proposed and nobody has taken up."""
WAITING = Q(status=Status.REVIEW) | Q(
    status__in=[Status.PUBLISHED, Status.RETIRED], pending_at__isnull=False
)


@dataclass(frozen=True)
class Asked:
    """What the address of the list asks for; empty strings ask for nothing."""

    view: str = "published"
    text: str = ""
    kind: str = ""
    audience: str = ""
    family: str = ""
    part: str = ""


def circles(person: User) -> list[str]:
    """The audiences to which somebody belongs."""
    return [str(each) for each, verb in VERB.items() if reaches(person, verb)]


def articles(person: User) -> QuerySet[Article]:
    """All that this person may read; drafts and retired ones only with the right to write."""
    rows = Article.objects.select_related("owner", "author", "pending")
    seen = Q(audiences__overlap=circles(person))
    if not may(person, "knowledge.edit"):
        return rows.filter(seen, status=Status.PUBLISHED)
    return rows.filter(seen | Q(owner=person) | Q(author=person))


def soon_day(now: datetime) -> date:
    """Until this day a review is shown as due."""
    return timezone.localdate(now) + timedelta(days=figures.whole("remind_days", now))


def of_view(rows: QuerySet[Article], view: str, person: User, soon: date) -> QuerySet[Article]:
    """The rows of one view; `soon` is the day until which a review is shown as due (`soon_day`)."""
    published = Q(status=Status.PUBLISHED)
    return rows.filter(
        {
            "published": published,
            "due": published & (Q(review_on__lte=soon) | Q(doubted_at__isnull=False)),
            "disputed": published & Q(unhelpful__gt=0, unhelpful__gte=F("helpful")),
            "mine": (Q(owner=person) | Q(author=person)) & ~Q(status=Status.RETIRED),
            "proposed": PROPOSED,
            "draft": (Q(status=Status.DRAFT) & ~PROPOSED) | (published & Q(pending__isnull=False, pending_at=None)),
            "queue": WAITING,
            "retired": Q(status=Status.RETIRED),
        }[view]
    )  # fmt: skip


def listed(rows: QuerySet[Article], asked: Asked) -> QuerySet[Article]:
    """Narrowed by what is asked, newest first; those due for review by their day."""
    if asked.kind in set(Kind):
        rows = rows.filter(kind=asked.kind)
    if asked.audience in set(Audience):
        rows = rows.filter(audiences__contains=[asked.audience])
    if asked.family:
        rows = rows.filter(Q(families__contains=[asked.family]) | Q(families=[]))
    if asked.part:
        rows = rows.filter(part=asked.part)
    typed = joined(fold(asked.text)).split()[:MOST_WORDS]
    others = otherwise(typed)
    for word in typed:
        found = Q()
        for each in (word, *others[word]):
            found |= _has(each)
        rows = rows.filter(found)
    if asked.view == "due":
        return rows.order_by(DOUBTED_FIRST, "review_on", "pk")
    if asked.view == "queue":
        return rows.order_by("written_at", "pk")
    return rows.order_by("-written_at", "-pk")


def _has(word: str) -> Q:
    found = Q(code_keys__contains=[code_key(word)]) | Q(model_codes__contains=[word.upper()])
    for name in ("title", "title_en", "part", "symptom", "cause", "remedy", "body"):
        found |= Q(**{f"{name}__icontains": word})
    if (number := number_in(word)) is not None:
        found |= Q(pk=number)
    return found


def number_in(text: str) -> int | None:
    """The article that somebody names: ZS-000012, zs12 or 12."""
    said = fold(text).removeprefix("zs").lstrip("- ")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 10 else None


def sees_file(person: User, file_id: int) -> bool:
    """Whether this person sees a file through an article; a writer also through what waits."""
    if not may(person, "knowledge.see"):
        return False
    rows = articles(person)
    if rows.filter(files__contains=[file_id]).exists():
        return True
    if not may(person, "knowledge.edit"):
        return False
    return ArticleVersion.objects.filter(
        article__in=rows.order_by().values("pk"), said__files__contains=file_id
    ).exists()


def that_solved(ticket: str) -> Article | None:
    """The article that helped with a ticket (its number), the last one said."""
    rows = Use.objects.filter(door=Door.TICKET, matter=ticket, helped=True)
    use = rows.select_related("article").order_by("-at").first()
    return use.article if use else None


def files_of(row: Article, *, latest: bool = False) -> list[File]:
    """Its attachments in their order, as readers see it or as it was written last."""
    return files_by((row.latest if latest else row.content).files)


def files_by(ids: Sequence[int]) -> list[File]:
    found = File.objects.in_bulk(ids)
    return [found[pk] for pk in ids if pk in found]


def parts(person: User) -> list[str]:
    """The parts that articles speak of, for the filter."""
    rows = articles(person).exclude(part="").order_by("part").values_list("part", flat=True)
    return list(rows.distinct()[:100])


def to_publish(person: User, now: datetime) -> QuerySet[Article]:
    """What waits for somebody like this person (menu): not what they wrote themselves."""
    if not may(person, "knowledge.publish"):
        return Article.objects.none()
    return Article.objects.filter(WAITING, audiences__overlap=circles(person)).exclude(
        author=person
    )


def due(person: User, now: datetime) -> QuerySet[Article]:
    """Published articles that are in doubt or whose day of review has come."""
    rows = articles(person).filter(status=Status.PUBLISHED)
    come = Q(review_on__lte=timezone.localdate(now)) | Q(doubted_at__isnull=False)
    return rows.filter(come).order_by(DOUBTED_FIRST, "review_on", "pk")


def holdings(user_id: int) -> list[Holding]:
    """Articles that a leaver must hand over: somebody has to read them again."""
    rows = Article.objects.filter(owner_id=user_id).exclude(status=Status.RETIRED).order_by("pk")
    return [
        Holding(str(row.pk), _("知识"), row.title, reverse("knowledge:article", args=[row.pk]))
        for row in rows
    ]
