import bihuan.apps.callbacks.enums
import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    replaces = [
        ("callbacks", "0001_initial"),
        ("callbacks", "0002_key_of_an_attempt"),
        ("callbacks", "0003_gift_allowed"),
        ("callbacks", "0004_opening"),
    ]

    initial = True

    dependencies = [
        ("access", "__first__"),
        ("customers", "0001_initial"),
        ("evidence", "0002_sender"),
        ("obligations", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Brief",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "obligation",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="obligations.obligation",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.customer",
                    ),
                ),
                ("occasion", models.CharField(max_length=200)),
                ("goal", models.TextField()),
                ("mind", models.TextField(blank=True)),
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
                "indexes": [],
                "constraints": [],
            },
        ),
        migrations.CreateModel(
            name="Script",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=40)),
                ("version", models.PositiveIntegerField()),
                ("title", models.JSONField()),
                ("body", models.JSONField()),
                ("hash", models.CharField(max_length=64)),
                ("made_at", models.DateTimeField()),
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
                "ordering": ("code", "-version"),
                "constraints": [
                    models.UniqueConstraint(fields=("code", "version"), name="script_version_once")
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="Touch",
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
                        related_name="+",
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
                ("kind", models.CharField(max_length=10)),
                ("channel", models.CharField(blank=True, max_length=16)),
                ("care", models.BooleanField(default=True)),
                ("safety", models.BooleanField(default=False)),
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
                ("key", models.CharField(max_length=80, unique=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["contact", "at"], name="touch_of_contact"),
                    models.Index(fields=["customer", "at"], name="touch_of_customer"),
                ],
                "constraints": [],
            },
        ),
        migrations.CreateModel(
            name="Visit",
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
                        related_name="visits",
                        to="customers.customer",
                    ),
                ),
                (
                    "level",
                    models.CharField(
                        default=bihuan.apps.callbacks.enums.Level["STAFF"], max_length=10
                    ),
                ),
                ("purpose", models.CharField(max_length=300)),
                ("planned_at", models.DateTimeField()),
                ("place", models.CharField(blank=True, max_length=200)),
                ("place_lat", models.FloatField(null=True)),
                ("place_lon", models.FloatField(null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            (
                                bihuan.apps.callbacks.enums.VisitState["PLANNED"],
                                bihuan.apps.callbacks.enums.VisitState["PLANNED"],
                            ),
                            (
                                bihuan.apps.callbacks.enums.VisitState["AGREED"],
                                bihuan.apps.callbacks.enums.VisitState["AGREED"],
                            ),
                            (
                                bihuan.apps.callbacks.enums.VisitState["IN_VISIT"],
                                bihuan.apps.callbacks.enums.VisitState["IN_VISIT"],
                            ),
                            (
                                bihuan.apps.callbacks.enums.VisitState["DONE"],
                                bihuan.apps.callbacks.enums.VisitState["DONE"],
                            ),
                            (
                                bihuan.apps.callbacks.enums.VisitState["CANCELLED"],
                                bihuan.apps.callbacks.enums.VisitState["CANCELLED"],
                            ),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "host",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="visits_made",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "obligation",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="obligations.obligation",
                    ),
                ),
                ("agreed_at", models.DateTimeField(null=True)),
                (
                    "agreed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.contact",
                    ),
                ),
                ("agreed_how", models.CharField(blank=True, max_length=200)),
                ("token", models.CharField(max_length=40, unique=True)),
                ("code", models.CharField(max_length=6)),
                ("code_tries", models.PositiveSmallIntegerField(default=0)),
                ("checked_in_at", models.DateTimeField(null=True)),
                ("checked_in_how", models.CharField(blank=True, max_length=6)),
                (
                    "checked_in_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("distance", models.PositiveIntegerField(null=True)),
                ("topics", models.JSONField(default=list)),
                ("minutes", models.TextField(blank=True)),
                ("minutes_sent_at", models.DateTimeField(null=True)),
                ("minutes_sent_how", models.CharField(blank=True, max_length=200)),
                ("gift", models.CharField(blank=True, max_length=120)),
                ("gift_value", models.DecimalField(decimal_places=2, max_digits=12, null=True)),
                (
                    "gift_approved_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("done_at", models.DateTimeField(null=True)),
                ("next_on", models.DateField(null=True)),
                ("made_at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("cancelled_why", models.CharField(blank=True, max_length=300)),
                ("gift_allowed", models.DecimalField(decimal_places=2, max_digits=12, null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["customer", "-planned_at"], name="visit_of_customer"),
                    models.Index(fields=["planned_at"], name="visit_by_day"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("state", bihuan.apps.callbacks.enums.VisitState["DONE"]),
                                _negated=True,
                            ),
                            models.Q(
                                ("checked_in_at__isnull", False),
                                ("done_at__isnull", False),
                                models.Q(("minutes", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="visit_done_with_proof",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="News",
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
                        related_name="+",
                        to="customers.customer",
                    ),
                ),
                ("kind", models.CharField(max_length=14)),
                ("text", models.TextField()),
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
                "indexes": [models.Index(fields=["customer", "-at"], name="news_of_customer")],
                "constraints": [],
            },
        ),
        migrations.CreateModel(
            name="PlannedDay",
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
                        related_name="+",
                        to="customers.customer",
                    ),
                ),
                ("rule", models.CharField(max_length=120)),
                ("occasion", models.CharField(max_length=200)),
                ("on", models.DateField()),
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
                "indexes": [models.Index(fields=["on"], name="planned_day_on")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("customer", "rule", "occasion"), name="planned_day_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Campaign",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("title", models.CharField(max_length=120)),
                ("goal", models.CharField(max_length=300)),
                ("choice", models.JSONField(default=dict)),
                (
                    "script",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="callbacks.script",
                    ),
                ),
                ("last_on", models.DateField()),
                ("made_at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("closed_at", models.DateTimeField(null=True)),
                ("report", models.TextField(blank=True)),
                (
                    "regions",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20), default=list, size=None
                    ),
                ),
            ],
            options={
                "ordering": ("-made_at", "-id"),
                "indexes": [],
                "constraints": [],
            },
        ),
        migrations.CreateModel(
            name="Participant",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "visit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="participants",
                        to="callbacks.visit",
                    ),
                ),
                ("side", models.CharField(max_length=6)),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
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
                ("role", models.CharField(blank=True, max_length=60)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("contact__isnull", False), ("user", None)),
                            models.Q(("contact", None), ("user__isnull", False)),
                            _connector="OR",
                        ),
                        name="participant_of_one_side",
                    ),
                    models.UniqueConstraint(
                        fields=("visit", "user", "contact"),
                        name="participant_once",
                        nulls_distinct=False,
                    ),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="Callback",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=16)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            (
                                bihuan.apps.callbacks.enums.CallState["OPEN"],
                                bihuan.apps.callbacks.enums.CallState["OPEN"],
                            ),
                            (
                                bihuan.apps.callbacks.enums.CallState["DONE"],
                                bihuan.apps.callbacks.enums.CallState["DONE"],
                            ),
                            (
                                bihuan.apps.callbacks.enums.CallState["RESCHEDULED"],
                                bihuan.apps.callbacks.enums.CallState["RESCHEDULED"],
                            ),
                            (
                                bihuan.apps.callbacks.enums.CallState["REFUSED"],
                                bihuan.apps.callbacks.enums.CallState["REFUSED"],
                            ),
                            (
                                bihuan.apps.callbacks.enums.CallState["UNREACHABLE"],
                                bihuan.apps.callbacks.enums.CallState["UNREACHABLE"],
                            ),
                            (
                                bihuan.apps.callbacks.enums.CallState["CONFIRM_TIMEOUT"],
                                bihuan.apps.callbacks.enums.CallState["CONFIRM_TIMEOUT"],
                            ),
                        ],
                        max_length=16,
                    ),
                ),
                ("channel", models.CharField(blank=True, max_length=16)),
                ("planned_at", models.DateTimeField(null=True)),
                ("started_at", models.DateTimeField()),
                ("done_at", models.DateTimeField(null=True)),
                ("recorded_at", models.DateTimeField(null=True)),
                ("tier", models.CharField(blank=True, max_length=30)),
                ("care", models.BooleanField(default=True)),
                ("prepared", models.BooleanField(default=False)),
                ("late", models.BooleanField(default=False)),
                (
                    "blocks",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=30), default=list, size=None
                    ),
                ),
                ("score", models.PositiveSmallIntegerField(null=True)),
                ("words", models.TextField(blank=True)),
                ("summary", models.TextField(blank=True)),
                ("next_on", models.DateField(null=True)),
                (
                    "caller",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="calls_made",
                        to=settings.AUTH_USER_MODEL,
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
                        related_name="callbacks",
                        to="customers.customer",
                    ),
                ),
                (
                    "campaign",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="calls",
                        to="callbacks.campaign",
                    ),
                ),
                (
                    "script",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="callbacks.script",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["customer", "-started_at"], name="callback_of_customer"),
                    models.Index(
                        condition=models.Q(
                            ("state", bihuan.apps.callbacks.enums.CallState["DONE"])
                        ),
                        fields=["done_at"],
                        name="callback_done",
                    ),
                    models.Index(
                        condition=models.Q(
                            (
                                "state__in",
                                (
                                    bihuan.apps.callbacks.enums.CallState["OPEN"],
                                    bihuan.apps.callbacks.enums.CallState["RESCHEDULED"],
                                ),
                            )
                        ),
                        fields=["planned_at"],
                        name="callback_live",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("state", bihuan.apps.callbacks.enums.CallState["DONE"]),
                                _negated=True,
                            ),
                            ("done_at__isnull", False),
                            _connector="OR",
                        ),
                        name="callback_done_when",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("score", None),
                            models.Q(("score__gte", 1), ("score__lte", 5)),
                            _connector="OR",
                        ),
                        name="callback_score_1_to_5",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("campaign", None),
                            (
                                "state__in",
                                (
                                    bihuan.apps.callbacks.enums.CallState["OPEN"],
                                    bihuan.apps.callbacks.enums.CallState["RESCHEDULED"],
                                ),
                            ),
                        ),
                        fields=("customer",),
                        name="callback_live_once",
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
                    "callback",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="attempts",
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
                ("at", models.DateTimeField()),
                ("channel", models.CharField(max_length=16)),
                ("outcome", models.CharField(max_length=16)),
                ("note", models.CharField(blank=True, max_length=300)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("key", models.UUIDField(null=True, unique=True)),
            ],
            options={
                "ordering": ("at", "id"),
                "indexes": [],
                "constraints": [],
            },
        ),
        migrations.CreateModel(
            name="Sample",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("month", models.CharField(max_length=7)),
                (
                    "callback",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sample",
                        to="callbacks.callback",
                    ),
                ),
                ("drawn_at", models.DateTimeField()),
                (
                    "drawn_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("scores", models.JSONField(default=dict)),
                ("score", models.PositiveSmallIntegerField(null=True)),
                ("note", models.TextField(blank=True)),
                ("scored_at", models.DateTimeField(null=True)),
                (
                    "scored_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ("month", "id"),
                "indexes": [],
                "constraints": [],
            },
        ),
        migrations.CreateModel(
            name="Served",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "callback",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="served",
                        to="callbacks.callback",
                    ),
                ),
                (
                    "obligation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="obligations.obligation",
                    ),
                ),
                ("at", models.DateTimeField()),
                ("taken_back_at", models.DateTimeField(null=True)),
                (
                    "taken_back_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=300)),
            ],
            options={
                "ordering": ("id",),
                "constraints": [
                    models.UniqueConstraint(fields=("callback", "obligation"), name="served_once")
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="Target",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "campaign",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="targets",
                        to="callbacks.campaign",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.customer",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        default=bihuan.apps.callbacks.enums.TargetState["WAITING"], max_length=12
                    ),
                ),
                (
                    "callback",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="callbacks.callback",
                    ),
                ),
                ("at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("campaign", "customer"), name="target_once")
                ],
                "indexes": [],
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
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="problems",
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
                    "callback",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="problems",
                        to="callbacks.callback",
                    ),
                ),
                (
                    "visit",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="problems",
                        to="callbacks.visit",
                    ),
                ),
                ("text", models.TextField()),
                ("grade", models.CharField(max_length=8)),
                ("technical", models.BooleanField(default=False)),
                ("disposition", models.CharField(max_length=12)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            (
                                bihuan.apps.callbacks.enums.ProblemState["OPEN"],
                                bihuan.apps.callbacks.enums.ProblemState["OPEN"],
                            ),
                            (
                                bihuan.apps.callbacks.enums.ProblemState["HANDLED"],
                                bihuan.apps.callbacks.enums.ProblemState["HANDLED"],
                            ),
                            (
                                bihuan.apps.callbacks.enums.ProblemState["FED_BACK"],
                                bihuan.apps.callbacks.enums.ProblemState["FED_BACK"],
                            ),
                            (
                                bihuan.apps.callbacks.enums.ProblemState["CONFIRMED"],
                                bihuan.apps.callbacks.enums.ProblemState["CONFIRMED"],
                            ),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="problems_owned",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("found_at", models.DateTimeField()),
                (
                    "found_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("handled_at", models.DateTimeField(null=True)),
                (
                    "handled_by",
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
                ("reopened", models.PositiveSmallIntegerField(default=0)),
                ("asked_in_vain_at", models.DateTimeField(null=True)),
                ("carried_at", models.DateTimeField(null=True)),
                ("opening", models.CharField(max_length=64, null=True, unique=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["customer", "-found_at"], name="problem_of_customer"),
                    models.Index(
                        condition=models.Q(
                            ("state", bihuan.apps.callbacks.enums.ProblemState["CONFIRMED"]),
                            _negated=True,
                        ),
                        fields=["found_at"],
                        name="problem_open",
                    ),
                    models.Index(
                        condition=models.Q(("carried_at", None), ("opening__isnull", False)),
                        fields=["id"],
                        name="problem_to_carry",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("disposition", ""), _negated=True),
                        name="problem_has_disposition",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("state", bihuan.apps.callbacks.enums.ProblemState["CONFIRMED"]),
                                _negated=True,
                            ),
                            models.Q(
                                ("confirmed_at__isnull", False),
                                ("confirmed_by__isnull", False),
                                models.Q(("confirmed_by", models.F("handled_by")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="problem_confirmed_by_another",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Promise",
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
                        related_name="promises",
                        to="customers.customer",
                    ),
                ),
                (
                    "callback",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="promises",
                        to="callbacks.callback",
                    ),
                ),
                (
                    "visit",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="promises",
                        to="callbacks.visit",
                    ),
                ),
                ("text", models.TextField()),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="promises_owned",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("due_on", models.DateField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            (
                                bihuan.apps.callbacks.enums.PromiseState["OPEN"],
                                bihuan.apps.callbacks.enums.PromiseState["OPEN"],
                            ),
                            (
                                bihuan.apps.callbacks.enums.PromiseState["KEPT"],
                                bihuan.apps.callbacks.enums.PromiseState["KEPT"],
                            ),
                        ],
                        max_length=6,
                    ),
                ),
                ("made_at", models.DateTimeField()),
                (
                    "made_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("kept_at", models.DateTimeField(null=True)),
                (
                    "kept_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("proof", models.TextField(blank=True)),
                (
                    "file",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="evidence.file",
                    ),
                ),
                ("carried_at", models.DateTimeField(null=True)),
                ("opening", models.CharField(max_length=64, null=True, unique=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["customer", "due_on"], name="promise_of_customer"),
                    models.Index(
                        condition=models.Q(
                            ("state", bihuan.apps.callbacks.enums.PromiseState["OPEN"])
                        ),
                        fields=["owner", "due_on"],
                        name="promise_open",
                    ),
                    models.Index(
                        condition=models.Q(("carried_at", None), ("opening__isnull", False)),
                        fields=["id"],
                        name="promise_to_carry",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("state", bihuan.apps.callbacks.enums.PromiseState["KEPT"]),
                                _negated=True,
                            ),
                            models.Q(
                                ("kept_at__isnull", False),
                                models.Q(
                                    models.Q(("proof", ""), _negated=True),
                                    ("file__isnull", False),
                                    _connector="OR",
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="promise_kept_with_proof",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Answer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "callback",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="answers",
                        to="callbacks.callback",
                    ),
                ),
                ("question", models.CharField(max_length=60)),
                ("value", models.CharField(max_length=500)),
            ],
            options={
                "ordering": ("id",),
                "constraints": [
                    models.UniqueConstraint(fields=("callback", "question"), name="answer_once")
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="ProblemStep",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "problem",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="steps",
                        to="callbacks.problem",
                    ),
                ),
                ("to", models.CharField(max_length=10)),
                ("text", models.TextField()),
                ("channel", models.CharField(blank=True, max_length=16)),
                (
                    "file",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="evidence.file",
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
                "ordering": ("at", "id"),
                "indexes": [],
                "constraints": [],
            },
        ),
    ]
