import bihuan.apps.obligations.enums
import bihuan.apps.obligations.trial.enums
import django.core.serializers.json
import django.db.models.deletion
import django.db.models.fields.json
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    replaces = [
        ("obligations", "0001_initial"),
        ("obligations", "0002_indexes"),
        ("obligations", "0003_calendar_index"),
        ("obligations", "0004_trials"),
        ("obligations", "0005_of_clause"),
        ("obligations", "0006_of_matter"),
        ("obligations", "0007_rehearsed"),
        ("obligations", "0008_stands_in_for"),
        ("obligations", "0009_took_effect"),
        ("obligations", "0010_clause_due"),
        ("obligations", "0011_recount"),
        ("obligations", "0012_late_matters"),
        ("obligations", "0013_planned"),
        ("obligations", "0014_planned_index"),
        ("obligations", "0015_fewer_indexes"),
    ]

    initial = True

    dependencies = [
        ("access", "__first__"),
        ("customers", "0001_initial"),
        ("customers", "0003_city_class"),
        ("customers", "0004_list_counts"),
        ("evidence", "0002_sender"),
        ("facts", "0002_append_only"),
        ("facts", "0003_key_once"),
        ("policy", "0001_initial"),
        ("policy", "0002_unchangeable"),
        ("policy", "0005_signature"),
        ("policy", "0006_authors"),
    ]

    operations = [
        migrations.CreateModel(
            name="Obligation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uid", models.UUIDField(unique=True)),
                ("rule", models.CharField(max_length=120)),
                ("clause", models.CharField(max_length=40)),
                ("clause_number", models.CharField(blank=True, max_length=40)),
                (
                    "pack_version",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="policy.packversion",
                    ),
                ),
                ("subject_type", models.CharField(max_length=20)),
                ("subject_id", models.BigIntegerField()),
                ("occasion", models.CharField(max_length=200)),
                (
                    "customer",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="obligations",
                        to="customers.customer",
                    ),
                ),
                ("asset_id", models.BigIntegerField(null=True)),
                ("contract_id", models.BigIntegerField(null=True)),
                ("region", models.CharField(blank=True, max_length=20)),
                ("kind", models.CharField(max_length=60)),
                ("title", models.JSONField()),
                ("role", models.CharField(max_length=40)),
                (
                    "assignee",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="owes",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "asked_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("anchor_at", models.DateTimeField()),
                ("within", models.CharField(blank=True, max_length=80)),
                ("calendar", models.CharField(max_length=60)),
                ("calendar_version", models.CharField(blank=True, max_length=40)),
                ("window_from", models.DateTimeField(null=True)),
                ("window_to", models.DateTimeField(null=True)),
                ("opens_at", models.DateTimeField(null=True)),
                ("due_at", models.DateTimeField(null=True)),
                ("internal_due_at", models.DateTimeField(null=True)),
                ("provisional", models.BooleanField(default=False)),
                ("paused_at", models.DateTimeField(null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            (
                                bihuan.apps.obligations.enums.State["SCHEDULED"],
                                bihuan.apps.obligations.enums.State["SCHEDULED"],
                            ),
                            (
                                bihuan.apps.obligations.enums.State["OPEN"],
                                bihuan.apps.obligations.enums.State["OPEN"],
                            ),
                            (
                                bihuan.apps.obligations.enums.State["DISCHARGED"],
                                bihuan.apps.obligations.enums.State["DISCHARGED"],
                            ),
                            (
                                bihuan.apps.obligations.enums.State["VERIFIED"],
                                bihuan.apps.obligations.enums.State["VERIFIED"],
                            ),
                            (
                                bihuan.apps.obligations.enums.State["WAIVED"],
                                bihuan.apps.obligations.enums.State["WAIVED"],
                            ),
                            (
                                bihuan.apps.obligations.enums.State["VOID"],
                                bihuan.apps.obligations.enums.State["VOID"],
                            ),
                        ],
                        max_length=10,
                    ),
                ),
                ("severity", models.CharField(default="normal", max_length=10)),
                ("care", models.BooleanField(default=False)),
                ("proof", models.JSONField(default=dict)),
                (
                    "verified_by_rule",
                    models.CharField(
                        choices=[
                            (
                                bihuan.apps.obligations.enums.Verifier["NONE"],
                                bihuan.apps.obligations.enums.Verifier["NONE"],
                            ),
                            (
                                bihuan.apps.obligations.enums.Verifier["CUSTOMER"],
                                bihuan.apps.obligations.enums.Verifier["CUSTOMER"],
                            ),
                            (
                                bihuan.apps.obligations.enums.Verifier["INDEPENDENT"],
                                bihuan.apps.obligations.enums.Verifier["INDEPENDENT"],
                            ),
                        ],
                        default=bihuan.apps.obligations.enums.Verifier["NONE"],
                        max_length=12,
                    ),
                ),
                ("needs", models.JSONField(default=list)),
                ("channel", models.JSONField(default=list)),
                ("ladder", models.JSONField(default=list)),
                ("steps_done", models.PositiveSmallIntegerField(default=0)),
                ("next_step_at", models.DateTimeField(null=True)),
                ("source", models.JSONField(default=dict)),
                ("match", models.JSONField(default=dict)),
                (
                    "cause",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="obligations",
                        to="facts.fact",
                    ),
                ),
                ("cause_at", models.DateTimeField()),
                ("cause_kind", models.CharField(max_length=60)),
                (
                    "superseded_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="supersedes",
                        to="obligations.obligation",
                    ),
                ),
                ("discharged_at", models.DateTimeField(null=True)),
                (
                    "discharged_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "settled_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="facts.fact",
                    ),
                ),
                (
                    "verifier",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="verifies",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("verified_at", models.DateTimeField(null=True)),
                (
                    "verified_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("closed_reason", models.CharField(blank=True, max_length=24)),
                ("reopened_tx", models.BigIntegerField(default=0)),
                ("fell_due_at", models.DateTimeField(null=True)),
                (
                    "stands_in_for",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("planned_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", bihuan.apps.obligations.enums.State["OPEN"])),
                        fields=["assignee", "due_at"],
                        name="ob_open_of",
                    ),
                    models.Index(
                        condition=models.Q(
                            ("fell_due_at", None),
                            ("state", bihuan.apps.obligations.enums.State["OPEN"]),
                        ),
                        fields=["due_at"],
                        name="ob_to_fall_due",
                    ),
                    models.Index(
                        condition=models.Q(("state", bihuan.apps.obligations.enums.State["OPEN"])),
                        fields=["next_step_at"],
                        name="ob_next_step",
                    ),
                    models.Index(
                        condition=models.Q(
                            ("state", bihuan.apps.obligations.enums.State["SCHEDULED"])
                        ),
                        fields=["opens_at"],
                        name="ob_to_open",
                    ),
                    models.Index(
                        condition=models.Q(
                            ("state", bihuan.apps.obligations.enums.State["DISCHARGED"]),
                            models.Q(
                                (
                                    "verified_by_rule",
                                    bihuan.apps.obligations.enums.Verifier["NONE"],
                                ),
                                _negated=True,
                            ),
                        ),
                        fields=["verifier", "discharged_at"],
                        name="ob_to_verify",
                    ),
                    models.Index(
                        condition=models.Q(
                            (
                                "state__in",
                                (
                                    bihuan.apps.obligations.enums.State["SCHEDULED"],
                                    bihuan.apps.obligations.enums.State["OPEN"],
                                ),
                            )
                        ),
                        fields=["customer", "due_at"],
                        name="ob_live_of_customer",
                    ),
                    models.Index(fields=["customer", "anchor_at"], name="ob_of_customer"),
                    models.Index(fields=["subject_type", "subject_id", "kind"], name="ob_family"),
                    models.Index(
                        condition=models.Q(("state", bihuan.apps.obligations.enums.State["OPEN"])),
                        fields=["region", "due_at"],
                        name="ob_open_region",
                    ),
                    models.Index(
                        condition=models.Q(
                            (
                                "state__in",
                                (
                                    bihuan.apps.obligations.enums.State["SCHEDULED"],
                                    bihuan.apps.obligations.enums.State["OPEN"],
                                ),
                            )
                        ),
                        fields=["calendar"],
                        name="ob_live_calendar",
                    ),
                    models.Index(
                        condition=models.Q(("care", True)),
                        fields=["assignee", "window_to"],
                        name="ob_care_of",
                    ),
                    models.Index(
                        fields=["assignee", "due_at"], include=("id", "state"), name="ob_of_person"
                    ),
                    models.Index(fields=["clause", "due_at"], name="ob_of_clause"),
                    models.Index(
                        condition=models.Q(("cause_kind", "period.began"), _negated=True),
                        fields=["occasion"],
                        name="ob_of_occasion",
                    ),
                    models.Index(
                        django.db.models.fields.json.KeyTransform("ticket", "match"),
                        condition=models.Q(("match__has_key", "ticket")),
                        name="ob_of_ticket",
                    ),
                    models.Index(
                        condition=models.Q(
                            ("state__in", ["SCHEDULED", "OPEN"]), ("stands_in_for__isnull", False)
                        ),
                        fields=["stands_in_for"],
                        name="ob_stood_in",
                    ),
                    models.Index(
                        condition=models.Q(
                            ("state", "OPEN"),
                            models.Q(("cause_kind", "period.began"), _negated=True),
                        ),
                        fields=["due_at"],
                        include=("occasion",),
                        name="ob_open_matter",
                    ),
                    models.Index(
                        condition=models.Q(("planned_at__isnull", False)),
                        fields=["assignee", "planned_at"],
                        name="ob_planned",
                    ),
                    models.Index(
                        condition=models.Q(
                            (
                                "state__in",
                                (
                                    bihuan.apps.obligations.enums.State["SCHEDULED"],
                                    bihuan.apps.obligations.enums.State["OPEN"],
                                ),
                            )
                        ),
                        fields=["due_at"],
                        include=("state",),
                        name="ob_live_due",
                    ),
                    models.Index(
                        condition=models.Q(
                            ("asked_by__isnull", False),
                            ("state", bihuan.apps.obligations.enums.State["OPEN"]),
                        ),
                        fields=["asked_by", "due_at"],
                        name="ob_asked",
                    ),
                    models.Index(
                        condition=models.Q(("asset_id__isnull", False)),
                        fields=["asset_id", "anchor_at"],
                        name="ob_of_asset",
                    ),
                    models.Index(
                        condition=models.Q(("discharged_by__isnull", False)),
                        fields=["discharged_by", "-discharged_at"],
                        name="ob_done_by",
                    ),
                    models.Index(
                        condition=models.Q(("superseded_by__isnull", False)),
                        fields=["superseded_by"],
                        name="ob_superseded_by",
                    ),
                    models.Index(
                        condition=models.Q(("settled_by__isnull", False)),
                        fields=["settled_by"],
                        name="ob_settled_by",
                    ),
                    models.Index(
                        condition=models.Q(("verifier__isnull", False)),
                        fields=["verifier"],
                        name="ob_verifier",
                    ),
                    models.Index(
                        condition=models.Q(("verified_by__isnull", False)),
                        fields=["verified_by"],
                        name="ob_verified_by",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("rule", "subject_type", "subject_id", "occasion"),
                        name="obligation_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("clause", ""), _negated=True),
                        name="obligation_has_clause",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                (
                                    "state__in",
                                    (
                                        bihuan.apps.obligations.enums.State["DISCHARGED"],
                                        bihuan.apps.obligations.enums.State["VERIFIED"],
                                    ),
                                ),
                                _negated=True,
                            ),
                            ("discharged_at__isnull", False),
                            _connector="OR",
                        ),
                        name="obligation_done_when",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("state", bihuan.apps.obligations.enums.State["VERIFIED"]),
                                _negated=True,
                            ),
                            ("verified_at__isnull", False),
                            _connector="OR",
                        ),
                        name="obligation_verified_when",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RuleFailure",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "fact",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="facts.fact",
                    ),
                ),
                ("rule", models.CharField(max_length=120)),
                ("reason", models.JSONField()),
                ("at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("fact", "rule"), name="rule_failure_once")
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="Settlement",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "fact",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="facts.fact",
                    ),
                ),
                ("tx", models.BigIntegerField()),
                ("rule", models.CharField(max_length=120)),
                ("subject_type", models.CharField(max_length=20)),
                ("subject_id", models.BigIntegerField()),
                ("match", models.JSONField(default=dict)),
                ("at", models.DateTimeField()),
                ("matched", models.BooleanField(default=False)),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["subject_type", "subject_id", "rule"], name="settlement_finds"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("fact", "rule", "subject_type", "subject_id"),
                        name="settlement_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Untaken",
            fields=[
                (
                    "fact",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="facts.fact",
                    ),
                ),
                ("kind", models.CharField(max_length=60)),
                ("at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["kind", "at"], name="untaken_by_kind")],
                "constraints": [],
            },
        ),
        migrations.CreateModel(
            name="Trial",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("since", models.DateField()),
                ("until", models.DateField()),
                ("minutes", models.PositiveSmallIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            (
                                bihuan.apps.obligations.trial.enums.TrialState["WAITING"],
                                bihuan.apps.obligations.trial.enums.TrialState["WAITING"],
                            ),
                            (
                                bihuan.apps.obligations.trial.enums.TrialState["RUNNING"],
                                bihuan.apps.obligations.trial.enums.TrialState["RUNNING"],
                            ),
                            (
                                bihuan.apps.obligations.trial.enums.TrialState["DONE"],
                                bihuan.apps.obligations.trial.enums.TrialState["DONE"],
                            ),
                            (
                                bihuan.apps.obligations.trial.enums.TrialState["FAILED"],
                                bihuan.apps.obligations.trial.enums.TrialState["FAILED"],
                            ),
                        ],
                        default=bihuan.apps.obligations.trial.enums.TrialState["WAITING"],
                        max_length=8,
                    ),
                ),
                ("facts", models.PositiveIntegerField(default=0)),
                ("judged", models.PositiveIntegerField(default=0)),
                ("asked_at", models.DateTimeField()),
                ("done_at", models.DateTimeField(null=True)),
                ("why", models.CharField(blank=True, max_length=400)),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["-asked_at"], name="trial_newest")],
                "constraints": [],
            },
        ),
        migrations.CreateModel(
            name="Rehearsed",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            (
                                bihuan.apps.obligations.trial.enums.TrialState["WAITING"],
                                bihuan.apps.obligations.trial.enums.TrialState["WAITING"],
                            ),
                            (
                                bihuan.apps.obligations.trial.enums.TrialState["RUNNING"],
                                bihuan.apps.obligations.trial.enums.TrialState["RUNNING"],
                            ),
                            (
                                bihuan.apps.obligations.trial.enums.TrialState["DONE"],
                                bihuan.apps.obligations.trial.enums.TrialState["DONE"],
                            ),
                            (
                                bihuan.apps.obligations.trial.enums.TrialState["FAILED"],
                                bihuan.apps.obligations.trial.enums.TrialState["FAILED"],
                            ),
                        ],
                        default=bihuan.apps.obligations.trial.enums.TrialState["WAITING"],
                        max_length=8,
                    ),
                ),
                ("asked_at", models.DateTimeField()),
                ("done_at", models.DateTimeField(null=True)),
                (
                    "found",
                    models.JSONField(
                        default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder
                    ),
                ),
                ("why", models.CharField(blank=True, max_length=400)),
                (
                    "asked_by",
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
            name="TookEffect",
            fields=[
                (
                    "fact",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="facts.fact",
                    ),
                ),
            ],
            options={
                "indexes": [],
                "constraints": [],
            },
        ),
        migrations.CreateModel(
            name="Recount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField(unique=True)),
                ("upto", models.BigIntegerField(default=0)),
                ("counted", models.PositiveIntegerField(default=0)),
                ("differing", models.JSONField(default=list)),
                ("ended_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [],
                "constraints": [],
            },
        ),
        migrations.CreateModel(
            name="Meeting",
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
                        related_name="meeting",
                        to="obligations.obligation",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        default=bihuan.apps.obligations.enums.MeetingState["PREPARED"],
                        max_length=10,
                    ),
                ),
                ("held_at", models.DateTimeField(null=True)),
                ("place", models.CharField(blank=True, max_length=120)),
                (
                    "chair",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("agenda", models.JSONField(default=list)),
                ("minutes", models.TextField(blank=True)),
                ("quorum", models.DecimalField(decimal_places=3, default=0, max_digits=4)),
            ],
            options={
                "indexes": [],
                "constraints": [],
            },
        ),
        migrations.CreateModel(
            name="Evidence",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "obligation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="evidence",
                        to="obligations.obligation",
                    ),
                ),
                ("kind", models.CharField(max_length=40)),
                ("strength", models.PositiveSmallIntegerField(default=1)),
                (
                    "file",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="evidence.file",
                    ),
                ),
                ("text", models.TextField(blank=True)),
                ("link", models.CharField(blank=True, max_length=400)),
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
                    "fact",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="facts.fact",
                    ),
                ),
                ("act", models.UUIDField(db_index=True)),
            ],
            options={
                "ordering": ("at", "id"),
                "indexes": [],
                "constraints": [],
            },
        ),
        migrations.CreateModel(
            name="Escalation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "obligation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="escalations",
                        to="obligations.obligation",
                    ),
                ),
                ("step", models.PositiveSmallIntegerField()),
                ("role", models.CharField(max_length=40)),
                (
                    "told",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="told_of",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("planned_at", models.DateTimeField()),
                ("at", models.DateTimeField()),
            ],
            options={
                "ordering": ("step",),
                "constraints": [
                    models.UniqueConstraint(fields=("obligation", "step"), name="escalation_once")
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="DueChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "obligation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="due_changes",
                        to="obligations.obligation",
                    ),
                ),
                ("old", models.DateTimeField(null=True)),
                ("new", models.DateTimeField(null=True)),
                ("why", models.CharField(max_length=24)),
                ("detail", models.JSONField(default=dict)),
                (
                    "fact",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="facts.fact",
                    ),
                ),
                ("at", models.DateTimeField()),
            ],
            options={
                "ordering": ("at", "id"),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("obligation", "fact", "why"), name="due_change_once"
                    )
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="Act",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "obligation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="acts",
                        to="obligations.obligation",
                    ),
                ),
                (
                    "fact",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="facts.fact",
                    ),
                ),
                ("verb", models.CharField(max_length=20)),
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
                ("note", models.TextField(blank=True)),
            ],
            options={
                "ordering": ("at", "id"),
                "constraints": [
                    models.UniqueConstraint(fields=("obligation", "fact"), name="act_once")
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="Pause",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "obligation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="pauses",
                        to="obligations.obligation",
                    ),
                ),
                ("reason", models.CharField(max_length=24)),
                ("evidence", models.TextField(blank=True)),
                ("told_customer_at", models.DateTimeField()),
                ("from_at", models.DateTimeField()),
                ("to_at", models.DateTimeField(null=True)),
                ("due_before", models.DateTimeField(null=True)),
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
                "ordering": ("from_at", "id"),
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("to_at", None)),
                        fields=("obligation",),
                        name="pause_open_once",
                    )
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="Report",
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
                        related_name="report",
                        to="obligations.obligation",
                    ),
                ),
                ("sections", models.JSONField(default=list)),
                (
                    "file",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="evidence.file",
                    ),
                ),
                ("issued_at", models.DateTimeField(null=True)),
                (
                    "issued_by",
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
            name="Waiver",
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
                        related_name="waiver",
                        to="obligations.obligation",
                    ),
                ),
                ("reason", models.CharField(max_length=24)),
                ("note", models.TextField(blank=True)),
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
                "indexes": [],
                "constraints": [],
            },
        ),
        migrations.CreateModel(
            name="TrialResult",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("place", models.PositiveSmallIntegerField()),
                ("hash", models.CharField(max_length=64)),
                ("result", models.JSONField(default=dict)),
                (
                    "trial",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="results",
                        to="obligations.trial",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="policy.packversion",
                    ),
                ),
            ],
            options={
                "indexes": [],
                "constraints": [
                    models.UniqueConstraint(fields=("trial", "place"), name="trial_result_place"),
                    models.UniqueConstraint(
                        fields=("trial", "version"), name="trial_result_version"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Decision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "meeting",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="decisions",
                        to="obligations.meeting",
                    ),
                ),
                ("text", models.TextField()),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("due_on", models.DateField()),
            ],
            options={
                "ordering": ("id",),
                "indexes": [],
                "constraints": [],
            },
        ),
        migrations.CreateModel(
            name="ReportReader",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="readers",
                        to="obligations.report",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("read_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("report", "user"), name="report_reader_once")
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="Attendance",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "meeting",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="attendance",
                        to="obligations.meeting",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("present", models.BooleanField(default=False)),
                ("excuse", models.CharField(blank=True, max_length=120)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("meeting", "user"), name="attendance_once")
                ],
                "indexes": [],
            },
        ),
    ]
