"""What happens once in this year, or once a month, on its day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

from django.db.models import Count, Q

from bihuan.apps.assets.enums import Status as AssetStatus
from bihuan.apps.assets.models import Asset
from bihuan.apps.callbacks.enums import PromiseState
from bihuan.apps.callbacks.models import Promise
from bihuan.apps.contracts.models import Contract, PlanVisit
from bihuan.apps.customers import actions as customers
from bihuan.apps.customers.enums import Change, Target, TierState
from bihuan.apps.customers.models import Customer, Merge, TierChange
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.policy.queries import pack_at
from bihuan.base import clock
from bihuan.base.errors import Refusal
from bihuan.base.facts.actions import Telling, tell_all
from bihuan.base.together import one_of
from bihuan.config.demo import agreements, calls, cast, machines, promotions, staffing
from bihuan.config.demo.chance import ZONE
from bihuan.config.demo.stage import Stage

Turn = Callable[[Stage, datetime], None]
MADE, RENEWED = 0.95, 0.85


def today(stage: Stage, now: datetime) -> None:
    """The turning points whose time has come, each once."""
    turned: list[str] = stage.book.memory.setdefault("turned", [])
    outline = stage.book.outline
    start = datetime.combine(outline.start, datetime.min.time(), ZONE)
    share = (now - start) / (outline.until - start)
    for when, turn in TURNS:
        if when <= share and turn.__name__ not in turned:
            turned.append(turn.__name__)
            _try(stage, turn, now)
    month = f"{now.astimezone(ZONE):%Y-%m}"
    if stage.book.memory.get("month") != month:
        first = "month" not in stage.book.memory
        stage.book.memory["month"] = month
        if not first:
            for turn in MONTHLY:
                _try(stage, turn, now)


def _try(stage: Stage, turn: Turn, now: datetime) -> None:
    try:
        with one_of():
            turn(stage, now)
    except Refusal:
        stage.book.number(f"refused.{turn.__name__}")


def _story(code: str) -> Customer | None:
    return Customer.objects.filter(code=code).first()


def double(stage: Stage, now: datetime) -> None:
    """A customer is entered a second time, at a fair."""
    row = stage.maker.story["double"]
    made = customers.add_customer(
        by=None, now=now, code=row["code"], name=row["name"], relation="DIRECT", region=row["region"],
        city=row["city"], nature=row["nature"], industry=row["industry"], source="展会",
        account_manager=stage.who("account_manager"),
    )  # fmt: skip
    customers.add_contact(
        customer=made, by=None, now=now, name=row["contact"]["name"], phone=row["contact"]["phone"], title="采购部",
        decision_role="BUYER",
    )  # fmt: skip
    stage.changed()


def propose_merge(stage: Stage, now: datetime) -> None:
    """Somebody notices the double."""
    row = stage.maker.story["double"]
    kept, gone = _story(row["of"]), _story(row["code"])
    if kept is not None and gone is not None:
        customers.propose_merge(
            kept=kept,
            gone=gone,
            why="同一采购联系人、同一手机号，展会重复录入。",
            by=stage.who("market_head"),
            now=now,
        )


def merge(stage: Stage, now: datetime) -> None:
    """A second person agrees; the links move."""
    proposal = Merge.objects.filter(gone__code=stage.maker.story["double"]["code"]).first()
    if proposal is not None:
        customers.decide_merge(
            proposal=proposal, agree=True, by=stage.who("operations_head"), now=now
        )
    stage.changed()


def exceptions(stage: Stage, now: datetime) -> None:
    """Two customers get other terms than the regulation's, asked by one and granted by another."""
    for row in stage.maker.story["exceptions"]:
        made = _story(row["customer"])
        if made is None:
            continue
        asked = customers.ask_exception(
            customer=made, target=Target.RULE, code=row["rule"], change=Change(row["change"]), value=row.get("value", ""),
            reason=row["reason"], from_at=now,
            to_at=now + timedelta(days=420), by=stage.who("account_manager"), now=now,
        )  # fmt: skip
        customers.grant_exception(exception=asked, by=stage.who("after_sales_head"), now=now)


def strategic(stage: Stage, now: datetime) -> None:
    """A large customer becomes strategic: it needs an executive liaison."""
    made = (
        Customer.objects.filter(tier=stage.maker.served_tiers[0], exec_sponsor=None)
        .order_by("pk")
        .first()
    )
    if made is not None:
        customers.change_customer(
            customer=made, by=None, now=now, flags=sorted({*made.flags, "STRATEGIC"})
        )
        stage.changed()


def flagged(stage: Stage, now: datetime) -> None:
    """Customers turn out to be of a kind for which the regulation asks a proof or a plan."""
    served = Customer.objects.filter(status="ACTIVE", relation="DIRECT").order_by("-pk")
    for row, made in zip(stage.maker.trade.get("newly", ()), served, strict=False):
        flag, alone = (row, False) if isinstance(row, str) else (row["flag"], row["alone"])
        if alone:  # nobody looks after it any more
            customers.change_customer(customer=made, by=None, now=now, account_manager=None)
        if flag not in made.flags:
            flags = sorted({*made.flags, flag})
            customers.change_customer(customer=made, by=None, now=now, flags=flags)
    stage.changed()


def by_head_office(stage: Stage, now: datetime) -> None:
    """A key customer comes by way of the head office: nobody looks after it yet."""
    if flags := stage.maker.trade.get("by_head_office"):
        taken = set(Customer.objects.values_list("name", flat=True))
        cast.add_one(stage, taken, {}, now, alone=flags)
        stage.changed()


def key_person_leaves(stage: Stage, now: datetime) -> None:
    """The key person of a customer is gone, and nobody of ours knows who follows."""
    told_of = [row["code"] for row in stage.maker.story["customers"]]
    served = Customer.objects.filter(status="ACTIVE", relation="DIRECT").exclude(code__in=told_of)
    people = Count("contacts", filter=Q(contacts__left_on=None))
    found = served.annotate(people=people).filter(people__gt=1).order_by("pk").first()
    leaver = found and found.contacts.filter(is_key=True, left_on=None).order_by("pk").first()
    if leaver:
        day = now.astimezone(ZONE).date()
        customers.contact_left(contact=leaver, left_on=day, by=None, now=now)


def manuals(stage: Stage, now: datetime) -> None:
    """The manual of a model is new; whoever has one hears of it."""
    lowest, model = stage.maker.served_tiers[-1], stage.maker.names["manual"]
    bronze = [each for each in stage.served if each.tier == lowest]
    edition = f"{model} 操作手册 V{stage.book.number('manual') + 4}"
    tellings = [
        Telling(
            "manual.upgraded",
            now,
            {"customer": each.pk},
            {"edition": edition, "model": model, "safety": False},
        )
        for each in stage.chance.some(bronze, max(3, len(bronze) // 4))
    ]
    tell_all(tellings, now=now, by=stage.who("knowledge_editor"), source="api")


def manuals_again(stage: Stage, now: datetime) -> None:
    """Half a year later the manuals are renewed once more."""
    manuals(stage, now)


def executive(stage: Stage, now: datetime) -> None:
    """The general manager goes to see the oldest gold customer."""
    _executive(stage, now, stage.maker.story["executive"][0])


def executive_again(stage: Stage, now: datetime) -> None:
    """And another one."""
    _executive(stage, now, stage.maker.story["executive"][1])


def _executive(stage: Stage, now: datetime, code: str) -> None:
    made = _story(code)
    if made is not None:
        at = stage.chance.at_work(stage.calendar, now + timedelta(hours=40))
        stage.book.plan(at, "executive", customer=made.pk)


def large_fair(stage: Stage, now: datetime) -> None:
    """A fair, a salon and a factory day are held."""
    for kind, guests in (("EXHIBITION", 320), ("SALON", 41), ("FACTORY_VISIT", 18)):
        number = f"HD-X{stage.book.number('fair'):02d}"
        held = Telling(
            "event.held", now, {"company": 1}, {"event": number, "kind": kind, "guests": guests}
        )
        tell_all([held], now=now, by=stage.who("marketing"), source="api")


def trained(stage: Stage, now: datetime) -> None:
    """Customers take part in trainings and pass exams."""
    tellings = []
    for each in stage.chance.some(stage.served, max(3, len(stage.served) // 25)):
        number = stage.book.number("attendance")
        data = {"attendance": f"QD-{number:04d}", "session": f"PX-{now:%m}", "level": "ADVANCED"}
        tellings.append(Telling("training.attended", now, {"customer": each.pk}, data))
        if stage.chance.yes(0.3):
            passed = {
                "attempt": f"KS-{number:04d}",
                "certificate": stage.maker.names["certificate"],
            }
            tellings.append(Telling("exam.passed", now, {"customer": each.pk}, passed))
        stage.book.plan(stage.chance.after(now, (1, 60)), "use_benefit", customer=each.pk)
    tell_all(tellings, now=now, by=stage.who("trainer"), source="api")


def quality_check(stage: Stage, now: datetime) -> None:
    """Last month's calls are sampled and scored."""
    stage.book.plan(stage.chance.at_work(stage.calendar, now + timedelta(hours=30)), "sample")


def unasked(stage: Stage, now: datetime) -> None:
    """What this month's plans, contracts, new machines and promises ask for is done too where the
    regulation makes no duty of it.
    """
    rules = pack_at(now).rules.values()
    musts = {rule.must for rule in rules}
    asked = {kind for rule in rules for kind in rule.when}
    month = now.astimezone(ZONE).date()
    following = (month.replace(day=1) + timedelta(days=32)).replace(day=1)

    def on(day: date) -> datetime:
        morning = datetime.combine(day, time(10, stage.chance.whole(0, 59)), ZONE)
        return stage.chance.at_work(stage.calendar, max(morning, now + timedelta(hours=1)))

    if "maintenance.due" not in asked:
        engineers: dict[str, int] = {}
        visits = PlanVisit.objects.filter(done_on=None, on_date__lt=following)
        for pk, day, region in visits.order_by("pk").values_list(
            "pk", "on_date", "asset__customer__region"
        ):
            if region not in engineers:
                engineers[region] = stage.engineer_of(region).pk
            if stage.chance.yes(MADE):
                stage.book.plan(on(day), "maintain", visit=pk, by=engineers[region])
    if "tier.reviewed" not in asked:
        waiting = TierChange.objects.filter(state=TierState.PROPOSED, review__isnull=False)
        for pk in waiting.order_by("pk").values_list("customer_id", flat=True):
            stage.book.plan(on(month), "decide_tier", customer=pk)
    if "install.commission" not in musts:
        new = Asset.objects.filter(status=AssetStatus.DELIVERED)
        for pk in new.order_by("pk").values_list("pk", flat=True):
            stage.book.plan(on(month), "commission", asset=pk)
    if "contract.negotiate" not in musts:
        ending = Contract.objects.filter(end_on__gt=month, end_on__lt=following).exclude(
            kind="SALE"
        )
        for pk in ending.order_by("pk").values_list("pk", flat=True):
            if stage.chance.yes(RENEWED):
                stage.book.plan(on(month), "renew", contract=pk)
    if "promise.made" not in asked:
        open_ones = Promise.objects.filter(state=PromiseState.OPEN, due_on__lt=following)
        for each in open_ones.order_by("pk"):
            if stage.chance.yes(MADE):
                stage.book.plan(on(each.due_on), "keep", number=each.number, by=each.owner_id)


def waive(stage: Stage, now: datetime) -> None:
    """Now and then a promise is let go, by whoever may, before its time is up."""
    rows = Obligation.objects.filter(
        state="OPEN", due_at__gt=now + timedelta(days=2), kind__in=["inspection.do", "visit.regular", "callback.routine"]
    ).exclude(assignee=stage.who("after_sales_head"))  # fmt: skip
    why = stage.maker.names["waivers"]
    for row in stage.chance.some(list(rows.order_by("pk")[:60]), 1):
        reason = stage.chance.pick(sorted(why))
        stage.book.plan(
            now + timedelta(hours=15), "waive", id=row.pk, by=stage.maker.who("after_sales_head"), note=stage.chance.pick(why[reason]), reason=reason,
        )  # fmt: skip


def pause(stage: Stage, now: datetime) -> None:
    """A clock waits for the customer, and runs again some days later."""
    pause_some(stage, now, 2, back=True)


def pause_some(stage: Stage, now: datetime, count: int, *, back: bool) -> None:
    """Stop the clocks of some repairs and inspections; `back` lets them run again."""
    rows = Obligation.objects.filter(
        state="OPEN", due_at__gt=now + timedelta(hours=20), kind__in=["ticket.restore", "contact.verify", "problem.handle", "feedback.dispose", "points.post"],
        paused_at=None, assignee__isnull=False,
    ).exclude(within="")  # fmt: skip
    for row in stage.chance.some(list(rows.order_by("-pk")[:30]), count):
        note = stage.chance.pick(
            ["客户停机窗口排到下周三，邮件为证。", "客户自备的件还在途，已书面告知。"]
        )
        at = now - timedelta(hours=1) if not back else now + timedelta(hours=12)
        stage.book.plan(
            at, "pause", id=row.pk, by=row.assignee_id, reason="WAIT_CUSTOMER", note=note
        )
        if back:
            stage.book.plan(
                at + timedelta(days=stage.chance.whole(2, 6)),
                "resume",
                id=row.pk,
                by=row.assignee_id,
            )


def last_week(stage: Stage, now: datetime) -> None:
    """Near the end: a serious complaint, an urgent fault, a wish, and clocks that wait."""
    staffing.story_of_the_end(stage, now)
    pause_some(stage, now, 4, back=False)


def finale(stage: Stage, now: datetime) -> None:
    """What one account manager has on her desk when the demo is opened: she called three customers
    some days ago and promised something to each.
    """
    manager, words = stage.who("account_manager"), stage.maker.names
    mine = [
        row
        for row in stage.maker.story["customers"]
        if row["manager"] == stage.maker.who("account_manager")
    ]
    for row, back, within in zip(mine, (4, 3, 2), (-1, 0, 2), strict=False):
        owner = _story(row["code"])
        day = now.astimezone(ZONE) - timedelta(days=back)
        at = stage.chance.at_work(stage.calendar, day.replace(hour=10, minute=10 + back))
        if owner is None or at >= now:
            continue
        due = (now + timedelta(days=within)).astimezone(ZONE).date()
        with clock.set_to(at):
            calls.promising(stage, owner, stage.chance.pick(words["promises"]), manager, due, at)


def overheard(stage: Stage, now: datetime) -> None:
    """An account manager rings the first customer of the story and hears of a technical problem."""
    row = stage.maker.story["customers"][0]
    made = _story(row["code"])
    if made is not None:
        at = now.astimezone(ZONE).replace(hour=16, minute=20)
        with clock.set_to(at):
            calls.overheard(stage, made, stage.users[row["manager"]], at)


MONTHLY: tuple[Turn, ...] = (machines.read_meters, trained, quality_check, unasked, waive, pause)
TURNS: tuple[tuple[float, Turn], ...] = (
    (0.06, double), (0.08, propose_merge), (0.1, merge), (0.15, exceptions), (0.2, staffing.away), (0.22, strategic), (0.24, by_head_office), (0.26, key_person_leaves), (0.28, staffing.takes), (0.32, promotions.raised), (0.37, overheard),
    (0.25, manuals), (0.3, executive), (0.3, flagged), (0.34, staffing.calendar), (0.4, large_fair), (0.45, agreements.amended), (0.5, staffing.leaving),
    (0.53, staffing.joins), (0.56, staffing.left), (0.58, machines.worn), (0.62, executive_again), (0.66, staffing.leaves_too), (0.7, manuals_again),
    (0.78, staffing.new_version), (0.84, staffing.capacities), (0.86, promotions.reviewed), (0.9, staffing.away_again), (0.97, promotions.proposals), (0.985, last_week), (1.0, finale),
)  # fmt: skip
