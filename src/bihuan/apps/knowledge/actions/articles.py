"""The life of an article: written, looked at by another person, read, looked at again, retired."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from bihuan.apps.assets.models import Asset
from bihuan.apps.knowledge import words
from bihuan.apps.knowledge.actions.cases import put_article
from bihuan.apps.knowledge.enums import Audience, Kind, Status, Step
from bihuan.apps.knowledge.models import FIELDS, Article, ArticleStep, ArticleVersion
from bihuan.apps.knowledge.refusals import (
    NotByAuthor,
    NothingPending,
    ReasonMissing,
    ReviewDatePast,
    WordsMissing,
    WrongStep,
)
from bihuan.apps.knowledge.rules import Content, is_waiting
from bihuan.apps.knowledge.search import put_entry
from bihuan.apps.obligations import actions as obligations
from bihuan.apps.obligations.actions import Proof
from bihuan.apps.obligations.enums import LIVE
from bihuan.apps.obligations.models import Obligation
from bihuan.base.access.models import User
from bihuan.base.errors import ChangedMeanwhile, Refusal
from bihuan.base.facts.actions import tell
from bihuan.base.notify.actions import tell as notify
from bihuan.base.search.folding import code_key

TOLD_AS = {Kind.MANUAL: "MANUAL", Kind.FAQ: "FAQ"}
"""Kinds of articles that the regulation knows as documents."""


@dataclass(frozen=True)
class SolvedCase:
    """A solved ticket as plain values; names of the customer and of people are left out."""

    ticket: str
    title: str
    report: str
    part: str = ""
    symptom: str = ""
    cause: str = ""
    remedy: str = ""
    codes: tuple[str, ...] = ()
    family: str = ""
    model: str = ""


def draft(
    *, content: Content, by: User | None, now: datetime, owner: User | None = None, ticket: str = "",
    review_on: date | None = None,
) -> Article:  # fmt: skip
    """Begin an article. Raises WordsMissing."""
    _complete(content)
    person = owner or by
    if person is None:
        raise WordsMissing(what=words.OWNER)
    with transaction.atomic():
        article = Article.objects.create(
            **_values(content), owner=person, author=by, written_at=now, ticket=ticket,
            review_on=review_on,
        )  # fmt: skip
        _version(article, content, by, now)
        _step(article, Step.DRAFTED, by, now)
        put_entry(article)
        return article


def from_case(*, case: SolvedCase, owner: User, by: User | None, now: datetime) -> Article:
    """A solved ticket proposes a draft; proposed once, the same draft is returned, with what solved
    it in the end as long as nobody wrote on it. Raises WordsMissing.
    """
    content = Content(
        kind=Kind.CASE, title=case.title.strip()[:160], body=case.report.strip(),
        audiences=(Audience.ENGINEER,), part=case.part[:60], symptom=case.symptom[:80],
        cause=case.cause, remedy=case.remedy, codes=case.codes,
        families=(case.family,) if case.family else (),
        model_codes=(case.model,) if case.model else (),
    )  # fmt: skip
    known = Article.objects.filter(ticket=case.ticket).order_by("pk").first()
    if known is not None:
        return _renewed(known, content, by, now)
    return draft(content=content, by=by, owner=owner, now=now, ticket=case.ticket)


def _renewed(article: Article, content: Content, by: User | None, now: datetime) -> Article:
    """The customer said no to what was proposed first: what helped takes its place, to be read anew."""
    with transaction.atomic():
        row = _locked(article)
        values = _values(content)
        same = all(getattr(row, name) == value for name, value in values.items())
        if row.author is not None or row.status not in (Status.DRAFT, Status.REVIEW) or same:
            return row
        for name, value in values.items():
            setattr(row, name, value)
        row.version, row.status, row.written_at = row.version + 1, Status.DRAFT, now
        row.doubt, row.doubted_at = "", None
        _version(row, content, by, now)
        row.save()
        _step(row, Step.CHANGED, by, now)
        put_entry(row)
        return row


def is_known(case: SolvedCase) -> bool:
    """Whether the same of the same model, or what it is about, was written or proposed already:
    not every ticket of one fault proposes a draft of its own.
    """
    model = [case.model] if case.model else []
    same = Q(title=case.title.strip()[:160], model_codes=model)
    if case.part and case.symptom:
        fits_model = Q(model_codes=[]) | Q(model_codes__contains=model)
        sure = Q(part=case.part, symptom=case.symptom, status=Status.PUBLISHED, doubted_at=None)
        same |= sure & fits_model
    rows = Article.objects.filter(same, kind=Kind.CASE).exclude(status=Status.RETIRED)
    return rows.exclude(ticket=case.ticket).exists()


def change(
    *, article: Article, content: Content, by: User, now: datetime, seen: int, note: str = "",
    owner: User | None = None,
) -> Article:  # fmt: skip
    """Write a new version of what was version `seen`. A published article is read as it was until
    the change is published. Raises WordsMissing, ChangedMeanwhile.
    """
    _complete(content)
    with transaction.atomic():
        row = _locked(article)
        if row.version != seen:
            raise ChangedMeanwhile
        row.version, row.author, row.written_at = seen + 1, by, now
        row.owner = owner or row.owner
        version = _version(row, content, by, now, note)
        if row.status in (Status.DRAFT, Status.REVIEW):
            row.status = Status.DRAFT
            for name, value in _values(content).items():
                setattr(row, name, value)
        else:
            row.pending, row.pending_at = version, None
        row.save()
        _step(row, Step.CHANGED, by, now, note)
        put_entry(row)
        return row


def submit(*, article: Article, by: User, now: datetime) -> Article:
    """Ask that somebody else looks at it. Raises WrongStep, NothingPending."""
    with transaction.atomic():
        row = _locked(article)
        if row.status == Status.DRAFT:
            row.status = Status.REVIEW
        elif row.status in (Status.PUBLISHED, Status.RETIRED):
            if row.pending is None or row.pending_at is not None:
                raise NothingPending
            row.pending_at = now
        else:
            raise _wrong(row)
        row.save()
        _step(row, Step.SUBMITTED, by, now)
        return row


def send_back(
    *, article: Article, reason: str, by: User, now: datetime, seen: str | None = None
) -> Article:
    """Give it back to whoever wrote it. Raises ReasonMissing, WrongStep, ChangedMeanwhile."""
    if not reason.strip():
        raise ReasonMissing
    with transaction.atomic():
        row = _locked(article, seen)
        if not waiting(row):
            raise _wrong(row)
        if row.status == Status.REVIEW:
            row.status = Status.DRAFT
        row.pending_at = None
        row.save()
        _step(row, Step.SENT_BACK, by, now, reason)
        return row


def publish(
    *, article: Article, by: User, now: datetime, review_on: date | None, seen: str | None = None
) -> Article:
    """Let it be read; by somebody who wrote nothing since it was last published; `seen` is the mark
    of what he read. Tells `document.published` of manuals and answers, `manual.upgraded` of every
    customer who uses a model of a manual; discharges the duty to write down what the ticket taught.

    Raises WrongStep, NotByAuthor, ReviewDatePast, WordsMissing, ChangedMeanwhile.
    """
    with transaction.atomic():
        row = _locked(article, seen)
        if not waiting(row):
            raise _wrong(row)
        _complete(row.latest)
        if row.versions.filter(number__gt=row.published, by=by).exists():
            raise NotByAuthor
        _check_review_on(review_on, now)
        upgraded = row.published > 0
        if row.pending is not None:
            for name, value in _values(row.pending.content).items():
                setattr(row, name, value)
        row.pending = row.pending_at = None
        row.status, row.published = Status.PUBLISHED, row.version
        row.published_at, row.published_by, row.review_on = now, by, review_on
        row.doubt, row.doubted_at = "", None
        row.save()
        _step(row, Step.PUBLISHED, by, now)
        put_entry(row)
        put_article(row)
        _tell(row, by, now, upgraded=upgraded)
        _discharge_update(row, by, now)
        return row


def reviewed(
    *, article: Article, review_on: date | None, by: User, now: datetime, seen: str | None = None
) -> Article:
    """It was read again and still holds; the next time is `review_on`. Raises WrongStep,
    ReviewDatePast, ChangedMeanwhile.
    """
    _check_review_on(review_on, now)
    with transaction.atomic():
        row = _locked(article, seen)
        if row.status != Status.PUBLISHED:
            raise _wrong(row)
        row.review_on, row.doubt, row.doubted_at = review_on, "", None
        row.save(update_fields=["review_on", "doubt", "doubted_at"])
        _step(row, Step.REVIEWED, by, now, review_on.isoformat() if review_on else "")
        put_article(row)
        return row


def doubt(
    *, ticket: str, reason: str, key: str, remedy: str, by: User | None, now: datetime
) -> list[Article]:
    """What this ticket taught did not help after all: its articles are to be read again by somebody,
    with the reason; while they are in doubt they are no similar case and the public does not read
    them. `key` names the no (heard twice it is one); an article that says the `remedy` which came
    after it stays as it is.

    Raises ReasonMissing.
    """
    if not reason.strip():
        raise ReasonMissing
    done = []
    with transaction.atomic():
        for each in Article.objects.filter(ticket=ticket).exclude(status=Status.RETIRED):
            row = _locked(each)
            text = f"{key}：{reason.strip()}"[:500]
            known = row.steps.filter(what=Step.DOUBTED, text__startswith=f"{key}：").exists()
            if known or (remedy and row.latest.remedy == remedy):
                continue
            row.doubt, row.doubted_at = text, now
            row.save(update_fields=["doubt", "doubted_at"])
            _step(row, Step.DOUBTED, by, now, text)
            put_article(row)
            notify(
                to=row.owner, kind="knowledge.doubted", now=now, key=f"doubt:{row.pk}:{key}",
                title={"zh": f"{row.number} 的办法没有解决，请复核", "en": f"{row.number} did not help, please review it"},
                text={"zh": row.title, "en": row.title_en or row.title},
                url=reverse("knowledge:article", args=[row.pk]),
            )  # fmt: skip
            done.append(row)
    return done


def retire(
    *, article: Article, reason: str, by: User, now: datetime, seen: str | None = None
) -> Article:
    """Take it from the readers; it is kept. Raises ReasonMissing, WrongStep, ChangedMeanwhile."""
    if not reason.strip():
        raise ReasonMissing
    with transaction.atomic():
        row = _locked(article, seen)
        if row.status == Status.RETIRED:
            raise _wrong(row)
        row.status, row.pending, row.pending_at = Status.RETIRED, None, None
        row.doubt, row.doubted_at = "", None
        row.save()
        _step(row, Step.RETIRED, by, now, reason)
        put_entry(row)
        put_article(row)
        return row


def transfer(
    *, keys: Sequence[str], from_id: int, to_id: int, by: User | None, now: datetime
) -> int:
    """Give a leaver's articles to an heir (manifest `transfer`)."""
    rows = Article.objects.filter(pk__in=[int(key) for key in keys], owner_id=from_id)
    return rows.update(owner_id=to_id)


def waiting(row: Article) -> bool:
    """Whether somebody else has to look at it."""
    submitted = row.pending_at is not None
    return is_waiting(row.status, pending=row.pending_id is not None, submitted=submitted)


def _complete(content: Content) -> None:
    if not content.title.strip():
        raise WordsMissing(what=words.TITLE)
    if not content.audiences:
        raise WordsMissing(what=words.READERS)
    if not content.body.strip() and not content.remedy.strip():
        raise WordsMissing(what=words.BODY)
    if content.kind == Kind.CASE and not content.symptom.strip():
        raise WordsMissing(what=words.SYMPTOM)


def _check_review_on(review_on: date | None, now: datetime) -> None:
    if review_on is not None and review_on <= timezone.localdate(now):
        raise ReviewDatePast


def _locked(article: Article, seen: str | None = None) -> Article:
    row = Article.objects.select_for_update(of=("self",)).select_related("pending").get(pk=article.pk)  # fmt: skip
    if seen is not None and row.mark != seen:
        raise ChangedMeanwhile
    return row


def _values(content: Content) -> dict[str, Any]:
    clean = replace(content, title=content.title.strip(), part=content.part.strip(), symptom=content.symptom.strip())  # fmt: skip
    values = {name: getattr(clean, name) for name in FIELDS}
    values["code_keys"] = [code_key(each) for each in clean.codes]
    return {name: list(v) if isinstance(v, tuple) else v for name, v in values.items()}


def _version(
    article: Article, content: Content, by: User | None, now: datetime, note: str = ""
) -> ArticleVersion:
    return ArticleVersion.objects.create(
        article=article,
        number=article.version,
        said=asdict(content),
        note=note[:200],
        at=now,
        by=by,
    )


def _step(article: Article, what: Step, by: User | None, now: datetime, text: str = "") -> None:
    ArticleStep.objects.create(
        article=article, what=what, version=article.version, text=text.strip()[:500], at=now, by=by
    )


def _wrong(row: Article) -> WrongStep:
    return WrongStep(state=words.title(words.STATUS, row.status))


def _tell(row: Article, by: User, now: datetime, *, upgraded: bool) -> None:
    kind = TOLD_AS.get(Kind(row.kind))
    if kind is None:
        return
    edition = f"{row.number} v{row.version}"
    outside = {Audience.CUSTOMER, Audience.PUBLIC} & set(row.audiences)
    audience = "CUSTOMERS" if outside else "STAFF"
    data = {"edition": edition, "kind": kind, "audience": audience}
    tell("document.published", at=now, now=now, by=by, subjects={}, data=data)
    if kind != "MANUAL" or not upgraded or audience != "CUSTOMERS":
        return
    used = (
        Asset.objects.at_customers()
        .filter(model__code__in=row.model_codes)
        .order_by("customer_id", "model__code")
    )
    for customer, model in used.values_list("customer_id", "model__code").distinct():
        tell(
            "manual.upgraded", at=now, now=now, by=by, subjects={"customer": customer},
            data={"edition": f"{edition} {model}", "model": model, "safety": row.safety},
        )  # fmt: skip


def _discharge_update(row: Article, by: User, now: datetime) -> None:
    """The duty to write down what the ticket taught is done by publishing."""
    if not row.ticket:
        return
    of_ticket = Q(match__ticket=row.ticket) | Q(cause__data__fact__ticket=row.ticket)
    duties = Obligation.objects.filter(of_ticket, kind="knowledge.update", state__in=LIVE)
    if ids := list(duties.values_list("pk", flat=True)):
        proof = Proof("publication", text=f"{row.number} {row.title}")
        # Who may not discharge it may still publish; the duty then stays open for its owner.
        with suppress(Refusal), transaction.atomic():
            obligations.discharge(
                obligation_ids=ids, by=row.author or by, now=now, at=now, evidence=[proof]
            )
