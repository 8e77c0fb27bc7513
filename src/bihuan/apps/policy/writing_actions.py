"""Writing a pack from a regulation: hand it in, decide clause by clause, make a draft of it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime

from django.db import transaction
from django.db.models import F
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from bihuan.apps.policy import actions, writing_queries
from bihuan.apps.policy.enums import Carrying
from bihuan.apps.policy.models import PackVersion, Writing, WritingClause
from bihuan.apps.policy.writing_child import blocks_of
from bihuan.base.access.models import User
from bihuan.base.audit import actions as audit
from bihuan.base.errors import BadInput, ChangedMeanwhile, Refusal
from bihuan.base.vocabulary import vocabulary
from bihuan.lib.policy import Pack, PackErrors
from bihuan.lib.policy.bundle import BadBundle, unzipped, verified
from bihuan.lib.policy.writing import (
    Chosen,
    Head,
    Template,
    Unreadable,
    faults_of,
    from_template,
    outline,
    pack_files,
    unread,
)  # fmt: skip

CARRIED = {
    Carrying.OPEN: "not_yet", Carrying.RULE: "rule", Carrying.MANUAL: "manual",
    Carrying.PRINCIPLE: "principle", Carrying.NOT_YET: "not_yet",
}  # fmt: skip


class NothingAbove(Refusal):
    code = "writing_nothing_above"
    message = _("这是第一条，上面没有可以并入的条文。")


class NothingDecided(Refusal):
    code = "writing_nothing_decided"
    message = _("还没有决定任何一条。请先确认至少一条，再生成草稿。")


def begin(*, raw: bytes, name: str, by: User | None, now: datetime) -> Writing:
    """Take a regulation apart. Raises BadInput with one sentence; then nothing is kept."""
    try:
        blocks = blocks_of(raw)
        found = outline(blocks)
    except Unreadable as refused:
        raise BadInput({"file": refused.sentence(_lang())}) from refused
    if not found.articles:
        raise BadInput({"file": Unreadable("empty").sentence(_lang())})
    with transaction.atomic():
        row = Writing.objects.create(
            title=(found.title or name.rsplit(".", 1)[0])[:120], source_name=name[:200],
            source_hash=hashlib.sha256(raw).hexdigest(), made_at=now, made_by=by,
            unread=unread(blocks), chapters=[[heading.number, heading.title] for heading in found.chapters],
        )  # fmt: skip
        WritingClause.objects.bulk_create(
            WritingClause(
                writing=row, place=place, chapter=each.chapter, code=each.id[:60],
                number=each.number[:60], printed=each.printed[:60], title=each.title[:120],
                text=each.text, lead=each.lead,
            )
            for place, each in enumerate(found.articles, 1)
        )  # fmt: skip
        audit.log(
            "policy.writing", by=by, now=now, thing=row,
            after={"source": row.source_hash, "clauses": len(found.articles)},
        )  # fmt: skip
    return row


def decide(
    *, clause: WritingClause, revision: int, carrying: Carrying, rules: Sequence[Chosen],
    by: User | None, now: datetime,
) -> None:  # fmt: skip
    """Decide how a clause is carried; by a rule, with the rules as they are confirmed.

    Raises BadInput where a value cannot be read, ChangedMeanwhile when somebody was first.
    """
    kept = tuple(rules) if carrying is Carrying.RULE else ()
    if carrying is Carrying.RULE:
        if not kept:
            raise BadInput({"": str(_("没有保留任何规则。请勾选一条，或者选别的落实方式。"))})
        article = writing_queries.article_of(clause)
        tiers = writing_queries.tiers(clause.writing_id)
        if faults := faults_of(kept, article, tiers, vocabulary()):
            raise BadInput({str(at): words.of(_lang()) for at, words in enumerate(faults)})
    _change(
        clause, revision, carrying=carrying, rules=[asdict(each) for each in kept], decided_at=now,
        decided_by=by,
    )  # fmt: skip


def amend(
    *, clause: WritingClause, revision: int, title: str, text: str, by: User | None, now: datetime
) -> None:
    """Correct what was read wrongly. The clause must be decided anew. Raises BadInput."""
    if not title.strip() or not text.strip():
        raise BadInput({"text": str(_("标题和条文都要写。不属于制度的，请选“不是条文”。"))})
    _change(
        clause, revision, title=title.strip()[:120], text=text.strip(), carrying=Carrying.OPEN, rules=[],
        decided_at=None, decided_by=None,
    )  # fmt: skip


def join(*, clause: WritingClause, revision: int, by: User | None, now: datetime) -> WritingClause:
    """Put a clause's text behind that of the clause above; raises NothingAbove."""
    with transaction.atomic():
        rows = WritingClause.objects.select_for_update().filter(writing=clause.writing_id)
        above = rows.filter(place__lt=clause.place).order_by("-place").first()
        if above is None:
            raise NothingAbove
        took, _rows = rows.filter(pk=clause.pk, revision=revision).delete()
        if not took:
            raise ChangedMeanwhile
        lead = (
            f"{clause.title}：" if clause.title and not clause.text.startswith(clause.title) else ""
        )
        rows.filter(pk=above.pk).update(
            text=above.text + lead + clause.text, carrying=Carrying.OPEN, rules=[], decided_at=None,
            decided_by=None, revision=F("revision") + 1,
        )  # fmt: skip
    return above


def make_draft(
    *,
    writing: Writing,
    code: str,
    title: str,
    version: str,
    from_: date,
    by: User | None,
    now: datetime,
) -> PackVersion:
    """Make a draft of what is decided; clauses left open are in it as not carried yet.

    Raises NothingDecided, BadInput, and what `policy.actions.draft` raises.
    """
    decided = writing_queries.decided(writing, CARRIED)
    if all(each.carried == "not_yet" for each in decided):
        raise NothingDecided
    head = Head(code, title, version, from_)
    tiers = writing_queries.tiers(writing.pk)
    try:
        files = pack_files(head, writing_queries.headings(writing), decided, tiers, vocabulary())
    except PackErrors as errors:
        raise BadInput(
            {str(at): p.sentence(_lang()) for at, p in enumerate(errors.problems)}
        ) from errors
    with transaction.atomic():
        decided_by = writing.clauses.exclude(decided_by=None).values_list("decided_by", flat=True)
        row = actions.draft(files=files, by=by, now=now, authors=decided_by)
        Writing.objects.filter(pk=writing.pk).update(draft=row)
    return row


def from_shipped(*, base: Pack, template: Template, by: User | None, now: datetime) -> PackVersion:
    """Make a draft from a shipped pack. Raises what `policy.actions.draft` raises."""
    return actions.draft(files=from_template(base, template), by=by, now=now)


def bring_bundle(*, raw: bytes, by: User | None, now: datetime) -> tuple[PackVersion, str]:
    """Keep a ZIP of a pack as a draft; with it, who approved it by a signature that holds.

    Raises BadInput for what cannot be read or was changed after its approval, and what
    `policy.actions.draft` raises.
    """
    try:
        files, signature = unzipped(raw)
        approver = verified(files, signature).statement.approver if signature else ""
    except BadBundle as bad:
        raise BadInput({"folder": bad.sentence(_lang())}) from bad
    return actions.draft(files=files, by=by, now=now), approver


def discard(*, writing: Writing, by: User | None, now: datetime) -> None:
    """Throw a writing away; a draft that was made of it stays."""
    with transaction.atomic():
        audit.log(
            "policy.writing_discarded",
            by=by,
            now=now,
            thing=writing,
            before={"title": writing.title},
        )
        writing.delete()


def _change(clause: WritingClause, revision: int, **values: object) -> None:
    took = WritingClause.objects.filter(pk=clause.pk, revision=revision).update(
        revision=F("revision") + 1, **values
    )
    if not took:
        raise ChangedMeanwhile


def _lang() -> str:
    return "en" if (get_language() or "").startswith("en") else "zh"
