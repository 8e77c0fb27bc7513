"""Deeds on a ticket: each has its form, its right, and its one function of `actions`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from bihuan.apps.knowledge import marked
from bihuan.apps.tickets import actions, forms
from bihuan.apps.tickets.actions.ending import check_independent, check_tried
from bihuan.apps.tickets.actions.handing import check_withdraw, waiting
from bihuan.apps.tickets.enums import AskKind, Event, Status
from bihuan.apps.tickets.lessons.views import copied, learnt
from bihuan.apps.tickets.lines.asks import Wish, ask
from bihuan.apps.tickets.lines.forms import AskSlotForm, AskTermForm, HandOverForm
from bihuan.apps.tickets.lines.routing import route
from bihuan.apps.tickets.models import Handover, Ticket
from bihuan.apps.tickets.rules import may_move
from bihuan.apps.tickets.views.common import held, now_and_who
from bihuan.apps.tickets.views.done import done as said_of
from bihuan.base.access.models import User
from bihuan.base.access.policy import needs
from bihuan.base.access.scope import door, must
from bihuan.base.errors import NoSuchThing, Refusal
from bihuan.base.lists.conflicts import Conflict, conflict, track

Values = dict[str, Any]
Act = Callable[[Ticket, Values, User, datetime], object]


@dataclass(frozen=True)
class Deed:
    """`event` None: possible while it is open, whatever the step, or once it is `over`. `check` raises the refusal that
    this person would get, before he fills anything in. `fits`: of which tickets it is a deed at all.
    `at_once`: its button does it, for it asks nothing and a later deed takes it back.
    """

    title: str | Promise
    form: type[forms.Deed]
    act: Act
    event: Event | None = None
    verb: str = "tickets.do"
    danger: bool = False
    over: bool = False
    at_once: bool = False
    check: Callable[[Ticket, User, datetime], None] | None = None
    fits: Callable[[Ticket], bool] | None = None


def _verified(v: Values) -> actions.Verified:
    return actions.Verified(**v)


DEEDS: dict[str, Deed] = {
    "accept": Deed(gettext_lazy("受理"), forms.PlainForm, lambda t, v, by, now: actions.accept(ticket=t, by=by, now=now), Event.ACCEPT, at_once=True),
    "verify": Deed(gettext_lazy("核实时间、地点、影响"), forms.VerifyForm, lambda t, v, by, now: actions.verify(ticket=t, found=_verified(v), by=by, now=now), Event.VERIFY),
    "weigh": Deed(gettext_lazy("改紧急程度"), forms.WeighForm, lambda t, v, by, now: actions.weigh(ticket=t, impact=v["impact"], severity=v["severity"], why=v["why"], by=by, now=now)),
    "triage": Deed(gettext_lazy("判明咨询类型"), forms.TriageForm, lambda t, v, by, now: actions.triage(ticket=t, by=by, now=now, **v), fits=lambda t: t.question and t.unsolved),
    "ask_report": Deed(gettext_lazy("记下客户要的报告"), forms.ReportAskedForm, lambda t, v, by, now: actions.ask_report(ticket=t, by=by, now=now, **v)),
    "identify": Deed(gettext_lazy("认出客户和设备"), forms.IdentifyForm, lambda t, v, by, now: actions.identify(ticket=t, customer=v["customer"], asset=v["asset"], by=by, now=now)),
    "contact": Deed(gettext_lazy("记下与客户的通话"), forms.SpokenForm, lambda t, v, by, now: actions.contacted(ticket=t, channel=v["channel"], text=v["text"], by=by, now=now)),
    "assign": Deed(gettext_lazy("改派负责人"), forms.AssignForm, lambda t, v, by, now: actions.assign(ticket=t, to=v["to"], by=by, now=now, text=v["text"])),
    "help": Deed(gettext_lazy("加派协助"), forms.AssignForm, lambda t, v, by, now: actions.add_helper(ticket=t, helper=v["to"], by=by, now=now, text=v["text"])),
    "hand_over": Deed(gettext_lazy("转交另一线"), HandOverForm, lambda t, v, by, now: actions.hand_over(ticket=t, handing=actions.Handing(**v), by=by, now=now)),
    "withdraw": Deed(gettext_lazy("撤回转交"), forms.ReasonForm, lambda t, v, by, now: actions.withdraw(handover=waiting(t), reason=v["reason"], by=by, now=now), check=lambda t, by, now: check_withdraw(waiting(t), by)),
    "ask_term": Deed(gettext_lazy("请财务答复账期"), AskTermForm, lambda t, v, by, now: ask(ticket=t, wish=Wish(AskKind.TERM, v["why"], days=v["days"]), by=by, now=now)),
    "ask_slot": Deed(gettext_lazy("请生产优先排产"), AskSlotForm, lambda t, v, by, now: ask(ticket=t, wish=Wish(AskKind.SLOT, v["why"], on_day=v["on_day"]), by=by, now=now)),
    "route": Deed(gettext_lazy("按规则重新分派"), forms.PlainForm, lambda t, v, by, now: route(ticket=t, by=by, now=now), verb="tickets.manage"),
    "dispatch": Deed(gettext_lazy("派工程师上门"), forms.DispatchForm, lambda t, v, by, now: actions.dispatch(ticket=t, engineer=v["engineer"], callout=v["callout"], tried=v["tried"], by=by, now=now), Event.DISPATCH),
    "arrive": Deed(gettext_lazy("工程师到场"), forms.PlainForm, lambda t, v, by, now: actions.arrived(ticket=t, by=by, now=now), Event.ARRIVE),
    "put_back": Deed(gettext_lazy("退回待受理"), forms.PlainForm, lambda t, v, by, now: actions.put_back(ticket=t, by=by, now=now), Event.PUT_BACK),
    "wait": Deed(gettext_lazy("转为等待"), forms.WaitForm, lambda t, v, by, now: actions.wait(ticket=t, why=v["why"], text=v["text"], by=by, now=now), Event.WAIT),
    "go_on": Deed(gettext_lazy("继续办理"), forms.PlainForm, lambda t, v, by, now: actions.go_on(ticket=t, by=by, now=now), Event.GO_ON, at_once=True),
    "solve": Deed(gettext_lazy("已解决"), forms.SolveForm, lambda t, v, by, now: actions.solve(ticket=t, solution=actions.Solution(**v), by=by, now=now), Event.SOLVE),
    "feed_back": Deed(gettext_lazy("把方案和效果告诉客户"), forms.FeedbackForm, lambda t, v, by, now: actions.feed_back(ticket=t, text=v["text"], channel=v["channel"], by=by, now=now), Event.FEED_BACK),
    "confirm": Deed(gettext_lazy("请客户确认"), forms.AnswerForm, lambda t, v, by, now: actions.try_confirm(ticket=t, channel=v["channel"], result=v["result"], answer=v["text"], satisfied=v["satisfied"], score=v["score"], by=by, now=now), Event.CONFIRM, "tickets.confirm", check=check_independent),
    "give_up": Deed(gettext_lazy("联系不上，记为未确认"), forms.PlainForm, lambda t, v, by, now: actions.give_up(ticket=t, by=by, now=now), Event.GIVE_UP, "tickets.confirm", check=lambda t, by, now: check_tried(t, now)),
    "close": Deed(gettext_lazy("关闭工单"), forms.PlainForm, lambda t, v, by, now: actions.close(ticket=t, by=by, now=now), Event.CLOSE),
    "reopen": Deed(gettext_lazy("重新打开"), forms.WordsForm, lambda t, v, by, now: actions.reopen(ticket=t, text=v["text"], by=by, now=now), Event.REOPEN),
    "cancel": Deed(gettext_lazy("客户取消"), forms.WordsForm, lambda t, v, by, now: actions.cancel(ticket=t, text=v["text"], by=by, now=now), Event.CANCEL, danger=True),
    "chase": Deed(gettext_lazy("客户催单"), forms.ChaseForm, lambda t, v, by, now: actions.chase(ticket=t, text=v["text"], next_update_at=v["next_update_at"], by=by, now=now)),
    "pause": Deed(pgettext_lazy("deed", "暂停计时"), forms.PauseForm, lambda t, v, by, now: actions.pause(ticket=t, reason=v["reason"], evidence=v["evidence"], told_customer=v["told"], until=v["until"], by=by, now=now)),
    "resume": Deed(pgettext_lazy("deed", "恢复计时"), forms.PlainForm, lambda t, v, by, now: actions.resume(ticket=t, by=by, now=now), at_once=True),
    "merge": Deed(gettext_lazy("并入另一张工单"), forms.OtherForm, lambda t, v, by, now: actions.merge(ticket=t, into=v["other"], text=v["text"], by=by, now=now), Event.MERGE),
    "link": Deed(gettext_lazy("关联工单"), forms.OtherForm, lambda t, v, by, now: actions.link(ticket=t, other=v["other"], by=by, now=now)),
    "follow_up": Deed(gettext_lazy("建后续工单"), forms.SplitForm, lambda t, v, by, now: actions.follow_up(ticket=t, kind=v["kind"], title=v["title"], text=v["text"], by=by, now=now), over=True),
    "split": Deed(gettext_lazy("拆出一张工单"), forms.SplitForm, lambda t, v, by, now: actions.split(ticket=t, kind=v["kind"], title=v["title"], text=v["text"], by=by, now=now)),
    "reported_at": Deed(gettext_lazy("更正报告时间"), forms.ReportedForm, lambda t, v, by, now: actions.move_reported_at(ticket=t, to=v["to"], source=v["source"], why=v["why"], by=by, now=now)),
}  # fmt: skip

MAIN: dict[str, tuple[str, ...]] = {
    Status.NEW: ("accept",),
    Status.ACCEPTED: ("verify", "solve"),
    Status.DIAGNOSING: ("solve", "dispatch"),
    Status.DISPATCHED: ("arrive", "solve"),
    Status.WORKING: ("solve",),
    Status.WAITING: ("go_on", "solve"),
    Status.SOLVED: ("feed_back",),
    Status.FED_BACK: ("confirm", "give_up"),
    Status.CONFIRMED: ("close",),
    Status.UNCONFIRMED: ("confirm", "close"),
}
"""The next step of each state, the first one big."""


HEAD = ("triage", "contact", "chase", "pause", "resume", "assign", "reopen", "follow_up")
"""Deeds with a button of their own beside the title."""


def offered(ticket: Ticket, *, paused: bool) -> list[str]:
    """The deeds that this ticket's state allows, beside those of `MAIN`."""
    main = MAIN.get(ticket.status, ())
    idle = {"pause" if paused else "resume", "withdraw"}  # taken back beside what it says
    if ticket.asset_id is not None and ticket.customer_id is not None:
        idle.add("identify")
    return [
        name
        for name, each in DEEDS.items()
        if name not in main
        and name not in idle
        and (each.fits is None or each.fits(ticket))
        and (
            may_move(each.event, ticket.status)
            if each.event is not None
            else ticket.open is not each.over
        )
    ]


def why_not(deed: Deed, ticket: Ticket, person: User, now: datetime) -> str:
    """Why this person would be refused the deed; empty where nothing is known against it."""
    try:
        if deed.check is not None:
            deed.check(ticket, person, now)
    except Refusal as refusal:
        return str(refusal)
    return ""


@needs("tickets.see")
@require_http_methods(["GET", "HEAD", "POST"])
def deed(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """A small page or modal with one form; the right is the deed's own."""
    found = DEEDS.get(name)
    if found is None:
        raise NoSuchThing
    ticket = held(request, pk, "tickets.see")
    now, person = now_and_who(request)
    must(person, found.verb, ticket)
    form = found.form(
        request.POST if request.method == "POST" else None, ticket=ticket, now=now, by=person
    )
    between = _between(request, ticket, form, now)
    case = copied(request, person) if name == "solve" else None
    if case is not None:
        form.begin(action=marked.plain_lines(case.remedy))
    if between is None and form.is_bound and form.is_valid():
        try:
            with transaction.atomic():
                values = _reached(form, person)
                done = found.act(ticket, values, person, now)
                learnt(ticket, case, person, now)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, said_of(name, values, done))
            return _gone(
                request,
                done.pk if name in ("split", "follow_up") and isinstance(done, Ticket) else pk,
            )
    inside = bool(request.headers.get("HX-Request"))
    return render(
        request, "tickets/parts/deed.html" if inside else "tickets/deed.html",
        {
            "ticket": ticket, "form": form, "title": found.title, "danger": found.danger, "url": request.get_full_path() if case else request.path,
            "cancel": reverse("tickets:detail", args=[pk]), "button": found.title,
            "conflict": between, "why": why_not(found, ticket, person, now) if not form.is_bound else "",
        },
        status=422 if form.is_bound and not inside else 200,
    )  # fmt: skip


def _between(
    request: HttpRequest, ticket: Ticket, form: forms.Deed, now: datetime
) -> Conflict | None:
    """What a colleague wrote meanwhile into the fields that this form writes over. What else was
    done to the ticket since is no hindrance.
    """
    if not form.rewrites:
        return None
    track(form)
    found = conflict(request, ticket, form, now)
    return found if found is not None and found.fields else None


def _reached(form: forms.Deed, person: User) -> Values:
    """Another ticket is named only within one's reach. Raises NoSuchThing."""
    values = dict(form.cleaned_data)
    if isinstance(form, forms.IdentifyForm):
        for name, verb in (("asset", "assets.see"), ("customer", "customers.see")):
            if values[name] is not None:
                must(person, verb, values[name])
    other = values.get("other")
    if isinstance(other, Ticket):
        values["other"] = door(Ticket.objects.all(), person, other.pk, "tickets.see")
    return values


def _gone(request: HttpRequest, pk: int) -> HttpResponse:
    url = reverse("tickets:detail", args=[pk])
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return redirect(url)


@needs("tickets.do")
@require_POST
def take_over(request: HttpRequest, pk: int) -> HttpResponse:
    """The other line takes a hand-over."""
    now, person = now_and_who(request)
    row = door(Handover.objects.select_related("ticket"), person, pk, "tickets.do")
    actions.take_over(handover=row, by=person, now=now)
    messages.success(request, _("已接手。"))
    return redirect("tickets:detail", row.ticket_id)


__all__ = ["DEEDS", "HEAD", "MAIN", "deed", "offered", "take_over", "why_not"]
