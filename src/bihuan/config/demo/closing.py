"""Duties that are carried out and confirmed: the deeds of a day brought in together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bihuan.apps.obligations import actions as obligations
from bihuan.apps.obligations.acts import Proof
from bihuan.apps.obligations.enums import LIVE, State, Verifier
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.obligations.together import Done, Said, discharge_each, verify_each
from bihuan.config.demo.notebook import Planned
from bihuan.config.demo.proofs import proofs_of
from bihuan.config.demo.stage import Stage


def discharge(stage: Stage, rows: Sequence[Planned], now: datetime) -> None:
    """Whoever answers for a duty has done it; what somebody else had done already is left."""
    ids = [row.about["id"] for row in rows]
    found = Obligation.objects.filter(pk__in=ids, state__in=LIVE)
    assignees = dict(found.values_list("pk", "assignee_id"))
    deeds = [
        Done(
            row.about["id"],
            stage.by_pk.get(assignees[row.about["id"]] or 0),
            row.at,
            [Proof(kind, text) for kind, text in row.about["proofs"]],
        )
        for row in rows
        if row.about["id"] in assignees
    ]
    if deeds:
        refused = discharge_each(deeds, now=now).refused
        _count(stage, "discharge", refused)
        for pk in refused:
            hand_on(stage, pk, now)


def hand_on(stage: Stage, pk: int, at: datetime) -> None:
    """Who had a hand in the matter may not carry out a duty that asks for somebody independent."""
    if "independent" in Obligation.objects.values_list("needs", flat=True).get(pk=pk):
        stage.book.plan(stage.chance.after(at, (0.3, 2)), "pass_on", id=pk)


def pass_on(stage: Stage, row: Planned, now: datetime) -> None:
    """A colleague who had no hand in it takes the duty over and carries it out."""
    duty = Obligation.objects.filter(pk=row.about["id"], state__in=LIVE).first()
    if duty is None:
        return
    others = [stage.who("callback_agent", 1), stage.who("quality_engineer"), stage.who("auditor")]
    free = [each for each in others if each.pk != duty.assignee_id]
    to = free[stage.book.number("passed_on") % len(free)]
    reason = "经手过这件事，请没有经手的同事来办。"
    obligations.assign(obligation_id=duty.pk, to=to, by=duty.assignee, now=now, reason=reason)
    at = stage.chance.at_work(stage.calendar, stage.chance.after(now, (0.5, 4)))
    stage.book.plan(at, "discharge", id=duty.pk, proofs=proofs_of(stage, duty))


def verify(stage: Stage, rows: Sequence[Planned], now: datetime) -> None:
    """The customer, or somebody independent, was asked; a few say no."""
    ids = [row.about["id"] for row in rows]
    found = Obligation.objects.filter(pk__in=ids, state=State.DISCHARGED, verifier__isnull=False)
    known = {
        pk: (who, rule)
        for pk, who, rule in found.values_list("pk", "verifier_id", "verified_by_rule")
    }
    words = []
    for row in rows:
        pk, good = row.about["id"], bool(row.about["ok"])
        if pk not in known:
            continue
        who, rule = known[pk]
        note = stage.chance.pick(stage.maker.names["verdicts" if good else "refusals"])
        words.append(Said(pk, stage.by_pk[who], row.at, Verifier(rule), good, note))
        if not good:
            _again(stage, row)
    if words:
        _count(stage, "verify", verify_each(words, now=now).refused)


def _again(stage: Stage, row: Planned) -> None:
    """It is done once more, and asked once more."""
    about = row.about
    proofs = [[kind, "按客户意见重做，已复查。"] for kind in about["proofs"]]
    stage.book.plan(stage.chance.after(row.at, (6, 30)), "discharge", id=about["id"], proofs=proofs)
    asked = stage.chance.after(row.at, (40, 90))
    stage.book.plan(asked, "verify", id=about["id"], ok=True, proofs=about["proofs"])


def _count(stage: Stage, deed: str, refused: dict[int, str]) -> None:
    for _ in refused:
        stage.book.number(f"refused.{deed}")
