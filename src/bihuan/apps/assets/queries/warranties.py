"""The warranty of a machine and why it is so."""

from __future__ import annotations

from bihuan.apps.assets import words
from bihuan.apps.assets.models import Asset
from bihuan.apps.assets.rules.warranty import Agreed, Step, Warranty, warranty


def warranty_of(asset: Asset) -> Warranty:
    """Computed from the model's terms, the dates and what contracts agreed (one query)."""
    agreed = [
        Agreed(row.source, row.months, row.until)
        for row in asset.warranty_terms.filter(withdrawn_at=None).order_by("pk")
    ]
    return warranty(
        asset.model.terms, delivered_on=asset.delivered_on, commissioned_on=asset.commissioned_on,
        agreed=agreed, ended_on=asset.warranty_ended_on,
    )  # fmt: skip


def sentence(step: Step) -> str:
    """A step in words of the page's language."""
    return words.title(words.WARRANTY_STEP, step.code) % dict(step.values)
