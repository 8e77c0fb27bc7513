"""What the machines' views share: the door, the head of the page, its tabs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from bihuan.apps.assets import profile, words
from bihuan.apps.assets.actions.common import pack_or_none
from bihuan.apps.assets.enums import Status
from bihuan.apps.assets.models import Asset
from bihuan.apps.assets.queries import page
from bihuan.apps.assets.queries.sets import state_of
from bihuan.apps.assets.queries.warranties import sentence, warranty_of
from bihuan.apps.assets.rules import stages
from bihuan.apps.customers.queries.tiers import tier_words, word_of
from bihuan.base import clock
from bihuan.base.access.models import User
from bihuan.base.access.scope import door, may
from bihuan.base.ui.slots import panels_for


def person_of(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def now_and_person(request: HttpRequest) -> tuple[datetime, User]:
    return clock.now(), person_of(request)


def asset_at(request: HttpRequest, pk: int, verb: str = "assets.see") -> Asset:
    """The machine with what its page names, if this person may do `verb` on it."""
    return door(Asset.objects.select_related(*page.LINKED), person_of(request), pk, verb)


def head(request: HttpRequest, asset: Asset, current: str, now: datetime) -> dict[str, Any]:
    """Context of `assets/parts/head.html` and of the tabs."""
    person, today = person_of(request), timezone.localtime(now).date()
    found = warranty_of(asset)
    names = tier_words(pack_or_none(now))
    may_edit = may(person, "assets.edit", asset)
    following = [each for each in stages.following(asset.status) if each not in stages.BY_MOVE]
    return {
        "asset": asset,
        "family_title": profile.family_title(asset.model.family),
        "tier": word_of(asset.customer.tier, names) if asset.customer.tier else None,
        "warranty": found,
        "warranty_why": [sentence(step) for step in found.steps],
        "warranty_days": (found.to_on - today).days if found.to_on else None,
        "set_view": _set_view(asset),
        "may_edit": may_edit,
        "deeds": [{"code": str(each), "title": words.title(words.DEED, each)} for each in following]
        if may_edit
        else [],
        "may_move": may_edit and Status(asset.status) in stages.MOVABLE,
        "tabs": tabs(request, asset, current),
        "today": today,
    }


def _set_view(asset: Asset) -> dict[str, Any] | None:
    if asset.machine_set is None:
        return None
    found = state_of(asset.machine_set)
    return {
        "title": words.title(words.SET_STATE, found.state),
        "colour": words.SET_COLOUR[found.state],
        "because": [each for each in found.because if each.key != asset.pk],
    }


def tabs(request: HttpRequest, asset: Asset, current: str) -> list[dict[str, Any]]:
    """Our own tabs and those that higher apps put into `asset.tabs`."""
    home = reverse("assets:detail", args=[asset.pk])
    own = [("overview", _("概览"), home, None)]
    later = [
        ("parts", _("部件与寿命"), reverse("assets:parts", args=[asset.pk]), None),
        ("timeline", _("时间轴"), reverse("assets:timeline", args=[asset.pk]), None),
    ]
    slots = [
        (each.key, each.title, f"{home}?tab={each.key}", each.count)
        for each in panels_for(request, "asset.tabs", asset)
    ]
    return [
        {"title": title, "url": url, "count": count, "current": key == current}
        for key, title, url, count in [*own, *slots, *later]
    ]
