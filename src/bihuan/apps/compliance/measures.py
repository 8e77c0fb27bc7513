"""What the targets of a regulation measure, counted from what was recorded.

Each measure is the rows of a span, and among them those that count: the figure and the rows behind
it are asked by the same conditions. `needs` are kinds of fact, one of each group: where none was
ever told, nothing is counted, and the page says what is missing instead of a zero.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import (
    Count,
    DateField,
    Exists,
    F,
    FloatField,
    OuterRef,
    Q,
    QuerySet,
    Sum,
    Value,
)
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce, TruncDate
from django.utils.translation import gettext_lazy as _

from bihuan.apps.callbacks.enums import CallState
from bihuan.apps.callbacks.models import Callback, Script
from bihuan.apps.callbacks.queries.plan import KINDS, OTHER
from bihuan.apps.compliance.counting import COUNTED, ON_TIME, STRICT, in_span
from bihuan.apps.compliance.measuring import (
    VERB,
    Asked,
    Counted,
    Figures,
    Measure,
    Rows,
    amount,
    keyed,
    share,
    since,
    told,
)
from bihuan.apps.customers.enums import Category
from bihuan.apps.customers.models import Customer, Purchase
from bihuan.apps.customers.snapshots import back
from bihuan.apps.knowledge.public import self_solved
from bihuan.apps.obligations.enums import DONE
from bihuan.apps.obligations.models import CADENCE, Obligation
from bihuan.apps.obligations.workbench import ZONE
from bihuan.apps.tickets import figures
from bihuan.apps.tickets.models import Ticket
from bihuan.apps.tickets.queries import desk_figures
from bihuan.base.access.models import User
from bihuan.base.access.reach import ALL
from bihuan.base.access.scope import apart, reaches, visible
from bihuan.base.facts.models import Fact

BOUGHT = (Category.EQUIPMENT, Category.CONTRACT)  # what a customer buys again, parts are wear


# -- duties


def _of_clause(kept: Q, whole: Q) -> Callable[[Asked], Counted]:
    def count(asked: Asked) -> Counted:
        rows = in_span(
            Obligation.objects.filter(clause=asked.target.clause), asked.start, asked.end, asked.now
        )
        return Counted(apart(rows.filter(whole), asked.person, VERB), kept)

    return count


def _plan(asked: Asked) -> Counted:
    ours = Q()
    for kind in KINDS:
        ours |= Q(kind__startswith=kind)
    planned = Obligation.objects.filter(ours & COUNTED, cause_kind=CADENCE)
    rows = in_span(planned.exclude(kind__in=OTHER), asked.start, asked.end, asked.now)
    return Counted(apart(rows, asked.person, VERB), Q(state__in=DONE))


# -- what customers say


def _csat(asked: Asked) -> Counted:
    least = float(figures.values(["tickets.satisfied_from"], asked.now)[0])
    scores = [Cast(KT(f"data__fact__{name}"), FloatField()) for name in ("overall", "score")]
    rows = told(asked, "survey.answered", "ticket.confirmed", "callback.done")
    rows = rows.annotate(score=Coalesce(*scores)).filter(score__isnull=False)
    return Counted(rows, Q(score__gte=least))


def _service_complaints(asked: Asked) -> Counted:
    rows = told(asked, "complaint.received").filter(data__fact__subject__in=["SERVICE", "ATTITUDE"])
    return Counted(rows, Q(), amount)


def _found_first(asked: Asked) -> Counted:
    rows = told(asked, "problem.found", "fault.reported", "complaint.received")
    return Counted(
        rows, Q(kind="problem.found") | Q(kind="fault.reported", data__fact__channel="IOT")
    )


def _talks(asked: Asked) -> Counted:
    rows = Callback.objects.filter(
        state=CallState.DONE, done_at__gte=asked.start, done_at__lt=asked.end
    )
    asks = [script for script in Script.objects.all() if script.body.get("blocks")]
    whole = Q(pk__in=[])
    for script in asks:
        whole |= Q(blocks__contains=list(script.body["blocks"]), script=script)
    return Counted(visible(rows.filter(script__in=asks), asked.person, VERB), whole)


# -- problems, promises, orders, parts


def _solved(asked: Asked) -> Counted:
    rows = keyed(told(asked, "problem.found", "fault.reported"), "problem", "ticket")
    off = since(asked, ("ticket",), "ticket.cancelled")
    return Counted(
        rows.exclude(off), since(asked, ("problem", "ticket"), "problem.handled", "ticket.resolved")
    )


def _confirmed(asked: Asked) -> Counted:
    rows = keyed(told(asked, "problem.handled", "ticket.resolved"), "problem", "ticket")
    return Counted(
        rows, since(asked, ("problem", "ticket"), "problem.confirmed", "ticket.confirmed")
    )


def _feedback(asked: Asked) -> Counted:
    rows = keyed(told(asked, "feedback.received"), "feedback")
    return Counted(rows, since(asked, ("feedback",), "feedback.disposed"))


def _called_back(asked: Asked) -> Counted:
    rows = keyed(told(asked, "order.completed"), "ticket", "order")
    return Counted(rows, since(asked, ("ticket",), "callback.done"))


def _promises(asked: Asked) -> Counted:
    first, end = asked.days
    # a promise belongs to the span for which it was given, whenever that was
    given = Asked(
        asked.person,
        asked.pack,
        asked.target,
        datetime.min.replace(tzinfo=ZONE),
        asked.end,
        asked.now,
    )
    due = Cast(KT("data__fact__due_on"), DateField())
    today = asked.now.astimezone(ZONE).date()
    rows = keyed(told(given, "promise.made"), "promise").annotate(due=due)
    rows = rows.filter(due__gte=first, due__lt=min(end, today))
    kept = keyed(
        Fact.objects.filter(kind="promise.kept", customer_id=OuterRef("customer_id")), "promise"
    )
    kept = kept.annotate(day=TruncDate("at", tzinfo=ZONE)).filter(
        number=OuterRef("number"), day__lte=OuterRef("due")
    )
    return Counted(rows.annotate(in_time=Exists(kept)), Q(in_time=True))


def _fill(asked: Asked) -> Counted:
    day = TruncDate("at", tzinfo=ZONE)
    rows = keyed(told(asked, "part.requested"), "request").annotate(day=day)
    sent = keyed(Fact.objects.filter(kind="part.shipped", asset_id=OuterRef("asset_id")), "request")
    sent = sent.annotate(day=day).filter(number=OuterRef("number"), day=OuterRef("day"))
    return Counted(rows.annotate(at_once=Exists(sent)), Q(at_once=True))


def _of_desk(code: str) -> Callable[[Asked], Counted]:
    """A figure of the desk, by the desk's own conditions."""

    def count(asked: Asked) -> Counted:
        figure = desk_figures.known(asked.now)[code]
        span = {f"{figure.column}__gte": asked.start, f"{figure.column}__lt": asked.end}
        rows = Ticket.objects.exclude(status__in=desk_figures.GONE).filter(figure.whole, **span)
        return Counted(visible(rows, asked.person, VERB), figure.part)

    return count


def _self_solved(asked: Asked) -> Counted:
    """With those whom an article spared the report: of no customer, so counted for all reach only."""
    tickets = _of_desk("self")(asked)

    def with_spared(rows: Rows, kept: Q) -> Figures:
        _value, part, whole = share(rows, kept)
        spared = 0
        if ALL in reaches(asked.person, VERB):
            spared = self_solved(asked.start, asked.end)
        part, whole = part + spared, whole + spared
        return (part / whole if whole else None, part, whole)

    return Counted(tickets.rows, tickets.kept, with_spared)


# -- customers


def _customers(asked: Asked) -> QuerySet[Customer]:
    return visible(Customer.objects.living(), asked.person, VERB)


def _bought(since_day: date | None, until: date, **more: Any) -> Exists:
    rows = Purchase.objects.filter(
        customer=OuterRef("pk"), voided_at=None, made_on__lt=until, **more
    )
    return Exists(rows.filter(made_on__gte=since_day) if since_day else rows)


def _repurchase(asked: Asked) -> Counted:
    first, end = asked.days
    rows = _customers(asked).filter(_bought(None, first))
    return Counted(rows, Q(_bought(first, end, category__in=BOUGHT)))


def _referral(asked: Asked) -> Counted:
    _first, end = asked.days
    rows = _customers(asked).filter(_bought(None, end))
    named = told(asked, "referral.made").exclude(data__fact__qualified=False)
    return Counted(rows, Q(pk__in=named.values("customer_id")))


def _key_growth(asked: Asked) -> Counted:
    """Customers of the best tier who had bought in the same days of the year before."""
    first, end = asked.days
    end = min(end, asked.now.astimezone(ZONE).date() + timedelta(days=1))
    before, until = back(first, 12), back(end, 12)
    rows = _customers(asked).filter(_bought(before, until), tier_rank=1)

    def bought(start: date, stop: date) -> Sum:
        valid = Q(
            purchases__voided_at=None, purchases__made_on__gte=start, purchases__made_on__lt=stop
        )
        return Sum("purchases__amount", filter=valid, default=Decimal(0))

    def growth(rows: Rows, _kept: Q) -> Figures:
        found = rows.aggregate(this=bought(first, end), last=bought(before, until))
        this, last = found["this"], found["last"]
        return (float(this / last - 1) if last else None, float(this), float(last))

    grown = 1 + Decimal(str(asked.target.at_least or 0))
    kept = Q(this__gte=F("last") * Value(grown))
    return Counted(rows.annotate(this=bought(first, end), last=bought(before, until)), kept, growth)


def _sponsored(asked: Asked) -> Counted:
    """Of whom the clause charges with choosing: who has the fewest, as things stand now."""
    duties = (
        rule for rule in asked.pack.rules_of(asked.target.clause) if rule.must == "sponsor.assign"
    )
    roles = sorted({role for rule in duties for role in rule.by.values})
    people = list(
        User.objects.filter(is_active=True, roles__overlap=roles).values_list("pk", flat=True)
    )
    rows = _customers(asked).filter(exec_sponsor_id__in=people)

    def fewest(rows: Rows, _kept: Q) -> Figures:
        counts = dict(rows.order_by().values_list("exec_sponsor_id").annotate(n=Count("pk")))
        each = [counts.get(person, 0) for person in people]
        return (min(each), sum(each), len(each)) if each else (None, 0, 0)

    return Counted(rows, Q(), fewest)


MEASURES: Mapping[str, Measure] = {
    "clause_on_time_rate": Measure(
        _("按时办结的义务 ÷ 到期的义务"), _of_clause(ON_TIME, COUNTED)
    ),
    "clause_strict_rate": Measure(
        _("按时办结并经核实的义务 ÷ 到期的义务"), _of_clause(STRICT, COUNTED)
    ),
    "clause_waived_too_rate": Measure(
        _("按时办结的义务 ÷ 到期的和豁免的义务"), _of_clause(ON_TIME, Q())
    ),
    "callback_plan_rate": Measure(
        _("已办的计划回访、拜访 ÷ 到期的计划回访、拜访"), _plan
    ),
    "csat": Measure(
        _("打了满意分数的回答 ÷ 打了分的回答（调查、结单确认、回访）"), _csat,
        (("survey.answered", "ticket.confirmed", "callback.done"),),
    ),
    "service_complaints": Measure(
        _("对服务和态度的投诉件数"), _service_complaints, (("complaint.received",),)
    ),
    "found_first_rate": Measure(
        _("我们先发现的问题 ÷ 我们发现的问题、客户报的故障和投诉"), _found_first, (("problem.found",),)
    ),
    "talk_blocks_rate": Measure(
        _("每一段都谈到的通话 ÷ 按分段话术打的通话"), _talks, (("callback.done",),)
    ),
    "problem_solved_rate": Measure(
        _("至今已解决的 ÷ 这段时间发现的问题和报的故障"), _solved,
        (("problem.found", "fault.reported"),),
    ),
    "problem_confirmed_rate": Measure(
        _("客户确认过的 ÷ 这段时间解决的问题和工单"), _confirmed,
        (("problem.handled", "ticket.resolved"),),
    ),
    "feedback_disposed_rate": Measure(
        _("有处置结论的反馈 ÷ 收到的反馈"), _feedback,
        (("feedback.received",), ("feedback.disposed",)),
    ),
    "callback_coverage": Measure(
        _("回访过的完工订单 ÷ 报完工的订单"), _called_back, (("order.completed",),)
    ),
    "promise_kept_rate": Measure(
        _("承诺日前兑现的 ÷ 承诺日已过的承诺"), _promises, (("promise.made",),)
    ),
    "fill_rate": Measure(
        _("当天发出的备件申请 ÷ 备件申请"), _fill, (("part.requested",), ("part.shipped",))
    ),
    "remote_resolution_rate": Measure(
        _("没有上门就解决的故障 ÷ 解决的故障"), _of_desk("remote"), (("ticket.resolved",),)
    ),
    "self_solve_rate": Measure(
        _("客户自己解决的工单、看了文章没有报修的 ÷ 这些和解决的工单"), _self_solved
    ),
    "repurchase_rate": Measure(
        _("又买了设备或合同的客户 ÷ 以前买过的客户"), _repurchase
    ),
    "referral_rate": Measure(
        _("介绍过新客户的客户 ÷ 买过的客户"), _referral, (("referral.made",),)
    ),
    "key_growth_rate": Measure(
        _("最高一级客户的采购额，比上一年的同一段日子"), _key_growth
    ),
    "executive_customers": Measure(
        _("条款责任人各自联系的客户数，取最少的一位"), _sponsored, of_now=True
    ),
}  # fmt: skip
"""By the name that a pack gives as `measure`; `lib.policy.keys` lists the same names."""
