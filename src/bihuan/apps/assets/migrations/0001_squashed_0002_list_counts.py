import bihuan.apps.assets.enums
import bihuan.apps.assets.models.asset
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    replaces = [("assets", "0001_initial"), ("assets", "0002_list_counts")]

    initial = True

    dependencies = [
        ("access", "__first__"),
        ("customers", "0001_initial"),
        ("customers", "0004_list_counts"),
    ]

    operations = [
        migrations.CreateModel(
            name="ServiceLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "family",
                    models.CharField(
                        blank=True, max_length=30, unique=True, verbose_name="产品系列"
                    ),
                ),
                ("phone", models.CharField(max_length=30, verbose_name="报修电话")),
                ("hours", models.CharField(blank=True, max_length=80, verbose_name="接听时间")),
            ],
            options={
                "indexes": [],
                "constraints": [],
            },
        ),
        migrations.CreateModel(
            name="Model",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=60, verbose_name="型号")),
                ("maker", models.CharField(blank=True, max_length=80, verbose_name="制造商")),
                ("name", models.CharField(max_length=120, verbose_name="名称")),
                ("pinyin", models.CharField(max_length=240)),
                ("initials", models.CharField(max_length=60)),
                (
                    "family",
                    models.CharField(default="OTHER", max_length=30, verbose_name="产品系列"),
                ),
                (
                    "warranty_months",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, verbose_name="保修月数"
                    ),
                ),
                (
                    "warranty_latest_months",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, verbose_name="交付后最迟月数"
                    ),
                ),
                ("limits", models.JSONField(blank=True, default=dict)),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="说明")),
                ("retired_on", models.DateField(blank=True, null=True, verbose_name="停产日")),
                ("added_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
            ],
            options={
                "ordering": ("code", "id"),
                "constraints": [
                    models.UniqueConstraint(fields=("maker", "code"), name="model_once")
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="Place",
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
                        related_name="places",
                        to="customers.customer",
                    ),
                ),
                (
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="children",
                        to="assets.place",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("SITE", "厂区"),
                            ("BUILDING", "楼"),
                            ("ROOM", "房间"),
                            ("LINE", "产线"),
                            ("SPOT", "机位"),
                        ],
                        default=bihuan.apps.assets.enums.PlaceKind["SITE"],
                        max_length=10,
                        verbose_name="种类",
                    ),
                ),
                ("name", models.CharField(max_length=80, verbose_name="名称")),
                ("path", models.CharField(max_length=400)),
                ("address", models.CharField(blank=True, max_length=200, verbose_name="地址")),
                ("closed_on", models.DateField(blank=True, null=True)),
            ],
            options={
                "ordering": ("path", "id"),
                "constraints": [
                    models.UniqueConstraint(fields=("customer", "path"), name="place_path_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("parent", None),
                            models.Q(("parent", models.F("id")), _negated=True),
                            _connector="OR",
                        ),
                        name="place_parent_other",
                    ),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="MachineSet",
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
                        related_name="machine_sets",
                        to="customers.customer",
                    ),
                ),
                ("code", models.CharField(max_length=40, unique=True, verbose_name="编号")),
                ("name", models.CharField(max_length=80, verbose_name="名称")),
                (
                    "place",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sets",
                        to="assets.place",
                    ),
                ),
                ("ended_on", models.DateField(blank=True, null=True)),
            ],
            options={
                "indexes": [],
                "constraints": [],
            },
        ),
        migrations.CreateModel(
            name="Asset",
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
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="assets",
                        to="assets.model",
                        verbose_name="型号",
                    ),
                ),
                ("serial", models.CharField(max_length=60, verbose_name="出厂编号")),
                (
                    "token",
                    models.CharField(
                        default=bihuan.apps.assets.models.asset.new_token,
                        max_length=40,
                        unique=True,
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="assets",
                        to="customers.customer",
                        verbose_name="使用方",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="owned_assets",
                        to="customers.customer",
                        verbose_name="所有方",
                    ),
                ),
                (
                    "sold_to",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bought_assets",
                        to="customers.customer",
                        verbose_name="购买方",
                    ),
                ),
                (
                    "serviced_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="serviced_assets",
                        to="customers.customer",
                        verbose_name="服务方",
                    ),
                ),
                (
                    "place",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="assets",
                        to="assets.place",
                        verbose_name="位置",
                    ),
                ),
                (
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="children",
                        to="assets.asset",
                        verbose_name="上级设备",
                    ),
                ),
                (
                    "machine_set",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="members",
                        to="assets.machineset",
                        verbose_name="成套",
                    ),
                ),
                ("spare", models.BooleanField(default=False, verbose_name="备用机")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("PRODUCED", "已出厂检验"),
                            ("SHIPPED", "运输中"),
                            ("DELIVERED", "已交付"),
                            ("COMMISSIONED", "已验收"),
                            ("IN_USE", "运行中"),
                            ("DOWN", "停机"),
                            ("UNDER_REPAIR", "维修中"),
                            ("IDLE", "闲置"),
                            ("RENTED", "租出"),
                            ("RESOLD", "已转售"),
                            ("REMANUFACTURED", "再制造"),
                            ("SCRAPPED", "已报废"),
                        ],
                        default=bihuan.apps.assets.enums.Status["PRODUCED"],
                        max_length=16,
                        verbose_name="状态",
                    ),
                ),
                ("critical", models.BooleanField(default=False, verbose_name="关键设备")),
                ("connected", models.BooleanField(default=False, verbose_name="已接入远程监控")),
                ("firmware", models.CharField(blank=True, max_length=40, verbose_name="固件")),
                ("order_no", models.CharField(blank=True, max_length=60, verbose_name="订单号")),
                ("nickname", models.CharField(blank=True, max_length=60, verbose_name="客户叫法")),
                ("delivered_on", models.DateField(blank=True, null=True, verbose_name="交付日")),
                ("commissioned_on", models.DateField(blank=True, null=True, verbose_name="验收日")),
                ("warranty_ended_on", models.DateField(blank=True, null=True)),
                ("warranty_from", models.DateField(null=True)),
                ("warranty_to", models.DateField(null=True)),
                ("hours", models.DecimalField(decimal_places=2, max_digits=12, null=True)),
                ("hours_at", models.DateTimeField(null=True)),
                ("added_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                ("version", models.PositiveIntegerField(default=1)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["customer", "status"], name="asset_of_customer"),
                    models.Index(fields=["serviced_by", "status"], name="asset_of_dealer"),
                    models.Index(fields=["owner"], name="asset_of_owner"),
                    models.Index(fields=["status", "serial"], name="asset_by_status"),
                    models.Index(fields=["warranty_to"], name="asset_by_warranty"),
                    models.Index(fields=["serial"], name="asset_by_serial"),
                    models.Index(
                        condition=models.Q(
                            ("critical", True),
                            models.Q(
                                ("status", bihuan.apps.assets.enums.Status["SCRAPPED"]),
                                _negated=True,
                            ),
                        ),
                        fields=["id"],
                        name="asset_critical",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("model", "serial"), name="asset_serial_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("parent", None),
                            models.Q(("parent", models.F("id")), _negated=True),
                            _connector="OR",
                        ),
                        name="asset_parent_other",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("warranty_to", None),
                            ("warranty_to__gte", models.F("warranty_from")),
                            _connector="OR",
                        ),
                        name="asset_warranty_forward",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("commissioned_on", None),
                            ("delivered_on", None),
                            ("commissioned_on__gte", models.F("delivered_on")),
                            _connector="OR",
                        ),
                        name="asset_commissioned_after_delivery",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Check",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "asset",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="checks",
                        to="assets.asset",
                    ),
                ),
                ("no", models.CharField(max_length=40, unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[("INSPECTION", "技术巡检"), ("HEALTH", "健康体检")], max_length=12
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "findings",
                    models.PositiveSmallIntegerField(default=0, verbose_name="发现问题数"),
                ),
                (
                    "wear",
                    models.DecimalField(
                        decimal_places=4, max_digits=5, null=True, verbose_name="磨损程度"
                    ),
                ),
                (
                    "performance",
                    models.DecimalField(
                        decimal_places=4, max_digits=5, null=True, verbose_name="性能保持率"
                    ),
                ),
                (
                    "grade",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("GOOD", "良好"),
                            ("FAIR", "一般"),
                            ("POOR", "较差"),
                            ("DANGER", "危险"),
                        ],
                        max_length=10,
                    ),
                ),
                ("text", models.TextField(blank=True, max_length=2000, verbose_name="结论与建议")),
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
                "indexes": [models.Index(fields=["asset", "-at"], name="check_of")],
                "constraints": [],
            },
        ),
        migrations.CreateModel(
            name="Meter",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "asset",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="meters",
                        to="assets.asset",
                    ),
                ),
                ("point", models.CharField(max_length=20)),
                ("number", models.PositiveSmallIntegerField(default=1)),
                ("offset", models.DecimalField(decimal_places=2, default=0, max_digits=14)),
                ("start", models.DecimalField(decimal_places=2, default=0, max_digits=14)),
                ("last", models.DecimalField(decimal_places=2, max_digits=14, null=True)),
                ("last_at", models.DateTimeField(null=True)),
                ("fitted_at", models.DateTimeField()),
                ("replaced_at", models.DateTimeField(null=True)),
                ("why", models.CharField(blank=True, max_length=200)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("asset", "point", "number"), name="meter_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("replaced_at", None)),
                        fields=("asset", "point"),
                        name="meter_running_once",
                    ),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="Part",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "asset",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="parts",
                        to="assets.asset",
                    ),
                ),
                (
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="children",
                        to="assets.part",
                    ),
                ),
                ("position", models.CharField(max_length=60, verbose_name="位置号")),
                ("part_no", models.CharField(blank=True, max_length=60, verbose_name="料号")),
                ("name", models.CharField(max_length=80, verbose_name="部件")),
                ("serial", models.CharField(blank=True, max_length=60, verbose_name="部件序号")),
                ("installed_on", models.DateField(verbose_name="装上日")),
                ("removed_on", models.DateField(null=True)),
                (
                    "why",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("WORN", "磨损"),
                            ("FAULT", "故障"),
                            ("LIFE", "到寿"),
                            ("UPGRADE", "升级"),
                            ("MOVED", "换到别的设备"),
                            ("MISTAKE", "登记有误"),
                        ],
                        max_length=10,
                    ),
                ),
                ("cycles", models.PositiveIntegerField(default=0, verbose_name="已用循环")),
                (
                    "cycle_limit",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="循环寿命"),
                ),
                ("hours_before", models.DecimalField(decimal_places=2, default=0, max_digits=12)),
                (
                    "hours_at_install",
                    models.DecimalField(decimal_places=2, default=0, max_digits=12),
                ),
                (
                    "hour_limit",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="工时寿命"),
                ),
                ("expires_on", models.DateField(blank=True, null=True, verbose_name="有效期至")),
                ("warned_at", models.DateTimeField(null=True)),
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
                    models.Index(fields=["asset", "position", "-installed_on"], name="part_of")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("removed_on", None)),
                        fields=("asset", "position"),
                        name="part_position_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("removed_on", None), models.Q(("serial", ""), _negated=True)
                        ),
                        fields=("part_no", "serial"),
                        name="part_serial_in_one_place",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("removed_on", None),
                            ("removed_on__gte", models.F("installed_on")),
                            _connector="OR",
                        ),
                        name="part_forward",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="StageChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "asset",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="stages",
                        to="assets.asset",
                    ),
                ),
                ("before", models.CharField(blank=True, max_length=16)),
                (
                    "after",
                    models.CharField(
                        choices=[
                            ("PRODUCED", "已出厂检验"),
                            ("SHIPPED", "运输中"),
                            ("DELIVERED", "已交付"),
                            ("COMMISSIONED", "已验收"),
                            ("IN_USE", "运行中"),
                            ("DOWN", "停机"),
                            ("UNDER_REPAIR", "维修中"),
                            ("IDLE", "闲置"),
                            ("RENTED", "租出"),
                            ("RESOLD", "已转售"),
                            ("REMANUFACTURED", "再制造"),
                            ("SCRAPPED", "已报废"),
                        ],
                        max_length=16,
                    ),
                ),
                ("at", models.DateTimeField()),
                ("why", models.CharField(blank=True, max_length=200)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("told_at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["asset", "-at"], name="stage_of")],
                "constraints": [],
            },
        ),
        migrations.CreateModel(
            name="Stay",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "asset",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="stays",
                        to="assets.asset",
                    ),
                ),
                ("from_at", models.DateTimeField()),
                ("to_at", models.DateTimeField(null=True)),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.customer",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.customer",
                    ),
                ),
                (
                    "serviced_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.customer",
                    ),
                ),
                (
                    "place",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="assets.place",
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("RELOCATED", "移位"),
                            ("RESOLD", "转售"),
                            ("RENTED", "租出"),
                            ("RETURNED", "退回"),
                        ],
                        max_length=10,
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=200)),
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
                "indexes": [models.Index(fields=["asset", "-from_at"], name="stay_of")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("to_at", None)),
                        fields=("asset",),
                        name="stay_open_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("to_at", None), ("to_at__gte", models.F("from_at")), _connector="OR"
                        ),
                        name="stay_forward",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="WarrantyTerm",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "asset",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="warranty_terms",
                        to="assets.asset",
                    ),
                ),
                ("source", models.CharField(max_length=80)),
                ("months", models.PositiveSmallIntegerField(null=True)),
                ("until", models.DateField(null=True)),
                ("added_at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("withdrawn_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("months", None), ("until__isnull", False)),
                            models.Q(("months__isnull", False), ("until", None)),
                            _connector="OR",
                        ),
                        name="warranty_term_one",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("withdrawn_at", None)),
                        fields=("asset", "source"),
                        name="warranty_term_once",
                    ),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="Reading",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "asset",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="readings",
                        to="assets.asset",
                    ),
                ),
                ("point", models.CharField(max_length=20)),
                ("value", models.DecimalField(decimal_places=3, max_digits=14)),
                ("total", models.DecimalField(decimal_places=2, max_digits=14, null=True)),
                (
                    "meter",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="readings",
                        to="assets.meter",
                    ),
                ),
                (
                    "check_row",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="readings",
                        to="assets.check",
                    ),
                ),
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
                "indexes": [models.Index(fields=["asset", "point", "-at"], name="reading_of")],
                "constraints": [],
            },
        ),
    ]
