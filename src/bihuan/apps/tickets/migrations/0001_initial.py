import bihuan.apps.tickets.enums
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("access", "__first__"),
        ("assets", "0001_initial"),
        ("customers", "0003_city_class"),
        ("evidence", "0002_sender"),
    ]

    operations = [
        migrations.CreateModel(
            name="DayNumber",
            fields=[
                ("day", models.DateField(primary_key=True, serialize=False)),
                ("base", models.BigIntegerField()),
            ],
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
                        fields=["-reported_at", "-id"],
                        name="ticket_open",
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
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("accepted_at", None)),
                        fields=["to_line", "expected_at"],
                        name="handover_open",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("tried", ""), _negated=True),
                            models.Q(("question", ""), _negated=True),
                        ),
                        name="handover_not_empty",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("accepted_at", None)),
                        fields=("ticket",),
                        name="handover_open_once",
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
            ],
            options={
                "indexes": [models.Index(fields=["received_at"], name="envelope_received")],
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
    ]
