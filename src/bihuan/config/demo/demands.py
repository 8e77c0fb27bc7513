"""Demands of the demo's year: each step is what a person does in the product."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from bihuan.apps.callbacks.models import Callback, Visit
from bihuan.apps.customers.models import Contact, Customer
from bihuan.apps.demands import actions, classes
from bihuan.apps.demands.actions import Review, Wish
from bihuan.apps.demands.enums import UNENDED, Decision, Source, State
from bihuan.apps.demands.models import Demand
from bihuan.apps.tickets.models import Ticket
from bihuan.config.demo.notebook import Planned
from bihuan.config.demo.stage import Stage

RECENT = timedelta(days=60)
WISHES = {
    "SUGGESTION": [
        "建议在本地备件库多放常用件。", "希望新员工来了再培训一次，最好有视频。", "建议触摸屏界面字大一点，老师傅看不清。",
        "能不能让工程师夜里也能远程看一下，到场太慢。", "说明书最好配中英文对照，我们有外籍操作工。", "建议保养前一天发短信提醒，好提前停机。",
        "报警声太小，隔着门听不见，最好能调。", "发票能不能按合同分开寄，财务对账方便。",
    ],
    "INTENT": [
        "明年二期扩产，想再买两台，先给个选型建议。", "老机器想以旧换新，请报价。", "新厂十月投产，设备采购在招标准备。", "延保到期想续约，问问价格和优惠。",
    ],
}  # fmt: skip
SAID = {
    "LATER": ["等技术部估完工作量再议。", "资料不全，请客户补充现场数据。"],
    "ACCEPTED": ["先做一台试点，见效再推。", "收益明确，排进本月。", "与在做的改进合并推进。"],
    "PLANNED": ["放进下半年的升级里一起做。", "等新版固件一并上。"],
    "MERGED": ["和另一家提的是一件事，一起办。"],
    "DECLINED": ["与安全联锁的要求冲突，不能改。", "投入过大，只有一家提出，暂不做。", "现有选配件已能满足，另行介绍。"],
    "PLAN": ["同意，周末停机时做。", "可以，按方案来，做完给一份数据。", "没问题，请提前一天通知。"],
    "DELIVER": ["已装好并试运行三天，指标比原来好。", "新版本已上线，操作工已会用。", "备件已到本地库，首批二十件。", "培训已做，考核全部通过。"],
    "TELL": ["您提的事已有结果：", "关于您提出的需求，答复如下："],
    "HEARD": ["知道了，谢谢。", "好的，我转告车间。", ""],
    "YES": ["满意，比以前省心。", "可以，就这样。", "效果看得到，谢谢。"],
    "NO": ["还是老样子，没解决。", "和我们说的不是一回事。"],
}  # fmt: skip


def step(stage: Stage, key: str, do: str, at: datetime, by: str = "", **about: Any) -> datetime:
    """Plan one step of a demand; `key` is what the story calls it."""
    stage.book.plan(at, "demand", key=key, do=do, by=by, about=about)
    return at


def act(stage: Stage, row: Planned, now: datetime) -> None:
    """Carry out one step; a demand that was not written down has no steps."""
    known: dict[str, int] = stage.book.memory.setdefault("demands", {})
    about, by = row.about["about"], stage.users.get(row.about["by"])
    if row.about["do"] == "register":
        known[row.about["key"]] = _register(stage, about, by, now).pk
        return
    rows = Demand.objects.select_related("customer", "contact", "owner")
    found = rows.filter(pk=known.get(row.about["key"], 0)).first()
    if found is not None:
        STEPS[row.about["do"]](stage, found, about, by, now)


def _wishes(stage: Stage) -> dict[str, list[str]]:
    """What customers of this trade ask for, by the kind of demand."""
    return {**WISHES, "OPTIMISE": stage.maker.names["said"]["OPTIMISE"]}


def _register(stage: Stage, about: dict[str, Any], by: Any, now: datetime) -> Demand:
    customer = Customer.objects.get(pk=about["customer"])
    said_in = (now - RECENT, now)
    crowds: dict[str, tuple[str, Any]] = {
        Source.VISIT: ("visit", Visit.objects.filter(customer=customer, done_at__range=said_in).order_by("-done_at")),
        Source.CALLBACK: ("callback", Callback.objects.filter(customer=customer, done_at__range=said_in).order_by("-done_at")),
        Source.TICKET: ("ticket", Ticket.objects.filter(customer=customer, reported_at__range=said_in).order_by("-reported_at")),
    }  # fmt: skip
    where: dict[str, Any] = {}
    if about["source"] in crowds:
        # where it is said to have been said, else the last occasion of another kind
        order = [about["source"], *(each for each in crowds if each != about["source"])]
        found = ((name, rows.first()) for name, rows in (crowds[each] for each in order))
        where = dict(next(([pair] for pair in found if pair[1] is not None), []))
    contact = Contact.objects.filter(customer=customer, left_on=None).order_by("pk").first()
    source = Source.PORTAL if about["source"] == Source.PORTAL else Source.OTHER
    wish = Wish(
        about["kind"],
        about["text"] or stage.chance.pick(_wishes(stage)[about["kind"]]),
        now,
        source,
        contact,
        **where,
    )
    return actions.register(customer=customer, wish=wish, by=by, now=now)


def _classify(stage: Stage, row: Demand, about: dict[str, Any], by: Any, now: datetime) -> None:
    guess, heard = classes.proposed(row.text)
    topic = guess.code if guess else heard[0].code if heard else "OTHER"
    if not about["sure"]:
        topic = stage.chance.pick(sorted(classes.codes()))
    actions.classify(demand=row, topic=topic, by=by, now=now)


def _review(stage: Stage, row: Demand, about: dict[str, Any], by: Any, now: datetime) -> None:
    chance, decision = stage.chance, about["decision"]
    into = None
    if decision == Decision.MERGED:
        others = Demand.objects.filter(
            state__in=UNENDED, kind=row.kind, received_at__lt=row.received_at
        )
        into = others.exclude(pk=row.pk).order_by("pk").first()
        decision = Decision.MERGED if into is not None else Decision.DECLINED
    actions.review(
        demand=row, by=by, now=now,
        review=Review(
            decision, chance.whole(1, 5), chance.whole(2, 5), chance.whole(1, 4), chance.pick(SAID[decision]),
            (now + timedelta(days=chance.whole(40, 150))).date() if decision == Decision.PLANNED else None, into,
        ),
    )  # fmt: skip


def _propose(stage: Stage, row: Demand, about: dict[str, Any], by: Any, now: datetime) -> None:
    actions.propose(
        demand=row, text=stage.chance.pick(stage.maker.names["said"]["PROPOSE"]), by=by, now=now
    )


def _confirm(stage: Stage, row: Demand, about: dict[str, Any], by: Any, now: datetime) -> None:
    name = row.contact.name if row.contact else row.customer.called
    answer = f"{name}：{stage.chance.pick(SAID['PLAN'])}"
    actions.confirm_plan(demand=row, answer=answer, by=by, now=now)


def _deliver(stage: Stage, row: Demand, about: dict[str, Any], by: Any, now: datetime) -> None:
    actions.deliver(demand=row, text=stage.chance.pick(SAID["DELIVER"]), by=by, now=now)


def _tell(stage: Stage, row: Demand, about: dict[str, Any], by: Any, now: datetime) -> None:
    if row.told_at is not None:
        return
    chance = stage.chance
    said = chance.pick(SAID["HEARD"])
    outcome = (
        row.reason
        if row.state != State.DELIVERED
        else row.steps.filter(deed="DELIVERED")
        .order_by("-pk")
        .values_list("text", flat=True)
        .first()
    )
    actions.tell_customer(
        demand=row, text=f"{chance.pick(SAID['TELL'])}{outcome}", channel=chance.pick(["WECOM", "WECOM", "PHONE"]) if said else "WECOM",
        said=said, by=by, now=now,
    )  # fmt: skip


def _answer(stage: Stage, row: Demand, about: dict[str, Any], by: Any, now: datetime) -> None:
    yes = about["yes"]
    words = stage.chance.pick(SAID["YES" if yes else "NO"])
    actions.answered(demand=row, satisfied=yes, words=words, by=by, now=now)


Step = Callable[[Stage, Demand, dict[str, Any], Any, datetime], None]
STEPS: dict[str, Step] = {
    "classify": _classify, "review": _review, "propose": _propose, "confirm_plan": _confirm, "deliver": _deliver,
    "tell": _tell, "answer": _answer,
}  # fmt: skip
