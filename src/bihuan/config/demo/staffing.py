"""People who are away, leave and join; the calendar and the regulation that change in the year."""

from __future__ import annotations

from datetime import datetime, timedelta

from bihuan.apps.customers.actions import close_account
from bihuan.apps.customers.actions.handing import settle
from bihuan.apps.customers.models import Customer
from bihuan.apps.customers.queries.people import all_holdings
from bihuan.apps.people import actions as people
from bihuan.apps.people.models import Post, Region, Team, WorkCalendar
from bihuan.apps.policy import actions as policy
from bihuan.base.access.models import User
from bihuan.base.facts.actions import tell
from bihuan.config.demo import beside, flows, founding, matters
from bihuan.config.demo.chance import ZONE
from bihuan.config.demo.notebook import Planned
from bihuan.config.demo.stage import Stage

NOTICE_DAYS = 12


def capacities(stage: Stage, now: datetime) -> None:
    """The heads state how much somebody of a post gets done in a week."""
    roles = {role for user in stage.users.values() for role in user.roles}
    for role, per_week in stage.maker.names["capacity"].items():
        if role in roles:
            people.set_capacity(role=role, per_week=per_week, by=None, now=now)


def away(stage: Stage, now: datetime) -> None:
    """The remote specialist is away for some days; somebody stands in."""
    day = now.astimezone(ZONE).date() + timedelta(days=2)
    people.take_leave(
        user=stage.who("remote_specialist"), substitute=stage.who("remote_specialist", 1), from_on=day, to_on=day + timedelta(days=9),
        by=stage.who("care_lead"), now=now, reason="年休假",
    )  # fmt: skip
    stage.changed()


def away_again(stage: Stage, now: datetime) -> None:
    """Somebody of the call-back team is away."""
    day = now.astimezone(ZONE).date() + timedelta(days=1)
    people.take_leave(
        user=stage.who("callback_agent", 1), substitute=stage.who("callback_agent"), from_on=day, to_on=day + timedelta(days=5),
        by=stage.who("monitor_lead"), now=now, reason="外出培训",
    )  # fmt: skip
    stage.changed()


def calendar(stage: Stage, now: datetime) -> None:
    """The factory is closed for a day and open on a Saturday instead: open deadlines move."""
    row = WorkCalendar.objects.get(code="cn")
    day = now.astimezone(ZONE).date() + timedelta(days=3)
    while day.weekday() > 3:
        day += timedelta(days=1)
    taken = {each["day"] for each in row.data["exceptions"]}
    if day.isoformat() in taken:
        return
    notice = {"zh": "厂区高压检修停电一天", "en": "Power is off for maintenance"}
    more = {"day": day.isoformat(), "change": "off", "name": notice}
    # After everything of this evening, which is all told at one instant: which version a clock was
    # counted by is told by the time.
    people.change_calendar(
        calendar=row, data={**row.data, "exceptions": [*row.data["exceptions"], more]}, source="行政通知 2026-17",
        by=stage.who("operations_head"), now=now + timedelta(seconds=1),
    )  # fmt: skip


def leaving(stage: Stage, now: datetime) -> None:
    """An account manager says that he will go."""
    leaver = stage.users[stage.maker.trade["leaver"]]
    last = now.astimezone(ZONE).date() + timedelta(days=NOTICE_DAYS)
    count = Customer.objects.filter(account_manager=leaver).count()
    tell(
        "staff.leaving", at=now, now=now, by=stage.who("operations_head"), subjects={"person": leaver.pk}, source="api",
        data={"last_day": last.isoformat(), "customers": count},
    )  # fmt: skip


def joins(stage: Stage, now: datetime) -> None:
    """Somebody new takes over."""
    row = stage.maker.company["joins"]
    regions = {each.code: each for each in Region.objects.all()}
    teams = {each.code: each for each in Team.objects.all()}
    user = founding.hire(row, 90, now.astimezone(ZONE).date(), regions, teams, now=now)
    tell(
        "staff.joined", at=now, now=now, by=stage.who("operations_head"), subjects={"person": user.pk}, source="api",
        data={"role": "account_manager", "department": "销售部"},
    )  # fmt: skip
    stage.changed()


def left(stage: Stage, now: datetime) -> None:
    """Everything of the leaver has an heir; then the account is closed."""
    joined = stage.users[stage.maker.company["joins"]["username"]]
    _leave(stage, stage.maker.trade["leaver"], [joined, stage.who("account_manager")], now)


def leaves_too(stage: Stage, now: datetime) -> None:
    """Somebody of the service goes, and a colleague does the work until the post is filled."""
    for row in stage.maker.company.get("leaves", ()):
        _leave(stage, row["username"], [stage.users[row["heir"]]] * 2, now)


def _leave(stage: Stage, username: str, heirs: list[User], now: datetime) -> None:
    leaver = stage.users[username]
    given = {
        f"{app}|{holding.key}": heirs[0 if number % 3 else 1]
        for number, (app, holding) in enumerate(all_holdings(leaver.pk))
    }
    settle(leaver=leaver, heirs=given, by=stage.who("market_head"), now=now)
    for post in leaver.posts.filter(to_on=None):
        people.end_post(
            post=post,
            to_on=now.astimezone(ZONE).date() + timedelta(days=1),
            by=stage.who("administrator"),
            now=now,
        )
    close_account(leaver=leaver, by=stage.who("administrator"), now=now)
    stage.changed()


def takes(stage: Stage, now: datetime) -> None:
    """Somebody takes a post beside their own; where the regulation keeps the two apart, it is given
    back some days later.
    """
    today = now.astimezone(ZONE).date()
    for row in stage.maker.company.get("takes", ()):
        user = stage.users[row["username"]]
        post = people.appoint(
            user=user, role=row["role"], from_on=today, by=stage.who("operations_head"), now=now,
            region=Region.objects.filter(code=row.get("region", "")).first(),
        )  # fmt: skip
        if "days" in row:
            back = stage.chance.at_work(stage.calendar, now + timedelta(days=row["days"]))
            stage.book.plan(back, "give_back", post=post.pk)
    stage.changed()


def give_back(stage: Stage, row: Planned, now: datetime) -> None:
    """A post beside the own one ends."""
    people.end_post(
        post=Post.objects.get(pk=row.about["post"]), to_on=now.astimezone(ZONE).date(),
        by=stage.who("operations_head"), now=now,
    )  # fmt: skip
    stage.changed()


def new_version(stage: Stage, now: datetime) -> None:
    """The regulation is amended and takes force on the first of the next month; all read it."""
    first = (now.astimezone(ZONE).replace(day=1) + timedelta(days=32)).replace(
        day=1, hour=0, minute=0, second=0, microsecond=0
    )
    files = dict(policy.shipped(stage.maker.code))
    text = files["pack.yaml"]
    for old, new in stage.maker.trade["amendment"]:
        text = text.replace(old, new)
    files["pack.yaml"] = text
    policy.bring_in(files=files, from_at=first, by=stage.who("general_manager"), now=now)


def story_of_the_end(stage: Stage, now: datetime) -> None:
    """What is in full swing when somebody first opens the demo."""
    customers = {each.code: each for each in stage.customers}
    machines = {each.serial: each for each in stage.machines}
    for row in stage.maker.story["end"]:
        at = stage.book.outline.until - timedelta(hours=row["hours_before"])
        about = machines.get(row["of"]) or customers.get(row["of"])
        if about is None:
            continue
        if "tell" in row:
            matters.matter(stage, row, about, at)
        else:
            getattr(flows, row["what"])(stage, about, at, *row.get("as", ()))
    beside.asked(stage)
