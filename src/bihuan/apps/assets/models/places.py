"""Where machines stand, and which of them only work together."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from bihuan.apps.assets import words
from bihuan.apps.assets.enums import PlaceKind
from bihuan.apps.customers.models import Customer


class Place(models.Model):
    """A functional location of a customer: the machine moves, the place stays."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="places")
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    kind = models.CharField(
        _("种类"), max_length=10, choices=words.choices(words.PLACE), default=PlaceKind.SITE
    )
    name = models.CharField(_("名称"), max_length=80)
    path = models.CharField(max_length=400)
    address = models.CharField(_("地址"), max_length=200, blank=True)
    closed_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "path"], name="place_path_once"),
            models.CheckConstraint(
                condition=Q(parent=None) | ~Q(parent=F("id")), name="place_parent_other"
            ),
        ]
        ordering = ("path", "id")

    def __str__(self) -> str:
        return self.path


class MachineSet(models.Model):
    """Machines that only work together (成套): one stopped member stops the set."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="machine_sets")
    code = models.CharField(_("编号"), max_length=40, unique=True)
    name = models.CharField(_("名称"), max_length=80)
    place = models.ForeignKey(
        Place, null=True, blank=True, on_delete=models.PROTECT, related_name="sets"
    )
    ended_on = models.DateField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name
