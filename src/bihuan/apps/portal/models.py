"""Tables of the customer's pages."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models

from bihuan.apps.customers.models import Customer
from bihuan.apps.demands.models import Demand, Step
from bihuan.apps.tickets.models import Ticket

USER = settings.AUTH_USER_MODEL


class Link(models.Model):
    """The address of a tracking page. Only the hash of its token is kept.

    `thread` marks the envelopes that came by this page or the report before it: what its holder
    wrote, and all that he is shown of what customers wrote. `own`: the holder reported it first
    (or was sent the link by somebody who did not do the work) and may answer for the customer;
    who reported the same machine after him follows, and answers nothing. `made_by` None: the
    reporter's own hand.
    """

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="links_out")
    digest = models.CharField(max_length=64, unique=True)
    thread = models.CharField(max_length=80)
    own = models.BooleanField(default=False)
    made_at = models.DateTimeField()
    made_by: models.ForeignKey[Any, Any] = models.ForeignKey(
        USER, null=True, on_delete=models.PROTECT, related_name="+"
    )
    revoked_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True
    )
    revoked_by: models.ForeignKey[Any, Any] = models.ForeignKey(
        USER, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        indexes = [models.Index(fields=["ticket", "-id"], name="portal_link_of_ticket")]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.made_at:%Y-%m-%d}"


class PlanLink(models.Model):
    """The address on which a customer answers one proposal of his demand; only its hash is kept.

    It goes out by mail and is shown to nobody here. A newer one of the same demand ends it, a
    newer proposal cannot be answered by it.
    """

    demand = models.ForeignKey(Demand, on_delete=models.CASCADE, related_name="plan_links")
    proposal = models.ForeignKey(Step, on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    revoked_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True
    )

    def __str__(self) -> str:
        return f"{self.demand_id} {self.made_at:%Y-%m-%d}"


class FleetLink(models.Model):
    """The address on which a customer looks at his own machines; only its hash is kept. It shows the machines that
    are his when he looks, and changes nothing.
    """

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="fleet_links")
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    made_by: models.ForeignKey[Any, Any] = models.ForeignKey(
        USER, on_delete=models.PROTECT, related_name="+"
    )
    expires_at = models.DateTimeField()
    revoked_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True
    )
    revoked_by: models.ForeignKey[Any, Any] = models.ForeignKey(
        USER, null=True, on_delete=models.PROTECT, related_name="+"
    )
    seen = models.PositiveIntegerField(default=0)
    seen_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True
    )

    class Meta:
        indexes = [models.Index(fields=["customer", "-id"], name="portal_fleet_of_customer")]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.made_at:%Y-%m-%d}"


class Count(models.Model):
    """How often something was done since `since`; `key` names what and by whom, addresses hashed."""

    key = models.CharField(max_length=80, primary_key=True)
    since = models.DateTimeField(db_index=True)
    n = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.key} {self.n}"
