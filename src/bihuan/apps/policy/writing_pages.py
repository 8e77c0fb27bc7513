"""The pages of writing a pack as plain values: marked words, fields with what they were read from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.forms import BoundField
from django.http import QueryDict
from django.utils.translation import gettext as _

from bihuan.apps.policy.enums import Carrying
from bihuan.apps.policy.models import Writing, WritingClause
from bihuan.apps.policy.writing_forms import (
    FIELDS,
    NAMES,
    RuleForm,
    carrying_words,
    initial_of,
)  # fmt: skip
from bihuan.apps.policy.writing_queries import chosen_of, clauses, headings, proposals, tiers_of
from bihuan.base.texts import in_a_row
from bihuan.lib.policy.writing import Chosen, Proposal, Said, Tier

_ICONS = {
    Carrying.OPEN: "", Carrying.RULE: "green", Carrying.MANUAL: "blue", Carrying.PRINCIPLE: "grey",
    Carrying.NOT_YET: "orange", Carrying.DROPPED: "grey",
}  # fmt: skip


@dataclass(frozen=True)
class FieldRow:
    """One field of a proposed rule with the words it was read from."""

    field: BoundField
    said: str
    open: bool
    folded: str = ""


@dataclass(frozen=True)
class RuleCard:
    """One proposed or confirmed rule."""

    form: RuleForm
    kind_words: str
    rows: Sequence[FieldRow]
    notes: Sequence[str]


def left(writing: Writing, rows: Sequence[WritingClause], code: str) -> list[dict[str, Any]]:
    """The regulation chapter by chapter, each clause with its state."""
    words = carrying_words()
    titles = {heading.number: heading.title for heading in headings(writing)}
    found: list[dict[str, Any]] = []
    for row in rows:
        if not found or found[-1]["number"] != row.chapter:
            title = titles.get(row.chapter, "")
            found.append({"number": row.chapter, "title": title, "clauses": []})
        carrying = Carrying(row.carrying)
        found[-1]["clauses"].append(
            {"row": row, "words": words[carrying], "colour": _ICONS[carrying], "current": row.code == code,
             "point": row.number.partition("·")[2] or row.number}
        )  # fmt: skip
    return found


def counts(rows: Sequence[WritingClause]) -> dict[str, int]:
    """How far the writing is."""
    open_ = sum(1 for row in rows if row.carrying == Carrying.OPEN)
    rules = sum(len(row.rules) for row in rows)
    return {"total": len(rows), "open": open_, "decided": len(rows) - open_, "rules": rules}


def next_open(rows: Sequence[WritingClause], after: int) -> WritingClause | None:
    """The next clause that nobody decided, from a place on, else from the beginning."""
    waiting = [row for row in rows if row.carrying == Carrying.OPEN]
    return next((row for row in waiting if row.place > after), waiting[0] if waiting else None)


def cards(
    row: WritingClause, rows: Sequence[WritingClause], data: QueryDict | None, lang: str
) -> list[RuleCard]:
    """The rules of a clause: as somebody just sent them, as confirmed, or as proposed."""
    known = tiers_of(rows)
    read = proposals(row, known)
    if data is not None:
        return [_bound(data, place, read, known, lang) for place in range(_sent(data))]
    kept = chosen_of(row) if row.carrying == Carrying.RULE else ()
    shown: Sequence[Proposal | Chosen] = kept or read
    return [
        _card(
            RuleForm(
                prefix=f"r{place}", initial=initial_of(rule, lang), kind=rule.kind, tiers=known, lang=lang
            ),
            rule.kind, rule if isinstance(rule, Proposal) else _like(rule, read),
        )
        for place, rule in enumerate(shown)
    ]  # fmt: skip


def blank(kind: str, place: int, rows: Sequence[WritingClause], lang: str) -> RuleCard:
    """An empty rule that somebody adds."""
    initial = {"use": True, "kind": kind}
    form = RuleForm(prefix=f"r{place}", initial=initial, kind=kind, tiers=tiers_of(rows), lang=lang)
    return _card(form, kind, None)


def _sent(data: QueryDict) -> int:
    return next((n for n in range(40) if f"r{n}-kind" not in data), 40)


def _bound(
    data: QueryDict, place: int, read: Sequence[Proposal], known: Sequence[Tier], lang: str
) -> RuleCard:
    kind = data.get(f"r{place}-kind", "")
    kind = kind if kind in FIELDS else "event"
    form = RuleForm(data, prefix=f"r{place}", kind=kind, tiers=known, lang=lang)
    form.is_valid()
    said = form.cleaned_data
    return _card(form, kind, _like(Chosen(kind, "", {k: str(v) for k, v in said.items()}), read))


def _like(rule: Chosen, read: Sequence[Proposal]) -> Proposal | None:
    """The proposal that a confirmed rule came from: the one that shares most with it."""
    same = [each for each in read if each.kind == rule.kind]
    score = {
        id(p): sum(1 for n, s in p.values.items() if rule.values.get(n) == s.value) for p in same
    }
    best = max(same, key=lambda each: score[id(each)], default=None)
    return best if best is not None and score[id(best)] else None


def _card(form: RuleForm, kind: str, proposal: Proposal | None) -> RuleCard:
    rows = []
    for name in FIELDS[kind]:
        if name not in form.fields or name == "title":
            continue
        theirs = NAMES.get(name, name)
        said = proposal.values.get(theirs) if proposal is not None else None
        missing = proposal is not None and theirs in proposal.open
        rows.append(
            FieldRow(form[name], _origin(said), missing, _folded(form) if name == "proved" else "")
        )
    words = {"event": _("有事就办"), "cadence": _("按周期办"), "target": _("要达到的数")}
    return RuleCard(form, words[kind], rows, proposal.notes if proposal is not None else ())


def _folded(form: RuleForm) -> str:
    """The proofs that are ticked, in words; none: what the duty itself asks for."""
    ticked = form["proved"].value() or ()
    named = [str(words) for code, words in form.fields["proved"].choices if code in ticked]  # type: ignore[attr-defined]
    return in_a_row(named) if named else _("按义务默认的凭证")


def _origin(said: Said | None) -> str:
    """Where a value was read, in words."""
    if said is None or (said.where == "usage" and not said.quote):
        return ""
    words = {
        "text": _("读自“%(quote)s”"), "title": _("读自标题“%(quote)s”"), "lead": _("读自上文“%(quote)s”"),
        "usage": _("由“%(quote)s”推得"),
    }  # fmt: skip
    return words[said.where] % {"quote": said.quote}


def marked(row: WritingClause, rows: Sequence[WritingClause]) -> list[tuple[str, bool]]:
    """The text of a clause in pieces; those that something was read from are marked."""
    spots: set[int] = set()
    for proposal in proposals(row, tiers_of(rows)):
        for said in proposal.values.values():
            if said.where == "text" and said.start >= 0:
                spots.update(range(said.start, said.start + len(said.quote)))
    pieces: list[tuple[str, bool]] = []
    for at, sign in enumerate(row.text):
        mark = at in spots
        if pieces and pieces[-1][1] == mark:
            pieces[-1] = (pieces[-1][0] + sign, mark)
        else:
            pieces.append((sign, mark))
    return pieces


def all_rows(writing: Writing) -> list[WritingClause]:
    return clauses(writing)


def options(current: str) -> list[Mapping[str, Any]]:
    """How a clause may be carried, for the buttons."""
    return [
        {"value": each.value, "words": words, "chosen": each == current}
        for each, words in carrying_words().items()
        if each not in (Carrying.OPEN, Carrying.RULE)
    ]
