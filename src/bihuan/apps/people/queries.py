"""Who holds a role, and who answers for somebody who is away."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import OuterRef, Subquery

from bihuan.apps.people.models import Capacity, Leave, Post, Region, Team
from bihuan.base import registry, sql
from bihuan.base.access.models import User
from bihuan.base.vocabulary import vocabulary

Own = dict[str, dict[int, int]]
"""Role -> {customer id: user id}."""
MAX_STEPS = 12  # the ladder of roles is a tree of a few steps; a circle must not hang the engine


@dataclass
class Holders:
    """The posts of one day, read once for a whole batch of duties.

    `of_customers` holds what higher apps know.
    """

    posts: Mapping[tuple[str, str], int]
    leads: Mapping[int, int]
    teams: Mapping[int, int]
    away: Mapping[int, int]
    of_customers: Own = field(default_factory=dict)

    def find(self, role: str, *, customer_id: int | None = None, region: str = "") -> int | None:
        """The user who answers for a role: the customer's own holder, the region's, the
        company's, else the next role up the ladder, replaced while away. None only when the
        whole ladder is empty.
        """
        found = self.named(role, customer_id=customer_id, region=region)
        return self.present(found) if found is not None else None

    def named(self, role: str, *, customer_id: int | None = None, region: str = "") -> int | None:
        """As `find`, but the holder also while away."""
        current: str | None = role
        for _ in range(MAX_STEPS):
            if current is None:
                return None
            found = self._direct(current, customer_id=customer_id, region=region)
            if found is not None:
                return found
            words = vocabulary().roles.get(current)
            current = words.up if words else None
        return None

    def above(self, role: str) -> str | None:
        """The next role of the ladder."""
        words = vocabulary().roles.get(role)
        return words.up if words else None

    def team_lead(self, user_id: int) -> int | None:
        """The lead of somebody's team, replaced while away."""
        team = self.teams.get(user_id)
        lead = self.leads.get(team) if team is not None else None
        return self.present(lead) if lead is not None else None

    def present(self, user_id: int) -> int:
        """The person, or whoever stands in while that person is away."""
        seen = {user_id}
        while (substitute := self.away.get(user_id)) is not None and substitute not in seen:
            seen.add(substitute)
            user_id = substitute
        return user_id

    def _direct(self, role: str, *, customer_id: int | None, region: str) -> int | None:
        if customer_id is not None and (own := self.of_customers.get(role, {}).get(customer_id)):
            return own
        if region and (local := self.posts.get((role, region))):
            return local
        return self.posts.get((role, ""))


POSTS = """
    SELECT p.role, coalesce(p.region_id, ''), p.user_id
    FROM people_post p JOIN access_user u ON u.id = p.user_id AND u.is_active
    WHERE p.from_on <= %(on)s AND (p.to_on IS NULL OR p.to_on > %(on)s)
    ORDER BY p.acting, p.from_on, p.id
"""
AWAY = """
    SELECT l.user_id, l.substitute_id
    FROM people_leave l JOIN access_user u ON u.id = l.substitute_id AND u.is_active
    WHERE l.from_on <= %(on)s AND l.to_on > %(on)s
    ORDER BY l.id
"""


def holders(
    *, on: date, customer_ids: Iterable[int] = (), teams: bool = True, own: Own | None = None
) -> Holders:
    """Read the posts, leaves and customers' own holders of a day (a fixed number of queries).

    Without `teams` nobody's team lead is known: for duties, which go to roles alone. `own` is what
    `own_holders` found before.
    """
    posts: dict[tuple[str, str], int] = {}
    for role, region, user in sql.rows(POSTS, {"on": on}):
        posts.setdefault((role, region), user)
    away = dict(sql.rows(AWAY, {"on": on}))
    leads, members = _teams() if teams else ({}, {})
    return Holders(
        posts=posts,
        leads=leads,
        teams=members,
        away=away,
        of_customers=own if own is not None else own_holders(customer_ids),
    )


def own_holders(customer_ids: Iterable[int]) -> Own:
    """Role -> {customer id: user id} of those whom customers have for themselves, on any day."""
    wanted, found = set(customer_ids), dict[str, dict[int, int]]()
    for config in registry.manifests() if wanted else ():
        if config.people_of:
            found |= registry.resolve(config, config.people_of)(wanted)
    return found


def leads_of(users: Collection[int]) -> dict[int, set[int]]:
    """Whoever leads the team of each of these people (two queries at most)."""
    pairs = User.objects.filter(pk__in=users, team_id__isnull=False).values_list("pk", "team_id")
    teams = dict(pairs)
    leads = dict(
        Team.objects.filter(pk__in=set(teams.values()), lead__isnull=False).values_list(
            "pk", "lead_id"
        )
    )
    return {user: {leads[team]} for user, team in teams.items() if team in leads}


def _teams() -> tuple[dict[int, int], dict[int, int]]:
    """Team -> its lead, and user -> team (one query)."""
    lead = Team.objects.filter(pk=OuterRef("team_id"), lead__isnull=False).values("lead_id")
    members = User.objects.filter(team_id__isnull=False).annotate(lead=Subquery(lead))
    teams: dict[int, int | None] = {}
    leads: dict[int, int | None] = {}
    for user, team, of_team in members.values_list("id", "team_id", "lead"):
        teams[user] = team
        if team is not None:
            leads[team] = of_team
    return _known(leads), _known(teams)


def _known(pairs: Mapping[int, int | None]) -> dict[int, int]:
    return {key: value for key, value in pairs.items() if value is not None}


def holder(role: str, *, on: date, customer_id: int | None = None, region: str = "") -> User | None:
    """The one person who answers for a role on a day."""
    found = holders(on=on, customer_ids=[customer_id] if customer_id is not None else [])
    user_id = found.find(role, customer_id=customer_id, region=region)
    return User.objects.filter(pk=user_id).first() if user_id is not None else None


def everybody_in(roles: Iterable[str], *, on: date) -> list[User]:
    """All holders of any of these roles on a day, each once."""
    ids = Post.objects.filter(role__in=list(roles)).held(on).values("user_id")
    return list(User.objects.filter(pk__in=ids, is_active=True).order_by("name", "id"))


def away_days(first: date, last: date) -> dict[int, set[date]]:
    """User -> the days between two days (both included) on which they are away (one query)."""
    found: dict[int, set[date]] = {}
    rows = Leave.objects.filter(from_on__lte=last, to_on__gt=first)
    for user_id, from_on, to_on in rows.values_list("user_id", "from_on", "to_on"):
        begin, end = max(from_on, first), min(to_on, last + timedelta(days=1))
        days = {begin + timedelta(days=n) for n in range((end - begin).days)}
        found.setdefault(user_id, set()).update(days)
    return found


DAYS_A_WEEK = 5


@dataclass(frozen=True)
class Capacities:
    """The company's figures: duties that get done in a full working week."""

    users: Mapping[int, int]
    teams: Mapping[int, int]
    roles: Mapping[str, int]
    members: Mapping[int, int | None]

    def of(self, user_id: int | None, role: str) -> int | None:
        """The nearest figure for who does it in this role; None where the company set none."""
        if user_id is not None and user_id in self.users:
            return self.users[user_id]
        team = self.members.get(user_id) if user_id is not None else None
        if team is not None and team in self.teams:
            return self.teams[team]
        return self.roles.get(role, self.roles.get(""))

    def a_day(self, user_id: int, roles: Iterable[str]) -> Decimal | None:
        """What somebody gets done on one of the five days of a full week, in the first of their
        roles that has a figure.
        """
        role = next((each for each in roles if each in self.roles), "")
        a_week = self.of(user_id, role)
        return None if a_week is None else Decimal(a_week) / DAYS_A_WEEK


def capacities() -> Capacities:
    """All figures (two queries)."""
    rows = list(Capacity.objects.order_by("id"))
    return Capacities(
        users={row.user_id: row.per_week for row in rows if row.user_id is not None},
        teams={row.team_id: row.per_week for row in rows if row.team_id is not None},
        roles={row.role: row.per_week for row in rows if not (row.user_id or row.team_id)},
        members=dict(User.objects.filter(customer_id=None).values_list("id", "team_id")),
    )


def region_choices() -> list[tuple[str, str]]:
    """Regions for the forms of accounts (manifest `choices`)."""
    return list(Region.objects.order_by("code").values_list("code", "name"))


def team_choices() -> list[tuple[int, str]]:
    """Teams for the forms of accounts (manifest `choices`)."""
    return list(Team.objects.order_by("code").values_list("pk", "name"))
