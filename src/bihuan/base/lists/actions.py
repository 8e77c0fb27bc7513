"""What people do to views: each is theirs; sharing one needs the right to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from bihuan.base.access.models import User
from bihuan.base.access.scope import must, reaches
from bihuan.base.audit.actions import log
from bihuan.base.errors import BadInput
from bihuan.base.lists.errors import NotYourView, TooManyViews
from bihuan.base.lists.models import Arrangement, Audience, View

MOST_OWN = 15
LONGEST_TITLE = 40
LONGEST_QUERY = 2000  # characters of a view's address
SHARE = "lists.share"


@dataclass(frozen=True)
class Shared:
    """Who else sees a view."""

    audience: Audience = Audience.PRIVATE
    team_id: int | None = None
    role: str = ""


def keep_view(
    *, listing: str, title: str, query: Mapping[str, str], shared: Shared, by: User, now: datetime
) -> View:
    """Keep filters, order and columns under a name. Raises BadInput, NotAllowed, TooManyViews."""
    _may_share(by, shared)
    if View.objects.filter(owner=by, listing=listing).count() >= MOST_OWN:
        raise TooManyViews(most=MOST_OWN)
    view = View(
        owner=by, listing=listing, title=_named(title), query=_plain(query), made_at=now,
        audience=shared.audience, team_id=shared.team_id, role=shared.role,
    )  # fmt: skip
    return _saved(view, by, now, "view.keep")


def change_view(
    *, view: View, title: str, shared: Shared, by: User, now: datetime,
    query: Mapping[str, str] | None = None,
) -> View:  # fmt: skip
    """Name, audience and (when given) what it asks for. Raises BadInput, NotAllowed, NotYourView."""
    _is_theirs(view, by)
    if (shared.audience, shared.team_id, shared.role) != (view.audience, view.team_id, view.role):
        _may_share(by, shared)
    view.title = _named(title)
    view.audience, view.team_id, view.role = shared.audience, shared.team_id, shared.role
    if query is not None:
        view.query = _plain(query)
    return _saved(view, by, now, "view.change")


def remove_view(*, view: View, by: User, now: datetime) -> None:
    """Raises NotYourView. A shared one may also be removed by whoever may share."""
    if view.owner_id != by.pk and not (view.audience != Audience.PRIVATE and reaches(by, SHARE)):
        raise NotYourView(owner=view.owner.name)
    with transaction.atomic():
        if view.audience != Audience.PRIVATE:
            log("view.remove", by=by, now=now, thing=view, before={"list": view.listing})
        view.delete()


def arrange(*, listing: str, order: Sequence[str], first: str, by: User) -> None:
    """The order of one's tabs, and the one that a bare address shows ("" = the usual one)."""
    keys = [key[:40] for key in dict.fromkeys(order)][:100]
    Arrangement.objects.update_or_create(
        person=by, listing=listing, defaults={"order": keys, "first": first[:40]}
    )


def _saved(view: View, by: User, now: datetime, verb: str) -> View:
    try:
        with transaction.atomic():
            view.save()
            if view.audience != Audience.PRIVATE:
                what = {"list": view.listing, "audience": view.audience, "role": view.role}
                log(verb, by=by, now=now, thing=view, after=what)
    except IntegrityError as error:
        raise BadInput({"title": _("您已有叫这个名字的视图。换一个名字。")}) from error
    return view


def _is_theirs(view: View, by: User) -> None:
    if view.owner_id != by.pk:
        raise NotYourView(owner=view.owner.name)


def _may_share(by: User, shared: Shared) -> None:
    if shared.audience != Audience.PRIVATE:
        must(by, SHARE)


def _named(title: str) -> str:
    plain = " ".join(title.split())
    if not plain:
        raise BadInput({"title": _("写一个名字。")})
    if len(plain) > LONGEST_TITLE:
        raise BadInput({"title": _("名字最多 40 个字。")})
    return plain


def _plain(query: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in query.items() if value and name not in ("saved", "page")}
    if sum(len(name) + len(value) for name, value in kept.items()) > LONGEST_QUERY:
        raise BadInput({"": _("条件太长，存不下。去掉几个。")})
    return kept
