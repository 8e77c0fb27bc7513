"""Files that prove something, kept once by their content."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from bihuan.base.evidence.kinds import KINDS


class File(models.Model):
    """
    One content on disk, named by the SHA-256 of what is stored.

    `original_sha256` is the hash of what was sent: images are written anew without their EXIF,
    so the two differ for images. Sizes in bytes.
    """

    sha256 = models.CharField(max_length=64, unique=True)
    original_sha256 = models.CharField(max_length=64, db_index=True)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    stored_at = models.DateTimeField()
    stored_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    def __str__(self) -> str:
        return f"{self.name} ({self.sha256[:12]})"

    def outside(self, called: str) -> str:
        """Its name for people outside: by what it belongs to. `name` is that of whoever handed in
        this content first, who may be another customer.
        """
        return f"{called}.{KINDS[self.kind].ending}"

    @property
    def is_image(self) -> bool:
        return self.kind.startswith("image/")


class Sender(models.Model):
    """Who handed in this content; may look at it before it belongs to anything."""

    file = models.ForeignKey(File, on_delete=models.CASCADE, related_name="senders")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["file", "by"], name="sender_once")]

    def __str__(self) -> str:
        return f"{self.file_id} {self.by_id}"
