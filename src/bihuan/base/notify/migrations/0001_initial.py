import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("access", "0001_initial"),
        ("access", "__first__"),
    ]

    operations = [
        migrations.CreateModel(
            name="Preference",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("mail", models.BooleanField(default=True)),
                ("wecom", models.BooleanField(default=True)),
                ("wecom_id", models.CharField(blank=True, max_length=64)),
                ("quiet_from", models.TimeField(null=True)),
                ("quiet_to", models.TimeField(null=True)),
                ("digest_at", models.TimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Webhook",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("title", models.CharField(max_length=80)),
                ("address", models.URLField(max_length=300)),
                ("secret", models.CharField(max_length=86)),
                ("kinds", models.JSONField(default=list)),
                ("active", models.BooleanField(default=True)),
                ("made_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "to",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notices",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("kind", models.CharField(max_length=60)),
                ("title", models.JSONField(default=dict)),
                ("text", models.JSONField(default=dict)),
                ("url", models.CharField(blank=True, max_length=300)),
                ("key", models.CharField(max_length=200, null=True)),
                ("at", models.DateTimeField()),
                ("read_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["to", "-at"], name="notice_of_person"),
                    models.Index(
                        condition=models.Q(("read_at", None)), fields=["to"], name="notice_unread"
                    ),
                ],
                "constraints": [models.UniqueConstraint(fields=("to", "key"), name="notice_once")],
            },
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "notice",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="deliveries",
                        to="notify.notice",
                    ),
                ),
                (
                    "webhook",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="deliveries",
                        to="notify.webhook",
                    ),
                ),
                ("channel", models.CharField(max_length=8)),
                ("body", models.JSONField(default=dict)),
                ("message_id", models.CharField(max_length=120, unique=True)),
                ("state", models.CharField(default="PLANNED", max_length=8)),
                ("due_at", models.DateTimeField()),
                ("lease_until", models.DateTimeField(null=True)),
                ("fence", models.PositiveIntegerField(default=0)),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("waits_for", models.CharField(blank=True, max_length=20)),
                ("error", models.CharField(blank=True, max_length=200)),
                ("sent_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ["PLANNED", "SENDING"])),
                        fields=["due_at"],
                        name="delivery_to_do",
                    )
                ],
            },
        ),
    ]
