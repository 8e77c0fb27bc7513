"""The address on which a customer looks at his own machines: made, opened, ended."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, QuerySet

from bihuan.apps.customers.models import Customer
from bihuan.apps.portal import figures
from bihuan.apps.portal.links import TOKEN_BYTES
from bihuan.apps.portal.models import FleetLink
from bihuan.apps.portal.rules import TOKEN, digest
from bihuan.base.access.models import User
from bihuan.base.access.scope import must
from bihuan.base.audit.actions import log
from bihuan.base.errors import ChangedMeanwhile

VERB = "portal.fleet"


def make(*, customer: Customer, by: User, now: datetime) -> tuple[FleetLink, str]:
    """A link and its token, which is shown this once. Raises NotAllowed, NoSuchThing."""
    must(by, VERB, customer)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    with transaction.atomic():
        link = FleetLink.objects.create(
            customer=customer, digest=digest(token), made_at=now, made_by=by,
            expires_at=now + timedelta(days=figures.whole("fleet_days", now)),
        )  # fmt: skip
        log("portal.fleet_made", by=by, now=now, thing=link, after={"customer": customer.pk})
    return link, token


def revoke(*, link: FleetLink, by: User, now: datetime) -> None:
    """It opens no more, at once. Raises NotAllowed, NoSuchThing, ChangedMeanwhile."""
    must(by, VERB, link.customer)
    with transaction.atomic():
        living = FleetLink.objects.filter(pk=link.pk, revoked_at=None)
        if not living.update(revoked_at=now, revoked_by=by):
            raise ChangedMeanwhile
        log("portal.fleet_revoked", by=by, now=now, thing=link)


def of_customer(customer: int) -> QuerySet[FleetLink]:
    rows = FleetLink.objects.filter(customer=customer)
    return rows.select_related("made_by", "revoked_by").order_by("-pk")


def opened(token: str, now: datetime) -> FleetLink | None:
    """The living link of a token; None for wrong, revoked and ended ones alike."""
    if not TOKEN.fullmatch(token):
        return None
    rows = FleetLink.objects.select_related("customer").filter(revoked_at=None, expires_at__gt=now)
    return rows.filter(digest=digest(token)).first()


def looked(link: FleetLink, now: datetime) -> None:
    """It was opened by whoever it is for."""
    FleetLink.objects.filter(pk=link.pk).update(seen=F("seen") + 1, seen_at=now)
