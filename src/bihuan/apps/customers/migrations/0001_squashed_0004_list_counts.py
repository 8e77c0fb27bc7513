import bihuan.apps.customers.enums
import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    replaces = [
        ("customers", "0001_initial"),
        ("customers", "0002_region_covers"),
        ("customers", "0003_city_class"),
        ("customers", "0004_list_counts"),
    ]

    initial = True

    dependencies = [
        ("access", "__first__"),
    ]

    operations = [
        migrations.CreateModel(
            name="DayDone",
            fields=[
                ("name", models.CharField(max_length=20, primary_key=True, serialize=False)),
                ("day", models.DateField()),
                ("at", models.DateTimeField()),
            ],
            options={
                "indexes": [],
                "constraints": [],
            },
        ),
        migrations.CreateModel(
            name="PurchaseDay",
            fields=[
                ("day", models.DateField(primary_key=True, serialize=False)),
                ("amount", models.DecimalField(decimal_places=2, default=0, max_digits=16)),
            ],
            options={
                "indexes": [],
                "constraints": [],
            },
        ),
        migrations.CreateModel(
            name="Customer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=30, unique=True, verbose_name="编号")),
                ("name", models.CharField(max_length=120, verbose_name="名称")),
                ("short_name", models.CharField(blank=True, max_length=40, verbose_name="简称")),
                ("name_key", models.CharField(db_index=True, max_length=120)),
                ("pinyin", models.CharField(max_length=240)),
                ("initials", models.CharField(max_length=60)),
                (
                    "credit_code",
                    models.CharField(blank=True, max_length=18, verbose_name="统一社会信用代码"),
                ),
                (
                    "nature",
                    models.CharField(
                        choices=[
                            ("INDIVIDUAL", "个体（业主自用）"),
                            ("PRIVATE", "民营"),
                            ("SOE", "国有"),
                            ("FOREIGN", "外资"),
                            ("PUBLIC", "事业单位"),
                        ],
                        default=bihuan.apps.customers.enums.Nature["PRIVATE"],
                        max_length=12,
                        verbose_name="性质",
                    ),
                ),
                (
                    "relation",
                    models.CharField(
                        choices=[
                            ("DIRECT", "直销客户"),
                            ("DEALER", "经销商"),
                            ("END_USER", "经销商的最终用户"),
                            ("PROSPECT", "意向客户"),
                        ],
                        default=bihuan.apps.customers.enums.Relation["DIRECT"],
                        max_length=12,
                        verbose_name="与我方关系",
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("PROSPECT", "意向"),
                            ("ACTIVE", "往来中"),
                            ("DORMANT", "沉睡"),
                            ("LOST", "已流失"),
                            ("BLACKLISTED", "停止往来"),
                            ("MERGED", "已合并"),
                        ],
                        default=bihuan.apps.customers.enums.Status["PROSPECT"],
                        max_length=12,
                        verbose_name="状态",
                    ),
                ),
                ("industry", models.CharField(blank=True, max_length=60, verbose_name="行业")),
                ("region", models.CharField(blank=True, max_length=20, verbose_name="区域")),
                ("city", models.CharField(blank=True, max_length=60, verbose_name="城市")),
                ("address", models.CharField(blank=True, max_length=200, verbose_name="地址")),
                ("since", models.DateField(blank=True, null=True, verbose_name="合作起始日")),
                ("source", models.CharField(blank=True, max_length=60, verbose_name="来源渠道")),
                ("care", models.CharField(blank=True, max_length=40, verbose_name="关怀方式")),
                ("credit", models.CharField(blank=True, max_length=40, verbose_name="信用方式")),
                ("tier", models.CharField(blank=True, max_length=30, verbose_name="级别")),
                ("tier_rank", models.PositiveSmallIntegerField(default=0)),
                ("tier_score", models.DecimalField(decimal_places=2, max_digits=5, null=True)),
                ("tier_since", models.DateField(null=True)),
                ("tier_review_on", models.DateField(null=True)),
                (
                    "usage_score",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        max_digits=5,
                        null=True,
                        verbose_name="使用频率评分",
                    ),
                ),
                (
                    "growth_score",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        max_digits=5,
                        null=True,
                        verbose_name="增长潜力评分",
                    ),
                ),
                (
                    "flags",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=30),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                (
                    "account_manager",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="managed_customers",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="客户经理",
                    ),
                ),
                (
                    "exec_sponsor",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sponsored_customers",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="高层联络人",
                    ),
                ),
                (
                    "dedicated_engineer",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="专属工程师",
                    ),
                ),
                (
                    "dealer",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="end_users",
                        to="customers.customer",
                        verbose_name="所属经销商",
                    ),
                ),
                (
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="daughters",
                        to="customers.customer",
                        verbose_name="上级集团",
                    ),
                ),
                (
                    "merged_into",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="merged_rows",
                        to="customers.customer",
                    ),
                ),
                ("service_team_id", models.BigIntegerField(blank=True, null=True)),
                ("preferences", models.JSONField(blank=True, default=dict)),
                (
                    "pains",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=120),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                (
                    "wallet_share",
                    models.DecimalField(
                        blank=True,
                        decimal_places=4,
                        max_digits=5,
                        null=True,
                        verbose_name="我方份额",
                    ),
                ),
                (
                    "wallet_source",
                    models.CharField(blank=True, max_length=120, verbose_name="份额来源"),
                ),
                ("verify_by", models.DateField(null=True)),
                ("last_contact_at", models.DateTimeField(null=True)),
                ("added_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "city_class",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("FIRST", "一线城市"),
                            ("SECOND", "二线城市"),
                            ("OTHER", "其他城市"),
                        ],
                        max_length=6,
                        verbose_name="城市类别",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["pinyin", "id"], name="customer_by_name"),
                    models.Index(fields=["account_manager", "pinyin"], name="customer_of_manager"),
                    models.Index(fields=["dealer", "pinyin"], name="customer_of_dealer"),
                    models.Index(fields=["tier_rank", "pinyin"], name="customer_by_tier"),
                    models.Index(fields=["verify_by"], name="customer_to_verify"),
                    models.Index(
                        condition=models.Q(
                            ("account_manager", None),
                            (
                                "status__in",
                                (
                                    bihuan.apps.customers.enums.Status["PROSPECT"],
                                    bihuan.apps.customers.enums.Status["ACTIVE"],
                                    bihuan.apps.customers.enums.Status["DORMANT"],
                                ),
                            ),
                        ),
                        fields=["pinyin"],
                        name="customer_without_manager",
                    ),
                    models.Index(fields=["region", "pinyin", "id"], name="customer_of_region"),
                    models.Index(
                        condition=models.Q(
                            ("status", bihuan.apps.customers.enums.Status["MERGED"]), _negated=True
                        ),
                        fields=["id"],
                        name="customer_not_merged",
                    ),
                    models.Index(
                        condition=models.Q(
                            (
                                "status__in",
                                (
                                    bihuan.apps.customers.enums.Status["PROSPECT"],
                                    bihuan.apps.customers.enums.Status["ACTIVE"],
                                    bihuan.apps.customers.enums.Status["DORMANT"],
                                ),
                            )
                        ),
                        fields=["tier"],
                        include=("id",),
                        name="customer_living_tier",
                    ),
                    models.Index(
                        condition=models.Q(
                            (
                                "status__in",
                                (
                                    bihuan.apps.customers.enums.Status["PROSPECT"],
                                    bihuan.apps.customers.enums.Status["ACTIVE"],
                                    bihuan.apps.customers.enums.Status["DORMANT"],
                                ),
                            )
                        ),
                        fields=["relation"],
                        include=("id",),
                        name="customer_living_relation",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(
                            models.Q(("credit_code", ""), _negated=True),
                            models.Q(
                                ("status", bihuan.apps.customers.enums.Status["MERGED"]),
                                _negated=True,
                            ),
                        ),
                        fields=("credit_code",),
                        name="customer_credit_code_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("wallet_share", None),
                            models.Q(("wallet_share__gte", 0), ("wallet_share__lte", 1)),
                            _connector="OR",
                        ),
                        name="customer_share_sane",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("merged_into__isnull", False),
                                ("status", bihuan.apps.customers.enums.Status["MERGED"]),
                            ),
                            models.Q(
                                models.Q(
                                    ("status", bihuan.apps.customers.enums.Status["MERGED"]),
                                    _negated=True,
                                ),
                                ("merged_into", None),
                            ),
                            _connector="OR",
                        ),
                        name="customer_merged_into",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("dealer", None),
                            models.Q(("dealer", models.F("id")), _negated=True),
                            _connector="OR",
                        ),
                        name="customer_dealer_other",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Contact",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contacts",
                        to="customers.customer",
                    ),
                ),
                ("name", models.CharField(max_length=40, verbose_name="姓名")),
                ("pinyin", models.CharField(max_length=160)),
                ("initials", models.CharField(max_length=40)),
                ("title", models.CharField(blank=True, max_length=60, verbose_name="职务")),
                ("department", models.CharField(blank=True, max_length=60, verbose_name="部门")),
                (
                    "decision_role",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("DECIDER", "决策"),
                            ("INFLUENCER", "影响"),
                            ("USER", "使用"),
                            ("BUYER", "采购经办"),
                            ("GATEKEEPER", "把关"),
                        ],
                        max_length=12,
                        verbose_name="决策链角色",
                    ),
                ),
                (
                    "reports_to",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reports",
                        to="customers.contact",
                        verbose_name="上级",
                    ),
                ),
                ("phone", models.CharField(blank=True, max_length=24, verbose_name="手机或电话")),
                ("phone_tail", models.CharField(blank=True, db_index=True, max_length=4)),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="邮箱")),
                ("wecom", models.CharField(blank=True, max_length=64, verbose_name="企业微信")),
                (
                    "birthday_month",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="生日月"),
                ),
                (
                    "birthday_day",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="生日日"),
                ),
                ("birthday_lunar", models.BooleanField(default=False, verbose_name="农历生日")),
                ("is_key", models.BooleanField(default=False, verbose_name="关键联系人")),
                (
                    "private_notes",
                    models.TextField(blank=True, max_length=2000, verbose_name="家庭与喜好"),
                ),
                ("left_on", models.DateField(blank=True, null=True)),
                (
                    "successor",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="predecessors",
                        to="customers.contact",
                    ),
                ),
                ("last_contact_at", models.DateTimeField(null=True)),
                ("added_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["customer", "left_on"], name="contact_of_customer"),
                    models.Index(fields=["phone"], name="contact_by_phone"),
                    models.Index(
                        condition=models.Q(("left_on", None)),
                        fields=["birthday_month", "birthday_day"],
                        name="contact_by_birthday",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("successor", None),
                            models.Q(("successor", models.F("id")), _negated=True),
                            _connector="OR",
                        ),
                        name="contact_successor_other",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("reports_to", None),
                            models.Q(("reports_to", models.F("id")), _negated=True),
                            _connector="OR",
                        ),
                        name="contact_reports_to_other",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("birthday_day", None), ("birthday_month", None)),
                            models.Q(
                                ("birthday_day__gte", 1),
                                ("birthday_day__lte", 31),
                                ("birthday_month__gte", 1),
                                ("birthday_month__lte", 12),
                            ),
                            _connector="OR",
                        ),
                        name="contact_birthday_whole",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ClauseException",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="exceptions",
                        to="customers.customer",
                    ),
                ),
                (
                    "target",
                    models.CharField(
                        choices=[("RULE", "一条规则"), ("CLAUSE", "一条条款的全部规则")],
                        max_length=8,
                    ),
                ),
                ("code", models.CharField(max_length=80, verbose_name="规则或条款")),
                (
                    "change",
                    models.CharField(
                        choices=[
                            ("WAIVE", "免除"),
                            ("WITHIN", "改期限"),
                            ("CALENDAR", "改日历"),
                            ("BY", "改责任岗位"),
                        ],
                        max_length=10,
                        verbose_name="怎样变",
                    ),
                ),
                ("value", models.CharField(blank=True, max_length=80, verbose_name="改成")),
                ("reason", models.CharField(max_length=300, verbose_name="理由")),
                ("from_at", models.DateTimeField(verbose_name="起")),
                ("to_at", models.DateTimeField(blank=True, null=True, verbose_name="止")),
                (
                    "asked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("asked_at", models.DateTimeField()),
                (
                    "approver",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="批准人",
                    ),
                ),
                ("granted_at", models.DateTimeField(null=True)),
                ("refused_at", models.DateTimeField(null=True)),
                (
                    "ended_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["customer", "from_at"], name="exception_of")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("to_at", None), ("to_at__gte", models.F("from_at")), _connector="OR"
                        ),
                        name="exception_forward",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="HandOver",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="hand_overs",
                        to="customers.customer",
                    ),
                ),
                (
                    "before",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "after",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("LEFT", "离职"),
                            ("MOVED", "调岗"),
                            ("BALANCE", "均衡负担"),
                            ("REQUEST", "客户要求"),
                        ],
                        max_length=10,
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=300)),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["customer", "-at"], name="hand_over_of")],
                "constraints": [],
            },
        ),
        migrations.CreateModel(
            name="Merge",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kept",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="merges_kept",
                        to="customers.customer",
                    ),
                ),
                (
                    "gone",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="merges_gone",
                        to="customers.customer",
                    ),
                ),
                ("why", models.CharField(max_length=300, verbose_name="为什么是同一家")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("PROPOSED", "待第二人核对"),
                            ("MERGED", "已合并"),
                            ("REFUSED", "不是同一家"),
                            ("UNDONE", "已拆回"),
                        ],
                        default=bihuan.apps.customers.enums.MergeState["PROPOSED"],
                        max_length=10,
                    ),
                ),
                (
                    "proposed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("proposed_at", models.DateTimeField()),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("decided_at", models.DateTimeField(null=True)),
                ("undo_until", models.DateTimeField(null=True)),
                (
                    "undone_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("undone_at", models.DateTimeField(null=True)),
                ("gone_status", models.CharField(blank=True, max_length=12)),
                ("moved", models.JSONField(default=dict)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kept", models.F("gone")), _negated=True),
                        name="merge_two_rows",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("state", bihuan.apps.customers.enums.MergeState["PROPOSED"])
                        ),
                        fields=("kept", "gone"),
                        name="merge_open_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("state", bihuan.apps.customers.enums.MergeState["MERGED"])
                        ),
                        fields=("gone",),
                        name="merge_gone_once",
                    ),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="Purchase",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="purchases",
                        to="customers.customer",
                    ),
                ),
                ("order_no", models.CharField(max_length=60, verbose_name="订单号")),
                ("made_on", models.DateField(verbose_name="日期")),
                (
                    "amount",
                    models.DecimalField(
                        decimal_places=2, max_digits=14, verbose_name="金额（元，含税）"
                    ),
                ),
                (
                    "category",
                    models.CharField(
                        choices=[
                            ("EQUIPMENT", "设备"),
                            ("CONTRACT", "服务合同"),
                            ("PARTS", "配件"),
                            ("SERVICE", "维修服务"),
                            ("OTHER", "其他"),
                        ],
                        max_length=12,
                        verbose_name="类别",
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="说明")),
                ("repeat", models.BooleanField(default=False)),
                ("voided_at", models.DateTimeField(null=True)),
                ("void_reason", models.CharField(blank=True, max_length=200)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("added_at", models.DateTimeField()),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["customer", "-made_on"],
                        include=("amount", "voided_at"),
                        name="purchase_of",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("voided_at", None)),
                        fields=("order_no",),
                        name="purchase_order_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount__gt", 0)), name="purchase_amount_positive"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TierReview",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tier_reviews",
                        to="customers.customer",
                    ),
                ),
                ("key", models.CharField(max_length=40, verbose_name="评审期")),
                ("on", models.DateField(verbose_name="评审日")),
                ("score", models.DecimalField(decimal_places=2, max_digits=5, null=True)),
                ("assessed", models.CharField(max_length=30)),
                ("tier", models.CharField(max_length=30)),
                ("held", models.BooleanField(default=False)),
                ("parts", models.JSONField(default=list)),
                ("flags", models.JSONField(default=list)),
                ("why", models.JSONField(default=dict)),
                ("pack_version", models.CharField(blank=True, max_length=60)),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["customer", "-on"], name="tier_review_of")],
                "constraints": [
                    models.UniqueConstraint(fields=("customer", "key"), name="tier_review_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Verification",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="verifications",
                        to="customers.customer",
                    ),
                ),
                (
                    "what",
                    models.CharField(
                        choices=[
                            ("BASIC", "基本资料"),
                            ("CONTACTS", "联系人与决策链"),
                            ("PAINS", "痛点"),
                            ("WALLET", "采购份额"),
                        ],
                        max_length=10,
                    ),
                ),
                ("verified_on", models.DateField()),
                ("verify_by", models.DateField()),
                ("source", models.CharField(max_length=120, verbose_name="怎样核实")),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("customer", "what"), name="verification_once")
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="KeyDate",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="key_dates",
                        to="customers.customer",
                    ),
                ),
                (
                    "contact",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="key_dates",
                        to="customers.contact",
                    ),
                ),
                (
                    "node",
                    models.CharField(
                        choices=[
                            ("SPRING_FESTIVAL", "春节"),
                            ("MID_AUTUMN", "中秋"),
                            ("DRAGON_BOAT", "端午"),
                            ("NEW_YEAR", "元旦"),
                            ("BIRTHDAY", "生日"),
                            ("COMPANY_ANNIV", "公司周年"),
                            ("SIGN_ANNIV", "合作周年"),
                            ("DELIVERY_ANNIV", "交付周年"),
                            ("WARRANTY_END", "保修到期"),
                            ("NEW_PRODUCT", "新产品投产"),
                            ("AWARD", "获奖"),
                            ("LISTING", "上市"),
                            ("EXHIBITION", "参展"),
                            ("FAMILY_EDU", "家庭大事"),
                        ],
                        max_length=20,
                        verbose_name="种类",
                    ),
                ),
                ("title", models.CharField(blank=True, max_length=80, verbose_name="名称")),
                ("month", models.PositiveSmallIntegerField(verbose_name="月")),
                ("day", models.PositiveSmallIntegerField(verbose_name="日")),
                ("lunar", models.BooleanField(default=False, verbose_name="农历")),
                ("leap", models.BooleanField(default=False, verbose_name="闰月")),
                (
                    "year",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, verbose_name="年（只一次时填）"
                    ),
                ),
                (
                    "since_year",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="起始年"),
                ),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("added_at", models.DateTimeField()),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("ended_at", None)),
                        fields=["customer", "month", "day"],
                        name="key_date_of",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("day__gte", 1), ("day__lte", 31), ("month__gte", 1), ("month__lte", 12)
                        ),
                        name="key_date_day",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="TierChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tier_changes",
                        to="customers.customer",
                    ),
                ),
                (
                    "review",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="changes",
                        to="customers.tierreview",
                    ),
                ),
                ("before", models.CharField(blank=True, max_length=30)),
                ("after", models.CharField(max_length=30)),
                ("up", models.BooleanField(default=False)),
                ("score", models.DecimalField(decimal_places=2, max_digits=5, null=True)),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("REVIEW", "定期评审"),
                            ("FIRST", "首次定级"),
                            ("DECISION", "人工决定"),
                            ("MERGE", "合并客户"),
                        ],
                        max_length=12,
                    ),
                ),
                ("why", models.CharField(blank=True, max_length=400, verbose_name="理由")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("PROPOSED", "待批"),
                            ("APPLIED", "已生效"),
                            ("REFUSED", "未批准"),
                            ("WITHDRAWN", "已撤回"),
                        ],
                        default=bihuan.apps.customers.enums.TierState["PROPOSED"],
                        max_length=12,
                    ),
                ),
                ("needs_role", models.CharField(blank=True, max_length=40)),
                (
                    "proposed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("proposed_at", models.DateTimeField()),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("decided_at", models.DateTimeField(null=True)),
                ("decided_note", models.CharField(blank=True, max_length=400)),
                ("from_on", models.DateField(null=True)),
                ("to_on", models.DateField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["customer", "-proposed_at"], name="tier_change_of"),
                    models.Index(
                        condition=models.Q(
                            ("state", bihuan.apps.customers.enums.TierState["PROPOSED"])
                        ),
                        fields=["-proposed_at"],
                        name="tier_change_open",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("state", bihuan.apps.customers.enums.TierState["PROPOSED"])
                        ),
                        fields=("customer",),
                        name="tier_change_open_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("state", bihuan.apps.customers.enums.TierState["APPLIED"]),
                            ("to_on", None),
                        ),
                        fields=("customer",),
                        name="tier_in_effect_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Consent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "contact",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="consents",
                        to="customers.contact",
                    ),
                ),
                (
                    "purpose",
                    models.CharField(
                        choices=[
                            ("SERVICE", "服务联络"),
                            ("CARE", "节日与生日问候"),
                            ("SURVEY", "满意度调查"),
                            ("MARKETING", "市场活动"),
                        ],
                        max_length=12,
                        verbose_name="用途",
                    ),
                ),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("PHONE", "电话"),
                            ("SMS", "短信"),
                            ("WECOM", "企业微信"),
                            ("EMAIL", "邮件"),
                            ("ONSITE", "上门"),
                        ],
                        max_length=12,
                        verbose_name="渠道",
                    ),
                ),
                ("from_at", models.DateTimeField(verbose_name="起")),
                ("to_at", models.DateTimeField(null=True, verbose_name="止")),
                ("source", models.CharField(max_length=120, verbose_name="依据")),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("to_at", None)),
                        fields=("contact", "purpose", "channel"),
                        name="consent_open_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("to_at", None), ("to_at__gte", models.F("from_at")), _connector="OR"
                        ),
                        name="consent_forward",
                    ),
                ],
                "indexes": [],
            },
        ),
    ]
