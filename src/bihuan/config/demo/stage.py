"""What every scene has at hand: the people, the calendar, the customers and their machines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from bihuan.apps.assets.models import Model
from bihuan.apps.customers.enums import Status
from bihuan.apps.customers.models import Customer
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.people.calendars import COMPANY, calendars
from bihuan.apps.people.queries import Holders, holders
from bihuan.apps.policy.queries import pack_of
from bihuan.base.access.models import User
from bihuan.config.demo.chance import ZONE
from bihuan.config.demo.makers import Maker, maker
from bihuan.config.demo.notebook import Notebook
from bihuan.lib.policy.model import Done, Pack
from bihuan.lib.workcal import Calendar


@dataclass(frozen=True)
class Known:
    """A customer as the story sees it."""

    pk: int
    code: str
    name: str
    tier: str
    region: str
    relation: str
    status: str
    manager: int | None
    flags: tuple[str, ...]


@dataclass(frozen=True)
class Machine:
    """A machine as the story sees it."""

    pk: int
    customer: Known
    serial: str
    status: str


class Stage:
    """Reads the company once and again only when something changed."""

    def __init__(self, book: Notebook) -> None:
        self.book = book
        self.chance = book.chance
        self.maker: Maker = maker(book.outline.maker)
        self._holders: dict[date, Holders] = {}
        self._packs: dict[int, Pack] = {}

    def changed(self) -> None:
        """Forget what was read: people, customers or machines have changed."""
        for name in ("users", "models", "by_pk", "customers", "machines", "served", "calendar"):
            self.__dict__.pop(name, None)
        self._holders = {}

    @cached_property
    def users(self) -> dict[str, User]:
        """Everybody by sign-in name."""
        return {user.username: user for user in User.objects.order_by("pk")}

    @cached_property
    def models(self) -> dict[str, Model]:
        """The catalogue by code."""
        return {model.code: model for model in Model.objects.all()}

    @cached_property
    def by_pk(self) -> dict[int, User]:
        return {user.pk: user for user in self.users.values()}

    @cached_property
    def calendar(self) -> Calendar:
        return calendars().for_(COMPANY, {})

    @cached_property
    def customers(self) -> list[Known]:
        """Living customers in the order in which they were added."""
        rows = Customer.objects.exclude(status__in=[Status.MERGED, Status.LOST]).order_by("pk")
        return [
            Known(
                row.pk, row.code, row.short_name or row.name, row.tier, row.region, row.relation,
                row.status, row.account_manager_id, tuple(row.flags),
            )
            for row in rows
        ]  # fmt: skip

    @cached_property
    def served(self) -> list[Known]:
        """Customers who have bought something."""
        return [each for each in self.customers if each.status == Status.ACTIVE]

    @cached_property
    def machines(self) -> list[Machine]:
        """Machines in use, in the order in which they were added."""
        from bihuan.config.demo.machines import in_use

        return in_use({each.pk: each for each in self.customers})

    def holder(self, role: str, when: datetime, customer: Known | None = None) -> User:
        """Who answers for a role then."""
        on = when.astimezone(ZONE).date()
        if on not in self._holders:
            self._holders = {on: holders(on=on, customer_ids=[each.pk for each in self.customers])}
        found = self._holders[on].find(
            role, customer_id=customer.pk if customer else None,
            region=customer.region if customer else "",
        )  # fmt: skip
        return self.by_pk[found] if found is not None else self.users["admin"]

    def engineer_of(self, region: str) -> User:
        """The field engineer of a region."""
        found = holders(on=self.book.outline.start).find("field_engineer", region=region)
        return self.by_pk[found] if found is not None else self.who("after_sales_head")

    def who(self, role: str, nth: int = 0) -> User:
        """The first (or a later) holder of a post, whoever stands in for them today."""
        return self.users[self.maker.who(role, nth)]

    def profile(self, tier: str) -> dict[str, Any]:
        """How customers of a tier are; one without a tier is like the lowest that buys."""
        tiers = self.maker.trade["tiers"]
        return dict(tiers.get(tier) or tiers[self.maker.served_tiers[-1]])

    def done_by(self, row: Obligation) -> Sequence[Done]:
        """The facts that carry out a duty by its rule, none where a person says it is done."""
        if row.pack_version_id not in self._packs:
            self._packs[row.pack_version_id] = pack_of(row.pack_version)
        return self._packs[row.pack_version_id].rules[row.rule].done

    def called(self, names: Sequence[str]) -> list[User]:
        """These people, those who are still here."""
        return [
            self.users[name] for name in names if name in self.users and self.users[name].is_active
        ]
