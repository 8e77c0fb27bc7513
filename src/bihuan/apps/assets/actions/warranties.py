"""The warranty of a machine: computed again whenever what it depends on changes."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from bihuan.apps.assets.models import Asset, WarrantyTerm
from bihuan.apps.assets.queries.warranties import warranty_of
from bihuan.base.access.models import User
from bihuan.base.audit.actions import log
from bihuan.base.errors import BadInput


def refresh_warranty(asset: Asset) -> None:
    """Write the computed first and last day where they differ."""
    found = warranty_of(asset)
    if (found.from_on, found.to_on) != (asset.warranty_from, asset.warranty_to):
        asset.warranty_from, asset.warranty_to = found.from_on, found.to_on
        Asset.objects.filter(pk=asset.pk).update(
            warranty_from=found.from_on, warranty_to=found.to_on
        )


def agree_warranty(
    *, asset: Asset, source: str, by: User | None, now: datetime, months: int | None = None, until: date | None = None,
) -> WarrantyTerm:  # fmt: skip
    """What a contract (`source`, as it is cited) says of this machine's warranty; said again by the
    same source it replaces what was said before. Raises BadInput.
    """
    if (months is None) == (until is None):
        raise BadInput({"months": _("写保修月数，或写保修到哪一天，只写一样。")})
    if months is not None and months <= 0:
        raise BadInput({"months": _("保修月数要大于 0。")})
    with transaction.atomic():
        Asset.objects.select_for_update(no_key=True).get(pk=asset.pk)
        WarrantyTerm.objects.filter(asset=asset, source=source, withdrawn_at=None).update(
            withdrawn_at=now
        )
        row = WarrantyTerm.objects.create(
            asset=asset, source=source, months=months, until=until, added_at=now, by=by
        )
        refresh_warranty(asset)
        log(
            "asset.warranty_agree",
            by=by,
            now=now,
            thing=asset,
            after={"source": source, "months": months, "until": until},
        )
        return row


def withdraw_warranty(*, asset: Asset, source: str, by: User | None, now: datetime) -> int:
    """What this source said holds no more; returns how many terms were taken back."""
    with transaction.atomic():
        count = WarrantyTerm.objects.filter(asset=asset, source=source, withdrawn_at=None).update(
            withdrawn_at=now
        )
        if count:
            refresh_warranty(asset)
            log("asset.warranty_withdraw", by=by, now=now, thing=asset, after={"source": source})
        return count
