"""The first day: the company, its calendar, its people and its regulation."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from bihuan.apps.customers.models import Customer
from bihuan.apps.people import actions as people
from bihuan.apps.people.models import Region, Team
from bihuan.apps.policy import actions as policy
from bihuan.apps.tickets.lines.actions import first_queues
from bihuan.base.access import actions as access
from bihuan.base.access.models import User
from bihuan.base.system.company import set_company, set_logo
from bihuan.config.demo import agreements, beside, cast, knowledge, machines, marks
from bihuan.config.demo.stage import Stage


def found(stage: Stage, now: datetime) -> None:
    """Everything that is there before the first customer."""
    company = stage.maker.company
    set_company(by=None, now=now, **company["company"])
    if company.get("mark"):
        set_logo(marks.drawn(**company["mark"]), by=None, now=now)
    people.first_calendar(now=now)
    regions = {
        row["code"]: people.add_region(code=row["code"], name=row["name"], by=None, now=now)
        for row in company["regions"]
    }
    teams = {
        row["code"]: people.add_team(code=row["code"], name=row["name"], by=None, now=now)
        for row in company["teams"]
    }
    joined = stage.book.outline.start
    for number, row in enumerate(company["staff"], 1):
        hire(row, number, joined, regions, teams, now=now)
    stage.changed()
    for row in company["teams"]:
        people.set_lead(team=teams[row["code"]], lead=stage.users[row["lead"]], by=None, now=now)
    for each in company["sign_in"]:
        access.set_password(stage.users[each["username"]], company["password"], by=None, now=now)
    policy.bring_in(
        files=policy.shipped(stage.maker.code),
        from_at=now,
        by=stage.who("general_manager"),
        now=now,
    )
    stage.changed()


def dealer_staff(stage: Stage, now: datetime) -> None:
    """Somebody of a dealer may sign in."""
    row = stage.maker.company["dealer_sign_in"]
    dealer = Customer.objects.get(code=row["dealer"])
    user = access.add_user(
        username=row["username"], name=row["name"], by=None, now=now, staff_no="D-01", dealer_id=dealer.pk,
        region=dealer.region, roles=["dealer_staff"],
    )  # fmt: skip
    access.set_password(user, stage.maker.company["password"], by=None, now=now)
    stage.changed()


def join(stage: Stage, count: int, now: datetime) -> None:
    """So many customers with their machines and contracts, as from the ledgers of a region."""
    made = cast.add_some(stage, count, now)
    machines.found_for(stage, made, now)
    agreements.found_for(stage, made, now)
    stage.changed()


def story(stage: Stage, now: datetime) -> None:
    """The dealers and customers of the pictures, with all they have."""
    cast.add_fixed(stage, now)
    dealer_staff(stage, now)
    machines.found(stage, now)
    agreements.found_for(stage, Customer.objects.order_by("pk"), now)
    knowledge.found(stage, now)
    first_queues(by=None, now=now)
    beside.supplier(stage, now)


def hire(
    row: dict[str, Any],
    number: int,
    joined: date,
    regions: dict[str, Region],
    teams: dict[str, Team],
    *,
    now: datetime,
) -> User:
    """An account with its posts (`role` or `role@region`)."""
    user = access.add_user(
        username=row["username"], name=row["name"], by=None, now=now, staff_no=f"{1000 + number}",
        region=row.get("region", ""), team_id=teams[row["team"]].pk, joined_on=joined,
        phone=f"1390001{number:04d}",
    )  # fmt: skip
    for post in row["posts"]:
        role, _at, region = post.partition("@")
        people.appoint(
            user=user, role=role, from_on=joined, by=None, now=now, region=regions.get(region)
        )
    return user
