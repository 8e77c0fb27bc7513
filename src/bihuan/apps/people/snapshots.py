"""The state of people that a fact carries: fields of `packs/vocabulary/facts.yaml`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from bihuan.apps.people.models import Team
from bihuan.base.access.models import User


def people(ids: Iterable[int], at: datetime) -> dict[int, dict[str, Any]]:
    """Id -> fields of `subjects.person` as they are now (two queries for any number of ids)."""
    rows = list(
        User.objects.filter(pk__in=set(ids)).values_list(
            "pk", "roles", "team_id", "dealer_id", "customer_id"
        )
    )
    teams = dict(
        Team.objects.filter(pk__in={team for _pk, _roles, team, *_rest in rows}).values_list(
            "pk", "name"
        )
    )
    found: dict[int, dict[str, Any]] = {}
    for pk, roles, team, dealer, customer in rows:
        state: dict[str, Any] = {
            "roles": list(roles),
            "employed": dealer is None and customer is None,
        }
        if team in teams:
            state["department"] = teams[team]
        found[pk] = state
    return found
