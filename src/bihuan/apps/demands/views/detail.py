"""One demand: what can be done now, its history, its clocks; and the deeds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from bihuan.apps.demands import actions, classes, forms, words
from bihuan.apps.demands.actions.common import duties
from bihuan.apps.demands.actions.working import FOR_CUSTOMER, GOAL
from bihuan.apps.demands.enums import OUTCOMES, Kind, State
from bihuan.apps.demands.enums import Deed as Event
from bihuan.apps.demands.models import Demand, Step
from bihuan.apps.demands.queries.archive import refused, said
from bihuan.apps.demands.rules import MOVES, marked
from bihuan.apps.demands.views.common import held, may_work, now_and_who
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.obligations.rows import rows_of, tier_names
from bihuan.base.access.models import User
from bihuan.base.access.policy import needs
from bihuan.base.access.scope import door, may, visible
from bihuan.base.errors import NoSuchThing, NotAllowed, Refusal
from bihuan.base.evidence.actions import store
from bihuan.base.ui.marks import when

Values = dict[str, Any]
Act = Callable[[Demand, Values, User, datetime], object]


@dataclass(frozen=True)
class Deed:
    """`verb` empty: whoever may work on it."""

    title: str | Promise
    form: type[forms.DeedForm]
    act: Act
    event: Event
    verb: str = ""
    key: str = ""


DEEDS: dict[str, Deed] = {
    "classify": Deed(gettext_lazy("分类"), forms.ClassifyForm, lambda d, v, by, now: actions.classify(demand=d, topic=v["topic"], kind=v["kind"], text=v["text"], by=by, now=now), Event.CLASSIFIED, "demands.classify", "c"),
    "conclude": Deed(gettext_lazy("答复建议"), forms.ConcludeForm, lambda d, v, by, now: actions.conclude(demand=d, accepted=v["accepted"], why=v["text"], by=by, now=now), Event.REVIEWED, key="l"),
    "propose": Deed(gettext_lazy("提出方案"), forms.ProposeForm, lambda d, v, by, now: actions.propose(demand=d, text=v["text"], file_id=v["file"], for_customer=v["for_customer"], by=by, now=now), Event.PROPOSED, key="p"),
    "confirm_plan": Deed(gettext_lazy("客户确认计划"), forms.PlanForm, lambda d, v, by, now: actions.confirm_plan(demand=d, answer=v["text"], file_id=v["file"], by=by, now=now), Event.PLAN_CONFIRMED, key="o"),
    "refuse_plan": Deed(gettext_lazy("客户不同意计划"), forms.PlanNoForm, lambda d, v, by, now: actions.refuse_plan(demand=d, answer=v["text"], by=by, now=now), Event.PLAN_REFUSED),
    "deliver": Deed(gettext_lazy("记为已落实"), forms.DeliverForm, lambda d, v, by, now: actions.deliver(demand=d, text=v["text"], file_id=v["file"], by=by, now=now), Event.DELIVERED, key="v"),
    "tell": Deed(gettext_lazy("告知客户"), forms.TellForm, lambda d, v, by, now: actions.tell_customer(demand=d, text=v["text"], channel=v["channel"], contact=v["contact"], said=v["said"], file_id=v["file"], by=by, now=now), Event.TOLD, key="t"),
    "answer": Deed(gettext_lazy("记客户的回话"), forms.AnswerForm, lambda d, v, by, now: actions.answered(demand=d, satisfied=v["satisfied"], words=v["text"], by=by, now=now), Event.CONTENT, key="a"),
    "assign": Deed(gettext_lazy("交给负责人"), forms.AssignForm, lambda d, v, by, now: actions.assign(demand=d, to=v["to"], text=v["text"], by=by, now=now), Event.ASSIGNED),
}  # fmt: skip


def possible(row: Demand, name: str, *, goal: bool = False, turned: bool = False) -> bool:
    """Whether the state of a demand allows a deed; `goal`: the customer is to confirm what he wants
    before there is a proposal; `turned`: he did not want the one that stands.
    """
    if row.state not in MOVES[DEEDS[name].event]:
        return False
    return {
        "confirm_plan": row.plan_confirmed_at is None and (goal or row.proposed_at is not None), "deliver": row.proposed_at is None or row.plan_confirmed_at is not None, "tell": row.told_at is None,
        "conclude": row.kind == Kind.SUGGESTION and row.state == State.NEW and bool(row.topic),
        "refuse_plan": row.proposed_at is not None and row.plan_confirmed_at is None and not turned,
        "answer": row.told_at is not None and row.answered_at is None,
    }.get(name, True)  # fmt: skip


def _next(row: Demand, *, turned: bool) -> str:
    """The deed that stands next; empty when it waits for the review or for nothing."""
    if row.state in OUTCOMES and row.told_at is None:
        return "tell"
    if row.state in OUTCOMES and row.answered_at is None:
        return "answer"
    if not row.topic:
        return "classify"
    if row.state in (State.ACCEPTED, State.PLANNED):
        if row.proposed_at is None and row.kind == "OPTIMISE":
            return "propose"
        if row.proposed_at is not None and row.plan_confirmed_at is None:
            return "propose" if turned else "confirm_plan"
        return "deliver"
    return ""


@needs("demands.see")
@require_GET
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """What the customer said, what the machine makes of it, what was done, what is owed."""
    now, person = now_and_who(request)
    row = held(person, pk)
    rights = {"": may_work(person, row), "demands.classify": may(person, "demands.classify", row)}
    guess, found = classes.proposed(row.text)
    heard = classes.kind_heard(row.text)
    brought = list(duties(row))
    goal = any(
        each.live and each.kind == "demand.confirm_plan" and each.cause_kind == GOAL
        for each in brought
    )
    turned = refused(row)
    offered = [
        {"name": name, "title": each.title, "key": each.key}
        for name, each in DEEDS.items()
        if rights[each.verb] and possible(row, name, goal=goal, turned=turned)
    ]
    first = _next(row, turned=turned)
    owed = rows_of(brought, now, tier_names(now))
    return render(
        request, "demands/detail.html",
        {
            "now": now, "demand": row, "said": said(row), "stepper": _stepper(row, turned=turned), "turned": turned,
            "main": next((each for each in offered if each["name"] == first), None), "first": first,
            "others": [each for each in offered if each["name"] != first],
            "may_review": may(person, "demands.review", row) and row.state in MOVES[Event.REVIEWED],
            "guess": guess, "guess_title": classes.title(guess.code) if guess else "",
            "found": [{"title": classes.title(each.code), "spoke": each.spoke} for each in found],
            "pieces": marked(row.text, [word for each in found for word in each.spoke]),
            "heard": heard if heard and heard.code != row.kind else None,
            "heard_title": words.title(words.KIND, heard.code) if heard else "",
            "may_classify": rights["demands.classify"], "steps": [_step(each) for each in _steps(row)],
            "duties": owed, "others_merged": _merged(person, row), "into": _seen(person, row.merged_into),
        },
    )  # fmt: skip


def _seen(person: User, other: Demand | None) -> Demand | None:
    """Another customer's demand is named only to those who may see it."""
    return other if other is not None and may(person, "demands.see", other) else None


def _merged(person: User, row: Demand) -> list[Demand]:
    rows = visible(row.merged.select_related("customer"), person, "demands.see")
    return list(rows.order_by("received_at", "pk")[:20])


def _steps(row: Demand) -> list[Step]:
    return list(row.steps.select_related("by", "file").order_by("-at", "-pk"))


def _step(step: Step) -> dict[str, Any]:
    data, notes = step.data, []
    after, before = data.get("after"), data.get("before")
    if isinstance(after, dict) and isinstance(before, dict):
        if before.get("topic") and before["topic"] != after["topic"]:
            notes.append(f"{classes.title(before['topic'])} → {classes.title(after['topic'])}")
        else:
            notes.append(classes.title(str(after["topic"])))
        if before.get("kind") != after.get("kind"):
            notes.append(
                f"{words.title(words.KIND, str(before['kind']))} → {words.title(words.KIND, str(after['kind']))}"
            )
        if (machine := data.get("proposed")) and machine != after["topic"]:
            notes.append(_("系统提议的是%(topic)s") % {"topic": classes.title(str(machine))})
    if data.get("class"):
        notes.append(classes.title(str(data["class"])))
    if data.get("decision"):
        notes.append(words.title(words.DECISION, str(data["decision"])))
    if data.get(FOR_CUSTOMER):
        notes.append(_("文件客户看得到"))
    notes += [str(data[name]) for name in ("into", "planned_for", "to") if data.get(name)]
    scores = [
        f"{title} {data[name]}" for name, title in words.SCORE.items() if data.get(name) is not None
    ]
    icon, tone = words.DEED_LOOK.get(step.deed, ("point", ""))
    return {
        "step": step, "title": words.title(words.DEED, step.deed), "icon": icon, "tone": tone,
        "notes": [*notes, *scores], "said": data.get("said", ""), "contact": data.get("contact", ""),
        "channel": words.title(words.CHANNEL, step.channel) if step.channel else "",
    }  # fmt: skip


def _stepper(row: Demand, *, turned: bool) -> list[dict[str, Any]]:
    """Its way; a proposal and a plan only where they are due or made."""
    outcome = row.state if row.state in OUTCOMES else State.DELIVERED
    moments: list[tuple[str, datetime | None]] = [
        (_("收到"), row.received_at), (_("分类"), row.classified_at), (_("评审"), row.reviewed_at),
    ]  # fmt: skip
    ended = row.state in (State.MERGED, State.DECLINED)
    if not ended and (row.kind == "OPTIMISE" or row.proposed_at):
        moments += [
            (_("方案"), None if turned else row.proposed_at),
            (_("客户确认计划"), row.plan_confirmed_at),
        ]
    decided = row.delivered_at if row.state == State.DELIVERED else row.reviewed_at
    moments.append((words.title(words.STATE, outcome), decided if row.state in OUTCOMES else None))
    moments += [(_("告知客户"), row.told_at), (_("客户回话"), row.answered_at)]
    at = next((n for n, (_title, moment) in enumerate(moments) if moment is None), len(moments))
    return [
        {
            "title": title, "note": when(moment) if moment else "",
            "state": "done" if moment else "current" if n == at else "future",
        }
        for n, (title, moment) in enumerate(moments)
    ]  # fmt: skip


@needs("demands.see")
@require_http_methods(["GET", "HEAD", "POST"])
def deed(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """A small page or modal with one form; the right is the deed's own."""
    found = DEEDS.get(name)
    if found is None:
        raise NoSuchThing
    now, person = now_and_who(request)
    row = held(person, pk)
    if not (may(person, found.verb, row) if found.verb else may_work(person, row)):
        raise NotAllowed
    form = found.form(request.POST or None, request.FILES or None, demand=row)
    if form.is_bound and form.is_valid():
        try:
            found.act(row, _stored(form.cleaned_data, person, now), person, now)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("已记下。"))
            return _gone(request, reverse("demands:detail", args=[pk]))
    inside = bool(request.headers.get("HX-Request"))
    return render(
        request, "demands/parts/deed.html" if inside else "demands/deed.html",
        {
            "demand": row, "form": form, "title": found.title, "url": request.path,
            "cancel": reverse("demands:detail", args=[pk]), "multipart": form.is_multipart(),
        },
        status=422 if form.is_bound and not inside else 200,
    )  # fmt: skip


def _stored(values: Values, person: User, now: datetime) -> Values:
    if "file" not in values:
        return values
    upload = values["file"]
    return values | {"file": store(upload, by=person, now=now).pk if upload else None}


def _gone(request: HttpRequest, url: str) -> HttpResponse:
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return redirect(url)


@needs("obligations.work")
@require_GET
def of_duty(request: HttpRequest, pk: int) -> HttpResponse:
    """The demand that a duty is about, or its line in the meeting; a duty without a demand is
    carried out on the generic page.
    """
    _now, person = now_and_who(request)
    rows = Obligation.objects.select_related("cause")
    duty = door(rows, person, pk, "obligations.work")
    number = str(duty.match.get("demand") or duty.match.get("suggestion") or duty.occasion)
    mine = Demand.objects.filter(number=number, customer_id=duty.customer_id or 0)
    if not mine.exists() and duty.cause.kind == "demand.received":
        actions.archive(duty.cause)  # the archive hears it a moment later
    found = visible(mine, person, "demands.see").first()
    if found is None:
        return redirect(reverse("obligations:carry_out", args=[pk]) + "?plain=1")
    if duty.kind == "demand.review" and may(person, "demands.review", found):
        return redirect(f"{reverse('demands:review')}#d{found.pk}")
    return redirect("demands:detail", found.pk)
