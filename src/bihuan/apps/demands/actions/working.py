"""What was accepted is proposed, planned with the customer, carried out; the customer is told and
has the last word.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.db.models import F
from django.utils.translation import override

from bihuan.apps.callbacks.actions import touches
from bihuan.apps.callbacks.enums import TouchKind
from bihuan.apps.customers.models import Contact
from bihuan.apps.demands.actions.common import discharge, duties, link, move, say, write
from bihuan.apps.demands.enums import Channel, Deed, State
from bihuan.apps.demands.models import Demand, Step
from bihuan.apps.demands.refusals import (
    CustomerWordMissing,
    NoMailAddress,
    NotByTeller,
    NotToldYet,
    PlanAnswered,
    PlanNotConfirmed,
    ProposalMissing,
    ProposalReplaced,
    TellingUnproven,
    WordsMissing,
)  # fmt: skip
from bihuan.apps.demands.rules import after_no, proves
from bihuan.apps.obligations import actions as obligations
from bihuan.apps.obligations.actions import Proof
from bihuan.apps.obligations.enums import LIVE, Verifier
from bihuan.apps.obligations.enums import State as Duty
from bihuan.apps.tickets.doors.mail_out import mailbox
from bihuan.base.access.models import User
from bihuan.base.notify.actions import tell as notify
from bihuan.base.notify.actions import write_mail

GOAL = "demand.classified"
"""A duty that this fact brought has the customer confirm what he wants, before any proposal."""
FOR_CUSTOMER = "for_customer"
"""Marks the step of a proposal whose file the customer may read."""
UNTOLD: dict[str, Any] = {"told_at": None, "answered_at": None, "satisfied": None}


def propose(
    *, demand: Demand, text: str, by: User, now: datetime, file_id: int | None = None,
    for_customer: bool = False,
) -> Demand:  # fmt: skip
    """Put forward how it could be done. A new proposal needs the customer's yes anew.
    `for_customer`: he may read the file, too, where he is asked for his answer.

    Raises WordsMissing, WrongStep.
    """
    if not text.strip():
        raise WordsMissing
    with transaction.atomic():
        move(demand, Deed.PROPOSED, proposed_at=demand.proposed_at or now, plan_confirmed_at=None)
        shown = {FOR_CUSTOMER: True} if for_customer and file_id is not None else {}
        step = write(demand, Deed.PROPOSED, at=now, by=by, text=text, file_id=file_id, data=shown)
        proof = Proof("proposal", text.strip(), file_id, link(demand))
        discharge(demand, "demand.propose", by, now, [proof])
        say(demand, "demand.proposed", step, now=now, by=by, kind=demand.kind)
        return demand


def confirm_plan(
    *, demand: Demand, answer: str, by: User | None, now: datetime, file_id: int | None = None
) -> Demand:
    """The customer agreed to the plan, in his words; with a signed copy where there is one. His
    silence is no yes. Nobody's hand (`by` None) is his own, and verifies the duty with it.

    Raises CustomerWordMissing, ProposalMissing, WrongStep.
    """
    if not answer.strip():
        raise CustomerWordMissing
    goal = duties(demand).filter(kind="demand.confirm_plan", cause_kind=GOAL, state__in=LIVE)
    if demand.proposed_at is None and not goal.exists():
        raise ProposalMissing
    with transaction.atomic():
        move(demand, Deed.PLAN_CONFIRMED, where={"plan_confirmed_at": None}, plan_confirmed_at=now)
        step = write(demand, Deed.PLAN_CONFIRMED, at=now, by=by, text=answer, file_id=file_id)
        proofs = [Proof("customer_reply", answer.strip(), link=link(demand))]
        if file_id is not None:
            proofs.append(Proof("signature", file_id=file_id, link=link(demand)))
        discharge(demand, "demand.confirm_plan", by, now, proofs)
        if by is None:
            done = duties(demand).filter(kind="demand.confirm_plan", state=Duty.DISCHARGED)
            for row in done.filter(verified_by_rule=Verifier.CUSTOMER):
                obligations.verify(
                    obligation_id=row.pk, by=None, now=now, how=Verifier.CUSTOMER, satisfied=True,
                    note=answer.strip(),
                )  # fmt: skip
        say(demand, "demand.plan_confirmed", step, now=now, by=by)
        return demand


def refuse_plan(*, demand: Demand, answer: str, by: User | None, now: datetime) -> Demand:
    """The customer does not want it like this, in his words: the duty to propose is open again on
    its old clock, and whoever owns the demand hears it.

    Raises CustomerWordMissing, ProposalMissing, WrongStep.
    """
    if not answer.strip():
        raise CustomerWordMissing
    if demand.proposed_at is None:
        raise ProposalMissing
    with transaction.atomic():
        move(demand, Deed.PLAN_REFUSED, where={"plan_confirmed_at": None})
        step = write(demand, Deed.PLAN_REFUSED, at=now, by=by, text=answer)
        for row in duties(demand).filter(kind="demand.propose", state=Duty.DISCHARGED):
            obligations.take_back(obligation_id=row.pk, by=by, now=now, reason=answer)
        say(demand, "demand.plan_refused", step, now=now, by=by)
        if demand.owner is not None:
            notify(
                to=[demand.owner], kind="demand.plan_refused", now=now, key=f"{demand.pk}:{step.pk}",
                title={"zh": f"{demand.number} 的方案客户不同意", "en": f"The plan of {demand.number} was refused"},
                text=answer.strip(), url=link(demand),
            )  # fmt: skip
        return demand


def must_wait(*, demand: Demand, proposal: Step) -> None:
    """Whether this proposal (of a locked demand) still waits for its one answer.

    Raises ProposalReplaced, PlanAnswered.
    """
    later = demand.steps.filter(pk__gt=proposal.pk)
    if later.filter(deed__in=(Deed.PLAN_CONFIRMED, Deed.PLAN_REFUSED)).exists():
        raise PlanAnswered
    if later.filter(deed=Deed.PROPOSED).exists():
        raise ProposalReplaced


def deliver(
    *, demand: Demand, text: str, by: User | None, now: datetime, file_id: int | None = None
) -> Demand:
    """It was carried out. Demands that went with it are carried out by it too, and each of their
    customers is to be told.

    Raises WordsMissing, PlanNotConfirmed, WrongStep.
    """
    if not text.strip():
        raise WordsMissing
    if demand.proposed_at is not None and demand.plan_confirmed_at is None:
        raise PlanNotConfirmed
    with transaction.atomic():
        move(demand, Deed.DELIVERED, state=State.DELIVERED, delivered_at=now, **UNTOLD)
        _delivered(demand, text, by, now, file_id)
        for other in demand.merged.filter(state=State.MERGED).select_for_update().order_by("pk"):
            Demand.objects.filter(pk=other.pk).update(
                state=State.DELIVERED, delivered_at=now, version=F("version") + 1, **UNTOLD
            )
            other.refresh_from_db()
            _delivered(other, text, by, now, file_id)
        return demand


def _delivered(
    demand: Demand, text: str, by: User | None, now: datetime, file_id: int | None
) -> None:
    step = write(demand, Deed.DELIVERED, at=now, by=by, text=text, file_id=file_id)
    say(demand, "demand.delivered", step, now=now, by=by, kind=demand.kind)


def tell_customer(
    *, demand: Demand, text: str, channel: str, by: User, now: datetime, said: str = "",
    contact: Contact | None = None, file_id: int | None = None,
) -> Demand:  # fmt: skip
    """Tell the customer what became of it. By mail it is sent from here; by other ways it is
    written down with what proves it: a receipt, a recording, or what the customer said.

    Raises WordsMissing, TellingUnproven, NoMailAddress, WrongStep.
    """
    if not text.strip():
        raise WordsMissing
    kinds = proves(channel, recording=file_id is not None, said=said)
    if not kinds:
        raise TellingUnproven
    contact = contact or demand.contact
    with transaction.atomic():
        move(demand, Deed.TOLD, where={"told_at": None}, told_at=now)
        mailed = channel == Channel.EMAIL and mail(demand, contact, text, now)
        step = write(
            demand, Deed.TOLD, at=now, by=by, text=text, channel=Channel(channel), file_id=file_id,
            mailed=mailed, data={"said": said.strip(), "contact": contact.name if contact else ""},
        )  # fmt: skip
        proofs = [
            Proof(
                kind, text=said.strip() if kind == "customer_reply" else text.strip(),
                file_id=file_id if kind == "recording" else None, link=link(demand),
            )
            for kind in kinds
        ]  # fmt: skip
        discharge(demand, "demand.feedback", by, now, proofs)
        say(demand, "demand.fed_back", step, now=now, by=by)
        touches.note(
            customer_id=demand.customer_id, contact_id=contact.pk if contact else None,
            kind=TouchKind.NOTICE, at=now, key=f"demand:{demand.pk}:{step.pk}", by=by, channel=channel,
            care=False,
        )  # fmt: skip
        return demand


def mail(demand: Demand, contact: Contact | None, text: str, now: datetime) -> bool:
    """Send it; False while no mailbox is set up (it was sent by other means)."""
    box = mailbox()
    if box is None:
        return False
    if contact is None or not contact.email:
        raise NoMailAddress
    name = uuid4().hex
    with override("zh-hans"):
        write_mail(
            to=contact.email, sender=box.address, subject=f"[{demand.number}] {demand.text[:60]}".strip(),
            text=text.strip(), now=now, message_id=name,
            headers={
                "Message-ID": f"<{name}@{box.address.partition('@')[2]}>", "Reply-To": box.address,
            },
        )  # fmt: skip
    return True


def answered(*, demand: Demand, satisfied: bool, words: str, by: User, now: datetime) -> Demand:
    """The customer's own word on the outcome, written down by somebody who neither carried it out
    nor told him. A no opens it again, and the duty to tell him on its old clock.

    Raises CustomerWordMissing, NotToldYet, NotByTeller, WrongStep and what `obligations.verify`
    refuses.
    """
    if not words.strip():
        raise CustomerWordMissing
    if demand.told_at is None:
        raise NotToldYet
    hands = demand.steps.filter(deed__in=(Deed.DELIVERED, Deed.TOLD), by=by)
    if hands.exists():
        raise NotByTeller(who=by.name)
    deed = Deed.CONTENT if satisfied else Deed.NOT_CONTENT
    changes: dict[str, Any] = {"answered_at": now, "satisfied": satisfied}
    if not satisfied:
        changes = UNTOLD | {
            "state": after_no(State(demand.state)), "reopened": F("reopened") + 1,
            "merged_into": None, "goes_with": None, "planned_for": None,
        }  # fmt: skip
    with transaction.atomic():
        move(
            demand, deed, where={"answered_at": None, "told_at": demand.told_at, "state": demand.state},
            **changes,
        )  # fmt: skip
        write(demand, deed, at=now, by=by, text=words)
        _verify(demand, by, now, satisfied=satisfied, note=words.strip())
        return demand


def _verify(demand: Demand, by: User, now: datetime, *, satisfied: bool, note: str) -> None:
    """The customer's word on the duties that wait for it; his no concerns the telling alone."""
    rows = duties(demand).filter(state=Duty.DISCHARGED)
    if not satisfied:
        rows = rows.filter(kind="demand.feedback")
    for row in rows:
        if row.verified_by_rule == Verifier.CUSTOMER:
            obligations.verify(
                obligation_id=row.pk, by=by, now=now, how=Verifier.CUSTOMER, satisfied=satisfied,
                note=note,
            )  # fmt: skip
        elif not satisfied:
            obligations.take_back(obligation_id=row.pk, by=by, now=now, reason=note)
