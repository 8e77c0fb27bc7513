"""Similar cases of a ticket with their reasons, and the articles that were taken up for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bihuan.apps.knowledge import similar
from bihuan.apps.knowledge.enums import Door, Origin
from bihuan.apps.knowledge.models import Article, Case, Use
from bihuan.apps.knowledge.queries import articles
from bihuan.apps.tickets import words
from bihuan.apps.tickets.models import Ticket
from bihuan.base.access.models import User
from bihuan.base.access.scope import may, visible
from bihuan.lib.similar import shared

SHOWN = 5


@dataclass(frozen=True)
class Alike:
    """An earlier case: why it is shown, how it ended, whether this person may open it."""

    found: similar.SimilarCase
    words: tuple[str, ...]
    outcome: str
    url: str

    @property
    def case(self) -> Case:
        return self.found.case


def alike(ticket: Ticket, person: User, now: datetime) -> list[Alike]:
    """The most similar cases, those of the same model first (a fixed number of queries)."""
    text = f"{ticket.title}\n{ticket.text}"
    model = ticket.asset.model if ticket.asset else None
    found = similar.find(
        person, text, family=model.family if model else "", model=model.code if model else "",
        limit=2 * SHOWN, without=(Origin.TICKET, ticket.pk),
    )  # fmt: skip
    ids = [each.case.origin_id for each in found if each.case.origin == Origin.TICKET]
    ended = {row.pk: row for row in Ticket.objects.filter(pk__in=ids)}
    reach = set(
        visible(Ticket.objects.filter(pk__in=ids), person, "tickets.see").values_list(
            "pk", flat=True
        )
    )
    used = dict(
        Article.objects.filter(
            pk__in=[each.case.origin_id for each in found if each.case.origin == Origin.ARTICLE]
        ).values_list("pk", "used")
    )
    shown = [
        Alike(
            each, tuple(shared(text, f"{each.case.title}\n{each.case.cause}\n{each.case.remedy}")),
            _outcome(each.case, ended, used),
            each.case.url if each.case.origin == Origin.ARTICLE or each.case.origin_id in reach else "",
        )
        for each in found
    ]  # fmt: skip
    return [each for each in shown if each.found.pairs or each.words][:SHOWN]


def _outcome(case: Case, ended: dict[int, Ticket], used: dict[int, int]) -> str:
    if case.origin == Origin.ARTICLE:
        times = used.get(case.origin_id, 0)
        return words.solved_times(times) if times else ""
    row = ended.get(case.origin_id)
    if row is None:
        return ""
    said = [words.title(words.HOW, row.how) if row.how else "", words.title(words.CAUSE, row.cause) if row.cause else ""]  # fmt: skip
    said.append(words.yes_of_customer(given=row.confirmed_at is not None))
    return " · ".join(each for each in said if each)


def uses(ticket: Ticket, person: User) -> list[Use]:
    """The articles taken up for it that this person may read, the ones that helped first."""
    if not may(person, "knowledge.see"):
        return []
    rows = Use.objects.filter(
        door=Door.TICKET, matter=ticket.number, article__in=articles(person).values("pk")
    )
    found = rows.select_related("article", "by").order_by("pk")
    return sorted(found, key=lambda each: {True: 0, None: 1, False: 2}[each.helped])


def written(ticket: Ticket, person: User) -> Article | None:
    """The article that this ticket proposed."""
    if not may(person, "knowledge.see"):
        return None
    return articles(person).filter(ticket=ticket.number).order_by("pk").first()
