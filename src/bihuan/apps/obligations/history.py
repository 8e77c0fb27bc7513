"""What happened to one obligation, newest first, and the steps of its loop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from bihuan.apps.obligations.acts import PREFIX
from bihuan.apps.obligations.enums import DONE, State, Verb, Verifier
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.obligations.words import (
    change_word,
    fact_word,
    moved_words,
    note_word,
    role_word,
    said,
    verb_word,
    void_word,
    waive_word,
)  # fmt: skip
from bihuan.base.facts.models import Fact
from bihuan.base.prepared import planned
from bihuan.base.texts import in_a_row
from bihuan.base.ui.marks import when

LOOKS = {
    "discharged": ("check", "green"), "verified": ("circle-check", "green"),
    "rejected": ("arrow-back-up", "red"), "waived": ("ban", ""), "void": ("circle-minus", ""),
    "paused": ("player-pause", ""), "resumed": ("player-play", "blue"), "assigned": ("transfer", ""),
    "noted": ("note", ""), "restored": ("arrow-back-up", "blue"),
}  # fmt: skip


def of_facts(facts: Sequence[Fact]) -> dict[int, dict[str, Any]]:
    """Which obligation each of these facts is about, and what became of it in a word."""
    uids = {str(fact.own().get("obligation", "")) for fact in facts}
    known = {str(row.uid): row for row in _named([UUID(uid) for uid in uids if uid])}
    found: dict[int, dict[str, Any]] = {}
    for fact in facts:
        own = fact.own()
        ob = known.get(str(own.get("obligation")))
        if ob is not None:
            found[fact.pk] = {"ob": ob, "title": said(ob.title), "word": _outcome(fact, own)}
    return found


@planned
def _named(uids: list[UUID]) -> QuerySet[Obligation]:
    rows = Obligation.objects.filter(uid__among=uids)
    return rows.only("pk", "uid", "title", "clause", "clause_number")


def _outcome(fact: Fact, own: Mapping[str, Any]) -> str:
    """What the kind of fact does not say by itself."""
    if fact.kind == f"{PREFIX}discharged" and own.get("late"):
        return _("逾期")
    if fact.kind == f"{PREFIX}escalated":
        return _("责任人") if own["to"] == "assignee" else role_word(str(own["to"]))
    return ""


def history(ob: Obligation) -> list[dict[str, Any]]:
    """Entries of the timeline."""
    found: list[dict[str, Any]] = [
        {
            "at": ob.cause_at, "icon": "bolt", "tone": "blue", "subject": fact_word(ob.cause_kind),
            "clause_number": ob.clause_number, "clause_id": ob.clause, "text": _("由此产生这条义务"),
        }
    ]  # fmt: skip
    acts = list(ob.acts.select_related("by", "fact"))
    for act in acts:
        icon, tone = LOOKS[act.verb]
        because = "" if act.fact.kind.startswith(PREFIX) else fact_word(act.fact.kind)
        if act.verb == Verb.WAIVED and ob.closed_reason:
            because = waive_word(ob.closed_reason)
        found.append(
            {
                "at": act.at, "icon": icon, "tone": tone, "note": note_word(act.note),
                "text": _with_entry(because, act.fact),
                "subject": f"{verb_word(act.verb)} · {act.by.name if act.by else _('系统')}",
            }
        )  # fmt: skip
    for step in ob.escalations.select_related("told"):
        told = step.told.name if step.told else role_word(step.role)
        found.append(
            {
                "at": step.planned_at, "icon": "flag", "tone": "orange",
                "subject": _("已提醒 %(who)s") % {"who": told},
            }
        )  # fmt: skip
    found += [
        {
            "at": change.at, "icon": "calendar-clock", "subject": change_word(change.why),
            "text": moved_words(change),
        }
        for change in ob.due_changes.all()
    ]  # fmt: skip
    found += _by_the_engine(ob)
    if ob.superseded_by is not None:
        other = ob.superseded_by
        gone = max((act.at for act in acts if act.verb == Verb.VOID), default=other.cause_at)
        found.append(
            {
                "at": gone, "icon": "circle-minus", "subject": void_word(ob.closed_reason),
                "text": other.number,
            }
        )  # fmt: skip
    return sorted(found, key=lambda entry: entry["at"], reverse=True)


def _with_entry(text: str, fact: Fact) -> str:
    """The words, and on which later day it was entered: the time itself is what somebody said."""
    entered = timezone.localdate(fact.told_at)
    if entered <= timezone.localdate(fact.at):
        return text
    late = _("%(day)s 才登记") % {"day": entered.isoformat()}
    return in_a_row([text, late]) if text else late


def _by_the_engine(ob: Obligation) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    if ob.settled_by is not None:
        found.append(
            {
                "at": ob.discharged_at, "icon": "check", "tone": "green",
                "subject": _("由事实办结"), "text": _with_entry(fact_word(ob.settled_by.kind), ob.settled_by),
            }
        )  # fmt: skip
    if ob.fell_due_at is not None:
        found.append(
            {
                "at": ob.fell_due_at,
                "icon": "alert-circle",
                "tone": "red",
                "subject": _("到期未办结"),
            }
        )
    return found


def steps(ob: Obligation) -> list[dict[str, Any]]:
    """Fact, obligation, evidence, verification, closed: what is done and what is next."""
    done = ob.state in DONE
    asked = ob.verified_by_rule != Verifier.NONE
    closed = ob.state == State.VERIFIED or (ob.state == State.DISCHARGED and not asked)
    gone = ob.state in (State.VOID, State.WAIVED)
    found = [
        _step(_("事实"), "done", ob.cause_at),
        _step(_("义务"), "done", ob.opens_at),
        _step(_("证据"), "done" if done else "future" if gone else "current", ob.discharged_at),
    ]
    if asked:
        verified = "done" if closed else "current" if done else "future"
        found.append(_step(_("核实"), verified, ob.verified_at))
    found.append(
        _step(
            _("闭环"),
            "done" if closed else "future",
            ob.verified_at or ob.discharged_at if closed else None,
        )
    )
    return found


def _step(title: str, state: str, at: datetime | None) -> dict[str, Any]:
    return {"title": title, "state": state, "note": when(at) if at and state == "done" else ""}
