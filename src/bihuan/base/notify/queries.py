"""What somebody has been told."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from bihuan.base.access.models import User
from bihuan.base.notify.models import Notice


def unread(user: Any) -> QuerySet[Notice]:
    """The notices that wait to be read."""
    return Notice.objects.filter(to_id=user.pk, read_at=None)


def of(user: User) -> QuerySet[Notice]:
    """All notices of one person, newest first."""
    return Notice.objects.filter(to=user).order_by("-at", "-id")
