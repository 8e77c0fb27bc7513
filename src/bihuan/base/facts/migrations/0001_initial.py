import django.db.models.deletion
import django.db.models.functions.comparison
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("access", "__first__"),
    ]

    operations = [
        migrations.CreateModel(
            name="Cursor",
            fields=[
                ("name", models.CharField(max_length=80, primary_key=True, serialize=False)),
                ("tx", models.BigIntegerField(default=0)),
                ("fact_id", models.BigIntegerField(default=0)),
                ("heard", models.BigIntegerField(default=0)),
                ("moved_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Fact",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uid", models.UUIDField(default=uuid.uuid4, unique=True)),
                (
                    "tx",
                    models.BigIntegerField(
                        db_default=django.db.models.functions.comparison.Cast(
                            django.db.models.functions.comparison.Cast(
                                models.Func(function="pg_current_xact_id"), models.TextField()
                            ),
                            models.BigIntegerField(),
                        ),
                        editable=False,
                    ),
                ),
                ("kind", models.CharField(max_length=60)),
                ("at", models.DateTimeField()),
                ("told_at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("source", models.CharField(default="screen", max_length=12)),
                ("key", models.CharField(max_length=200, null=True, unique=True)),
                ("customer_id", models.BigIntegerField(null=True)),
                ("asset_id", models.BigIntegerField(null=True)),
                ("contract_id", models.BigIntegerField(null=True)),
                ("subjects", models.JSONField(default=dict)),
                ("data", models.JSONField(default=dict)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["tx", "id"], name="fact_reading_order"),
                    models.Index(fields=["customer_id", "-at"], name="fact_of_customer"),
                    models.Index(fields=["asset_id", "-at"], name="fact_of_asset"),
                    models.Index(fields=["contract_id", "-at"], name="fact_of_contract"),
                    models.Index(fields=["kind", "-at"], name="fact_of_kind"),
                ],
            },
        ),
        migrations.CreateModel(
            name="DeadLetter",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("listener", models.CharField(max_length=80)),
                (
                    "fact",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="dead_letters",
                        to="facts.fact",
                    ),
                ),
                ("error", models.TextField()),
                ("at", models.DateTimeField()),
                ("tries", models.PositiveIntegerField(default=1)),
                ("settled_at", models.DateTimeField(null=True)),
                ("settled_how", models.CharField(blank=True, max_length=12)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("listener", "fact"), name="dead_letter_once")
                ],
            },
        ),
    ]
