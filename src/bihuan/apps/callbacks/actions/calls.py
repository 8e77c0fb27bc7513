"""Recording a call: one act writes the talk, its problems and promises, and discharges duties."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from bihuan.apps.callbacks import figures, words
from bihuan.apps.callbacks.actions import touches
from bihuan.apps.callbacks.actions.problems import Found, Promised, found_problem, made_promise
from bihuan.apps.callbacks.actions.scripts import serving
from bihuan.apps.callbacks.apps import CALLS
from bihuan.apps.callbacks.enums import (
    LIVE_CALLS,
    REACHED,
    CallKind,
    CallState,
    Channel,
    Outcome,
    TargetState,
    TouchKind,
)  # fmt: skip
from bihuan.apps.callbacks.models import (
    Answer,
    Attempt,
    Brief,
    Callback,
    Campaign,
    Script,
    Served,
    Target,
)  # fmt: skip
from bihuan.apps.callbacks.refusals import (
    BlocksMissing,
    NotOfThisCustomer,
    TalkInTheFuture,
    TooLateToTakeBack,
    WrongChannel,
)  # fmt: skip
from bihuan.apps.callbacks.rules import Tried, is_unreachable, kind_of, missing_blocks, state_after
from bihuan.apps.customers.enums import Purpose
from bihuan.apps.customers.models import Contact, Customer
from bihuan.apps.obligations import actions as obligations
from bihuan.apps.obligations.actions import Proof
from bihuan.apps.obligations.enums import State
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.people.calendars import COMPANY, calendars
from bihuan.base.access.models import User
from bihuan.base.access.scope import visible
from bihuan.base.facts.actions import tell
from bihuan.base.notify import actions as notify
from bihuan.base.texts import listed
from bihuan.lib.workcal import due

SPOKEN = (Channel.PHONE, Channel.VIDEO)
CONFIRMING = (CallKind.COMPLETION, CallKind.VERIFICATION)


@dataclass(frozen=True)
class Talk:
    """What is recorded of one attempt.

    `agreed`: the customer asked to be called at this time. `key` makes a second sending of the
    same form harmless. `recording` is the id of a stored file.
    """

    customer: Customer
    channel: str
    outcome: str
    at: datetime
    contact: Contact | None = None
    obligation_ids: Sequence[int] = ()
    script: Script | None = None
    campaign: Campaign | None = None
    answers: Mapping[str, str] = field(default_factory=dict)
    blocks: Sequence[str] = ()
    score: int | None = None
    words: str = ""
    summary: str = ""
    note: str = ""
    care: bool = True
    agreed: bool = False
    planned_at: datetime | None = None
    next_on: date | None = None
    recording: int | None = None
    problems: Sequence[Found] = ()
    promises: Sequence[Promised] = ()
    demand: tuple[str, str] | None = None
    key: uuid.UUID | None = None


def record(*, talk: Talk, by: User, now: datetime) -> Callback:
    """Write down an attempt; a talk that was finished discharges the duties it names, all or none.

    Raises TalkInTheFuture, NotOfThisCustomer, OutsideHours, DoNotDisturb, CapReached,
    ConsentTakenBack, BlocksMissing, WrongChannel, DispositionMissing, PromiseIncomplete and what
    `obligations.actions.discharge` refuses; then nothing is kept.
    """
    if talk.at > now:
        raise TalkInTheFuture
    with transaction.atomic():
        Customer.objects.select_for_update().get(pk=talk.customer.pk)  # one talk at a time
        if talk.key is not None and (
            same := Callback.objects.filter(attempts__key=talk.key).first()
        ):
            return same
        duties = _duties(talk, by)
        _may_talk(talk, duties)
        call = _call(talk, duties, by, now)
        Attempt.objects.create(
            callback=call, contact=talk.contact, at=talk.at, channel=talk.channel,
            outcome=talk.outcome, note=talk.note.strip(), by=by, key=talk.key,
        )  # fmt: skip
        _state(call, talk, now)
        _tell_attempt(call, talk, by, now)
        if talk.outcome in REACHED:
            _keep_talk(call, talk, by, now)
        if talk.outcome == Outcome.DONE:
            _finish(call, talk, duties, by, now)
        _follow(call, talk, now)
        return call


def _duties(talk: Talk, by: User) -> list[Obligation]:
    """The open duties that are named: such as a call carries out, and this person's to do."""
    wanted = list(dict.fromkeys(talk.obligation_ids))
    named = Obligation.objects.filter(
        pk__in=wanted, customer=talk.customer, state=State.OPEN, kind__in=CALLS
    )
    mine = visible(named, by, "callbacks.do") | visible(named, by, "obligations.work")
    rows = list(mine.distinct())
    if len(rows) != len(wanted) or (talk.contact and talk.contact.customer_id != talk.customer.pk):
        raise NotOfThisCustomer
    return rows


def _may_talk(talk: Talk, duties: Sequence[Obligation]) -> None:
    """Hours, do-not-disturb, the cap, agreements taken back; at any hour where the duty itself
    runs so.
    """
    free = touches.at_any_hour(duties)
    if talk.channel in SPOKEN and not free:
        touches.check_hours(talk.customer, talk.at, agreed=talk.agreed)
    if talk.contact is not None and talk.outcome in REACHED:
        touches.may_contact(
            contact_id=talk.contact.pk, now=talk.at, safety=free, agreed=talk.agreed
        )
        if not (free or talk.agreed):
            touches.check_consent(
                contact_id=talk.contact.pk, purpose=_purpose(talk, duties), channel=talk.channel
            )


def _purpose(talk: Talk, duties: Sequence[Obligation]) -> Purpose:
    """What a person is contacted for, as his agreements name it."""
    if not talk.care:
        return Purpose.MARKETING
    greets = bool(duties) and all(row.kind == "greeting.send" for row in duties)
    return Purpose.CARE if greets else Purpose.SERVICE


def _call(talk: Talk, duties: Sequence[Obligation], by: User, now: datetime) -> Callback:
    """The call that is under way with this customer, or a new one."""
    call = Callback.objects.filter(
        customer=talk.customer, campaign=talk.campaign, state__in=LIVE_CALLS
    ).first()
    kinds = [row.kind for row in duties] + (["callback.campaign"] if talk.campaign else [])
    kind = kind_of(kinds, figures.data()["kinds"])
    if call is None:
        call = Callback(customer=talk.customer, campaign=talk.campaign, started_at=talk.at)
    call.kind, call.contact, call.script = kind, talk.contact, talk.script
    call.channel, call.caller, call.tier = talk.channel, by, talk.customer.tier
    call.care = talk.care
    call.prepared = _prepared(duties)
    call.state = call.state or CallState.OPEN
    call.save()
    return call


def _prepared(duties: Sequence[Obligation]) -> bool:
    if not duties:
        return False
    found = Brief.objects.filter(
        customer=duties[0].customer, occasion__in=[row.occasion for row in duties]
    )
    return found.exists()


def _state(call: Callback, talk: Talk, now: datetime) -> None:
    limit = figures.unreachable(now)
    tried = [
        Tried(each.outcome, each.channel, timezone.localtime(each.at).date())
        for each in call.attempts.all()
    ]
    call.state = state_after(
        talk.outcome,
        unreachable=is_unreachable(
            tried, attempts=limit.attempts, channels=limit.channels, days=limit.days
        ),
        confirming=call.kind in CONFIRMING,
    )
    call.planned_at = talk.planned_at if call.state == CallState.RESCHEDULED else None
    call.done_at = talk.at if call.state == CallState.DONE else None
    call.save(update_fields=["state", "planned_at", "done_at"])


def _tell_attempt(call: Callback, talk: Talk, by: User, now: datetime) -> None:
    last = call.attempts.order_by("-pk").first()
    assert last is not None
    tell(
        "callback.attempted", at=talk.at, now=now, by=by, subjects=_subjects(talk),
        data={
            "attempt": f"{call.number}-{last.pk}", "callback": call.number,
            "outcome": str(talk.outcome), "channel": str(talk.channel),
        },
    )  # fmt: skip


def _subjects(talk: Talk) -> dict[str, int]:
    found = {"customer": talk.customer.pk}
    if talk.contact is not None:
        found["contact"] = talk.contact.pk
    return found


def _keep_talk(call: Callback, talk: Talk, by: User, now: datetime) -> None:
    """Answers, words, problems, promises; and the talk uses up the contact cap."""
    said = {question: str(value).strip()[:500] for question, value in talk.answers.items()}
    Answer.objects.bulk_create(
        [Answer(callback=call, question=name, value=text) for name, text in said.items() if text],
        update_conflicts=True, unique_fields=["callback", "question"], update_fields=["value"],
    )  # fmt: skip
    call.words, call.summary = talk.words.strip(), talk.summary.strip()
    call.score, call.next_on = talk.score, talk.next_on
    call.blocks = sorted({*call.blocks, *talk.blocks})
    call.recorded_at = now
    call.late = _late(talk, now)
    call.save()
    for problem in talk.problems:
        found_problem(
            problem=problem, customer=talk.customer, contact=talk.contact, source="CALLBACK",
            callback=call, by=by, at=talk.at, now=now,
        )  # fmt: skip
    for promise in talk.promises:
        made_promise(
            promise=promise, customer=talk.customer, callback=call, by=by, at=talk.at, now=now
        )
    touches.note(
        customer_id=talk.customer.pk, contact_id=talk.contact.pk if talk.contact else None,
        kind=TouchKind.CALL, channel=talk.channel, care=talk.care, at=talk.at,
        key=f"call:{call.pk}:{call.attempts.count()}", by=by,
    )  # fmt: skip


def _late(talk: Talk, now: datetime) -> bool:
    limit = due(calendars().for_(COMPANY, {}), talk.at, figures.value("record_within", now)).due
    return limit is not None and now > limit


def _finish(
    call: Callback, talk: Talk, duties: Sequence[Obligation], by: User, now: datetime
) -> None:
    # what must be talked about is asked wherever a talk is recorded, also without its script
    script = talk.script or serving([row.kind for row in duties], now)
    if missing := missing_blocks(script.body if script else None, call.blocks):
        assert script is not None
        titles = [words.said(script.body["blocks"][block]) for block in missing]
        raise BlocksMissing(missing=listed(titles))
    for row in duties:
        if row.channel and talk.channel not in row.channel:
            raise WrongChannel(
                title=words.said(row.title), channel=words.title(words.CHANNEL, talk.channel),
                channels=listed(words.title(words.CHANNEL, each) for each in row.channel),
            )  # fmt: skip
    if duties:
        obligations.discharge(
            obligation_ids=[row.pk for row in duties], by=by, now=now, at=talk.at,
            evidence=_proofs(call, talk),
        )  # fmt: skip
        Served.objects.bulk_create(
            [Served(callback=call, obligation=row, at=talk.at) for row in duties]
        )
    _tell_done(call, talk, duties, by, now)


def _proofs(call: Callback, talk: Talk) -> list[Proof]:
    text = call.summary or call.words
    link = reverse("callbacks:detail", args=[call.pk])
    if talk.channel == Channel.ONSITE:
        return [Proof("record", text=text or call.number, link=link)]
    kind = "call_log" if talk.channel in SPOKEN else "message_receipt"
    found = [Proof(kind, text=text or call.number, link=link)]
    if talk.recording is not None:
        found.append(Proof("recording", file_id=talk.recording, link=link))
    return found


def _tell_done(
    call: Callback, talk: Talk, duties: Sequence[Obligation], by: User, now: datetime
) -> None:
    kinds = {row.kind for row in duties}
    subjects = _subjects(talk)
    if kinds != {"greeting.send"}:
        data: dict[str, object] = {
            "callback": call.number, "kind": str(call.kind), "channel": str(talk.channel),
            "problems": call.problems.count(), "prepared": call.prepared,
        }  # fmt: skip
        if call.score is not None:
            data["score"] = call.score
        tell("callback.done", at=talk.at, now=now, by=by, subjects=subjects, data=data)
    tell(
        "contact.made", at=talk.at, now=now, by=by, subjects=subjects,
        data={"touch": call.number, "care": talk.care, "channel": str(talk.channel)},
    )  # fmt: skip
    for row in duties:
        if row.kind == "greeting.send" and row.match.get("key"):
            tell(
                "greeting.sent",
                at=talk.at,
                now=now,
                by=by,
                subjects=subjects,
                data={"key": row.match["key"]},
            )
    if call.words:
        tell(
            "feedback.received", at=talk.at, now=now, by=by, subjects=subjects,
            data={"feedback": call.number, "source": "CALLBACK"},
        )  # fmt: skip
    if talk.demand is not None:
        kind, text = talk.demand
        Answer.objects.update_or_create(
            callback=call, question="demand", defaults={"value": text[:500]}
        )
        tell(
            "demand.received", at=talk.at, now=now, by=by, subjects=subjects,
            data={"demand": call.number, "kind": kind, "source": "CALLBACK"},
        )  # fmt: skip


def _follow(call: Callback, talk: Talk, now: datetime) -> None:
    """What else an outcome asks for: the campaign's list, and mending a wrong number."""
    target = {
        CallState.DONE: TargetState.DONE, CallState.UNREACHABLE: TargetState.UNREACHABLE,
        CallState.REFUSED: TargetState.REFUSED,
    }.get(CallState(call.state))  # fmt: skip
    if talk.campaign is not None and target is not None:
        Target.objects.filter(campaign=talk.campaign, customer=talk.customer).update(
            state=target, callback=call, at=talk.at
        )
    manager = talk.customer.account_manager
    if talk.outcome in (Outcome.WRONG_NO, Outcome.LEFT_COMPANY) and manager is not None:
        left = talk.outcome == Outcome.LEFT_COMPANY
        name = talk.customer.called
        notify.tell(
            to=manager, kind="callbacks.contact", now=now, url=reverse("customers:contacts", args=[talk.customer.pk]),
            key=f"contact:{call.pk}:{call.attempts.count()}",
            title={
                "zh": f"{name}：联系人已离职，请补接任者" if left else f"{name}：电话打不通，请核对号码",
                "en": f"{name}: the contact has left, name a successor" if left else f"{name}: wrong number, check it",
            },
        )  # fmt: skip


def take_back(
    *, callback: Callback, obligation_id: int, by: User, now: datetime, reason: str
) -> None:
    """Open a duty again that this call should not have discharged.

    Raises NotOfThisCustomer, TooLateToTakeBack and what `obligations.actions.take_back` refuses.
    """
    with transaction.atomic():
        row = Served.objects.filter(
            callback=callback, obligation_id=obligation_id, taken_back_at=None
        ).first()
        if row is None:
            raise NotOfThisCustomer
        text = figures.value("undo_within", now)
        last = due(calendars().for_(COMPANY, {}), row.at, text).due
        if last is not None and now > last:
            raise TooLateToTakeBack(limit=text)
        obligations.take_back(obligation_id=obligation_id, by=by, now=now, reason=reason)
        Served.objects.filter(pk=row.pk, taken_back_at=None).update(
            taken_back_at=now, taken_back_by=by, reason=reason.strip()[:300]
        )
