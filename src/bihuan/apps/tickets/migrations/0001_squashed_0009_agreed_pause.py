import bihuan.apps.tickets.enums
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from bihuan.base.append_only import only_grows


class Migration(migrations.Migration):
    replaces = [
        ("tickets", "0001_initial"),
        ("tickets", "0002_numbers_and_history"),
        ("tickets", "0003_watchers"),
        ("tickets", "0004_doors"),
        ("tickets", "0005_comfort"),
        ("tickets", "0006_lines"),
        ("tickets", "0007_figures"),
        ("tickets", "0008_withdrawn_handovers"),
        ("tickets", "0009_agreed_pause"),
    ]

    initial = True

    dependencies = [
        ("access", "__first__"),
        ("assets", "0001_initial"),
        ("assets", "0002_list_counts"),
        ("customers", "0003_city_class"),
        ("customers", "0004_list_counts"),
        ("evidence", "0002_sender"),
        ("notify", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="DayNumber",
            fields=[
                ("day", models.DateField(primary_key=True, serialize=False)),
                ("base", models.BigIntegerField()),
            ],
            options={
                "indexes": [],
                "constraints": [],
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
            options={
                "indexes": [],
                "constraints": [],
            },
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
            options={
                "indexes": [],
                "constraints": [],
            },
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
                "indexes": [],
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
            name="CheckItem",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            (
                                bihuan.apps.tickets.enums.Kind["FAULT"],
                                bihuan.apps.tickets.enums.Kind["FAULT"],
                            ),
                            (
                                bihuan.apps.tickets.enums.Kind["CONSULT"],
                                bihuan.apps.tickets.enums.Kind["CONSULT"],
                            ),
                            (
                                bihuan.apps.tickets.enums.Kind["OPTIMISE"],
                                bihuan.apps.tickets.enums.Kind["OPTIMISE"],
                            ),
                            (
                                bihuan.apps.tickets.enums.Kind["INSTALL"],
                                bihuan.apps.tickets.enums.Kind["INSTALL"],
                            ),
                            (
                                bihuan.apps.tickets.enums.Kind["COMMISSION"],
                                bihuan.apps.tickets.enums.Kind["COMMISSION"],
                            ),
                            (
                                bihuan.apps.tickets.enums.Kind["MAINTENANCE"],
                                bihuan.apps.tickets.enums.Kind["MAINTENANCE"],
                            ),
                            (
                                bihuan.apps.tickets.enums.Kind["INSPECTION"],
                                bihuan.apps.tickets.enums.Kind["INSPECTION"],
                            ),
                            (
                                bihuan.apps.tickets.enums.Kind["TRAINING"],
                                bihuan.apps.tickets.enums.Kind["TRAINING"],
                            ),
                            (
                                bihuan.apps.tickets.enums.Kind["PARTS"],
                                bihuan.apps.tickets.enums.Kind["PARTS"],
                            ),
                            (
                                bihuan.apps.tickets.enums.Kind["CUSTOM"],
                                bihuan.apps.tickets.enums.Kind["CUSTOM"],
                            ),
                        ],
                        max_length=12,
                    ),
                ),
                ("zh", models.CharField(max_length=80)),
                ("en", models.CharField(blank=True, max_length=160)),
                ("place", models.PositiveSmallIntegerField()),
                ("active", models.BooleanField(default=True)),
            ],
            options={
                "db_table": "tickets_check_item",
                "indexes": [models.Index(fields=["kind", "place"], name="check_item_of_kind")],
                "constraints": [],
            },
        ),
        migrations.CreateModel(
            name="Label",
            fields=[
                ("code", models.CharField(max_length=12, primary_key=True, serialize=False)),
                ("zh", models.CharField(blank=True, max_length=20)),
                ("en", models.CharField(blank=True, max_length=40)),
                ("customer_zh", models.CharField(blank=True, max_length=20)),
                ("customer_en", models.CharField(blank=True, max_length=40)),
            ],
            options={
                "db_table": "tickets_label",
                "indexes": [],
                "constraints": [],
            },
        ),
        migrations.CreateModel(
            name="Phrase",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("title_zh", models.CharField(max_length=20)),
                ("title_en", models.CharField(blank=True, max_length=40)),
                ("text_zh", models.TextField(max_length=1000)),
                ("text_en", models.TextField(blank=True, max_length=2000)),
                ("kind", models.CharField(blank=True, max_length=12)),
                ("place", models.PositiveSmallIntegerField()),
                ("active", models.BooleanField(default=True)),
            ],
            options={
                "db_table": "tickets_phrase",
                "indexes": [models.Index(fields=["place"], name="phrase_in_order")],
                "constraints": [],
            },
        ),
        migrations.CreateModel(
            name="WecomApp",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("title", models.CharField(max_length=60)),
                ("code", models.CharField(max_length=24, unique=True)),
                ("token", models.TextField()),
                ("aes_key", models.TextField()),
                ("receiver", models.CharField(max_length=64)),
                ("active", models.BooleanField(default=True)),
                ("verified_at", models.DateTimeField(null=True)),
                ("made_at", models.DateTimeField()),
            ],
            options={
                "indexes": [],
                "constraints": [],
            },
        ),
        migrations.CreateModel(
            name="Problem",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.CharField(max_length=20, unique=True)),
                ("title", models.CharField(max_length=120)),
                ("text", models.TextField(blank=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            (
                                bihuan.apps.tickets.enums.ProblemState["OPEN"],
                                bihuan.apps.tickets.enums.ProblemState["OPEN"],
                            ),
                            (
                                bihuan.apps.tickets.enums.ProblemState["KNOWN"],
                                bihuan.apps.tickets.enums.ProblemState["KNOWN"],
                            ),
                            (
                                bihuan.apps.tickets.enums.ProblemState["ENDED"],
                                bihuan.apps.tickets.enums.ProblemState["ENDED"],
                            ),
                        ],
                        default=bihuan.apps.tickets.enums.ProblemState["OPEN"],
                        max_length=8,
                    ),
                ),
                ("cause", models.TextField(blank=True)),
                ("workaround", models.TextField(blank=True)),
                ("public", models.BooleanField(default=False)),
                ("sent", models.PositiveSmallIntegerField(default=0)),
                ("fix", models.TextField(blank=True)),
                ("opened_at", models.DateTimeField()),
                ("known_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "ended_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "model",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="assets.model",
                    ),
                ),
                (
                    "opened_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["state", "-opened_at"], name="problem_list")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("state", bihuan.apps.tickets.enums.ProblemState["KNOWN"]),
                                _negated=True,
                            ),
                            models.Q(
                                models.Q(("workaround", ""), _negated=True),
                                models.Q(("cause", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="problem_known_has_workaround",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("state", bihuan.apps.tickets.enums.ProblemState["ENDED"]),
                                _negated=True,
                            ),
                            models.Q(
                                models.Q(("fix", ""), _negated=True), ("ended_at__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="problem_ended_has_fix",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Queue",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=60, unique=True)),
                ("line", models.PositiveSmallIntegerField()),
                ("outside", models.BooleanField(default=False)),
                ("active", models.BooleanField(default=True)),
                (
                    "members",
                    models.ManyToManyField(
                        related_name="ticket_queues", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "indexes": [],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("line__gte", 1), ("line__lte", 3)),
                        name="queue_line_1_to_3",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("name", ""), _negated=True), name="queue_has_name"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Ticket",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.CharField(max_length=20, unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            (
                                bihuan.apps.tickets.enums.Kind["FAULT"],
                                bihuan.apps.tickets.enums.Kind["FAULT"],
                            ),
                            (
                                bihuan.apps.tickets.enums.Kind["CONSULT"],
                                bihuan.apps.tickets.enums.Kind["CONSULT"],
                            ),
                            (
                                bihuan.apps.tickets.enums.Kind["OPTIMISE"],
                                bihuan.apps.tickets.enums.Kind["OPTIMISE"],
                            ),
                            (
                                bihuan.apps.tickets.enums.Kind["INSTALL"],
                                bihuan.apps.tickets.enums.Kind["INSTALL"],
                            ),
                            (
                                bihuan.apps.tickets.enums.Kind["COMMISSION"],
                                bihuan.apps.tickets.enums.Kind["COMMISSION"],
                            ),
                            (
                                bihuan.apps.tickets.enums.Kind["MAINTENANCE"],
                                bihuan.apps.tickets.enums.Kind["MAINTENANCE"],
                            ),
                            (
                                bihuan.apps.tickets.enums.Kind["INSPECTION"],
                                bihuan.apps.tickets.enums.Kind["INSPECTION"],
                            ),
                            (
                                bihuan.apps.tickets.enums.Kind["TRAINING"],
                                bihuan.apps.tickets.enums.Kind["TRAINING"],
                            ),
                            (
                                bihuan.apps.tickets.enums.Kind["PARTS"],
                                bihuan.apps.tickets.enums.Kind["PARTS"],
                            ),
                            (
                                bihuan.apps.tickets.enums.Kind["CUSTOM"],
                                bihuan.apps.tickets.enums.Kind["CUSTOM"],
                            ),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            (
                                bihuan.apps.tickets.enums.Channel["PHONE"],
                                bihuan.apps.tickets.enums.Channel["PHONE"],
                            ),
                            (
                                bihuan.apps.tickets.enums.Channel["WECOM"],
                                bihuan.apps.tickets.enums.Channel["WECOM"],
                            ),
                            (
                                bihuan.apps.tickets.enums.Channel["WECHAT_KF"],
                                bihuan.apps.tickets.enums.Channel["WECHAT_KF"],
                            ),
                            (
                                bihuan.apps.tickets.enums.Channel["MINIAPP"],
                                bihuan.apps.tickets.enums.Channel["MINIAPP"],
                            ),
                            (
                                bihuan.apps.tickets.enums.Channel["H5_QR"],
                                bihuan.apps.tickets.enums.Channel["H5_QR"],
                            ),
                            (
                                bihuan.apps.tickets.enums.Channel["WEB"],
                                bihuan.apps.tickets.enums.Channel["WEB"],
                            ),
                            (
                                bihuan.apps.tickets.enums.Channel["APP"],
                                bihuan.apps.tickets.enums.Channel["APP"],
                            ),
                            (
                                bihuan.apps.tickets.enums.Channel["EMAIL"],
                                bihuan.apps.tickets.enums.Channel["EMAIL"],
                            ),
                            (
                                bihuan.apps.tickets.enums.Channel["SMS"],
                                bihuan.apps.tickets.enums.Channel["SMS"],
                            ),
                            (
                                bihuan.apps.tickets.enums.Channel["FAX"],
                                bihuan.apps.tickets.enums.Channel["FAX"],
                            ),
                            (
                                bihuan.apps.tickets.enums.Channel["ONSITE"],
                                bihuan.apps.tickets.enums.Channel["ONSITE"],
                            ),
                            (
                                bihuan.apps.tickets.enums.Channel["DEALER"],
                                bihuan.apps.tickets.enums.Channel["DEALER"],
                            ),
                            (
                                bihuan.apps.tickets.enums.Channel["IOT"],
                                bihuan.apps.tickets.enums.Channel["IOT"],
                            ),
                            (
                                bihuan.apps.tickets.enums.Channel["SOCIAL"],
                                bihuan.apps.tickets.enums.Channel["SOCIAL"],
                            ),
                            (
                                bihuan.apps.tickets.enums.Channel["EXHIBITION"],
                                bihuan.apps.tickets.enums.Channel["EXHIBITION"],
                            ),
                            (
                                bihuan.apps.tickets.enums.Channel["STATION"],
                                bihuan.apps.tickets.enums.Channel["STATION"],
                            ),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            (
                                bihuan.apps.tickets.enums.Status["NEW"],
                                bihuan.apps.tickets.enums.Status["NEW"],
                            ),
                            (
                                bihuan.apps.tickets.enums.Status["ACCEPTED"],
                                bihuan.apps.tickets.enums.Status["ACCEPTED"],
                            ),
                            (
                                bihuan.apps.tickets.enums.Status["DIAGNOSING"],
                                bihuan.apps.tickets.enums.Status["DIAGNOSING"],
                            ),
                            (
                                bihuan.apps.tickets.enums.Status["DISPATCHED"],
                                bihuan.apps.tickets.enums.Status["DISPATCHED"],
                            ),
                            (
                                bihuan.apps.tickets.enums.Status["WORKING"],
                                bihuan.apps.tickets.enums.Status["WORKING"],
                            ),
                            (
                                bihuan.apps.tickets.enums.Status["WAITING"],
                                bihuan.apps.tickets.enums.Status["WAITING"],
                            ),
                            (
                                bihuan.apps.tickets.enums.Status["SOLVED"],
                                bihuan.apps.tickets.enums.Status["SOLVED"],
                            ),
                            (
                                bihuan.apps.tickets.enums.Status["FED_BACK"],
                                bihuan.apps.tickets.enums.Status["FED_BACK"],
                            ),
                            (
                                bihuan.apps.tickets.enums.Status["CONFIRMED"],
                                bihuan.apps.tickets.enums.Status["CONFIRMED"],
                            ),
                            (
                                bihuan.apps.tickets.enums.Status["UNCONFIRMED"],
                                bihuan.apps.tickets.enums.Status["UNCONFIRMED"],
                            ),
                            (
                                bihuan.apps.tickets.enums.Status["CLOSED"],
                                bihuan.apps.tickets.enums.Status["CLOSED"],
                            ),
                            (
                                bihuan.apps.tickets.enums.Status["CANCELLED"],
                                bihuan.apps.tickets.enums.Status["CANCELLED"],
                            ),
                            (
                                bihuan.apps.tickets.enums.Status["DUPLICATE"],
                                bihuan.apps.tickets.enums.Status["DUPLICATE"],
                            ),
                        ],
                        default=bihuan.apps.tickets.enums.Status["NEW"],
                        max_length=12,
                    ),
                ),
                ("status_before", models.CharField(blank=True, max_length=12)),
                ("wait", models.CharField(blank=True, max_length=12)),
                ("version", models.PositiveIntegerField(default=1)),
                ("told", models.BooleanField(default=False)),
                ("asked", models.BooleanField(default=False)),
                (
                    "customer",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tickets",
                        to="customers.customer",
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
                    "asset",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tickets",
                        to="assets.asset",
                    ),
                ),
                ("caller_name", models.CharField(blank=True, max_length=60)),
                ("caller_phone", models.CharField(blank=True, max_length=24)),
                ("caller_mail", models.CharField(blank=True, max_length=254)),
                ("title", models.CharField(max_length=120)),
                ("text", models.TextField(blank=True)),
                ("place", models.CharField(blank=True, max_length=200)),
                ("happened_at", models.DateTimeField(null=True)),
                ("impact", models.CharField(blank=True, max_length=14)),
                (
                    "severity",
                    models.CharField(
                        choices=[
                            (
                                bihuan.apps.tickets.enums.Severity["URGENT"],
                                bihuan.apps.tickets.enums.Severity["URGENT"],
                            ),
                            (
                                bihuan.apps.tickets.enums.Severity["HIGH"],
                                bihuan.apps.tickets.enums.Severity["HIGH"],
                            ),
                            (
                                bihuan.apps.tickets.enums.Severity["NORMAL"],
                                bihuan.apps.tickets.enums.Severity["NORMAL"],
                            ),
                            (
                                bihuan.apps.tickets.enums.Severity["LOW"],
                                bihuan.apps.tickets.enums.Severity["LOW"],
                            ),
                        ],
                        default=bihuan.apps.tickets.enums.Severity["NORMAL"],
                        max_length=8,
                    ),
                ),
                ("downtime", models.BooleanField(default=False)),
                ("set_stopped", models.BooleanField(default=False)),
                ("reported_at", models.DateTimeField()),
                (
                    "reported_source",
                    models.CharField(
                        choices=[
                            (
                                bihuan.apps.tickets.enums.Source["CALL"],
                                bihuan.apps.tickets.enums.Source["CALL"],
                            ),
                            (
                                bihuan.apps.tickets.enums.Source["MESSAGE"],
                                bihuan.apps.tickets.enums.Source["MESSAGE"],
                            ),
                            (
                                bihuan.apps.tickets.enums.Source["FORM"],
                                bihuan.apps.tickets.enums.Source["FORM"],
                            ),
                            (
                                bihuan.apps.tickets.enums.Source["PAPER"],
                                bihuan.apps.tickets.enums.Source["PAPER"],
                            ),
                            (
                                bihuan.apps.tickets.enums.Source["MACHINE"],
                                bihuan.apps.tickets.enums.Source["MACHINE"],
                            ),
                            (
                                bihuan.apps.tickets.enums.Source["CUSTOMER"],
                                bihuan.apps.tickets.enums.Source["CUSTOMER"],
                            ),
                        ],
                        max_length=10,
                    ),
                ),
                ("recorded_at", models.DateTimeField()),
                (
                    "recorded_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("line", models.PositiveSmallIntegerField(default=1)),
                (
                    "first_owner",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tickets_owned",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("green", models.BooleanField(default=False)),
                ("chased", models.PositiveSmallIntegerField(default=0)),
                ("chased_at", models.DateTimeField(null=True)),
                ("reopened", models.PositiveSmallIntegerField(default=0)),
                ("next_update_at", models.DateTimeField(null=True)),
                (
                    "parent",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="children",
                        to="tickets.ticket",
                    ),
                ),
                (
                    "duplicate_of",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="duplicates",
                        to="tickets.ticket",
                    ),
                ),
                ("accepted_at", models.DateTimeField(null=True)),
                ("contacted_at", models.DateTimeField(null=True)),
                ("remote_tried", models.TextField(blank=True)),
                (
                    "engineer",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tickets_sent_to",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("callout", models.BooleanField(default=False)),
                ("dispatched_at", models.DateTimeField(null=True)),
                ("arrived_at", models.DateTimeField(null=True)),
                ("cause", models.CharField(blank=True, max_length=16)),
                ("action", models.TextField(blank=True)),
                ("how", models.CharField(blank=True, max_length=6)),
                ("warranty", models.BooleanField(null=True)),
                ("ours", models.BooleanField(default=False)),
                ("solved_at", models.DateTimeField(null=True)),
                (
                    "solved_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("fed_back_at", models.DateTimeField(null=True)),
                ("confirmed_at", models.DateTimeField(null=True)),
                (
                    "confirmed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("satisfied", models.BooleanField(null=True)),
                ("closed_at", models.DateTimeField(null=True)),
                (
                    "closed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("reason", models.TextField(blank=True)),
                (
                    "helpers",
                    models.ManyToManyField(
                        related_name="tickets_helped", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("links", models.ManyToManyField(to="tickets.ticket")),
                (
                    "watchers",
                    models.ManyToManyField(
                        related_name="tickets_watched", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("score", models.PositiveSmallIntegerField(null=True)),
                (
                    "queue",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tickets",
                        to="tickets.queue",
                    ),
                ),
                ("resume_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(
                            (
                                "status__in",
                                (
                                    bihuan.apps.tickets.enums.Status["NEW"],
                                    bihuan.apps.tickets.enums.Status["ACCEPTED"],
                                    bihuan.apps.tickets.enums.Status["DIAGNOSING"],
                                    bihuan.apps.tickets.enums.Status["DISPATCHED"],
                                    bihuan.apps.tickets.enums.Status["WORKING"],
                                    bihuan.apps.tickets.enums.Status["WAITING"],
                                    bihuan.apps.tickets.enums.Status["SOLVED"],
                                    bihuan.apps.tickets.enums.Status["FED_BACK"],
                                    bihuan.apps.tickets.enums.Status["CONFIRMED"],
                                    bihuan.apps.tickets.enums.Status["UNCONFIRMED"],
                                ),
                            )
                        ),
                        fields=["owner", "-reported_at"],
                        name="ticket_open_of",
                    ),
                    models.Index(
                        condition=models.Q(
                            (
                                "status__in",
                                (
                                    bihuan.apps.tickets.enums.Status["NEW"],
                                    bihuan.apps.tickets.enums.Status["ACCEPTED"],
                                    bihuan.apps.tickets.enums.Status["DIAGNOSING"],
                                    bihuan.apps.tickets.enums.Status["DISPATCHED"],
                                    bihuan.apps.tickets.enums.Status["WORKING"],
                                    bihuan.apps.tickets.enums.Status["WAITING"],
                                    bihuan.apps.tickets.enums.Status["SOLVED"],
                                    bihuan.apps.tickets.enums.Status["FED_BACK"],
                                    bihuan.apps.tickets.enums.Status["CONFIRMED"],
                                    bihuan.apps.tickets.enums.Status["UNCONFIRMED"],
                                ),
                            )
                        ),
                        fields=["line", "-reported_at"],
                        name="ticket_open_line",
                    ),
                    models.Index(fields=["-reported_at", "-id"], name="ticket_all"),
                    models.Index(fields=["customer", "-reported_at"], name="ticket_of_customer"),
                    models.Index(fields=["asset", "-reported_at"], name="ticket_of_asset"),
                    models.Index(
                        condition=models.Q(("caller_phone", ""), _negated=True),
                        fields=["caller_phone"],
                        name="ticket_by_phone",
                    ),
                    models.Index(
                        condition=models.Q(("closed_at__isnull", False)),
                        fields=["closed_at"],
                        name="ticket_closed",
                    ),
                    models.Index(
                        condition=models.Q(
                            (
                                "status__in",
                                (
                                    "NEW",
                                    "ACCEPTED",
                                    "DIAGNOSING",
                                    "DISPATCHED",
                                    "WORKING",
                                    "WAITING",
                                    "SOLVED",
                                    "FED_BACK",
                                    "CONFIRMED",
                                    "UNCONFIRMED",
                                ),
                            )
                        ),
                        fields=["-reported_at", "-id"],
                        include=(
                            "number",
                            "status",
                            "line",
                            "kind",
                            "severity",
                            "owner",
                            "customer",
                        ),
                        name="ticket_open",
                    ),
                    models.Index(
                        condition=models.Q(
                            (
                                "status__in",
                                (
                                    "NEW",
                                    "ACCEPTED",
                                    "DIAGNOSING",
                                    "DISPATCHED",
                                    "WORKING",
                                    "WAITING",
                                    "SOLVED",
                                    "FED_BACK",
                                    "CONFIRMED",
                                    "UNCONFIRMED",
                                ),
                            )
                        ),
                        fields=["status", "-reported_at", "-id"],
                        name="ticket_open_status",
                    ),
                    models.Index(
                        condition=models.Q(("solved_at__isnull", False)),
                        fields=["solved_at"],
                        name="ticket_solved",
                    ),
                    models.Index(fields=["recorded_at"], name="ticket_recorded"),
                    models.Index(
                        condition=models.Q(("resume_at__isnull", False)),
                        fields=["resume_at"],
                        name="ticket_to_resume",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("status", bihuan.apps.tickets.enums.Status["CLOSED"]),
                                _negated=True,
                            ),
                            ("closed_at__isnull", False),
                            _connector="OR",
                        ),
                        name="ticket_closed_when",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("status", bihuan.apps.tickets.enums.Status["CONFIRMED"]),
                                _negated=True,
                            ),
                            ("confirmed_at__isnull", False),
                            _connector="OR",
                        ),
                        name="ticket_confirmed_when",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("status", bihuan.apps.tickets.enums.Status["WAITING"]),
                                _negated=True,
                            ),
                            models.Q(("wait", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="ticket_waits_for",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("status", bihuan.apps.tickets.enums.Status["DUPLICATE"]),
                                _negated=True,
                            ),
                            ("duplicate_of__isnull", False),
                            _connector="OR",
                        ),
                        name="ticket_duplicate_of",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("line__gte", 1), ("line__lte", 3)),
                        name="ticket_line_1_to_3",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reported_at__lte", models.F("recorded_at"))),
                        name="ticket_reported_first",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("score", None),
                            models.Q(("score__gte", 1), ("score__lte", 5)),
                            _connector="OR",
                        ),
                        name="ticket_score_1_to_5",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Route",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("place", models.PositiveSmallIntegerField(default=10)),
                ("line", models.PositiveSmallIntegerField(default=1)),
                ("kind", models.CharField(blank=True, max_length=12)),
                ("family", models.CharField(blank=True, max_length=30)),
                ("severity", models.CharField(blank=True, max_length=8)),
                ("tier", models.CharField(blank=True, max_length=20)),
                ("skill", models.CharField(blank=True, max_length=40)),
                ("assign", models.BooleanField(default=False)),
                (
                    "queue",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="routes",
                        to="tickets.queue",
                    ),
                ),
            ],
            options={
                "ordering": ("place", "id"),
                "indexes": [],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("line__gte", 1), ("line__lte", 3)),
                        name="route_line_1_to_3",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Handover",
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
                        related_name="handovers",
                        to="tickets.ticket",
                    ),
                ),
                ("from_line", models.PositiveSmallIntegerField()),
                ("to_line", models.PositiveSmallIntegerField()),
                (
                    "to",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="handed_to",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("tried", models.TextField()),
                ("question", models.TextField()),
                ("expected_at", models.DateTimeField()),
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
                ("accepted_at", models.DateTimeField(null=True)),
                (
                    "accepted_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("answer", models.TextField(blank=True)),
                ("answered_at", models.DateTimeField(null=True)),
                (
                    "answered_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("back_at", models.DateTimeField(null=True)),
                (
                    "back_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("back_reason", models.TextField(blank=True)),
                ("files", models.ManyToManyField(related_name="+", to="evidence.file")),
                ("finding", models.TextField(blank=True)),
                (
                    "from_queue",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tickets.queue",
                    ),
                ),
                (
                    "queue",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="handovers",
                        to="tickets.queue",
                    ),
                ),
                ("withdrawn", models.BooleanField(default=False)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("accepted_at", None)),
                        fields=["to_line", "expected_at"],
                        name="handover_open",
                    ),
                    models.Index(
                        condition=models.Q(("answered_at", None), ("back_at", None)),
                        fields=["queue", "expected_at"],
                        name="handover_of_queue",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("tried", ""), _negated=True),
                            models.Q(("question", ""), _negated=True),
                        ),
                        name="handover_not_empty",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("answered_at", None),
                            models.Q(("answer", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="handover_answer_has_words",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("back_at", None),
                            models.Q(("back_reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="handover_back_has_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("back_at", None), ("answered_at", None), _connector="OR"
                        ),
                        name="handover_ends_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("accepted_at", None), ("back_at", None)),
                        fields=("ticket",),
                        name="handover_open_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("withdrawn", False),
                            models.Q(("accepted_at", None), ("back_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="handover_withdrawn_untaken",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Envelope",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("channel", models.CharField(max_length=12)),
                ("message_id", models.CharField(max_length=250, unique=True)),
                ("thread", models.CharField(blank=True, db_index=True, max_length=250)),
                ("sender", models.CharField(blank=True, max_length=254)),
                ("sender_name", models.CharField(blank=True, max_length=60)),
                ("subject", models.CharField(blank=True, max_length=200)),
                ("text", models.TextField(blank=True)),
                ("machine", models.CharField(blank=True, max_length=80)),
                ("received_at", models.DateTimeField()),
                ("raw", models.JSONField(default=dict)),
                (
                    "disposition",
                    models.CharField(
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
                (
                    "ticket",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="envelopes",
                        to="tickets.ticket",
                    ),
                ),
                ("files", models.ManyToManyField(related_name="+", to="evidence.file")),
                ("after_hours", models.BooleanField(default=False)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["received_at"], name="envelope_received"),
                    models.Index(fields=["sender", "received_at"], name="envelope_of_sender"),
                    models.Index(
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
                ],
                "constraints": [],
            },
        ),
        migrations.CreateModel(
            name="Attempt",
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
                        related_name="attempts",
                        to="tickets.ticket",
                    ),
                ),
                ("round", models.PositiveSmallIntegerField(default=0)),
                ("channel", models.CharField(max_length=12)),
                (
                    "result",
                    models.CharField(
                        choices=[
                            (
                                bihuan.apps.tickets.enums.Answer["YES"],
                                bihuan.apps.tickets.enums.Answer["YES"],
                            ),
                            (
                                bihuan.apps.tickets.enums.Answer["NO"],
                                bihuan.apps.tickets.enums.Answer["NO"],
                            ),
                            (
                                bihuan.apps.tickets.enums.Answer["NO_ANSWER"],
                                bihuan.apps.tickets.enums.Answer["NO_ANSWER"],
                            ),
                        ],
                        max_length=10,
                    ),
                ),
                ("words", models.TextField(blank=True)),
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
                "indexes": [models.Index(fields=["ticket", "at"], name="attempt_of_ticket")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("result", bihuan.apps.tickets.enums.Answer["NO_ANSWER"]),
                            models.Q(("words", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="ticket_answer_has_words",
                    )
                ],
            },
        ),
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
                "constraints": [],
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
            options={
                "indexes": [],
                "constraints": [],
            },
        ),
        migrations.CreateModel(
            name="Tick",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
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
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="ticks",
                        to="tickets.checkitem",
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="ticks",
                        to="tickets.ticket",
                    ),
                ),
            ],
            options={
                "db_table": "tickets_tick",
                "indexes": [],
                "constraints": [
                    models.UniqueConstraint(fields=("ticket", "item"), name="tick_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Ask",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            (
                                bihuan.apps.tickets.enums.AskKind["TERM"],
                                bihuan.apps.tickets.enums.AskKind["TERM"],
                            ),
                            (
                                bihuan.apps.tickets.enums.AskKind["SLOT"],
                                bihuan.apps.tickets.enums.AskKind["SLOT"],
                            ),
                        ],
                        max_length=4,
                    ),
                ),
                ("number", models.CharField(max_length=30, unique=True)),
                ("why", models.TextField()),
                ("days", models.PositiveSmallIntegerField(null=True)),
                ("on_day", models.DateField(null=True)),
                ("at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(null=True)),
                ("granted", models.BooleanField(null=True)),
                ("granted_days", models.PositiveSmallIntegerField(null=True)),
                ("granted_day", models.DateField(null=True)),
                ("reason", models.TextField(blank=True)),
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
                    "decided_by",
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
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="asks",
                        to="tickets.ticket",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["kind", "decided_at", "-at"], name="ask_list")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("why", ""), _negated=True), name="ask_says_why"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_at", None), ("granted", None)),
                            models.Q(("decided_at__isnull", False), ("granted__isnull", False)),
                            _connector="OR",
                        ),
                        name="ask_decided_whole",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("granted", False), _negated=True),
                            models.Q(("reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="ask_no_has_reason",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("decided_at", None)),
                        fields=("ticket", "kind"),
                        name="ask_open_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ProblemTicket",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("heard", models.PositiveSmallIntegerField(default=0)),
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
                    "problem",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="links",
                        to="tickets.problem",
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="problem_links",
                        to="tickets.ticket",
                    ),
                ),
            ],
            options={
                "indexes": [],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("problem", "ticket"), name="problem_ticket_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Entry",
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
                        related_name="entries",
                        to="tickets.ticket",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            (
                                bihuan.apps.tickets.enums.EntryKind["PUBLIC_REPLY"],
                                bihuan.apps.tickets.enums.EntryKind["PUBLIC_REPLY"],
                            ),
                            (
                                bihuan.apps.tickets.enums.EntryKind["NOTE"],
                                bihuan.apps.tickets.enums.EntryKind["NOTE"],
                            ),
                            (
                                bihuan.apps.tickets.enums.EntryKind["EVENT"],
                                bihuan.apps.tickets.enums.EntryKind["EVENT"],
                            ),
                            (
                                bihuan.apps.tickets.enums.EntryKind["INBOUND"],
                                bihuan.apps.tickets.enums.EntryKind["INBOUND"],
                            ),
                        ],
                        max_length=12,
                    ),
                ),
                ("code", models.CharField(blank=True, max_length=16)),
                ("text", models.TextField(blank=True)),
                ("channel", models.CharField(blank=True, max_length=12)),
                ("data", models.JSONField(default=dict)),
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
                    "envelope",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="tickets.envelope",
                    ),
                ),
                ("files", models.ManyToManyField(related_name="+", to="evidence.file")),
                ("mentions", models.ManyToManyField(related_name="+", to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "indexes": [models.Index(fields=["ticket", "at", "id"], name="ticket_entry_of")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("kind", bihuan.apps.tickets.enums.EntryKind["EVENT"]),
                                _negated=True,
                            ),
                            models.Q(("code", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="ticket_event_has_code",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind", bihuan.apps.tickets.enums.EntryKind["EVENT"]),
                            models.Q(("text", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="ticket_words_not_empty",
                    ),
                ],
            },
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
            options={
                "indexes": [],
                "constraints": [],
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
                "indexes": [],
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
                "indexes": [],
            },
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
                "indexes": [],
            },
        ),
        migrations.AddField(
            model_name="Problem",
            name="tickets",
            field=models.ManyToManyField(
                related_name="problems", through="tickets.ProblemTicket", to="tickets.ticket"
            ),
        ),
        migrations.RunSQL(
            sql="CREATE SEQUENCE IF NOT EXISTS tickets_number",
            reverse_sql="DROP SEQUENCE IF EXISTS tickets_number",
        ),
        *only_grows("tickets_entry"),
    ]
