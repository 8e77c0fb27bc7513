"""The approver's signature of a published version."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class PackSignature(models.Model):
    """One signature a version; never changed. ``text`` is the whole `signature.json`."""

    version = models.OneToOneField(
        "policy.PackVersion", on_delete=models.PROTECT, related_name="signature"
    )
    text = models.TextField()
    key = models.CharField(max_length=64)
    signed_at = models.DateTimeField()
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    def __str__(self) -> str:
        return f"{self.version_id} {self.key[:12]}"
