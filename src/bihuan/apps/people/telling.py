"""What is told of people: posts and absences, from the beginning of their first day."""

from __future__ import annotations

from datetime import date, datetime, time

from django.utils import timezone

from bihuan.apps.people.models import Leave, Post
from bihuan.base.access.models import User
from bihuan.base.facts.actions import tell


def tell_assigned(post: Post, *, by: User | None, now: datetime) -> None:
    """`post.assigned` from the beginning of its first day, once: what a regulation asks for somebody
    new in a post is counted from then, and nothing is owed for the time before the regulation.
    """
    region = post.region
    tell(
        "post.assigned", at=midnight(post.from_on), now=now, by=by,
        source="clock" if by is None else "screen",
        subjects={"person": post.user_id}, key=f"post:{post.pk}:assigned",
        data={"role": post.role, "scope": region and region.code},
    )  # fmt: skip


def tell_away(leave: Leave, *, now: datetime) -> None:
    """`staff.away` from the beginning of the first day."""
    tell(
        "staff.away", at=midnight(leave.from_on), now=now, by=None, source="clock",
        subjects={"person": leave.user_id}, key=f"leave:{leave.pk}:away",
        data={
            "leave": str(leave.pk), "until": leave.to_on.isoformat(),
            "substitute": str(leave.substitute_id) if leave.substitute_id else None,
        },
    )  # fmt: skip


def tell_back(leave: Leave, *, now: datetime) -> None:
    """`staff.back` from the beginning of the first day at work again."""
    tell(
        "staff.back", at=midnight(leave.to_on), now=now, by=None, source="clock",
        subjects={"person": leave.user_id}, key=f"leave:{leave.pk}:back",
        data={"leave": str(leave.pk)},
    )  # fmt: skip


def midnight(day: date) -> datetime:
    """The beginning of a day in the company's zone."""
    return timezone.make_aware(datetime.combine(day, time.min))
