"""The link by which a customer sees what was promised and what was done."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from bihuan.apps.compliance.models import PromiseLink
from bihuan.apps.compliance.refusals import LinkGone, TooOften
from bihuan.apps.customers.models import Customer
from bihuan.base.access.models import User
from bihuan.base.access.scope import must, visible
from bihuan.base.audit.actions import log
from bihuan.base.errors import BadInput, ChangedMeanwhile, NoSuchThing

VERB = "compliance.share"
SALT = "compliance.promises"
LONGEST = 366  # days: an address that is passed around must end
MOST_A_MINUTE = 30
MINUTE = timedelta(minutes=1)


def make(*, customer: Customer, until: datetime, by: User, now: datetime) -> PromiseLink:
    """A new link. Raises NotAllowed, NoSuchThing, BadInput."""
    must(by, VERB, customer)
    if until <= now:
        raise BadInput({"until": _("到期日要在今天之后。")})
    if until > now + timedelta(days=LONGEST):
        raise BadInput({"until": _("最长一年。")})
    with transaction.atomic():
        link = PromiseLink.objects.create(
            customer=customer,
            nonce=secrets.token_urlsafe(18),
            made_by=by,
            made_at=now,
            expires_at=until,
        )
        log(
            "compliance.link_made",
            by=by,
            now=now,
            thing=link,
            after={"customer": customer.pk, "until": until},
        )
    return link


def revoke(*, link: PromiseLink, by: User, now: datetime) -> None:
    """End a link at once. Raises NotAllowed, NoSuchThing, ChangedMeanwhile."""
    must(by, VERB, link.customer)
    with transaction.atomic():
        living = PromiseLink.objects.filter(pk=link.pk, revoked_at=None)
        if not living.update(revoked_at=now, revoked_by=by):
            raise ChangedMeanwhile
        log("compliance.link_revoked", by=by, now=now, thing=link)


def links_of(customer_id: int, person: User) -> QuerySet[PromiseLink]:
    """The links of a customer within reach, the newest first. Raises NoSuchThing."""
    if not visible(Customer.objects.filter(pk=customer_id), person, VERB).exists():
        raise NoSuchThing
    rows = PromiseLink.objects.filter(customer_id=customer_id)
    return rows.select_related("made_by", "revoked_by").order_by("-pk")


def token_of(link: PromiseLink) -> str:
    """What stands in the address; the same each time."""
    return Signer(salt=SALT).sign(f"{link.pk}.{link.nonce}").replace(":", "~")


def opened(token: str, now: datetime) -> PromiseLink:
    """The link of an address, opened once more. Raises LinkGone, TooOften."""
    try:
        number, _dot, nonce = Signer(salt=SALT).unsign(token.replace("~", ":")).partition(".")
    except BadSignature:
        raise LinkGone from None
    with transaction.atomic():
        rows = PromiseLink.objects.select_for_update(of=("self",)).select_related("customer")
        link = rows.filter(pk=int(number), nonce=nonce, revoked_at=None, expires_at__gt=now).first()
        if link is None:
            raise LinkGone
        if link.minute_at is None or now - link.minute_at >= MINUTE:
            link.minute_at, link.in_minute = now, 0
        if link.in_minute >= MOST_A_MINUTE:
            raise TooOften
        link.in_minute, link.seen, link.seen_at = link.in_minute + 1, link.seen + 1, now
        link.save(update_fields=["minute_at", "in_minute", "seen", "seen_at"])
    return link
