"""The people of some numbers, for pages that name them."""

from __future__ import annotations

from django.db.models import QuerySet

from bihuan.base.access.models import User
from bihuan.base.prepared import planned


@planned
def people_of(ids: list[int]) -> QuerySet[User]:
    """Those that there are, in no order."""
    return User.objects.filter(pk__among=ids)
