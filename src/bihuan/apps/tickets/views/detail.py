"""The page of one ticket: clocks on top, the next step big, the conversation, who it is about.

While it is open in a browser, a pulse asks every few seconds whether the version has grown; only
then the parts that live are drawn anew, and what is being written stays.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bihuan.apps.monitoring.queries.telling import untold_of, why_words
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.obligations.rows import Row, tier_names
from bihuan.apps.obligations.words import language, pause_word
from bihuan.apps.people.calendars import Calendars, calendars
from bihuan.apps.tickets import actions, figures, words
from bihuan.apps.tickets.actions.ending import doers, missing_to_close
from bihuan.apps.tickets.actions.handing import may_withdraw
from bihuan.apps.tickets.doors.paging import calls_of
from bihuan.apps.tickets.enums import UNSOLVED, Channel, EntryKind, Event, Kind, Note, Status
from bihuan.apps.tickets.lines.queries import may_take
from bihuan.apps.tickets.models import Entry, Ticket
from bihuan.apps.tickets.own import phrases
from bihuan.apps.tickets.own.checks import checklist
from bihuan.apps.tickets.own.labels import for_staff
from bihuan.apps.tickets.queries import page
from bihuan.apps.tickets.refusals import ToWhom
from bihuan.apps.tickets.rules import may_move
from bihuan.apps.tickets.views.common import held, now_and_who, number, said, who
from bihuan.apps.tickets.views.deeds import DEEDS, HEAD, MAIN, offered, why_not
from bihuan.apps.tickets.views.desk import SHARED
from bihuan.base.access.models import User
from bihuan.base.access.policy import needs
from bihuan.base.access.scope import allowed, door, may, visible
from bihuan.base.errors import NoSuchThing, NotAllowed, Refusal
from bihuan.base.evidence.actions import store
from bihuan.base.storable import storable
from bihuan.base.ui.marks import when

STEPS = (
    (Status.ACCEPTED, "accepted_at"), (Status.DIAGNOSING, ""), (Status.DISPATCHED, "dispatched_at"),
    (Status.WORKING, "arrived_at"), (Status.SOLVED, "solved_at"), (Status.FED_BACK, "fed_back_at"),
    (Status.CONFIRMED, "confirmed_at"), (Status.CLOSED, "closed_at"),
)  # fmt: skip
KEYS = {"triage": "T", "contact": "C", "chase": "U", "assign": "A", "reopen": "R", "follow_up": "F"}
CARDS = 3
ONLY = {
    "talk": (EntryKind.PUBLIC_REPLY, EntryKind.INBOUND),
    "note": (EntryKind.NOTE,),
    "event": (EntryKind.EVENT,),
}
ICONS: dict[str, tuple[str, str]] = {
    EntryKind.INBOUND: ("phone-incoming", "brand"), EntryKind.PUBLIC_REPLY: ("message", "blue"),
    EntryKind.NOTE: ("note", ""), Event.DISPATCH: ("truck-delivery", "blue"), Event.ARRIVE: ("map-pin-check", "blue"),
    Event.SOLVE: ("tool", "green"), Event.CONFIRM: ("circle-check", "green"), Event.CLOSE: ("check", "green"),
    Event.DENY: ("arrow-back-up", "red"), Event.REOPEN: ("arrow-back-up", "red"), Event.WAIT: ("hourglass", "orange"),
    Event.CANCEL: ("ban", ""), Event.MERGE: ("git-merge", ""), Event.VERIFY: ("stethoscope", "brand"),
    Note.CHASED: ("bell", "orange"), Note.PAUSED: ("player-pause", "orange"), Note.RESUMED: ("player-play", "blue"),
    Note.HANDED_OVER: ("transfer", "orange"), Note.TAKEN_OVER: ("transfer", "blue"), Note.CONTACTED: ("phone", "green"),
    Note.ASKED: ("phone-x", "orange"), Event.GIVE_UP: ("phone-off", "orange"), Note.SPLIT: ("git-fork", ""),
    Note.ROUTED: ("route", ""), Note.LINE_ANSWERED: ("transfer", "green"), Note.HANDED_BACK: ("arrow-back-up", "red"),
    Note.WITHDRAWN: ("arrow-back-up", ""),
    Note.TERM_ASKED: ("receipt", "orange"), Note.TERM_GRANTED: ("receipt", "green"), Note.TERM_REFUSED: ("receipt", "red"),
    Note.SLOT_ASKED: ("calendar", "orange"), Note.SLOT_GRANTED: ("calendar", "green"), Note.SLOT_REFUSED: ("calendar", "red"),
    Note.PROBLEM: ("affiliate", ""), Note.WORKAROUND: ("affiliate", "blue"),
    Note.GRAVER: ("alert-triangle", "red"), Note.WEIGHED: ("alert-triangle", "orange"), Note.TRIAGED: ("tag", "blue"),
    Note.REPORT_ASKED: ("file-text", ""),
    Note.LINKED: ("link", ""), Note.MERGED_IN: ("git-merge", ""), Note.REPORTED_AT: ("clock", "orange"),
}  # fmt: skip


@needs("tickets.see")
@require_http_methods(["GET", "HEAD", "POST"])
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    ticket = held(request, pk, "tickets.see")
    now, person = now_and_who(request)
    fault, draft = "", ""
    if request.method == "POST":
        if not allowed(person, ticket, "tickets.do"):
            raise NotAllowed
        try:
            spoken = _speak(request, ticket, now)
        except Refusal as refusal:
            fault, draft = str(refusal), request.POST.get("text", "")
        else:
            messages.success(request, spoken)
            return redirect("tickets:detail", pk)
    context = _moving(request, ticket, now)
    context |= {
        "fault": fault, "draft": draft,
        "channels": [(each, words.CHANNEL[each]) for each in words.SPOKEN],
        "answer_by": request.POST.get("channel") or context["wrote_by"],
        "as_note": request.POST.get("deed") == "note",
        "as_again": request.POST.get("deed") in ("reply", "reopen"), "reopens": may_move(Event.REOPEN, ticket.status) and not ticket.open,
        "macros": phrases.for_ticket(ticket, person, language()),
        "shared": request.session.pop(SHARED, None),
    }  # fmt: skip
    return render(request, "tickets/detail.html", context, status=422 if fault else 200)


def _moving(request: HttpRequest, ticket: Ticket, now: datetime) -> dict[str, Any]:
    """The parts of the page that change while somebody looks at it."""
    known = calendars()
    return _living(request, ticket, now, known) | _beside(request, ticket, now, known)


def _living(
    request: HttpRequest, ticket: Ticket, now: datetime, known: Calendars
) -> dict[str, Any]:
    """How it stands, what was said, what may be done."""
    person = who(request)
    rights = allowed(person, ticket, "tickets.do", "tickets.confirm")
    lines = checklist(ticket)
    entries = page.history(ticket)
    clocks = page.clocks(ticket, now, known)
    live = [
        row for row in clocks if (row.ob.live and row.ob.due_at is not None) or row.ob.paused_at
    ]
    paused = any(row.ob.paused_at for row in live)
    only = request.GET.get("only", "")
    more = offered(ticket, paused=paused)
    late = ticket.recorded_at - ticket.reported_at
    over = page.handed_over(ticket) if ticket.status in UNSOLVED else None
    does = over is not None and "tickets.do" in rights
    return {
        "sees_problems": may(person, "tickets.problems"),
        "now": now, "ticket": ticket, "said": said(ticket), "stepper": _stepper(ticket), "rights": rights,
        "clocks": clocks, "mark": page.mark(row.ob for row in clocks), "cards": _cards(live), "done": sum(not row.ob.live for row in clocks),
        "untold": untold_of(ticket.number, now), "entries": [_entry(row) for row in entries if only not in ONLY or row.kind in ONLY[only]],
        "only": only, "wrote_by": _wrote_by(entries), "tabs": _tabs(entries, only), "seen": max((row.pk for row in entries), default=0),
        "main": _deeds(ticket, MAIN.get(ticket.status, ()), rights, person, now),
        "head": _deeds(ticket, [name for name in HEAD if name in more], rights, person, now),
        "more": _deeds(ticket, [name for name in more if name not in HEAD], rights, person, now),
        "checklist": lines, "ticked": sum(line.tick is not None for line in lines),
        "claim": _claim(ticket, entries), "claimed": words.weighed(ticket.claimed_impact, ticket.claimed_severity),
        "called": calls_of(person, ticket) if may(person, "tickets.do") else None,
        "handover": over, "may_take": does and over is not None and may_take(over, person),
        "may_withdraw": does and over is not None and may_withdraw(over, person),
        "missing": missing_to_close(ticket) if ticket.status in (Status.SOLVED, Status.FED_BACK, Status.CONFIRMED, Status.UNCONFIRMED) else [],
        "by_me": ticket.status == Status.FED_BACK and "tickets.confirm" not in rights and person.pk in doers(ticket),
        "praise": page.last_yes(ticket) if ticket.confirmed_at else "",
        "channel": words.title(words.CHANNEL, ticket.channel), "impact": words.title(words.IMPACT, ticket.impact),
        "source": words.title(words.SOURCE, ticket.reported_source), "cause": words.title(words.CAUSE, ticket.cause),
        "how": words.title(words.HOW, ticket.how), "topic": words.title(words.TOPIC, ticket.topic),
        "entered_late": late.total_seconds() / 60 if late.total_seconds() > 60 * figures.whole("tickets.late_entry", now) else 0,
    }  # fmt: skip


def _beside(
    request: HttpRequest, ticket: Ticket, now: datetime, known: Calendars
) -> dict[str, Any]:
    """What stands beside the conversation: where and what, who else has to do with it."""
    person = who(request)
    found = page.side(ticket, person, now, known)
    return found | {
        "others": [said(row) for row in found["others"]], "family": _family(request, ticket),
        "watching": page.is_watching(person, ticket), "tiers": tier_names(now),
    }  # fmt: skip


def _wrote_by(entries: list[Entry]) -> str:
    """The way by which the customer wrote last, if one can answer by it: a mail is answered by mail."""
    ways = [row.channel for row in entries if row.kind == EntryKind.INBOUND]
    return ways[-1] if ways and ways[-1] in words.SPOKEN else ""


def _claim(ticket: Ticket, entries: list[Entry]) -> Entry | None:
    """What the customer said that makes it graver than it stands here, until somebody judged it."""
    if not ticket.claimed_severity:
        return None
    asked = [row.data.get("entry") for row in entries if row.code == Note.GRAVER]
    return next((row for row in entries if asked and row.pk == asked[-1]), None)


def _cards(live: list[Row]) -> list[Row]:
    """The nearest clocks; what a contract sets goes first, as it is what the customer holds us to."""
    return sorted(live, key=lambda row: (not row.contract, row.ob.due_at is None, row.ob.due_at))[
        :CARDS
    ]


def _tabs(entries: list[Entry], only: str) -> list[dict[str, Any]]:
    titles = {
        "": pgettext("entries", "全部"),
        "talk": _("与客户"),
        "note": _("内部备注"),
        "event": _("事件"),
    }
    return [
        {
            "code": code, "title": title, "current": code == (only if only in ONLY else ""),
            "count": sum(not code or row.kind in ONLY[code] for row in entries),
        }
        for code, title in titles.items()
    ]  # fmt: skip


def _family(request: HttpRequest, ticket: Ticket) -> list[dict[str, Any]]:
    """The tickets that have to do with this one, within reach."""
    rows = page.family(ticket, who(request))
    return [said(row) | {"how": _relation(ticket, row)} for row in rows]


def _relation(ticket: Ticket, other: Ticket) -> str:
    if other.pk == ticket.duplicate_of_id:
        return _("已并入它")
    if other.duplicate_of_id == ticket.pk:
        return _("并进来的")
    if other.pk == ticket.parent_id:
        return _("上级工单")
    return _("拆出去的") if other.parent_id == ticket.pk else pgettext("tickets", "关联")


@needs("tickets.see")
@require_GET
def pulse(request: HttpRequest, pk: int) -> HttpResponse:
    """What changed since `?v=` and the clocks of `?c=`: nothing (204), or the living parts. The
    engine brings and ends clocks a moment after the deed, without a new version.
    """
    rows = visible(Ticket.objects.filter(pk=pk), who(request), "tickets.see")
    row = rows.only("version", "number", "reopened").first()
    if row is None:
        raise NoSuchThing
    now, _person = now_and_who(request)
    mark = request.GET.get("c")
    same = mark is None or mark == page.mark(page.matter(row))
    if same and number(request.GET.get("v")) == row.version:
        return HttpResponse(status=204)
    ticket = held(request, pk, "tickets.see")
    return render(
        request,
        "tickets/parts/pulse.html",
        _moving(request, ticket, now),
    )


@needs("tickets.see")
@require_POST
def watch(request: HttpRequest, pk: int) -> HttpResponse:
    """Watch it, or no longer."""
    ticket = held(request, pk, "tickets.see")
    if request.POST.get("on") == "yes":
        actions.watch(ticket=ticket, by=who(request))
    else:
        actions.unwatch(ticket=ticket, by=who(request))
    return redirect("tickets:detail", pk)


@needs("obligations.work")
@require_GET
def of_duty(request: HttpRequest, pk: int) -> HttpResponse:
    """The ticket that a duty is about; one without a ticket is carried out on the generic page."""
    duty = door(Obligation.objects.all(), who(request), pk, "obligations.work")
    name = str(duty.match.get("ticket") or duty.occasion)
    rows = Ticket.objects.filter(number=name.partition("#")[0].partition("/")[0])
    found = visible(rows, who(request), "tickets.see").first()
    if found is None:
        return redirect(reverse("obligations:carry_out", args=[pk]) + "?plain=1")
    return redirect("tickets:detail", found.pk)


def _speak(request: HttpRequest, ticket: Ticket, now: datetime) -> str:
    """A reply to the customer or an internal note, with files; gives what was done."""
    person, deed = who(request), request.POST.get("deed")
    if deed not in ("reply", "reopen", "note"):  # never guessed: a note is not for the customer
        raise ToWhom
    text = storable(request.POST.get("text", "")[:8000])
    files = [store(each, by=person, now=now) for each in request.FILES.getlist("files")[:9]]
    if deed == "note":
        actions.note(ticket=ticket, text=text, by=person, now=now, files=files)
        return _("备注已存，客户看不到。")
    channel = request.POST.get("channel", "")
    again = deed == "reopen"
    answer = actions.reply_again if again else actions.reply
    answer(
        ticket=ticket, text=text, channel=channel if channel in words.SPOKEN else words.SPOKEN[0],
        by=person, now=now, seen=number(request.POST.get("seen")), files=files,
    )  # fmt: skip
    return _("工单已重新打开，给客户的答复已存。") if again else _("给客户的答复已存。")


def _deeds(
    ticket: Ticket, names: Any, rights: frozenset[str], person: User, now: datetime
) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "title": DEEDS[name].title,
            "danger": DEEDS[name].danger,
            "at_once": DEEDS[name].at_once,
            "key": KEYS.get(name, ""),
            "why": why_not(DEEDS[name], ticket, person, now),
        }
        for name in names
        if DEEDS[name].verb in rights
    ]


def _entry(row: Entry) -> dict[str, Any]:
    event = row.kind == EntryKind.EVENT
    title = words.title(words.EVENT, row.code) if event else words.title(words.ENTRY, row.kind)
    if row.kind == EntryKind.INBOUND and row.channel == Channel.PHONE:
        title = _("客户来电")
    if row.code == Note.PROBLEM and "what" in row.data:
        title = _("从一个问题移出") if row.data["what"] == "out" else _("问题已根除")
    icon, tone = ICONS.get(row.code if event else row.kind, ("point", ""))
    spoken = row.channel or row.data.get("channel", "")
    return {
        "row": row, "title": title, "icon": icon, "tone": tone, "note": row.kind == EntryKind.NOTE,
        "about": words.title(words.CHANNEL, spoken) if spoken else _about(row),
        "number": "" if "problem" in row.data else row.data.get("number", "") or row.data.get("into", ""),
        "problem": row.data.get("problem") if event else None,
    }  # fmt: skip


def _about(row: Entry) -> str:
    """What the title of a line leaves open: why it waits or its clocks stand, which chase it was."""
    if row.code == Note.PAUSED and row.data.get("reason"):
        return words.paused(pause_word(row.data["reason"]), row.data.get("until"))
    if row.code == Note.PAGED:
        return words.paged(row.data)
    if row.code == Note.UNTOLD:
        return why_words(row.data["why"])
    if row.code == Event.WAIT and row.data.get("why"):
        return words.title(words.WAIT, row.data["why"])
    if row.code in (Note.GRAVER, Note.WEIGHED):
        return words.weighed(row.data.get("impact", ""), row.data.get("severity", ""))
    if row.code == Note.TRIAGED:
        return words.triaged(row.data["topic"], row.data["line"], urgent=bool(row.data["urgent"]))
    if row.code == Note.REPORT_ASKED:
        return words.title(words.REPORT, row.data["kind"])
    if row.code == Note.CHASED and row.data.get("count"):
        return words.chased(row.data["count"], up=bool(row.data.get("up")))
    return ""


def _stepper(ticket: Ticket) -> list[dict[str, Any]]:
    """The way of a ticket; visits are left out of what was solved without one."""
    visited = ticket.dispatched_at is not None
    way = ticket.solved_at is None and ticket.kind == Kind.FAULT
    steps = [
        (status, field)
        for status, field in STEPS
        if visited or way or status not in (Status.DISPATCHED, Status.WORKING)
    ]
    order = [status for status, _field in steps]
    status = Status(ticket.status_before or ticket.status)
    silent = ticket.confirmed_at is None and status in (Status.UNCONFIRMED, Status.CLOSED)
    if silent:  # it went on without the customer's yes: no step says that he gave it
        order[order.index(Status.CONFIRMED)] = Status.UNCONFIRMED
    at = order.index(status) if status in order else -1
    blocked = ticket.status == Status.FED_BACK
    return [
        {
            "title": _step_title(order[n]),
            "note": when(getattr(ticket, field)) if field and getattr(ticket, field) else "",
            "state": "future" if order[n] == Status.UNCONFIRMED and n < at else _look(
                n, at, ended=status == Status.CLOSED, blocked=blocked and each == Status.CLOSED
            ),
        }
        for n, (each, field) in enumerate(steps)
    ]  # fmt: skip


def _step_title(status: Status) -> str:
    if status == Status.FED_BACK and not for_staff(status):
        return _("已反馈")
    return words.status_of(status)


def _look(place: int, at: int, *, ended: bool, blocked: bool) -> str:
    if place < at or ended:
        return "done"
    if blocked:
        return "blocked"
    return "current" if place == at else "future"


__all__ = ["detail", "of_duty", "pulse", "watch"]
