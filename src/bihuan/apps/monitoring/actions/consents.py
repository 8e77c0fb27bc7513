"""A customer agrees to data or to position of a machine, or takes it back: at once, and on record."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from bihuan.apps.assets.models import Asset
from bihuan.apps.monitoring.actions.common import subjects
from bihuan.apps.monitoring.actions.devices import let_go
from bihuan.apps.monitoring.actions.history import forget_of
from bihuan.apps.monitoring.actions.refusing import tells_place
from bihuan.apps.monitoring.catalogue import templates
from bihuan.apps.monitoring.enums import Agreed, Told
from bihuan.apps.monitoring.models import Consent, Device, Latest, Refused
from bihuan.apps.monitoring.refusals import AlreadySaid, EvidenceMissing, SaidInTheFuture
from bihuan.base.access.models import User
from bihuan.base.audit.actions import log
from bihuan.base.facts.actions import tell


def record(
    *, asset: Asset, what: Agreed, given: bool, person: str, told: Told, evidence: str, said_at: datetime, by: User,
    now: datetime,
) -> Consent:  # fmt: skip
    """What the customer said. From the next batch on data are dropped, or positions left out, and
    what stood open of a machine without data is over. Raises EvidenceMissing, SaidInTheFuture,
    AlreadySaid.
    """
    if not person.strip() or not evidence.strip():
        raise EvidenceMissing
    if said_at > now:
        raise SaidInTheFuture
    with transaction.atomic():
        Asset.objects.select_for_update(of=("self",), no_key=True).get(pk=asset.pk)
        before = Consent.objects.filter(asset=asset, what=what, replaced_at=None)
        held = before.first()
        if held is not None and held.given == given:
            raise AlreadySaid
        before.update(replaced_at=now)
        row = Consent.objects.create(
            asset=asset, what=what, given=given, person=person.strip()[:80], told=told, evidence=evidence.strip()[:200],
            said_at=said_at, by=by, recorded_at=now,
        )  # fmt: skip
        if not given:
            _withdrawn(asset, what, by, now)
        log(
            "consent.record", by=by, now=now, thing=asset, before={"given": held.given if held else None},
            after={"what": str(what), "given": given, "told": str(told)},
        )  # fmt: skip
        kind = "consent.given" if given else "consent.withdrawn"
        tell(
            kind, at=said_at, now=now, by=by, subjects=subjects(asset), data={"consent": str(row.pk), "what": str(what)},
            key=f"consent:{row.pk}",
        )  # fmt: skip
    return row


def _withdrawn(asset: Asset, what: Agreed, by: User, now: datetime) -> None:
    if what == Agreed.DATA:
        forget_of(asset)
    for device in Device.objects.filter(asset=asset):
        if what == Agreed.DATA:
            let_go(device, by=by, now=now)
        for row in Latest.objects.filter(device=device).select_related("layout"):
            places = positions_of(device.template, row.layout.points)
            values = [None if place in places else value for place, value in enumerate(row.values)]
            Latest.objects.filter(pk=row.pk).update(values=values)
        if tells_place(templates().get(device.template)):
            Refused.objects.filter(device=device).update(raw=b"")


def positions_of(template: str, points: list[str]) -> set[int]:
    """Places of the points that say where the machine is."""
    known = templates().get(template)
    codes = {point.code for point in known.points if point.position} if known else set()
    return {place for place, code in enumerate(points) if code in codes}
