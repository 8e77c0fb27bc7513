import bihuan.apps.contracts.enums
import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("access", "__first__"),
        ("assets", "0001_initial"),
        ("customers", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Contract",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("no", models.CharField(max_length=60, unique=True, verbose_name="合同号")),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contracts",
                        to="customers.customer",
                        verbose_name="客户",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("SALE", "销售合同"),
                            ("SERVICE", "服务合同"),
                            ("EXTENDED_WARRANTY", "延保合同"),
                            ("RENTAL", "租赁合同"),
                            ("TRAINING", "培训合同"),
                            ("JOINT_LAB", "联合实验室协议"),
                            ("FRAMEWORK", "框架协议"),
                        ],
                        default=bihuan.apps.contracts.enums.Kind["SERVICE"],
                        max_length=20,
                        verbose_name="种类",
                    ),
                ),
                ("title", models.CharField(blank=True, max_length=120, verbose_name="名称")),
                ("start_on", models.DateField(verbose_name="起始日")),
                ("end_on", models.DateField(blank=True, null=True, verbose_name="到期日")),
                (
                    "amount",
                    models.DecimalField(
                        decimal_places=2, default=0, max_digits=14, verbose_name="金额（元，含税）"
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("DRAFT", "DRAFT"),
                            ("IN_REVIEW", "IN_REVIEW"),
                            ("APPROVED", "APPROVED"),
                            ("SIGNED", "SIGNED"),
                            ("ENDED", "ENDED"),
                        ],
                        default=bihuan.apps.contracts.enums.Status["DRAFT"],
                        max_length=10,
                    ),
                ),
                (
                    "covers",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=10),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                (
                    "hours",
                    models.CharField(
                        choices=[
                            ("WORKING", "工作时间"),
                            ("EXTENDED", "延长时间"),
                            ("ROUND_THE_CLOCK", "7×24 小时"),
                        ],
                        default=bihuan.apps.contracts.enums.Hours["WORKING"],
                        max_length=16,
                        verbose_name="服务时间",
                    ),
                ),
                (
                    "covers_all",
                    models.BooleanField(default=False, verbose_name="覆盖客户的全部设备"),
                ),
                (
                    "warranty_months",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, verbose_name="约定保修月数"
                    ),
                ),
                ("exclusions", models.CharField(blank=True, max_length=500, verbose_name="不包括")),
                ("duties", models.CharField(blank=True, max_length=500, verbose_name="客户的义务")),
                ("signed_on", models.DateField(null=True)),
                ("ended_on", models.DateField(null=True)),
                ("ended_reason", models.CharField(blank=True, max_length=12)),
                ("ended_why", models.CharField(blank=True, max_length=200)),
                (
                    "renews",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="renewals",
                        to="contracts.contract",
                    ),
                ),
                ("added_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                ("version", models.PositiveIntegerField(default=1)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["customer", "-start_on"], name="contract_of_customer"),
                    models.Index(fields=["status", "end_on"], name="contract_by_end"),
                    models.Index(fields=["-start_on", "id"], name="contract_by_start"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("end_on", None), ("end_on__gte", models.F("start_on")), _connector="OR"
                        ),
                        name="contract_forward",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount__gte", 0)), name="contract_amount_sane"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status__in", ("SIGNED", "ENDED")), _negated=True),
                            ("signed_on__isnull", False),
                            _connector="OR",
                        ),
                        name="contract_signed_day",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "ENDED"), _negated=True),
                            ("ended_on__isnull", False),
                            _connector="OR",
                        ),
                        name="contract_ended_day",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("renews", None), _negated=True),
                        fields=("renews",),
                        name="contract_renewed_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Amendment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "contract",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="amendments",
                        to="contracts.contract",
                    ),
                ),
                ("number", models.PositiveSmallIntegerField()),
                ("signed_on", models.DateField(verbose_name="签署日")),
                ("from_on", models.DateField(verbose_name="生效日")),
                ("why", models.CharField(max_length=200, verbose_name="原因")),
                ("changes", models.JSONField(default=dict)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("contract", "number"), name="amendment_once")
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="ContractAsset",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "contract",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="machines",
                        to="contracts.contract",
                    ),
                ),
                (
                    "asset",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cover_rows",
                        to="assets.asset",
                    ),
                ),
                ("from_on", models.DateField()),
                ("to_on", models.DateField(null=True)),
            ],
            options={
                "indexes": [models.Index(fields=["asset", "from_on"], name="cover_of_asset")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("to_on", None)),
                        fields=("contract", "asset"),
                        name="contract_asset_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Entitlement",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "contract",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entitlements",
                        to="contracts.contract",
                    ),
                ),
                ("kind", models.CharField(max_length=30, verbose_name="权益")),
                ("clause", models.CharField(blank=True, max_length=20, verbose_name="合同条款")),
                ("granted", models.DecimalField(decimal_places=2, default=0, max_digits=12)),
                ("used", models.DecimalField(decimal_places=2, default=0, max_digits=12)),
                ("from_on", models.DateField()),
                ("to_on", models.DateField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("contract", "kind", "from_on"), name="entitlement_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("used__gte", 0), ("used__lte", models.F("granted"))),
                        name="entitlement_never_below_zero",
                    ),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="MaintenancePlan",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "model",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="plans",
                        to="assets.model",
                        verbose_name="型号",
                    ),
                ),
                (
                    "contract",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="plans",
                        to="contracts.contract",
                        verbose_name="合同",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("CLEAN", "清洁"),
                            ("LUBRICATE", "润滑"),
                            ("INSPECT", "检查"),
                            ("CALIBRATE", "校准"),
                            ("REPLACE", "更换"),
                            ("OVERHAUL", "大修"),
                        ],
                        max_length=10,
                        verbose_name="种类",
                    ),
                ),
                ("every", models.CharField(max_length=8, verbose_name="每隔")),
                (
                    "counted",
                    models.CharField(
                        choices=[
                            ("PLANNED", "按日历，做晚了不顺延"),
                            ("DONE", "从上次做完的日子算"),
                        ],
                        default=bihuan.apps.contracts.enums.CountedFrom["PLANNED"],
                        max_length=8,
                        verbose_name="怎么算下一次",
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="内容")),
                ("from_on", models.DateField(verbose_name="起")),
                ("ended_on", models.DateField(null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("contract__isnull", False), ("model", None)),
                            models.Q(("contract", None), ("model__isnull", False)),
                            _connector="OR",
                        ),
                        name="plan_of_one",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("ended_on", None)),
                        fields=("model", "kind"),
                        name="plan_once_a_model",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("ended_on", None)),
                        fields=("contract", "kind"),
                        name="plan_once_a_contract",
                    ),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="ResponseTerm",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "contract",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="terms",
                        to="contracts.contract",
                    ),
                ),
                ("duty", models.CharField(max_length=60, verbose_name="事项")),
                ("within", models.CharField(max_length=20, verbose_name="期限")),
                ("calendar", models.CharField(blank=True, max_length=60, verbose_name="日历")),
                ("clause", models.CharField(blank=True, max_length=20, verbose_name="合同条款")),
                ("from_on", models.DateField()),
                ("to_on", models.DateField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("to_on", None)),
                        fields=("contract", "duty"),
                        name="response_term_once",
                    )
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="EntitlementRow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "entitlement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rows",
                        to="contracts.entitlement",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("GRANT", "授予"), ("USE", "扣减"), ("UNDO", "撤销使用")],
                        max_length=6,
                    ),
                ),
                ("quantity", models.DecimalField(decimal_places=2, max_digits=12)),
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
                ("ref", models.CharField(blank=True, max_length=60, verbose_name="单号")),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="说明")),
                (
                    "undoes",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="undone_by",
                        to="contracts.entitlementrow",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["entitlement", "-at"], name="entitlement_row_of"),
                    models.Index(fields=["entitlement", "ref"], name="entitlement_row_by_ref"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("quantity__gt", 0)), name="entitlement_row_positive"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "UNDO"), ("undoes__isnull", False)),
                            models.Q(models.Q(("kind", "UNDO"), _negated=True), ("undoes", None)),
                            _connector="OR",
                        ),
                        name="entitlement_row_undoes",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PlanVisit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="visits",
                        to="contracts.maintenanceplan",
                    ),
                ),
                (
                    "asset",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="plan_visits",
                        to="assets.asset",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("CLEAN", "清洁"),
                            ("LUBRICATE", "润滑"),
                            ("INSPECT", "检查"),
                            ("CALIBRATE", "校准"),
                            ("REPLACE", "更换"),
                            ("OVERHAUL", "大修"),
                        ],
                        max_length=10,
                    ),
                ),
                ("on_date", models.DateField()),
                ("told_at", models.DateTimeField()),
                ("done_on", models.DateField(null=True)),
                (
                    "done_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=200)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["asset", "-on_date"], name="plan_visit_of"),
                    models.Index(
                        condition=models.Q(("done_on", None)),
                        fields=["on_date"],
                        name="plan_visit_open",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("asset", "kind", "on_date"), name="plan_visit_once"
                    )
                ],
            },
        ),
    ]
