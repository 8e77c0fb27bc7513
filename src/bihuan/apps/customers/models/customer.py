"""The organisation."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from bihuan.apps.customers import words
from bihuan.apps.customers.enums import LIVING, Nature, Relation, Status


class CustomerQuerySet(models.QuerySet["Customer"]):
    def living(self) -> Self:
        """Those the company still owes anything: not lost, not blocked, not merged."""
        return self.filter(status__in=LIVING)

    def kept(self) -> Self:
        """All but merged rows, which are shown only by the row they were merged into."""
        return self.exclude(status=Status.MERGED)


class Customer(models.Model):
    """A company or person that buys, uses or resells our machines, or might.

    `name_key`, `pinyin` and `initials` are derived from the name (rules.naming). `tier` is a code
    of the pack in force when it was decided, `tier_rank` its place (1 best, 0 none yet); why is in
    TierChange. `wallet_share` is our part of what the customer spends on our kind of goods (0..1). `features` are codes that the
    pack in force lists, and those that an earlier one did.
    `verify_by` is the nearest day on which a part of the record grows stale (see Verification).
    """

    code = models.CharField(_("编号"), max_length=30, unique=True)
    name = models.CharField(_("名称"), max_length=120)
    short_name = models.CharField(_("简称"), max_length=40, blank=True)
    name_key = models.CharField(max_length=120, db_index=True)
    pinyin = models.CharField(max_length=240)
    initials = models.CharField(max_length=60)
    credit_code = models.CharField(_("统一社会信用代码"), max_length=18, blank=True)
    nature = models.CharField(
        _("性质"), max_length=12, choices=words.choices(words.NATURE), default=Nature.PRIVATE
    )
    relation = models.CharField(
        _("与我方关系"),
        max_length=12,
        choices=words.choices(words.RELATION),
        default=Relation.DIRECT,
    )
    status = models.CharField(
        _("状态"), max_length=12, choices=words.choices(words.STATUS), default=Status.PROSPECT
    )
    industry = models.CharField(_("行业"), max_length=60, blank=True)
    region = models.CharField(_("区域"), max_length=20, blank=True)
    city = models.CharField(_("城市"), max_length=60, blank=True)
    city_class = models.CharField(
        _("城市类别"), max_length=6, choices=words.choices(words.CITY_CLASS), blank=True
    )
    address = models.CharField(_("地址"), max_length=200, blank=True)
    since = models.DateField(_("合作起始日"), null=True, blank=True)
    source = models.CharField(_("来源渠道"), max_length=60, blank=True)
    care = models.CharField(_("关怀方式"), max_length=40, blank=True)
    credit = models.CharField(_("信用方式"), max_length=40, blank=True)

    tier = models.CharField(_("级别"), max_length=30, blank=True)
    tier_rank = models.PositiveSmallIntegerField(default=0)
    tier_score = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    tier_since = models.DateField(null=True)
    tier_review_on = models.DateField(null=True)
    usage_score = models.DecimalField(
        _("使用频率评分"), max_digits=5, decimal_places=2, null=True, blank=True
    )
    growth_score = models.DecimalField(
        _("增长潜力评分"), max_digits=5, decimal_places=2, null=True, blank=True
    )
    flags: models.Field[list[str], list[str]] = ArrayField(
        models.CharField(max_length=30), default=list, blank=True
    )

    features: models.Field[list[str], list[str]] = ArrayField(
        models.CharField(max_length=60), default=list, blank=True
    )

    account_manager = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="managed_customers", verbose_name=_("客户经理")
    )  # fmt: skip
    exec_sponsor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="sponsored_customers", verbose_name=_("高层联络人")
    )  # fmt: skip
    dedicated_engineer = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("专属工程师")
    )  # fmt: skip
    dealer = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="end_users",
        verbose_name=_("所属经销商"),
    )
    parent = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="daughters",
        verbose_name=_("上级集团"),
    )
    merged_into = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged_rows"
    )
    service_team_id = models.BigIntegerField(null=True, blank=True)

    preferences: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(
        default=dict, blank=True
    )
    pains: models.Field[list[str], list[str]] = ArrayField(
        models.CharField(max_length=120), default=list, blank=True
    )
    wallet_share = models.DecimalField(
        _("我方份额"), max_digits=5, decimal_places=4, null=True, blank=True
    )
    wallet_source = models.CharField(_("份额来源"), max_length=120, blank=True)
    verify_by: models.DateField[date | None, date | None] = models.DateField(null=True)
    last_contact_at = models.DateTimeField(null=True)
    added_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    objects: ClassVar[models.Manager[Customer]] = CustomerQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["credit_code"], condition=~Q(credit_code="") & ~Q(status=Status.MERGED), name="customer_credit_code_once"
            ),
            models.CheckConstraint(
                condition=Q(wallet_share=None) | Q(wallet_share__gte=0, wallet_share__lte=1), name="customer_share_sane"
            ),
            models.CheckConstraint(
                condition=Q(status=Status.MERGED, merged_into__isnull=False) | ~Q(status=Status.MERGED) & Q(merged_into=None), name="customer_merged_into"
            ),
            models.CheckConstraint(condition=Q(dealer=None) | ~Q(dealer=F("id")), name="customer_dealer_other"),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["pinyin", "id"], name="customer_by_name"),
            models.Index(fields=["account_manager", "pinyin"], name="customer_of_manager"),
            models.Index(fields=["region", "pinyin", "id"], name="customer_of_region"),
            models.Index(fields=["dealer", "pinyin"], name="customer_of_dealer"),
            models.Index(fields=["tier_rank", "pinyin"], name="customer_by_tier"),
            models.Index(fields=["verify_by"], name="customer_to_verify"),
            models.Index(
                fields=["pinyin"], condition=Q(account_manager=None, status__in=LIVING), name="customer_without_manager"
            ),
            # What the tabs of the list count, without a look at the rows.
            models.Index(fields=["id"], condition=~Q(status=Status.MERGED), name="customer_not_merged"),
            models.Index(fields=["tier"], include=["id"], condition=Q(status__in=LIVING), name="customer_living_tier"),
            models.Index(fields=["relation"], include=["id"], condition=Q(status__in=LIVING), name="customer_living_relation"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name

    @property
    def called(self) -> str:
        """The short name where there is one."""
        return self.short_name or self.name

    @property
    def is_living(self) -> bool:
        return self.status in LIVING
