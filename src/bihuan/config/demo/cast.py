"""The customers: organisations, people, key dates and what they bought over the years."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from bihuan.apps.customers import actions as customers
from bihuan.apps.customers.enums import Category, Channel, Node, Purpose
from bihuan.apps.customers.models import Contact, Customer
from bihuan.apps.customers.rules.key_dates import Day
from bihuan.base.access.models import User
from bihuan.config.demo import names
from bihuan.config.demo.chance import ZONE
from bihuan.config.demo.stage import Stage


def add_fixed(stage: Stage, now: datetime) -> None:
    """The dealers, and the customers of the pictures."""
    story, trade = stage.maker.story, stage.maker.trade
    for number, row in enumerate(story["dealers"], 1):
        made = customers.add_customer(
            by=None, now=now, code=row["code"], name=row["name"], short_name=row["short_name"], relation="DEALER",
            region=row["region"], city=row["city"], nature="PRIVATE", industry=trade["dealer_industry"], tier=trade["dealer_tier"],
            account_manager=_manager(stage, row["region"]), since=_years_before(now, 6), source="老客户",
            credit_code=names.credit_code(stage, row["region"], 9000 + number, public=False),
            usage_score=70, growth_score=60,
        )  # fmt: skip
        _buy_over_years(stage, made, trade["dealer_tier"], 6, now)
    for number, row in enumerate(story["customers"], 1):
        _fixed(stage, row, number, now)


def _fixed(stage: Stage, row: dict[str, Any], number: int, now: datetime) -> None:
    profile = stage.maker.trade["tiers"][row["tier"]]
    made = customers.add_customer(
        by=None, now=now, code=row["code"], name=row["name"], short_name=row.get("short_name", ""), relation="DIRECT",
        region=row["region"], city=row["city"], nature=row["nature"], industry=row["industry"], tier=row["tier"],
        since=_years_before(now, row["since_years"]), source="老客户", flags=list(row.get("flags", ())), features=list(row.get("features", ())),
        account_manager=stage.users[row["manager"]], exec_sponsor=_user(stage, row.get("sponsor")),
        dedicated_engineer=_user(stage, row.get("engineer")), pains=[each for each in row.get("pains", "").split("；") if each],
        credit_code=names.credit_code(stage, row["region"], number, public=row["nature"] == "PUBLIC"),
        address=names.address(stage, row["city"]),
        usage_score=round(sum(profile["usage"]) / 2), growth_score=round(sum(profile["growth"]) / 2),
        **_wallet(stage, row["tier"]),
    )  # fmt: skip
    above: Contact | None = None
    for each in row["contacts"]:
        birthday = each.get("birthday")
        contact = customers.add_contact(
            customer=made, by=None, now=now, name=each["name"], title=each["title"], decision_role=each["role"],
            phone=each["phone"], is_key=each.get("key", False), reports_to=above if each["role"] == "USER" else None,
            **(dict(zip(("birthday_month", "birthday_day", "birthday_lunar"), birthday, strict=True)) if birthday else {}),
        )  # fmt: skip
        above = above or contact
        _agree(stage, contact, now)
    if not row.get("quiet"):
        _buy_over_years(stage, made, row["tier"], row["since_years"], now)
    else:
        _buy(stage, made, made.since or now.date(), 160000, Category.EQUIPMENT, now)


def _user(stage: Stage, name: str | None) -> User | None:
    return stage.users[name] if name else None


def _manager(stage: Stage, region: str) -> User:
    here = stage.called(stage.maker.trade["regions"][region]["managers"])
    return stage.chance.pick(here)


def _years_before(now: datetime, years: float) -> date:
    return now.astimezone(ZONE).date() - timedelta(days=round(years * 365.25))


def _wallet(stage: Stage, tier: str) -> dict[str, Any]:
    if not stage.maker.trade["tiers"][tier].get("wallet") or not stage.chance.yes(0.7):
        return {}
    share = Decimal(str(round(stage.chance.between(0.25, 0.85), 2)))
    return {
        "wallet_share": share,
        "wallet_source": stage.chance.pick(["客户设备台账", "采购公示", "拜访时客户口述"]),
    }


def add_some(stage: Stage, count: int, now: datetime) -> list[Customer]:
    """So many more customers with their people and purchases."""
    taken = set(Customer.objects.values_list("name", flat=True))
    dealers = {
        row.region: row for row in Customer.objects.filter(relation="DEALER").order_by("-pk")
    }
    return [add_one(stage, taken, dealers, now) for _ in range(count)]


def add_one(
    stage: Stage,
    taken: set[str],
    dealers: dict[str, Customer],
    now: datetime,
    *,
    prospect: bool = False,
    alone: Sequence[str] = (),
) -> Customer:
    """One customer, by chance; with flags that it has in any case nobody looks after it yet."""
    chance, words, trade = stage.chance, stage.maker.names, stage.maker.trade
    kinds = {row["code"]: row for row in words["kinds"]}
    kind = kinds[chance.weighted({row["code"]: row["share"] for row in words["kinds"]})]
    region = chance.weighted({name: row["share"] for name, row in trade["regions"].items()})
    city = chance.pick(words["cities"][region])
    tier = _tier(stage, kind, prospect=prospect)
    profile, fresh = trade["tiers"][tier], tier == trade["prospect"]
    through = profile.get("dealers", 0)
    dealer = dealers.get(region) if through and chance.yes(through) else None
    large = profile.get("large", False)
    years = round(chance.between(*profile["years"]), 2)
    number = 10 + stage.book.number("customer")
    made = customers.add_customer(
        by=None, now=now, code=stage.maker.customer_code(number), name=names.organisation(stage, kind, city, taken),
        relation="PROSPECT" if fresh else "END_USER" if dealer else "DIRECT", dealer=dealer,
        region=region, city=city, nature=kind["nature"], industry=kind["industry"], tier="" if prospect or not profile.get("stated", True) else tier,
        since=_years_before(now, years) if years else None, address=names.address(stage, city),
        source=chance.pick(["展会", "老客户介绍", "官网留言", "招标平台", "经销商推荐", "学术会议"]),
        account_manager=None if alone or (fresh and chance.yes(0.1)) else _manager(stage, region),
        usage_score=round(chance.between(*profile["usage"])), growth_score=round(chance.between(*profile["growth"])),
        credit_code="" if kind["nature"] == "INDIVIDUAL" else names.credit_code(stage, region, number, public=kind["nature"] == "PUBLIC"),
        pains=chance.some(words["pains"], chance.whole(1, 2)) if chance.yes(0.3) else [], flags=sorted({*_flags(stage, profile, kind), *alone}),
        exec_sponsor=stage.who("deputy_manager") if large and chance.yes(0.4) else None,
        dedicated_engineer=stage.engineer_of(region) if large and chance.yes(0.8) else None,
        **_wallet(stage, tier),
    )  # fmt: skip
    _people(stage, made, kind, number, now)
    if not fresh:
        _buy_over_years(stage, made, tier, years, now)
    if large or chance.yes(0.06):
        customers.add_key_date(
            customer=made, node=Node.COMPANY_ANNIV, when=Day(chance.whole(1, 12), chance.whole(1, 28)), by=None, now=now,
            since_year=chance.whole(1952, 2015), title="建厂纪念日",
        )  # fmt: skip
    for node, share in trade.get("key_dates", {}).items():
        if chance.yes(share):
            when = Day(chance.whole(1, 12), chance.whole(1, 28))
            customers.add_key_date(
                customer=made, node=Node(node), when=when, by=None, now=now, title=words.get("key_dates", {}).get(node, "")
            )  # fmt: skip
    return made


def _tier(stage: Stage, kind: dict[str, Any], *, prospect: bool) -> str:
    """By chance, or by what kind of customer it is where the regulation says so."""
    tiers, fresh = stage.maker.trade["tiers"], stage.maker.trade["prospect"]
    if prospect:
        return str(fresh)
    drawn = stage.chance.weighted({name: row["share"] for name, row in tiers.items()})
    return drawn if drawn == fresh else kind.get("tier", drawn)


def _flags(stage: Stage, profile: dict[str, Any], kind: dict[str, Any]) -> list[str]:
    shares = {**profile.get("flags", {}), **kind.get("flags", {})}
    return [flag for flag, share in shares.items() if stage.chance.yes(share)]


def _people(stage: Stage, made: Customer, kind: dict[str, Any], number: int, now: datetime) -> None:
    chance = stage.chance
    titles = stage.maker.names["public_titles" if kind["nature"] == "PUBLIC" else "titles"]
    roles = chance.some(["USER", "BUYER", "INFLUENCER", "GATEKEEPER"], chance.whole(0, 2))
    above: Contact | None = None
    for order, role in enumerate(["DECIDER", *roles]):
        birthday = chance.yes(0.2)
        contact = customers.add_contact(
            customer=made, by=None, now=now, name=names.person(stage), title=chance.pick(kind.get("titles", titles[role])),
            department=chance.pick(kind["departments"]) if role != "DECIDER" else "", decision_role=role,
            phone=f"1390000{2000 + (number * 4 + order) % 3400:04d}", is_key=order == 0, reports_to=above,
            email=f"contact{number}.{order}@example.com" if chance.yes(0.4) else "",
            birthday_month=chance.whole(1, 12) if birthday else None, birthday_day=chance.whole(1, 28) if birthday else None,
            birthday_lunar=birthday and chance.yes(0.5),
        )  # fmt: skip
        above = above or contact
        if order < 2:
            _agree(stage, contact, now)


def _agree(stage: Stage, contact: Contact, now: datetime) -> None:
    wanted = [
        (Purpose.SERVICE, Channel.PHONE, 0.95),
        (Purpose.SURVEY, Channel.WECOM, 0.5),
        (Purpose.CARE, Channel.PHONE, 0.4),
    ]
    for purpose, channel, share in wanted:
        if stage.chance.yes(share):
            customers.set_consent(
                contact=contact,
                purpose=purpose,
                channel=channel,
                agreed=True,
                source="服务协议附件二",
                by=None,
                now=now,
            )


def _buy_over_years(stage: Stage, made: Customer, tier: str, years: float, now: datetime) -> None:
    """One large order a year and smaller ones beside it; the last twelve months fit the tier."""
    low, high = stage.maker.trade["tiers"][tier]["year"]
    for back in range(min(int(years) + 1, 2)):
        total = stage.chance.between(low, high) * (0.82**back)
        first = now.astimezone(ZONE).date() - timedelta(days=365 * back + 5)
        parts = [0.72, 0.28] if back == 0 else [1.0]
        for share in parts:
            day = max(first - timedelta(days=stage.chance.whole(5, 330)), made.since or first)
            category = (
                Category.EQUIPMENT
                if share > 0.5
                else stage.chance.pick([Category.PARTS, Category.SERVICE, Category.CONTRACT])
            )
            _buy(stage, made, day, total * share, category, now)


def _buy(
    stage: Stage, made: Customer, day: date, amount: float, category: Category, now: datetime
) -> None:
    customers.record_purchase(
        customer=made, order_no=f"DD-{day:%y%m}-{stage.book.number('order'):05d}", made_on=day, category=category,
        amount=Decimal(round(amount / 100) * 100 or 100), by=None, now=now,
    )  # fmt: skip
