"""Templates of machines that the company wrote itself."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class TemplateVersion(models.Model):
    """One version of a template as it was written, never changed; the newest of a code is in force
    and stands over the shipped one of that code.
    """

    code = models.CharField(max_length=40)
    version = models.PositiveIntegerField()
    text = models.TextField()
    hash = models.CharField(max_length=64)
    why = models.CharField(max_length=200)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="template_version_once")
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.version}"
