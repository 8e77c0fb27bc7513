"""The people who sign in."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from bihuan.base import sql

OF_OTHER_FIRMS = ("dealer_staff", "supplier_staff")
"""Posts of packs/vocabulary/roles.yaml that people of dealers and suppliers hold."""


class UserManager(BaseUserManager["User"]):
    """Looks users up by their sign-in name."""

    def get(self, *args: Any, **kwargs: Any) -> User:
        """As usual; of all people by the key alone, as each request asks for its person, without
        Django's building the statement anew.
        """
        pk = kwargs.get("pk")
        if type(self) is not UserManager or args or len(kwargs) != 1 or not isinstance(pk, int):
            return super().get(*args, **kwargs)
        found = sql.load(self.model, "WHERE t.id = %s", [pk])
        if not found:
            raise self.model.DoesNotExist
        return found[0]

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(username__iexact=username or "")

    def active(self) -> models.QuerySet[User]:
        return self.filter(is_active=True).order_by("name", "id")

    def ours(self) -> models.QuerySet[User]:
        """Our own people: nobody of a customer, a dealer or a supplier."""
        own = self.active().filter(customer_id=None, dealer_id=None)
        return own.exclude(roles__overlap=list(OF_OTHER_FIRMS))


class User(AbstractBaseUser):
    """
    Somebody of the company, of a dealer or of a customer.

    `roles` are codes of packs/vocabulary/roles.yaml; `region`, `team_id`, `dealer_id` and
    `customer_id` say how far a scoped right reaches. Teams, dealers and customers live in higher
    apps, therefore their ids are plain numbers here.
    """

    username = models.CharField(_("登录名"), max_length=60, unique=True)
    name = models.CharField(_("姓名"), max_length=80)
    staff_no = models.CharField(_("工号"), max_length=20, blank=True)
    email = models.EmailField(_("邮箱"), blank=True)
    phone = models.CharField(_("手机"), max_length=20, blank=True)
    roles = ArrayField(models.CharField(max_length=40), default=list, verbose_name=_("岗位"))
    region = models.CharField(_("区域"), max_length=20, blank=True)
    team_id = models.BigIntegerField(null=True, blank=True)
    dealer_id = models.BigIntegerField(null=True, blank=True)
    customer_id = models.BigIntegerField(null=True, blank=True)
    language = models.CharField(max_length=5, default="zh")
    theme = models.CharField(max_length=8, default="auto")
    is_active = models.BooleanField(default=True)
    joined_on = models.DateField(null=True, blank=True)
    left_on = models.DateField(null=True, blank=True)

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        db_table = "access_user"
        constraints = [
            models.UniqueConstraint(Lower("username"), name="user_name_once"),
            models.UniqueConstraint(
                fields=["staff_no"], condition=~Q(staff_no=""), name="user_staff_no_once"
            ),
        ]
        indexes = [models.Index(fields=["team_id"]), models.Index(fields=["customer_id"])]

    def __str__(self) -> str:
        return f"{self.name} ({self.username})"

    @property
    def is_staff(self) -> bool:
        """Nobody enters Django's own admin: the product has its own screens."""
        return False


class OneTimeLink(models.Model):
    """An invitation or a reset: only the hash of its token is kept; works once."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="links")
    purpose = models.CharField(max_length=8, choices=[("INVITE", "INVITE"), ("RESET", "RESET")])
    token_sha256 = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    expires_at = models.DateTimeField()
    used_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True
    )

    def __str__(self) -> str:
        return f"{self.purpose} {self.user_id}"


class ApiToken(models.Model):
    """A key for programs: acts as its owner, within `scopes` (verbs), until it expires."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    title = models.CharField(_("用途"), max_length=80)
    prefix = models.CharField(max_length=12)
    token_sha256 = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=60), default=list)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    expires_at = models.DateTimeField()
    last_used_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True
    )
    revoked_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True
    )

    def __str__(self) -> str:
        return f"{self.prefix}… {self.title}"


class LoginFailures(models.Model):
    """Wrong passwords in a row for one sign-in name from one place, or from wherever (`lockout`
    makes the key of the two).
    """

    username = models.CharField(max_length=60, primary_key=True)
    count = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField()
    closed_until: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True
    )

    def __str__(self) -> str:
        return f"{self.username} {self.count}"
