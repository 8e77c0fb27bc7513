"""A small company for tests: eight people, a regulation, customers; and moments as people say."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth.hashers import make_password

from bihuan.apps.customers.models import Customer
from bihuan.apps.obligations.handlers import on_facts
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.people.actions import appoint, first_calendar
from bihuan.apps.people.models import Region
from bihuan.apps.policy.enums import Status
from bihuan.apps.policy.models import PackVersion
from bihuan.apps.policy.queries import read_files
from bihuan.base.access.models import User
from bihuan.base.facts.actions import tell
from bihuan.base.facts.listeners import drain
from bihuan.base.facts.models import Fact

ZONE = ZoneInfo("Asia/Shanghai")
PACK = Path(__file__).parent / "pack"
PEOPLE = {
    "gu": ("顾远", "general_manager"), "li": ("李慕言", "account_manager"),
    "chen": ("陈砺", "remote_specialist"), "shen": ("沈悦", "care_lead"),
    "zhao": ("赵秋实", "quality_head"), "qian": ("钱磊", "quality_engineer"),
    "sun": ("孙乐平", "callback_agent"), "zhou": ("周敏", "desk_lead"),
    "wu": ("吴帆", "dispatcher"), "zheng": ("郑直", "after_sales_head"),
    "wang": ("王数", "analyst"),
}  # fmt: skip


def moment(text: str) -> datetime:
    """`2026-03-07 23:10` in Shanghai."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def files(version: str = "1", swap: dict[str, str] | None = None) -> dict[str, str]:
    """The trial regulation; `swap` replaces pieces of its text."""
    found = {p.relative_to(PACK).as_posix(): p.read_text("utf-8") for p in PACK.rglob("*.yaml")}
    found["pack.yaml"] = found["pack.yaml"].replace('version: "1"', f'version: "{version}"')
    for old, new in (swap or {}).items():
        found = {path: text.replace(old, new) for path, text in found.items()}
    return found


def put_in_force(
    texts: dict[str, str], *, from_at: datetime, to_at: datetime | None = None
) -> PackVersion:
    """A published version, without the checks that the policy app has tests of its own for."""
    pack = read_files(texts)
    return PackVersion.objects.create(
        code=pack.code, version=pack.version, title={"zh": pack.title.zh, "en": pack.title.en},
        files=texts, hash=pack.hash, status=Status.PUBLISHED, in_force_from=from_at,
        in_force_to=to_at, made_at=from_at, published_at=from_at,
    )  # fmt: skip


@dataclass
class House:
    """Everything a test needs at hand."""

    start: datetime
    people: dict[str, User] = field(default_factory=dict)
    version: PackVersion | None = None

    def __getattr__(self, name: str) -> Any:
        try:
            return self.__dict__["people"][name]
        except KeyError:
            raise AttributeError(name) from None

    def hear(self, now: datetime, limit: int = 500) -> int:
        """Let the engine hear everything told so far."""
        total = 0
        while heard := drain("obligations", on_facts, now, limit=limit):
            total += heard
        return total

    def told(
        self, kind: str, at: str | datetime, /, *, now: datetime | None = None,
        subjects: dict[str, int] | None = None, by: User | None = None, key: str | None = None,
        **data: Any,
    ) -> Fact:  # fmt: skip
        """Tell a fact and let the engine hear it."""
        when = moment(at) if isinstance(at, str) else at
        fact = tell(
            kind, at=when, now=now or when, by=by, subjects=subjects or {}, data=data, key=key
        ).fact
        self.hear(now or when)
        return fact


def house(start: str = "2026-01-01 00:00", **swap: str) -> House:
    """The trial company with its regulation in force."""
    begun = moment(start)
    home = House(begun)
    first_calendar(now=begun)
    Region.objects.get_or_create(code="east", defaults={"name": "华东"})
    for username, (name, role) in PEOPLE.items():
        user = User.objects.create(
            username=username,
            name=name,
            password=make_password(None),
            staff_no=f"F{len(home.people):04d}",
        )
        appoint(user=user, role=role, from_on=date(2025, 1, 1), by=None, now=begun)
        home.people[username] = user
    home.version = put_in_force(files(swap=dict(swap)), from_at=begun)
    return home


def customer(
    home: House, name: str = "金陵泵业股份有限公司", tier: str = "GOLD", **more: Any
) -> Customer:
    """A living customer of an account manager."""
    number = Customer.objects.count() + 1
    values: dict[str, Any] = {
        "code": f"C{number:04d}", "name": name, "short_name": name[:4], "name_key": name,
        "pinyin": "", "initials": "", "tier": tier, "tier_rank": 1, "status": "ACTIVE",
        "region": "east", "account_manager": home.people["li"], "added_at": home.start,
        "exec_sponsor": home.people["gu"], "changed_at": home.start,
    }  # fmt: skip
    return Customer.objects.create(**(values | more))


def one(**where: Any) -> Obligation:
    """The only obligation that fits."""
    return Obligation.objects.get(**where)


def shown(moment_: datetime | None) -> str:
    """A moment as people read it."""
    return f"{moment_.astimezone(ZONE):%Y-%m-%d %H:%M}" if moment_ else ""
