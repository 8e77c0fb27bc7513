import bihuan.apps.monitoring.enums
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("assets", "0002_list_counts"),
        ("monitoring", "0004_condition"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="latest",
            name="heard",
            field=models.BooleanField(db_default=True, default=True),
        ),
        migrations.CreateModel(
            name="History",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("file_name", models.CharField(max_length=200)),
                ("sha256", models.CharField(max_length=64)),
                ("size", models.BigIntegerField()),
                ("sheet", models.CharField(blank=True, max_length=100)),
                ("head_at", models.IntegerField()),
                ("plan", models.JSONField()),
                (
                    "state",
                    models.CharField(
                        default=bihuan.apps.monitoring.enums.HistoryState["UPLOADED"], max_length=10
                    ),
                ),
                ("rows", models.IntegerField(default=0)),
                ("good", models.IntegerField(default=0)),
                ("left_out", models.IntegerField(default=0)),
                ("causes", models.JSONField(default=dict)),
                ("wrong", models.JSONField(default=list)),
                ("first_at", models.DateTimeField(null=True)),
                ("last_at", models.DateTimeField(null=True)),
                ("handed", models.IntegerField(default=0)),
                ("why", models.CharField(blank=True, max_length=300)),
                ("at", models.DateTimeField()),
                ("done_at", models.DateTimeField(null=True)),
                (
                    "asset",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="histories",
                        to="assets.asset",
                    ),
                ),
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
                    "device",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="histories",
                        to="monitoring.device",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="HistoryPart",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.IntegerField()),
                ("data", models.BinaryField()),
                (
                    "history",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="parts",
                        to="monitoring.history",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Terminal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("phone", models.CharField(max_length=20, unique=True)),
                ("terminal", models.CharField(blank=True, max_length=30)),
                ("code_hash", models.CharField(blank=True, max_length=64)),
                ("open_until", models.DateTimeField()),
                ("registered_at", models.DateTimeField(null=True)),
                ("said", models.JSONField(default=dict)),
                ("made_at", models.DateTimeField()),
                (
                    "device",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="terminal",
                        to="monitoring.device",
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="history",
            index=models.Index(fields=["asset", "-at"], name="history_of_machine"),
        ),
        migrations.AddConstraint(
            model_name="historypart",
            constraint=models.UniqueConstraint(
                fields=("history", "number"), name="history_part_once"
            ),
        ),
    ]
