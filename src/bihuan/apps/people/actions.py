"""Appointing people, standing in, and changing working time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bihuan.apps.people.calendars import COMPANY, build, calendars
from bihuan.apps.people.enums import LAYER_ORDER, Layer
from bihuan.apps.people.models import (
    CalendarVersion,
    Capacity,
    Leave,
    Post,
    Region,
    Team,
    WorkCalendar,
)
from bihuan.apps.people.telling import tell_assigned, tell_away, tell_back
from bihuan.base.access.actions import ADMINISTRATOR, locked, not_the_last
from bihuan.base.access.errors import LastAdministrator, NotYourself
from bihuan.base.access.models import User
from bihuan.base.audit import actions as audit
from bihuan.base.errors import BadInput, ChangedMeanwhile, Refusal
from bihuan.base.facts.actions import tell
from bihuan.base.vocabulary import vocabulary
from bihuan.lib.workcal import WorkcalError, china

MOST_A_WEEK = 100_000


class AlreadyHeld(Refusal):
    code = "post_already_held"
    message = _("这个人已经在这个岗位上。")


class AwayTwice(Refusal):
    code = "leave_overlaps"
    message = _("这段时间里已经登记过外出。请先在那一条上按“回来了”或“取消外出”。")


class BackAlready(Refusal):
    code = "leave_over"
    message = _("这次外出已经结束或取消了。")


def appoint(
    *, user: User, role: str, from_on: date, by: User | None, now: datetime,
    region: Region | None = None, to_on: date | None = None, acting: bool = False,
) -> Post:  # fmt: skip
    """Give somebody else a post; the role's rights follow. Raises AlreadyHeld, BadInput, NotYourself."""
    if by is not None and by.pk == user.pk:
        raise NotYourself
    if role not in vocabulary().roles:
        raise BadInput({"role": str(_("没有这个岗位。"))})
    if to_on is not None and to_on <= from_on:
        raise BadInput({"to_on": str(_("结束日期要在开始日期之后。"))})
    with transaction.atomic():
        locked(user.pk)
        same = Post.objects.filter(user=user, role=role, region=region)
        if same.filter(Q(to_on=None) | Q(to_on__gt=from_on)).exists():
            raise AlreadyHeld
        post = Post.objects.create(
            user=user, role=role, region=region, from_on=from_on, to_on=to_on, acting=acting
        )
        on = timezone.localdate(now)
        _follow(user, on)
        if from_on <= on and (to_on is None or to_on > on):
            tell_assigned(post, by=by, now=now)
        audit.log(
            "people.appoint",
            by=by,
            now=now,
            thing=user,
            after={"role": role, "region": region and region.pk},
        )
        return post


def end_post(*, post: Post, to_on: date, by: User | None, now: datetime) -> None:
    """End somebody else's post on a day. Raises ChangedMeanwhile, BadInput, NotYourself,
    LastAdministrator.
    """
    if by is not None and by.pk == post.user_id:
        raise NotYourself
    if to_on <= post.from_on:
        raise BadInput({"to_on": str(_("结束日期要在开始日期之后。"))})
    with transaction.atomic():
        open_end = Post.objects.filter(Q(to_on=None) | Q(to_on__gt=to_on), pk=post.pk)
        if not open_end.update(to_on=to_on):
            raise ChangedMeanwhile
        _follow(post.user, timezone.localdate(now))
        audit.log(
            "people.end_post",
            by=by,
            now=now,
            thing=post.user,
            after={"role": post.role, "to": to_on.isoformat()},
        )


def _follow(user: User, on: date) -> None:
    """The roles of the posts held come to the account, those of posts that ended go; a role that
    the account has without a post stays. Raises LastAdministrator.
    """
    row = locked(user.pk)
    begun = Post.objects.filter(user=row, from_on__lte=on).order_by("id")
    held = [post.role for post in begun if post.to_on is None or post.to_on > on]
    own = [role for role in row.roles if role not in {post.role for post in begun}]
    roles = list(dict.fromkeys([*own, *held]))
    if ADMINISTRATOR in row.roles and ADMINISTRATOR not in roles:
        not_the_last(row)
    User.objects.filter(pk=row.pk).update(roles=roles)
    user.roles = roles


def follow_posts(now: datetime) -> int:
    """Give and take the rights of posts that began or ended by their dates; returns how many
    accounts changed. Twice is once. The last administrator keeps the rights of a post that is over.
    """
    on, changed = timezone.localdate(now), 0
    rows = Post.objects.values_list("user_id", "role", "from_on", "to_on", "user__roles")
    held: dict[int, set[str]] = defaultdict(set)
    ended: dict[int, set[str]] = defaultdict(set)
    has: dict[int, set[str]] = {}
    for user_id, role, from_on, to_on, roles in rows:
        has[user_id] = set(roles)
        if from_on <= on:
            (held if to_on is None or to_on > on else ended)[user_id].add(role)
    for user_id, given in has.items():
        due = held[user_id]
        if due <= given and not (ended[user_id] - due) & given:
            continue
        with suppress(LastAdministrator), transaction.atomic():
            user = locked(user_id)
            _follow(user, on)
            begun = Post.objects.filter(user=user, role__in=due - given, from_on__lte=on)
            for post in begun.held(on).order_by("pk"):
                tell_assigned(post, by=None, now=now)
            audit.log(
                "people.follow_posts", by=None, now=now, thing=user, after={"roles": user.roles}
            )
            changed += 1
    return changed


def take_leave(
    *, user: User, substitute: User | None, from_on: date, to_on: date, by: User | None,
    now: datetime, reason: str = "",
) -> Leave:  # fmt: skip
    """Somebody is away from a day until (not including) another. Raises BadInput, AwayTwice."""
    if to_on <= from_on:
        raise BadInput({"to_on": str(_("结束日期要在开始日期之后。"))})
    if substitute is not None and substitute.pk == user.pk:
        raise BadInput({"substitute": str(_("代理人要是另一个人。"))})
    with transaction.atomic():
        locked(user.pk)
        if Leave.objects.filter(user=user, from_on__lt=to_on, to_on__gt=from_on).exists():
            raise AwayTwice
        leave = Leave.objects.create(
            user=user, substitute=substitute, from_on=from_on, to_on=to_on, reason=reason
        )
        audit.log(
            "people.leave", by=by, now=now, thing=user,
            after={"from": from_on.isoformat(), "to": to_on.isoformat(), "substitute": substitute and substitute.pk},
        )  # fmt: skip
        return leave


def end_leave(*, leave: Leave, by: User | None, now: datetime) -> None:
    """Back from today on, or not going: a leave with no day before today is taken out. Raises
    BackAlready.
    """
    today = timezone.localdate(now)
    with transaction.atomic():
        row = Leave.objects.select_for_update().filter(pk=leave.pk, to_on__gt=today).first()
        if row is None:
            raise BackAlready
        audit.log(
            "people.leave_ended", by=by, now=now, thing=row.user, before={"to": row.to_on.isoformat()},
            after={"from": row.from_on.isoformat(), "to": max(today, row.from_on).isoformat()},
        )  # fmt: skip
        row.to_on = today
        if row.from_on < today:  # the clock tells that he is back
            row.save(update_fields=["to_on"])
            return
        if row.away_told_at is not None:
            tell_back(row, now=now)
        row.delete()


def tell_leaves(now: datetime) -> int:
    """Tell the absences that began and those that are over, each once with its true time."""
    on = timezone.localdate(now)
    over = Leave.objects.filter(to_on__lte=on, back_told_at=None).exclude(away_told_at=None)
    begun = Leave.objects.filter(from_on__lte=on, to_on__gt=on, away_told_at=None)
    told = 0
    for leave in over.order_by("to_on", "pk"):
        with transaction.atomic():
            if Leave.objects.filter(pk=leave.pk, back_told_at=None).update(back_told_at=now):
                tell_back(leave, now=now)
                told += 1
    for leave in begun.order_by("from_on", "pk"):
        with transaction.atomic():
            if Leave.objects.filter(pk=leave.pk, away_told_at=None).update(away_told_at=now):
                tell_away(leave, now=now)
                told += 1
    return told


def add_region(*, code: str, name: str, by: User | None, now: datetime) -> Region:
    """A new region. Raises BadInput when the code is taken."""
    if Region.objects.filter(code=code).exists():
        raise BadInput({"code": str(_("这个代码已经用过了。"))})
    with transaction.atomic():
        region = Region.objects.create(code=code, name=name)
        audit.log("people.add_region", by=by, now=now, thing=region)
        return region


def set_lead(*, team: Team, lead: User | None, by: User | None, now: datetime) -> Team:
    """Name who leads a team, or nobody."""
    with transaction.atomic():
        before = team.lead_id
        Team.objects.filter(pk=team.pk).update(lead=lead)
        team.refresh_from_db()
        audit.log(
            "people.set_lead", by=by, now=now, thing=team, before={"lead": before},
            after={"lead": lead and lead.pk},
        )  # fmt: skip
        return team


def add_team(
    *,
    code: str,
    name: str,
    by: User | None,
    now: datetime,
    region: Region | None = None,
    lead: User | None = None,
) -> Team:
    """A new team. Raises BadInput when the code is taken."""
    if Team.objects.filter(code=code).exists():
        raise BadInput({"code": str(_("这个代码已经用过了。"))})
    with transaction.atomic():
        team = Team.objects.create(code=code, name=name, region=region, lead=lead)
        audit.log("people.add_team", by=by, now=now, thing=team)
        return team


def set_capacity(
    *, per_week: int | None, by: User | None, now: datetime, user: User | None = None,
    team: Team | None = None, role: str = "",
) -> None:  # fmt: skip
    """How many duties a person, each member of a team, each holder of a role or (none named)
    anybody gets done in a full week; None takes the figure away. Raises BadInput.
    """
    if (user is not None) + (team is not None) + bool(role) > 1:
        raise BadInput({"user": str(_("人员、小组、岗位只选一个。"))})
    if role and role not in vocabulary().roles:
        raise BadInput({"role": str(_("没有这个岗位。"))})
    if per_week is not None and not 0 <= per_week <= MOST_A_WEEK:
        raise BadInput({"per_week": str(_("每周件数在 0 到 %(n)d 之间。")) % {"n": MOST_A_WEEK}})
    with transaction.atomic():
        rows = Capacity.objects.select_for_update().filter(user=user, team=team, role=role)
        before = rows.values_list("per_week", flat=True).first()
        if per_week is None:
            rows.delete()
        else:
            Capacity.objects.update_or_create(
                user=user, team=team, role=role, defaults={"per_week": per_week}
            )
        audit.log(
            "people.set_capacity", by=by, now=now, thing=user or team,
            before={"per_week": before}, after={"per_week": per_week, "role": role},
        )  # fmt: skip


def first_calendar(*, now: datetime, hours: str = "08:30-12:00,13:30-17:30") -> WorkCalendar:
    """The company's calendar, if there is none yet: Chinese holidays, Monday to Friday."""
    found = WorkCalendar.objects.filter(code=COMPANY).first()
    if found is not None:
        return found
    data = china(hours).to_data()
    return _make(COMPANY, "公司日历", Layer.COMPANY, "", None, data, source="", by=None, now=now)


def add_calendar(
    *, code: str, name: str, layer: Layer, ref: str, data: Mapping[str, Any], by: User | None,
    now: datetime, parent: WorkCalendar | None = None,
) -> WorkCalendar:  # fmt: skip
    """A layer over another calendar (default: the company's), for a region, team or customer.
    Raises BadInput.
    """
    if WorkCalendar.objects.filter(Q(code=code) | Q(layer=layer, ref=ref) & ~Q(ref="")).exists():
        raise BadInput({"code": str(_("这里已经有一个日历了，请直接改它。"))})
    above = parent or WorkCalendar.objects.get(code=COMPANY)
    if LAYER_ORDER.index(Layer(above.layer)) >= LAYER_ORDER.index(Layer(layer)):
        raise BadInput(
            {"parent": str(_("“%(name)s”不比它宽，不能在它之上再加一层。")) % {"name": above.name}}
        )
    checked = _checked(code, data, above)
    with transaction.atomic():
        row = _make(code, name, layer, ref, above, checked, source="", by=by, now=now)
        _corrected(row, 0, by=by, now=now)
        return row


def change_calendar(
    *, calendar: WorkCalendar, data: Mapping[str, Any], source: str, by: User | None, now: datetime
) -> WorkCalendar:
    """Put another content in force as the next version; open deadlines are computed again by
    whoever hears `calendar.corrected`. Raises BadInput, ChangedMeanwhile.
    """
    checked = _checked(calendar.code, data, calendar.parent)
    with transaction.atomic():
        below = _below(calendar)
        took = WorkCalendar.objects.filter(pk=calendar.pk, version=calendar.version).update(
            data=checked, version=calendar.version + 1, changed_at=now
        )
        if not took:
            raise ChangedMeanwhile
        calendar.refresh_from_db()
        CalendarVersion.objects.create(
            calendar=calendar, version=calendar.version, data=checked, source=source, by=by, at=now
        )
        # what inherits answers by what is above it, so it moves on too
        for child in below:
            WorkCalendar.objects.filter(pk=child.pk).update(
                version=child.version + 1, changed_at=now
            )
            CalendarVersion.objects.create(
                calendar=child,
                version=child.version + 1,
                data=child.data,
                source=source,
                by=by,
                at=now,
            )
        _corrected(calendar, calendar.version - 1, by=by, now=now)
        return calendar


def _below(calendar: WorkCalendar) -> list[WorkCalendar]:
    """The calendars that inherit from this one, also by another. All are locked, in one order: who
    changes one of them at the same moment waits.
    """
    rows = list(WorkCalendar.objects.select_for_update(of=("self",)).order_by("pk"))
    found, last = [], {calendar.pk}
    while last:
        more = [row for row in rows if row.parent_id in last]
        found += more
        last = {row.pk for row in more}
    return found


def _checked(code: str, data: Mapping[str, Any], parent: WorkCalendar | None) -> dict[str, Any]:
    known = {parent.code: calendars().for_(parent.code, {})} if parent else {}
    try:
        found = build({**data, "name": code}, parent.code if parent else None, known, 0)
    except WorkcalError as bad:
        raise BadInput({"data": str(bad)}) from bad
    return {**found.to_data(), "parent": None}


def _make(
    code: str, name: str, layer: Layer, ref: str, parent: WorkCalendar | None,
    data: Mapping[str, Any], *, source: str, by: User | None, now: datetime,
) -> WorkCalendar:  # fmt: skip
    row = WorkCalendar.objects.create(
        code=code,
        name=name,
        layer=layer,
        ref=ref,
        parent=parent,
        data={**data, "parent": None},
        changed_at=now,
    )
    CalendarVersion.objects.create(
        calendar=row, version=1, data=row.data, source=source, by=by, at=now
    )
    return row


def _corrected(row: WorkCalendar, old: int, *, by: User | None, now: datetime) -> None:
    tell(
        "calendar.corrected", at=now, now=now, by=by, subjects={},
        data={"calendar": row.code, "old_version": old, "version": row.version},
        key=f"calendar:{row.code}:{row.version}",
    )  # fmt: skip
    audit.log("calendar.change", by=by, now=now, thing=row, after={"version": row.version})
