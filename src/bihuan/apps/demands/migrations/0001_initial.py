import bihuan.apps.demands.enums
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("access", "__first__"),
        ("assets", "0002_list_counts"),
        ("callbacks", "0004_opening"),
        ("customers", "0004_list_counts"),
        ("evidence", "0002_sender"),
        ("tickets", "0004_doors"),
    ]

    operations = [
        migrations.CreateModel(
            name="Demand",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.CharField(max_length=40)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            (
                                bihuan.apps.demands.enums.Kind["INTENT"],
                                bihuan.apps.demands.enums.Kind["INTENT"],
                            ),
                            (
                                bihuan.apps.demands.enums.Kind["SUGGESTION"],
                                bihuan.apps.demands.enums.Kind["SUGGESTION"],
                            ),
                            (
                                bihuan.apps.demands.enums.Kind["OPTIMISE"],
                                bihuan.apps.demands.enums.Kind["OPTIMISE"],
                            ),
                            (
                                bihuan.apps.demands.enums.Kind["FAULT"],
                                bihuan.apps.demands.enums.Kind["FAULT"],
                            ),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        choices=[
                            (
                                bihuan.apps.demands.enums.Source["TICKET"],
                                bihuan.apps.demands.enums.Source["TICKET"],
                            ),
                            (
                                bihuan.apps.demands.enums.Source["VISIT"],
                                bihuan.apps.demands.enums.Source["VISIT"],
                            ),
                            (
                                bihuan.apps.demands.enums.Source["CALLBACK"],
                                bihuan.apps.demands.enums.Source["CALLBACK"],
                            ),
                            (
                                bihuan.apps.demands.enums.Source["SURVEY"],
                                bihuan.apps.demands.enums.Source["SURVEY"],
                            ),
                            (
                                bihuan.apps.demands.enums.Source["PORTAL"],
                                bihuan.apps.demands.enums.Source["PORTAL"],
                            ),
                            (
                                bihuan.apps.demands.enums.Source["OTHER"],
                                bihuan.apps.demands.enums.Source["OTHER"],
                            ),
                        ],
                        max_length=10,
                    ),
                ),
                ("text", models.TextField(blank=True)),
                ("received_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            (
                                bihuan.apps.demands.enums.State["NEW"],
                                bihuan.apps.demands.enums.State["NEW"],
                            ),
                            (
                                bihuan.apps.demands.enums.State["ACCEPTED"],
                                bihuan.apps.demands.enums.State["ACCEPTED"],
                            ),
                            (
                                bihuan.apps.demands.enums.State["PLANNED"],
                                bihuan.apps.demands.enums.State["PLANNED"],
                            ),
                            (
                                bihuan.apps.demands.enums.State["MERGED"],
                                bihuan.apps.demands.enums.State["MERGED"],
                            ),
                            (
                                bihuan.apps.demands.enums.State["DECLINED"],
                                bihuan.apps.demands.enums.State["DECLINED"],
                            ),
                            (
                                bihuan.apps.demands.enums.State["DELIVERED"],
                                bihuan.apps.demands.enums.State["DELIVERED"],
                            ),
                        ],
                        default=bihuan.apps.demands.enums.State["NEW"],
                        max_length=10,
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1)),
                ("topic", models.CharField(blank=True, max_length=40)),
                ("classified_at", models.DateTimeField(null=True)),
                ("urgency", models.PositiveSmallIntegerField(null=True)),
                ("feasibility", models.PositiveSmallIntegerField(null=True)),
                ("priority", models.PositiveSmallIntegerField(null=True)),
                ("reviewed_at", models.DateTimeField(null=True)),
                ("planned_for", models.DateField(null=True)),
                ("reason", models.TextField(blank=True)),
                ("proposed_at", models.DateTimeField(null=True)),
                ("plan_confirmed_at", models.DateTimeField(null=True)),
                ("delivered_at", models.DateTimeField(null=True)),
                ("told_at", models.DateTimeField(null=True)),
                ("answered_at", models.DateTimeField(null=True)),
                ("satisfied", models.BooleanField(null=True)),
                ("reopened", models.PositiveSmallIntegerField(default=0)),
                (
                    "asset",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="assets.asset",
                    ),
                ),
                (
                    "callback",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="demands",
                        to="callbacks.callback",
                    ),
                ),
                (
                    "contact",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.contact",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="demands",
                        to="customers.customer",
                    ),
                ),
                (
                    "goes_with",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tickets.ticket",
                    ),
                ),
                (
                    "merged_into",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="merged",
                        to="demands.demand",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="demands_owned",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "received_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="demands",
                        to="tickets.ticket",
                    ),
                ),
                (
                    "visit",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="demands",
                        to="callbacks.visit",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["-received_at", "-id"], name="demand_all"),
                    models.Index(fields=["number"], name="demand_by_number"),
                    models.Index(
                        condition=models.Q(
                            (
                                "state__in",
                                (
                                    bihuan.apps.demands.enums.State["NEW"],
                                    bihuan.apps.demands.enums.State["ACCEPTED"],
                                    bihuan.apps.demands.enums.State["PLANNED"],
                                ),
                            )
                        ),
                        fields=["received_at", "id"],
                        name="demand_unended",
                    ),
                    models.Index(
                        condition=models.Q(
                            (
                                "state__in",
                                (
                                    bihuan.apps.demands.enums.State["DELIVERED"],
                                    bihuan.apps.demands.enums.State["PLANNED"],
                                    bihuan.apps.demands.enums.State["MERGED"],
                                    bihuan.apps.demands.enums.State["DECLINED"],
                                ),
                            ),
                            ("told_at", None),
                        ),
                        fields=["state", "received_at"],
                        name="demand_to_tell",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("customer", "number"), name="demand_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("told_at", None),
                            (
                                "state__in",
                                (
                                    bihuan.apps.demands.enums.State["DELIVERED"],
                                    bihuan.apps.demands.enums.State["PLANNED"],
                                    bihuan.apps.demands.enums.State["MERGED"],
                                    bihuan.apps.demands.enums.State["DECLINED"],
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="demand_told_an_outcome",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("answered_at", None),
                            models.Q(("satisfied__isnull", False), ("told_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="demand_answer_follows_telling",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("state", bihuan.apps.demands.enums.State["DECLINED"]),
                                _negated=True,
                            ),
                            models.Q(("reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="demand_declined_with_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("state", bihuan.apps.demands.enums.State["MERGED"]), _negated=True
                            ),
                            ("merged_into__isnull", False),
                            ("goes_with__isnull", False),
                            _connector="OR",
                        ),
                        name="demand_merged_into_something",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Step",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("deed", models.CharField(max_length=16)),
                ("text", models.TextField(blank=True)),
                ("channel", models.CharField(blank=True, max_length=10)),
                ("data", models.JSONField(default=dict)),
                ("mailed", models.BooleanField(default=False)),
                ("fact", models.UUIDField(null=True, unique=True)),
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
                (
                    "demand",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="steps",
                        to="demands.demand",
                    ),
                ),
                (
                    "file",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="evidence.file",
                    ),
                ),
            ],
            options={
                "ordering": ("at", "id"),
                "indexes": [],
                "constraints": [],
            },
        ),
    ]
