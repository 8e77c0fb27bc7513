"""Tickets of the demo's year: each step of a fault is what a person does in the product."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from bihuan.apps.assets.models import Asset
from bihuan.apps.customers.models import Contact, Customer
from bihuan.apps.tickets import actions
from bihuan.apps.tickets.actions import Handing, Report, Solution, Verified
from bihuan.apps.tickets.actions.ending import independent
from bihuan.apps.tickets.enums import Answer, AskKind, Channel, How, Source, Status
from bihuan.apps.tickets.lines import asks
from bihuan.apps.tickets.lines.asks import Wish
from bihuan.apps.tickets.models import Queue, Ticket
from bihuan.base.facts import actions as facts
from bihuan.config.demo import knowledge
from bihuan.config.demo.notebook import Planned
from bihuan.config.demo.stage import Stage

BY_HAND = (Channel.PHONE, Channel.DEALER)
SOURCES = {Channel.H5_QR: Source.FORM, Channel.WEB: Source.FORM, Channel.PHONE: Source.CALL}
SAID = {
    "OPENING": ["刚开机就这样，之前好好的。", "夜班发现的，早上又试了一次还是一样。", "昨天保养完还正常。", "这周第二次了，请尽快看。"],
    "CONTACT": ["问清现象，请客户先停机断电。", "请客户拍了报警画面，约好先远程看。", "客户描述与报修一致，正在调历史数据。"],
    "TRIED": ["远程看了参数和报警记录，判断要到现场换件。", "指导客户复位两次无效，需要带工具到场。", "客户不敢拆盖，远程无法继续。"],
    "FOUND": ["报警前半小时读数逐步升高，停机后回落。", "只在满负荷时出现，空载正常。", "换过同型号的件，现象不变。"],
    "QUESTION": ["是不是这一批件的问题？要不要整批换？", "这个参数能不能放宽，放到多少安全？", "现场该先查哪一处？"],
    "YES": ["好了，一个班次没再报警。", "正常了，谢谢。", "能用了，再看一天。"],
    "NO": ["又出现了，和上次一样。", "只好了半天。"],
}  # fmt: skip

# What customers ask by phone or message, by what it turns out to be about.
QUESTIONS = {
    "BASIC": ["你们周六有人值班吗？", "说明书在哪里下载？", "售后联系人换了，怎么更新？"],
    "TECHNICAL": ["换了料以后参数怎么调？", "这个报警代码是什么意思？", "保养周期能不能按运行小时算？"],
    "FAULT": ["开机偶尔报一次警，复位就好，要不要紧？", "最近声音比以前大，还能接着用吗？"],
    "PRICE": ["易损件一套多少钱？", "延保一年怎么收费？", "上门一次的费用怎么算？"],
    "UNCLEAR": ["车间让我问一下那台机器的事，回头再说具体的。"],
    "REPORT": ["想请你们出一份分析报告，上级要看。", "评审要用，请帮忙做一份报告。"],
}  # fmt: skip
REPLIES = [
    "已当面讲清，客户说明白了。",
    "查了资料答复，要点已发给客户。",
    "已说明，并把说明书对应页发给客户。",
]
REQUESTS = {
    "INSTALL": ["新到的机器请安排安装"], "COMMISSION": ["换线以后请来调试", "挪了位置，请来重新调"],
    "PARTS": ["要订一套易损件", "备用件用完了，请补"], "TRAINING": ["新来了操作工，请安排培训"],
    "CUSTOM": ["想按我们的工艺定制一个工装"], "RENTAL": ["工期紧，想租一台先用"], "OTHER": ["请来现场指导一次操作"],
    "MAINTENANCE": ["请提前做一次保养"], "INSPECTION": ["年检前请来检查一遍"],
}  # fmt: skip
SERVED = ["已按约定办完，客户在场确认。", "已办妥，资料交给客户。"]
ASKED = {
    AskKind.TERM: ["今年资金紧，这次维修能不能分期付？", "新机尾款想晚一个季度付。"],
    AskKind.SLOT: ["下月就要投用，这一台能不能先排？", "验收之前要到货，请优先排产。"],
}
REFUSED = {
    AskKind.TERM: ["上一笔还没有结清，先按原账期。"],
    AskKind.SLOT: ["本月已经排满，按原交期。"],
}


def step(stage: Stage, key: str, do: str, at: datetime, by: str = "", **about: Any) -> datetime:
    """Plan one step of a ticket; `key` is what the story calls it."""
    stage.book.plan(at, "ticket", key=key, do=do, by=by, about=about)
    return at


def act(stage: Stage, row: Planned, now: datetime) -> None:
    """Carry out one step; a ticket that was not opened has no steps."""
    known: dict[str, int] = stage.book.memory.setdefault("tickets", {})
    about, by = row.about["about"], stage.users.get(row.about["by"])
    if (begin := BEGINS.get(row.about["do"])) is not None:
        known[row.about["key"]] = begin(stage, about, by, now).pk
        return
    found = Ticket.objects.filter(pk=known.get(row.about["key"], 0)).first()
    if found is not None:
        STEPS[row.about["do"]](stage, found, about, by, now)


def _open(stage: Stage, about: dict[str, Any], by: Any, now: datetime) -> Ticket:
    asset = Asset.objects.select_related("customer", "place").get(pk=about["asset"])
    contact = Contact.objects.filter(customer=asset.customer, left_on=None).order_by("pk").first()
    channel = about["channel"]
    report = Report(
        kind="FAULT", channel=channel, title=about["symptom"], text=stage.chance.pick(SAID["OPENING"]),
        reported_at=now, source=SOURCES.get(channel, Source.MESSAGE), asset=asset, contact=contact,
        place=asset.place.path if asset.place else stage.maker.names["places"][0], severity=about["severity"],
        happened_at=now - timedelta(minutes=stage.chance.whole(5, 90)), impact=about["impact"],
        downtime=about["downtime"], set_stopped=about["impact"] == "LINE_STOP" and asset.machine_set_id is not None,
    )  # fmt: skip
    return actions.open_ticket(report=report, by=by if channel in BY_HAND else None, now=now)


def _asks(stage: Stage, about: dict[str, Any], by: Any, now: datetime, **said: Any) -> Ticket:
    """A customer asks for something that is no fault."""
    customer = Customer.objects.get(pk=about["customer"])
    contact = Contact.objects.filter(customer=customer, left_on=None).order_by("pk").first()
    report = Report(
        reported_at=now, source=SOURCES.get(said["channel"], Source.MESSAGE), customer=customer,
        contact=contact, **said,
    )  # fmt: skip
    by = by if said["channel"] in BY_HAND else None
    return actions.open_ticket(report=report, by=by, now=now)


def _question(stage: Stage, about: dict[str, Any], by: Any, now: datetime) -> Ticket:
    title = stage.chance.pick(QUESTIONS[about["topic"]])
    return _asks(stage, about, by, now, kind="CONSULT", channel=about["channel"], title=title)


def _request(stage: Stage, about: dict[str, Any], by: Any, now: datetime) -> Ticket:
    title, severity = (
        stage.chance.pick(REQUESTS[about["kind"]]),
        "URGENT" if about["urgent"] else "",
    )
    given = {"kind": about["kind"], "channel": Channel.PHONE, "title": title, "severity": severity}
    return _asks(stage, about, by, now, **given)


def _take_up(stage: Stage, row: Ticket, about: dict[str, Any], by: Any, now: datetime) -> None:
    actions.assign(ticket=row, to=by, by=by, now=now)
    actions.contacted(ticket=row, channel="PHONE", text="问清要求，约好时间。", by=by, now=now)


def _accept(stage: Stage, row: Ticket, about: dict[str, Any], by: Any, now: datetime) -> None:
    """The desk takes up what came in without a call."""
    if row.status == Status.NEW:
        actions.accept(ticket=row, by=by, now=now)


def _greet(stage: Stage, row: Ticket, about: dict[str, Any], by: Any, now: datetime) -> None:
    """Somebody of the desk writes back that he has the question."""
    if row.status == Status.NEW and row.contacted_at is None:
        actions.accept(ticket=row, by=by, now=now)
        actions.contacted(
            ticket=row, channel=row.channel, text="问题收到，正在问。", by=by, now=now
        )


def _triage(stage: Stage, row: Ticket, about: dict[str, Any], by: Any, now: datetime) -> None:
    given = {name: about[name] for name in ("topic", "urgent", "line")}
    actions.triage(ticket=row, text="", by=by, now=now, **given)


def _ask_report(stage: Stage, row: Ticket, about: dict[str, Any], by: Any, now: datetime) -> None:
    actions.ask_report(ticket=row, kind=about["kind"], text=row.title, by=by, now=now)


def _serve(stage: Stage, row: Ticket, about: dict[str, Any], by: Any, now: datetime) -> None:
    done = Solution(how=How.ONSITE, action=stage.chance.pick(SERVED))
    actions.solve(ticket=row, solution=done, by=by, now=now)


def _settle(stage: Stage, row: Ticket, about: dict[str, Any], by: Any, now: datetime) -> None:
    """A question is answered and settled in one talk."""
    if row.status == Status.NEW:
        actions.accept(ticket=row, by=by, now=now)
    said = stage.chance.pick(REPLIES)
    actions.solve(ticket=row, solution=Solution(how=How.REMOTE, action=said), by=by, now=now)
    actions.feed_back(ticket=row, text=said, channel="PHONE", by=by, now=now)
    asker = _asker(stage, row, by, now)
    yes = stage.chance.pick(SAID["YES"])
    actions.confirm(ticket=row, answer=yes, channel="PHONE", by=asker, now=now)
    actions.close(ticket=row, by=by, now=now)


def _contact(stage: Stage, row: Ticket, about: dict[str, Any], by: Any, now: datetime) -> None:
    if row.status == Status.NEW:
        actions.accept(ticket=row, by=by, now=now)
    actions.contacted(
        ticket=row, channel="PHONE", text=stage.chance.pick(SAID["CONTACT"]), by=by, now=now
    )
    if row.status == Status.ACCEPTED:
        found = Verified(
            row.happened_at, row.place, row.impact or "DEGRADED", row.severity, row.downtime, row.set_stopped,
            bool(row.asset and row.asset.warranty_to and row.asset.warranty_to >= now.date()),
        )  # fmt: skip
        actions.verify(ticket=row, found=found, by=by, now=now)
        if row.owner_id != by.pk:
            actions.assign(ticket=row, to=by, by=by, now=now)


def _dispatch(stage: Stage, row: Ticket, about: dict[str, Any], by: Any, now: datetime) -> None:
    engineer = stage.users[about["engineer"]]
    actions.dispatch(
        ticket=row,
        engineer=engineer,
        callout=about["callout"],
        tried=stage.chance.pick(SAID["TRIED"]),
        by=by,
        now=now,
    )


def _speak(stage: Stage, row: Ticket, about: dict[str, Any], by: Any, now: datetime) -> None:
    actions.contacted(ticket=row, channel="PHONE", text="已与客户约好到场时间。", by=by, now=now)


def _arrive(stage: Stage, row: Ticket, about: dict[str, Any], by: Any, now: datetime) -> None:
    actions.arrived(ticket=row, by=by, now=now)


def _solve(stage: Stage, row: Ticket, about: dict[str, Any], by: Any, now: datetime) -> None:
    done = stage.chance.pick(
        stage.maker.names["said"]["ONSITE" if about["how"] == How.ONSITE else "REMOTE"]
    )
    if not row.reopened and (article := knowledge.known_for(row)) is not None:
        done = knowledge.solve_by(row, article, by, now) or done
    solution = Solution(
        how=about["how"], action=done, cause=about["cause"], ours=about["cause"] == "QUALITY"
    )
    actions.solve(ticket=row, solution=solution, by=by, now=now)


def _hand(stage: Stage, row: Ticket, about: dict[str, Any], by: Any, now: datetime) -> None:
    handing = Handing(
        about["line"], stage.chance.pick(SAID["TRIED"]), stage.chance.pick(SAID["FOUND"]),
        stage.chance.pick(SAID["QUESTION"]), now + timedelta(hours=8),
    )  # fmt: skip
    actions.hand_over(ticket=row, handing=handing, by=by, now=now)


def _out(stage: Stage, row: Ticket, about: dict[str, Any], by: Any, now: datetime) -> None:
    """The question goes to the supplier; the owner stays."""
    queue = Queue.objects.filter(outside=True).order_by("pk").first()
    handing = Handing(
        3, stage.chance.pick(SAID["TRIED"]), stage.chance.pick(SAID["FOUND"]),
        stage.chance.pick(SAID["QUESTION"]), now + timedelta(hours=8), queue=queue,
    )  # fmt: skip
    actions.hand_over(ticket=row, handing=handing, by=by, now=now)


def _take(stage: Stage, row: Ticket, about: dict[str, Any], by: Any, now: datetime) -> None:
    actions.take_over(handover=row.handovers.latest("pk"), by=by, now=now)


def _answer(stage: Stage, row: Ticket, about: dict[str, Any], by: Any, now: datetime) -> None:
    text = stage.chance.pick(stage.maker.names["said"]["ANSWER"])
    actions.answer_handover(handover=row.handovers.latest("pk"), text=text, by=by, now=now)


def _hand_back(stage: Stage, row: Ticket, about: dict[str, Any], by: Any, now: datetime) -> None:
    reason = "没有报警时刻的记录，请补上再转。"
    actions.hand_back(handover=row.handovers.latest("pk"), reason=reason, by=by, now=now)


def _ask(stage: Stage, row: Ticket, about: dict[str, Any], by: Any, now: datetime) -> None:
    kind, day = AskKind(about["kind"]), now.date() + timedelta(days=stage.chance.whole(20, 60))
    days = stage.chance.pick([30, 60, 90])
    wish = Wish(kind, stage.chance.pick(ASKED[kind]), days=days, on_day=day)
    asks.ask(ticket=row, wish=wish, by=by, now=now)


def _decide(stage: Stage, row: Ticket, about: dict[str, Any], by: Any, now: datetime) -> None:
    ask = row.asks.filter(decided_at=None).order_by("pk").last()
    if ask is None:
        return
    granted = stage.chance.yes(0.7)
    asks.decide(
        ask=ask, granted=granted, by=by, now=now, days=ask.days if granted else None,
        on_day=ask.on_day if granted else None, reason="" if granted else stage.chance.pick(REFUSED[AskKind(ask.kind)]),
    )  # fmt: skip


def _order(stage: Stage, row: Ticket, about: dict[str, Any], by: Any, now: datetime) -> None:
    """The order is reported as completed; the app of orders is not there yet."""
    facts.tell(
        "order.completed", at=now, now=now, by=by,
        subjects={"asset": row.asset_id or 0, "customer": row.customer_id or 0},
        data={"order": f"PG-{row.number[3:]}", "ticket": row.number, "kind": "REPAIR"}, source="api",
    )  # fmt: skip


def _feed_back(stage: Stage, row: Ticket, about: dict[str, Any], by: Any, now: datetime) -> None:
    said = row.action + ("这次是我们的问题，向您致歉。" if row.ours else "")
    actions.feed_back(ticket=row, text=said, channel="PHONE", by=by, now=now)


def _asker(stage: Stage, row: Ticket, by: Any, now: datetime) -> Any:
    """Who asks the customer: this person, or somebody who had no hand in it and whose team had none."""
    others = [stage.who(role) for role in ("service_desk", "desk_lead", "care_lead")]
    return next((each for each in (by, *others) if independent(row, each, now)), by)


def _confirm(stage: Stage, row: Ticket, about: dict[str, Any], by: Any, now: datetime) -> None:
    by = _asker(stage, row, by, now)
    actions.try_confirm(
        ticket=row, channel=about.get("channel", "PHONE"), result=about["result"],
        answer=stage.chance.pick(SAID["YES"]) if about["result"] == Answer.YES else "", by=by, now=now,
        satisfied=about.get("satisfied"),
    )  # fmt: skip


def _give_up(stage: Stage, row: Ticket, about: dict[str, Any], by: Any, now: datetime) -> None:
    actions.give_up(ticket=row, by=_asker(stage, row, by, now), now=now)
    actions.close(ticket=row, by=by, now=now)


def _close(stage: Stage, row: Ticket, about: dict[str, Any], by: Any, now: datetime) -> None:
    actions.close(ticket=row, by=by, now=now)


def _again(stage: Stage, row: Ticket, about: dict[str, Any], by: Any, now: datetime) -> None:
    text = stage.chance.pick(SAID["NO"])
    if row.status in (Status.SOLVED, Status.FED_BACK, Status.UNCONFIRMED):
        by = _asker(stage, row, by, now)
        actions.deny(ticket=row, answer=text, channel="PHONE", by=by, now=now)
    else:
        actions.reopen(ticket=row, text=text, by=by, now=now)


def _chase(stage: Stage, row: Ticket, about: dict[str, Any], by: Any, now: datetime) -> None:
    actions.chase(
        ticket=row, text=stage.chance.pick(stage.maker.names["said"]["CHASE"]), by=by, now=now
    )


Step = Callable[[Stage, Ticket, dict[str, Any], Any, datetime], None]
BEGINS: dict[str, Callable[[Stage, dict[str, Any], Any, datetime], Ticket]] = {
    "open": _open, "question": _question, "request": _request,
}  # fmt: skip
STEPS: dict[str, Step] = {
    "take_up": _take_up, "accept": _accept, "greet": _greet, "triage": _triage, "ask_report": _ask_report, "serve": _serve, "settle": _settle,
    "contact": _contact, "dispatch": _dispatch, "speak": _speak, "arrive": _arrive, "solve": _solve, "order": _order,
    "ask": _ask, "decide": _decide, "hand": _hand, "out": _out, "take": _take, "answer": _answer, "hand_back": _hand_back,
    "feed_back": _feed_back, "confirm": _confirm, "give_up": _give_up, "close": _close, "again": _again, "chase": _chase,
}  # fmt: skip
