"""Files that prove something: the content is kept once, a row for each name it was given."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from bihuan.base.evidence.kinds import KINDS


class File(models.Model):
    """
    A content on disk, named by the SHA-256 of what is stored, under one of the names by which it
    was handed in. The same content under another name is another row over the same content.

    `original_sha256` is the hash of what was sent: images are written anew without their EXIF,
    so the two differ for images. Sizes in bytes.
    """

    sha256 = models.CharField(max_length=64)
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

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sha256", "name"], name="file_once_by_name")]

    def __str__(self) -> str:
        return f"{self.name} ({self.sha256[:12]})"

    def outside(self, called: str) -> str:
        """Its name for people outside: by what it belongs to. `name` may be that of another
        customer who handed in the same content: before 2026-12 the first one's was kept for all.
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
