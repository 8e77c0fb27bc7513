"""How single matters run: a fault from report to confirmation, a question, a demand, a complaint.

Each is planned whole when it begins; what lies beyond the end of the life has not happened yet.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from bihuan.config.demo import demands, tickets
from bihuan.config.demo.stage import Known, Machine, Stage

SEVERITY = {"URGENT": 8, "HIGH": 22, "NORMAL": 55, "LOW": 15}
CHANNELS = {"PHONE": 52, "WECHAT_KF": 18, "H5_QR": 14, "EMAIL": 5, "WEB": 6, "DEALER": 5}
IMPACT = {"URGENT": "LINE_STOP", "HIGH": "DEGRADED", "NORMAL": "DEGRADED", "LOW": "COSMETIC"}
# Shares: of reports that do not say what stands still, of faults with which another line is asked,
# of those that it then solves itself, of matters in which somebody is late.
UNSAID, ASKED, KEPT, LATE, HELPED = 0.04, 0.15, 0.5, 0.07, 0.08
Teller = Callable[..., datetime]


def teller(stage: Stage, subjects: dict[str, int], *number: tuple[str, str]) -> Teller:
    """Plans facts of one matter: `say(kind, at, by, more)`."""

    def say(told: str, at: datetime, by: str, /, **more: Any) -> datetime:
        stage.book.plan(
            at, "tell", kind=told, subjects=subjects, data={**dict(number), **more}, by=by
        )
        return at

    return say


def fault(stage: Stage, machine: Machine, at: datetime, severity: str = "") -> None:
    """A machine fails: a ticket is opened, answered, solved, told, confirmed."""
    chance, customer = stage.chance, machine.customer
    severity = severity or chance.weighted(SEVERITY)
    urgent, late = severity == "URGENT", chance.yes(LATE)
    ways = stage.maker.trade.get("flows", {})
    do = steps(stage)
    desk, channel = stage.maker.who("service_desk"), chance.weighted(CHANNELS)
    do(
        "open", at, desk, asset=machine.pk, severity=severity,
        channel=channel, downtime=urgent or chance.yes(0.3),
        impact="" if not urgent and chance.yes(UNSAID) else IMPACT[severity],
        symptom=chance.pick(stage.maker.names["symptoms"]),
    )  # fmt: skip
    if channel not in tickets.BY_HAND and not chance.yes(LATE):  # the desk sees it in its queue
        do("accept", chance.after(at, (0.03, 0.45)), desk)
    remote = _name(stage, "remote_specialist", at, customer)
    engineer = _name(stage, "field_engineer", at, customer)
    met = ways.get("met") or ((0.1, 2.5) if urgent else (0.2, 7))
    spoken = do("contact", chance.after(at, (4.2, 8) if urgent and late else met), remote)
    if "asks" in ways and chance.yes(ways["asks"]["share"]):
        _asked(stage, do, spoken, ways["asks"])
    by_phone, solver = chance.yes(ways.get("by_phone", 0.58)), remote
    if not urgent and chance.yes(ASKED):
        spoken, solver = _other_line(stage, do, spoken, remote, by_phone=by_phone)
    if by_phone:
        solved = chance.after(spoken, ways.get("remote") or ((0.2, 1.2) if urgent else (0.5, 40)))
    else:
        solved = _on_site(stage, do, engineer, spoken, urgent=urgent, late=late)
    if late and not urgent:
        solved = chance.after(solved, (100, 180))
        if chance.yes(0.5):
            do("chase", chance.after(at, (30, 90)), stage.maker.who("service_desk"))
    how, by = ("REMOTE", solver) if by_phone else ("ONSITE", engineer)
    if (
        by_phone and solver == remote and chance.yes(HELPED)
    ):  # the customer does it himself, as he was told on the phone
        how = "SELF"
    do("solve", solved, by, how=how, cause=chance.weighted(stage.maker.names["causes"]))
    if ways.get("orders") and not by_phone:
        do("order", chance.after(solved, (0.1, 1)), engineer)
    told_back(stage, do, solved, remote)
    if "reopened" in ways and chance.yes(ways["reopened"]):
        agent = stage.maker.who("callback_agent")
        back = do("again", chance.after(solved, (30, 120)), agent)
        fixed = do("solve", chance.after(back, (4, 40)), engineer, how="ONSITE", cause="WEAR")
        told_back(stage, do, fixed, remote)


def _asked(stage: Stage, do: Teller, spoken: datetime, asks: dict[str, Any]) -> None:
    """The customer asks for a payment term or a place in production, and is answered later."""
    chance = stage.chance
    kind = chance.weighted(asks["kinds"])
    asked = do("ask", chance.after(spoken, (0.02, 0.1)), stage.maker.who("sales"), kind=kind)
    by = stage.maker.who({"TERM": "finance", "SLOT": "planner"}[kind])
    do("decide", chance.at_work(stage.calendar, chance.after(asked, (2, 66))), by)


def _other_line(
    stage: Stage, do: Teller, spoken: datetime, remote: str, *, by_phone: bool
) -> tuple[datetime, str]:
    """The second or third line is asked: when it has answered or taken it over, and who solves it
    then. Some questions are sent back once.
    """
    chance = stage.chance
    line, role = (3, "line3_expert") if chance.yes(0.35) else (2, "quality_engineer")
    expert = stage.maker.who(role)
    asked = do("hand", chance.after(spoken, (0.2, 1)), remote, line=line)
    if chance.yes(0.15):
        back = do("hand_back", chance.after(asked, (0.2, 1)), expert)
        asked = do("hand", chance.after(back, (0.2, 1)), remote, line=line)
    taken = do("take", chance.after(asked, (0.1, 1)), expert)
    if by_phone and chance.yes(KEPT):
        return taken, expert
    return do("answer", chance.after(taken, (0.5, 5)), expert), remote


def _on_site(
    stage: Stage, do: Teller, engineer: str, spoken: datetime, *, urgent: bool, late: bool
) -> datetime:
    """Somebody is sent and drives there; when it was solved."""
    chance, ways = stage.chance, stage.maker.trade.get("flows", {})
    called_out = bool(ways.get("callout"))
    sent = chance.after(spoken, ways.get("sent", (0.2, 2)))
    do("dispatch", sent, stage.maker.who("dispatcher"), engineer=engineer, callout=called_out)
    if called_out:  # the engineer who was sent speaks to the customer before driving
        do("speak", chance.after(sent, (0.05, 0.8)), engineer)
    travel = (26, 44) if urgent and late else (3, 19) if urgent else (18, 70)
    arrived = chance.after(spoken, ways.get("travel", travel))
    arrived = arrived if urgent else chance.at_work(stage.calendar, arrived)
    do("arrive", max(arrived, sent + timedelta(minutes=20)), engineer)
    return chance.after(max(arrived, sent + timedelta(minutes=20)), (1, 6))


def told_back(stage: Stage, do: Teller, solved: datetime, remote: str) -> None:
    """What was done is told to the customer, who is asked afterwards; some are never reached. A few
    are forgotten until somebody goes through the queue of what is solved and untold.
    """
    chance, work = stage.chance, stage.calendar
    agent = stage.maker.who("callback_agent")
    slow = (1, 7) if chance.yes(0.92) else (30, 60) if chance.yes(0.66) else (96, 240)
    told = do("feed_back", chance.at_work(work, chance.after(solved, slow)), remote)
    asked = chance.at_work(work, chance.after(told, (2, 40)))
    if chance.yes(0.85):
        do("confirm", asked, agent, result="YES", satisfied=chance.yes(0.95))
        do("close", chance.after(asked, (0.1, 2)), stage.maker.who("service_desk"))
        return
    for channel in ("PHONE", "PHONE", "WECOM"):
        do("confirm", asked, agent, result="NO_ANSWER", channel=channel)
        asked = chance.at_work(work, chance.after(asked, (25, 40)))
    do("give_up", asked, agent)


def consultation(stage: Stage, customer: Known, at: datetime) -> None:
    """A question by phone or message: sorted where the maker sorts them, answered by a person."""
    chance = stage.chance
    do = steps(stage)
    topics = stage.maker.trade.get("flows", {}).get("triage")
    topic = chance.weighted(topics or {"TECHNICAL": 55, "BASIC": 30, "PRICE": 15})
    desk = stage.maker.who("service_desk")
    channel = chance.pick(["PHONE", "PHONE", "WECOM", "EMAIL", "WECHAT_KF"])
    do("question", at, desk, customer=customer.pk, channel=channel, topic=topic)
    start = chance.at_work(stage.calendar, at)
    if channel != "PHONE" and not chance.yes(LATE):  # on the phone he is answered at once
        do("greet", chance.after(at, (0.05, 0.6) if start == at else (0.4, 4.2)), desk)
    if topics is not None:
        start = _triaged(stage, do, chance.at_work(stage.calendar, at, 20), topic)
    hours = (30, 60) if chance.yes(LATE) else (0.3, 3)
    answered = chance.at_work(stage.calendar, chance.after(start, hours))
    do("settle", answered, _name(stage, "remote_specialist", at, customer))


def _triaged(stage: Stage, do: Teller, start: datetime, topic: str) -> datetime:
    """The desk says what a question is about and to whom it goes; an unclear one is asked again."""
    chance, by = stage.chance, stage.maker.who("service_desk")
    about = {"urgent": chance.yes(0.08), "line": chance.whole(1, 3)}
    sorted_at = do("triage", chance.after(start, (0.1, 1.1)), by, topic=topic, **about)
    if topic != "UNCLEAR":
        return sorted_at
    again = chance.after(sorted_at, (0.5, 4))
    return do("triage", again, stage.maker.who("remote_specialist"), topic="TECHNICAL", **about)


def steps(stage: Stage) -> Teller:
    """Plans steps of a new ticket."""
    key = str(stage.book.number("ticket"))

    def do(what: str, when: datetime, by: str, /, **more: Any) -> datetime:
        return tickets.step(stage, key, what, when, by, **more)

    return do


def demand(
    stage: Stage, customer: Known, at: datetime, kind: str = "", text: str = ""
) -> None:  # fmt: skip
    """A wish: written down, classified, reviewed, proposed, agreed, delivered, told, answered."""
    chance, key = stage.chance, str(stage.book.number("demand"))
    kind = kind or chance.weighted({"OPTIMISE": 45, "SUGGESTION": 35, "INTENT": 20})
    manager = _name(stage, "account_manager", at, customer)
    work = stage.calendar

    def later(start: datetime, low: float, high: float) -> datetime:
        slow = 3 if chance.yes(LATE) else 1
        return chance.at_work(work, chance.after(start, (low * slow, high * slow)))

    def do(what: str, when: datetime, by: str, /, **more: Any) -> datetime:
        return demands.step(stage, key, what, when, by, **more)

    source = chance.pick(["VISIT", "CALLBACK", "TICKET", "PORTAL"])
    do("register", at, manager, customer=customer.pk, kind=kind, source=source, text=text)
    analyst, lead = stage.maker.who("analyst"), stage.maker.who("care_lead")
    sorted_at = do("classify", later(at, 1, 7), analyst, sure=bool(text) or chance.yes(0.9))
    decision = "ACCEPTED"
    if kind != "OPTIMISE":
        decision = chance.weighted({"ACCEPTED": 58, "PLANNED": 10, "MERGED": 8, "DECLINED": 24})
    heard = max(at, sorted_at)
    if kind == "INTENT":  # who wants to buy is made an offer, whatever the review decides of it
        heard = max(heard, do("propose", later(at, 6, 40), manager))
    reviewed = later(heard, 24, 120)
    if chance.yes(0.1):
        do("review", reviewed, lead, decision="LATER")
        reviewed = chance.at_work(work, reviewed + timedelta(days=7))
    do("review", reviewed, lead, decision=decision)
    told_by = manager
    if decision != "ACCEPTED":
        _told_and_answered(stage, do, later(reviewed, 2, 8), told_by)
        return
    ready = proposed = reviewed
    if kind == "OPTIMISE":
        proposed = do("propose", later(at, 10, 60), _name(stage, "remote_specialist", at, customer))
    if kind != "SUGGESTION":
        if chance.yes(0.06):  # the customer does not say whether he agrees: it goes no further
            return
        ready = max(ready, do("confirm_plan", later(proposed, 24, 90), manager))
    delivered = do("deliver", later(ready, 200, 700), stage.maker.who("rd_engineer"))
    _told_and_answered(stage, do, later(delivered, 2, 8), told_by)


def _told_and_answered(stage: Stage, do: Teller, at: datetime, by: str) -> None:
    """The customer is told, mostly; he answers, or not."""
    chance = stage.chance
    if chance.yes(0.04):
        return
    do("tell", at, by)
    if chance.yes(0.62):
        heard = chance.at_work(stage.calendar, chance.after(at, (20, 160)))
        do("answer", heard, stage.maker.who("service_desk"), yes=chance.yes(0.92))


REPLY = {"GENERAL": (1, 18), "SERIOUS": (0.5, 6), "MAJOR": (0.3, 1.6)}
CLOSE = {"GENERAL": (24, 110), "SERIOUS": (70, 260), "MAJOR": (200, 600)}


def complaint(stage: Stage, customer: Known, at: datetime, grade: str = "") -> None:
    """A complaint with its grade, reply, progress, settlement and the customer's word."""
    chance, number = stage.chance, f"TS-{at:%Y%m%d}-{stage.book.number('complaint'):04d}"
    grade = grade or chance.weighted({"GENERAL": 72, "SERIOUS": 23, "MAJOR": 5})
    owner = {
        "GENERAL": stage.maker.who("care_lead"),
        "SERIOUS": stage.maker.who("after_sales_head"),
        "MAJOR": stage.maker.who("general_manager"),
    }[grade]
    say = teller(stage, {"customer": customer.pk}, ("complaint", number))
    say(
        "complaint.received",
        at,
        stage.maker.who("service_desk"),
        subject=chance.pick(["SERVICE", "PRODUCT", "DELIVERY", "PARTS", "ATTITUDE", "PRICE"]),
    )
    graded = say(
        "complaint.graded",
        chance.after(at, (0.2, 1.2)),
        stage.maker.who("service_desk"),
        grade=grade,
        received_at=at.isoformat(),
    )
    low, high = REPLY[grade]
    slow = 2.5 if chance.yes(0.1) else 1
    say("complaint.replied", chance.after(graded, (low * slow, high * slow)), owner)
    if grade == "MAJOR":
        say(
            "complaint.contained",
            chance.after(graded, (4, 20)),
            stage.maker.who("after_sales_head"),
        )
    low, high = CLOSE[grade]
    resolved = chance.at_work(stage.calendar, chance.after(graded, (low * slow, high * slow)))
    _progress(stage, say, graded, resolved, grade)
    say("complaint.resolved", resolved, owner, grade=grade, justified=chance.yes(0.8))
    if chance.yes(0.92):
        asked = chance.at_work(stage.calendar, chance.after(resolved, (4, 56)))
        say(
            "complaint.verified",
            asked,
            stage.maker.who("callback_agent"),
            grade=grade,
            publish=grade != "GENERAL" and chance.yes(0.4),
        )
        say("complaint.closed", chance.after(asked, (1, 8)), stage.maker.who("care_lead"))
    if grade != "GENERAL":
        stage.book.plan(
            chance.after(graded, (90, 200)),
            "tell",
            kind="cause.found",
            subjects={"customer": customer.pk},
            data={
                "case": number,
                "measure": chance.pick(["PROCESS", "TRAINING", "DESIGN", "SUPPLIER"]),
            },
            by=stage.maker.who("quality_engineer"),
        )


def _progress(stage: Stage, say: Teller, graded: datetime, resolved: datetime, grade: str) -> None:
    every = {"SERIOUS": timedelta(hours=40), "MAJOR": timedelta(hours=22)}.get(grade)
    if every is None:
        return
    at, report = graded + every, 1
    while at < resolved:
        say("complaint.progress", at, stage.maker.who("after_sales_head"), report=report)
        say(
            "complaint.continues",
            at + timedelta(minutes=5),
            stage.maker.who("after_sales_head"),
            grade=grade,
            report=str(report),
        )
        at, report = at + every * stage.chance.between(0.8, 1.02), report + 1


def alarm(stage: Stage, machine: Machine, at: datetime) -> None:
    """A connected machine reports a value beyond its band."""
    chance, number = stage.chance, f"BJ-{at:%m%d}-{stage.book.number('alarm'):04d}"
    say = teller(stage, {"asset": machine.pk, "customer": machine.customer.pk}, ("alarm", number))
    kind, point, value = chance.pick(stage.maker.names["alarms"])
    level = chance.weighted({"URGENT": 6, "HIGH": 34, "NORMAL": 60})
    say(
        "alarm.raised",
        at,
        "",
        kind=kind,
        point=point or None,
        value=round(value * chance.between(0.95, 1.2), 1),
        **{"class": level},
    )
    remote = _name(stage, "remote_specialist", at, machine.customer)
    seen = say(
        "alarm.acknowledged",
        chance.after(at, (0.6, 2) if chance.yes(0.06) else (0.05, 0.45)),
        remote,
    )
    say("diagnosis.sent", chance.after(seen, (0.1, 0.6)), remote)
    if chance.yes(0.8):
        say("alarm.cleared", chance.after(seen, (1, 30)), remote)


def feedback(stage: Stage, customer: Known, at: datetime) -> None:
    """Something said that is worth an answer; the duty to dispose of it is carried out apart."""
    number = f"FK-{at:%m%d}-{stage.book.number('feedback'):04d}"
    say = teller(stage, {"customer": customer.pk}, ("feedback", number))
    source = stage.chance.pick(["TICKET", "VISIT", "SURVEY", "COMMUNITY"])
    say("feedback.received", at, stage.maker.who("service_desk"), source=source)


def _name(stage: Stage, role: str, at: datetime, customer: Known) -> str:
    return stage.holder(role, at, customer).username
