import bihuan.apps.tickets.enums
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("access", "__first__"),
        ("evidence", "0002_sender"),
        ("notify", "0001_initial"),
        ("tickets", "0003_watchers"),
    ]

    operations = [
        migrations.CreateModel(
            name="Alarm",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "ticket",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="alarm",
                        to="tickets.ticket",
                    ),
                ),
                ("raised_at", models.DateTimeField()),
                ("step", models.PositiveIntegerField(default=0)),
                ("next_at", models.DateTimeField(null=True)),
                ("over_at", models.DateTimeField(null=True)),
                (
                    "answered_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("over_at", None)),
                        fields=["next_at"],
                        name="alarm_running",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Call",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("call", models.CharField(max_length=80)),
                ("number", models.CharField(blank=True, max_length=24)),
                ("outbound", models.BooleanField(default=False)),
                ("extension", models.CharField(blank=True, max_length=20)),
                (
                    "agent",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("ringing_at", models.DateTimeField(null=True)),
                ("answered_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("recording", models.CharField(blank=True, max_length=300)),
                ("closed", models.BooleanField(default=False)),
                (
                    "ticket",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="calls",
                        to="tickets.ticket",
                    ),
                ),
                ("told_at", models.DateTimeField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["agent", "-told_at"], name="call_of_agent"),
                    models.Index(
                        condition=models.Q(("ticket", None)),
                        fields=["-told_at"],
                        name="call_unattached",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("source", "call"), name="call_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Extension",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("number", models.CharField(max_length=20, unique=True)),
            ],
        ),
        migrations.CreateModel(
            name="Hook",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("title", models.CharField(max_length=60)),
                ("code", models.CharField(max_length=24, unique=True)),
                ("channel", models.CharField(max_length=12)),
                ("secret", models.TextField()),
                ("mapping", models.JSONField(default=dict)),
                ("active", models.BooleanField(default=True)),
                ("made_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Look",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "envelope",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="looks",
                        to="tickets.envelope",
                    ),
                ),
                ("what", models.CharField(max_length=12)),
                ("reason", models.TextField(blank=True)),
                (
                    "ticket",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tickets.ticket",
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Mailbox",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("title", models.CharField(max_length=60)),
                ("address", models.EmailField(max_length=254)),
                ("host", models.CharField(max_length=120)),
                ("port", models.PositiveIntegerField(default=993)),
                ("security", models.CharField(default="SSL", max_length=8)),
                ("login", models.CharField(max_length=120)),
                ("password", models.TextField()),
                ("folder", models.CharField(default="INBOX", max_length=120)),
                ("active", models.BooleanField(default=True)),
                ("made_at", models.DateTimeField()),
                ("uidvalidity", models.BigIntegerField(default=0)),
                ("last_uid", models.BigIntegerField(default=0)),
                ("fence", models.PositiveIntegerField(default=0)),
                ("lease_until", models.DateTimeField(null=True)),
                ("read_at", models.DateTimeField(null=True)),
                ("error", models.CharField(blank=True, max_length=60)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("address",), name="mailbox_address_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Letter",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "mailbox",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="letters",
                        to="tickets.mailbox",
                    ),
                ),
                ("uidvalidity", models.BigIntegerField()),
                ("uid", models.BigIntegerField()),
                ("message_id", models.CharField(blank=True, db_index=True, max_length=250)),
                ("size", models.BigIntegerField()),
                ("raw", models.BinaryField()),
                ("why", models.CharField(blank=True, max_length=20)),
                (
                    "envelope",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="letters",
                        to="tickets.envelope",
                    ),
                ),
                ("taken_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("mailbox", "uidvalidity", "uid"), name="letter_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="OnCall",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("region", models.CharField(blank=True, max_length=20)),
                ("from_at", models.DateTimeField()),
                ("to_at", models.DateTimeField()),
                ("place", models.PositiveSmallIntegerField(default=1)),
            ],
            options={
                "indexes": [models.Index(fields=["to_at"], name="on_call_until")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("to_at__gt", models.F("from_at"))),
                        name="on_call_forward",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Paging",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "alarm",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="pagings",
                        to="tickets.alarm",
                    ),
                ),
                ("uid", models.CharField(max_length=40, unique=True)),
                ("step", models.PositiveIntegerField()),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("way", models.CharField(max_length=8)),
                (
                    "notice",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="notify.notice",
                    ),
                ),
                ("at", models.DateTimeField()),
                ("answered_at", models.DateTimeField(null=True)),
                ("answer", models.CharField(blank=True, max_length=10)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("alarm", "step"), name="paging_step_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="PaperForm",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.CharField(max_length=20, unique=True)),
                ("printed_at", models.DateTimeField()),
                (
                    "printed_by",
                    models.ForeignKey(
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
                        related_name="papers",
                        to="tickets.ticket",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Sent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sent",
                        to="tickets.ticket",
                    ),
                ),
                (
                    "kind",
                    models.CharField(choices=[("ACK", "ACK"), ("REPLY", "REPLY")], max_length=5),
                ),
                ("to", models.EmailField(max_length=254)),
                ("message_id", models.CharField(max_length=200, unique=True)),
                (
                    "entry",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sent",
                        to="tickets.entry",
                    ),
                ),
                (
                    "delivery",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="notify.delivery",
                    ),
                ),
                ("at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("kind", "ACK")),
                        fields=("ticket", "to"),
                        name="ticket_ack_once",
                    )
                ],
            },
        ),
        migrations.AlterField(
            model_name="envelope",
            name="disposition",
            field=models.CharField(
                blank=True,
                choices=[
                    (
                        bihuan.apps.tickets.enums.Disposition["NEW_TICKET"],
                        bihuan.apps.tickets.enums.Disposition["NEW_TICKET"],
                    ),
                    (
                        bihuan.apps.tickets.enums.Disposition["REPLY"],
                        bihuan.apps.tickets.enums.Disposition["REPLY"],
                    ),
                    (
                        bihuan.apps.tickets.enums.Disposition["DOUBLE"],
                        bihuan.apps.tickets.enums.Disposition["DOUBLE"],
                    ),
                    (
                        bihuan.apps.tickets.enums.Disposition["IGNORED"],
                        bihuan.apps.tickets.enums.Disposition["IGNORED"],
                    ),
                    (
                        bihuan.apps.tickets.enums.Disposition["REFUSED"],
                        bihuan.apps.tickets.enums.Disposition["REFUSED"],
                    ),
                    (
                        bihuan.apps.tickets.enums.Disposition["TO_LOOK"],
                        bihuan.apps.tickets.enums.Disposition["TO_LOOK"],
                    ),
                ],
                max_length=12,
            ),
        ),
        migrations.AddIndex(
            model_name="envelope",
            index=models.Index(fields=["sender", "received_at"], name="envelope_of_sender"),
        ),
        migrations.AddIndex(
            model_name="envelope",
            index=models.Index(
                condition=models.Q(
                    (
                        "disposition__in",
                        [
                            bihuan.apps.tickets.enums.Disposition["TO_LOOK"],
                            bihuan.apps.tickets.enums.Disposition["REFUSED"],
                        ],
                    )
                ),
                fields=["disposition", "-received_at"],
                name="envelope_inbox",
            ),
        ),
    ]
