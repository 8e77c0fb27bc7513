"""The ordinary life of each machine, learnt from its own hours."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import models

from bihuan.apps.assets.models import Asset


class Baseline(models.Model):
    """What is known of a machine's hours: judged up to `upto`, learnt from those since `from_at`.

    `hours` so many of them counted. `learned` and `state` are of `lib.diagnosis.ordinary` by the
    code of the watch; `recent` are the means of the last days ([epoch seconds, value of each point of
    the template]); `memory` since when a watch has stood beyond its limit or back again. `relearn_at`:
    the machine was repaired then, and its life before says nothing any more. `compared_at` is the
    hour at which it was last compared with its fleet.
    """

    asset = models.OneToOneField(
        Asset, primary_key=True, on_delete=models.PROTECT, related_name="+"
    )
    template = models.CharField(max_length=40)
    from_at = models.DateTimeField()
    upto = models.DateTimeField(db_index=True)
    hours = models.PositiveIntegerField(default=0)
    learned: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    state: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    recent: models.JSONField[list[Any], list[Any]] = models.JSONField(default=list)
    memory: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    compared_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True
    )
    relearn_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True
    )

    def __str__(self) -> str:
        return f"{self.asset_id} {self.upto}"
