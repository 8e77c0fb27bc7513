"""The weekly meeting: every demand one line, three scores, a decision; saved as a whole."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from bihuan.apps.demands import actions, classes, words
from bihuan.apps.demands.enums import Decision, State
from bihuan.apps.demands.enums import Deed as Event
from bihuan.apps.demands.forms import ReviewForm
from bihuan.apps.demands.models import Demand, Step
from bihuan.apps.demands.queries.archive import duties_of, said, seen
from bihuan.apps.demands.rules import MOVES, SCORES
from bihuan.apps.demands.views.common import now_and_who
from bihuan.apps.obligations.enums import LIVE
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.obligations.rows import carry_url, limit_of
from bihuan.apps.people.calendars import calendars
from bihuan.apps.tickets.models import Ticket
from bihuan.base.access.models import User
from bihuan.base.access.policy import needs
from bihuan.base.access.scope import visible
from bihuan.base.errors import Refusal

AT_ONCE = 40
GOING = 30


class _Back(Exception):
    """A line was refused: nothing of the meeting is kept."""


@needs("demands.review")
@require_http_methods(["GET", "HEAD", "POST"])
def meeting(request: HttpRequest) -> HttpResponse:
    """Those that wait for a decision, those under way, and what this week decided already."""
    now, person = now_and_who(request)
    waiting = visible(
        Demand.objects.filter(state__in=MOVES[Event.REVIEWED]), person, "demands.review"
    )
    waiting = waiting.filter(Q(state=State.NEW) | Q(planned_for__lte=timezone.localdate(now)))
    rows = waiting.select_related("customer", "owner", "ticket", "callback", "visit")
    rows = rows.order_by("received_at", "pk")
    shown = list(rows[:AT_ONCE])
    if request.method == "POST":
        # what is not in the list any more was decided meanwhile: its line is refused by its state
        asked = {
            int(key) for key in request.POST.getlist("row") if key.isdecimal() and len(key) < 16
        }
        every = visible(Demand.objects.filter(pk__in=asked), person, "demands.review")
        shown = list(
            every.select_related("customer", "owner", "ticket", "callback", "visit").order_by(
                "received_at", "pk"
            )
        )
    lines = [(row, ReviewForm(request.POST or None, prefix=f"d{row.pk}")) for row in shown]
    if request.method == "POST":
        done = _hold(lines, person, now)
        if done:
            messages.success(
                request,
                ngettext("%(n)d 条需求已评审。", "%(n)d 条需求已评审。", done) % {"n": done},
            )
            return redirect("demands:review")
        if done == 0:
            messages.warning(request, _("还没有评审任何一条。"))
    bad = sum(bool(form.is_bound and form.errors) for _row, form in lines)
    return render(
        request, "demands/review.html",
        {
            "now": now, "lines": _lines(lines, now), "total": waiting.count(), "bad": bad, "scores": SCORES,
            "going": _going(person, now), "decided": _decided(person, now),
            "meeting": _meeting(person, shown), "decisions": _decisions(),
        },
        status=422 if bad else 200,
    )  # fmt: skip


def _decisions() -> list[dict[str, str]]:
    return [
        {"code": str(code), "title": str(title), "key": words.DECISION_KEY[code]}
        for code, title in words.DECISION.items()
    ]


def _hold(lines: list[tuple[Demand, ReviewForm]], person: User, now: datetime) -> int | None:
    """How many lines were decided; None when one was refused: then none of them is."""
    touched = [(row, form) for row, form in lines if form.touched]
    sound = [form.is_valid() for _row, form in touched]  # each says what is wrong with it
    if not all(sound):
        return None
    try:
        with transaction.atomic():
            for row, form in touched:
                _review(row, form, person, now)
            if any(form.errors for _row, form in touched):
                raise _Back
    except _Back:
        return None
    return len(touched)


def _review(row: Demand, form: ReviewForm, person: User, now: datetime) -> None:
    values = form.cleaned_data
    into = None
    if values["decision"] == Decision.MERGED and values["into"].strip():
        into = _other(values["into"], person)
        if into is None:
            form.add_error("into", _("没有这个编号的需求或工单。"))
            return
    if values["version"] is not None:
        row.version = values["version"]
    told = actions.Review(
        values["decision"], values["urgency"], values["feasibility"], values["priority"], values["words"],
        values["planned_for"], into,
    )  # fmt: skip
    try:
        with transaction.atomic():
            actions.review(demand=row, review=told, by=person, now=now)
    except Refusal as refusal:
        form.add_error(None, str(refusal))


def _other(number: str, person: User) -> Demand | Ticket | None:
    """The demand or ticket of a number, within reach."""
    wanted = number.strip().upper()
    found = seen(person).filter(number=wanted).first()
    if found is not None:
        return found
    tickets = visible(Ticket.objects.filter(number=wanted), person, "tickets.see")
    return tickets.first()


def _lines(lines: list[tuple[Demand, ReviewForm]], now: datetime) -> list[dict[str, Any]]:
    rows = [row for row, _form in lines]
    duties, known = duties_of(rows), calendars()
    late: dict[int, int] = dict.fromkeys((row.pk for row in rows), 0)
    for pk in Step.objects.filter(demand__in=rows, deed=Event.POSTPONED).values_list(
        "demand_id", flat=True
    ):
        late[pk] += 1
    found = []
    for row, form in lines:
        guess, _all = classes.proposed(row.text)
        owed = duties.get(row.pk, [])
        review = next(
            (each for each in owed if each.kind == "demand.review"), owed[0] if owed else None
        )
        values = {name: form[name].value() for name in form.fields} if form.is_bound else {}
        found.append(
            said(row)
            | {
                "form": form, "prefix": form.prefix, "postponed": late[row.pk],
                "guess": classes.title(guess.code) if guess and not row.topic else "",
                "limit": limit_of(review, now, known) if review else None,
                "values": {name: str(value or "") for name, value in values.items()},
                "errors": [str(each) for rows_ in form.errors.values() for each in rows_] if form.is_bound else [],
                "score_fields": [
                    {"name": name, "title": title, "value": str(values.get(name) or getattr(row, name) or "")}
                    for name, title in words.SCORE.items()
                ],
            }
        )  # fmt: skip
    return found


def _going(person: User, now: datetime) -> list[dict[str, Any]]:
    """Open demands with their next clock: the second point of the agenda."""
    rows = seen(person).filter(state__in=(State.ACCEPTED, State.PLANNED))
    shown = list(rows.select_related("customer", "owner").order_by("reviewed_at", "pk")[:GOING])
    duties, known = duties_of(shown), calendars()
    return [
        said(row) | {"limit": limit_of(duties[row.pk][0], now, known) if row.pk in duties else None}
        for row in shown
    ]


def _decided(person: User, now: datetime) -> list[dict[str, Any]]:
    """What was decided since Monday, and the same as lines for the minutes."""
    today = timezone.localdate(now)
    monday = today - timedelta(days=today.weekday())
    rows = seen(person).filter(reviewed_at__date__gte=monday).select_related("customer", "owner")
    return [
        said(row)
        | {
            "line": f"{row.number} {row.customer.called}：{row.text[:60]} "
            f"→ {words.title(words.STATE, row.state)} {row.reason}".strip()
        }
        for row in rows.order_by("reviewed_at", "pk")[: 2 * AT_ONCE]
    ]


def _meeting(person: User, rows: list[Demand]) -> dict[str, Any] | None:
    """The duty to hold this meeting: the one of the clause under which these are reviewed."""
    clauses = (
        Obligation.objects.filter(kind="demand.review")
        .order_by("-pk")
        .values_list("clause", flat=True)
    )
    clause = clauses.first()
    if clause is None:
        return None
    duty = (
        visible(Obligation.objects.filter(kind__startswith="meeting.", clause=clause, state__in=LIVE), person, "obligations.see")
        .order_by("due_at", "pk").first()
    )  # fmt: skip
    return {"url": carry_url(duty), "duty": duty} if duty is not None else None
