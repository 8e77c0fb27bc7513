"""The people at the customer and what they agreed to."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from bihuan.apps.customers import words
from bihuan.apps.customers.enums import DecisionRole
from bihuan.apps.customers.models.customer import Customer
from bihuan.apps.customers.rules import phones


class ContactQuerySet(models.QuerySet["Contact"]):
    def present(self) -> Self:
        """Those who still work there."""
        return self.filter(left_on=None)


class Contact(models.Model):
    """A person at the customer.

    `phone` is kept tidied and shown masked; reading it whole is a logged act. `private_notes`
    (family, likes) are for the account manager and a manager only. A birthday is a lunar day when
    `birthday_lunar`. `reports_to` draws the decision chain.
    """

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="contacts")
    name = models.CharField(_("姓名"), max_length=40)
    pinyin = models.CharField(max_length=160)
    initials = models.CharField(max_length=40)
    title = models.CharField(_("职务"), max_length=60, blank=True)
    department = models.CharField(_("部门"), max_length=60, blank=True)
    decision_role = models.CharField(
        _("决策链角色"), max_length=12, blank=True, choices=words.choices(words.DECISION)
    )
    reports_to = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="reports",
        verbose_name=_("上级"),
    )
    phone = models.CharField(_("手机或电话"), max_length=24, blank=True)
    phone_tail = models.CharField(max_length=4, blank=True, db_index=True)
    email = models.EmailField(_("邮箱"), blank=True)
    wecom = models.CharField(_("企业微信"), max_length=64, blank=True)
    birthday_month = models.PositiveSmallIntegerField(_("生日月"), null=True, blank=True)
    birthday_day = models.PositiveSmallIntegerField(_("生日日"), null=True, blank=True)
    birthday_lunar = models.BooleanField(_("农历生日"), default=False)
    is_key = models.BooleanField(_("关键联系人"), default=False)
    private_notes = models.TextField(_("家庭与喜好"), blank=True, max_length=2000)
    left_on: models.DateField[date | None, date | None] = models.DateField(null=True, blank=True)
    successor = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="predecessors"
    )
    last_contact_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True
    )
    added_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    objects: ClassVar[models.Manager[Contact]] = ContactQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(successor=None) | ~Q(successor=F("id")), name="contact_successor_other"
            ),
            models.CheckConstraint(
                condition=Q(reports_to=None) | ~Q(reports_to=F("id")),
                name="contact_reports_to_other",
            ),
            models.CheckConstraint(
                condition=Q(birthday_month=None, birthday_day=None)
                | Q(
                    birthday_month__gte=1,
                    birthday_month__lte=12,
                    birthday_day__gte=1,
                    birthday_day__lte=31,
                ),
                name="contact_birthday_whole",
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "left_on"], name="contact_of_customer"),
            models.Index(fields=["phone"], name="contact_by_phone"),
            models.Index(
                fields=["birthday_month", "birthday_day"],
                name="contact_by_birthday",
                condition=Q(left_on=None),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def masked_phone(self) -> str:
        return phones.mask(self.phone) if self.phone else ""

    @property
    def masked_mail(self) -> str:
        return phones.mask_mail(self.email) if self.email else ""

    @property
    def decision_title(self) -> str:
        return (
            words.title(words.DECISION, DecisionRole(self.decision_role))
            if self.decision_role
            else ""
        )


class Consent(models.Model):
    """A person agreed to be reached for a purpose by a channel, from a moment until withdrawn."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="consents")
    purpose = models.CharField(_("用途"), max_length=12, choices=words.choices(words.PURPOSE))
    channel = models.CharField(_("渠道"), max_length=12, choices=words.choices(words.CHANNEL))
    from_at = models.DateTimeField(_("起"))
    to_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        _("止"), null=True
    )
    source = models.CharField(_("依据"), max_length=120)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "purpose", "channel"],
                condition=Q(to_at=None),
                name="consent_open_once",
            ),
            models.CheckConstraint(
                condition=Q(to_at=None) | Q(to_at__gte=F("from_at")), name="consent_forward"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contact_id} {self.purpose} {self.channel}"
