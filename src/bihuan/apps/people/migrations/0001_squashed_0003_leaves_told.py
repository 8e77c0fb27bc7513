import bihuan.apps.people.enums
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    replaces = [
        ("people", "0001_initial"),
        ("people", "0002_capacity"),
        ("people", "0003_leaves_told"),
    ]

    initial = True

    dependencies = [
        ("access", "__first__"),
    ]

    operations = [
        migrations.CreateModel(
            name="Region",
            fields=[
                (
                    "code",
                    models.CharField(
                        max_length=20, primary_key=True, serialize=False, verbose_name="代码"
                    ),
                ),
                ("name", models.CharField(max_length=60, verbose_name="名称")),
            ],
            options={
                "indexes": [],
                "constraints": [],
            },
        ),
        migrations.CreateModel(
            name="WorkCalendar",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=60, unique=True, verbose_name="代码")),
                ("name", models.CharField(max_length=60, verbose_name="名称")),
                (
                    "layer",
                    models.CharField(
                        choices=[
                            (
                                bihuan.apps.people.enums.Layer["COMPANY"],
                                bihuan.apps.people.enums.Layer["COMPANY"],
                            ),
                            (
                                bihuan.apps.people.enums.Layer["REGION"],
                                bihuan.apps.people.enums.Layer["REGION"],
                            ),
                            (
                                bihuan.apps.people.enums.Layer["TEAM"],
                                bihuan.apps.people.enums.Layer["TEAM"],
                            ),
                            (
                                bihuan.apps.people.enums.Layer["CUSTOMER"],
                                bihuan.apps.people.enums.Layer["CUSTOMER"],
                            ),
                        ],
                        default=bihuan.apps.people.enums.Layer["COMPANY"],
                        max_length=10,
                    ),
                ),
                ("ref", models.CharField(blank=True, max_length=40)),
                (
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="people.workcalendar",
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1)),
                ("data", models.JSONField()),
                ("changed_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ref", ""), _negated=True),
                        fields=("layer", "ref"),
                        name="calendar_layer_once",
                    )
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="Leave",
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
                        related_name="leaves",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "substitute",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="substitutes_for",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("from_on", models.DateField(verbose_name="从")),
                ("to_on", models.DateField(verbose_name="到（不含）")),
                ("reason", models.CharField(blank=True, max_length=80, verbose_name="事由")),
                ("away_told_at", models.DateTimeField(null=True)),
                ("back_told_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["user", "to_on"], name="people_leav_user_id_e193be_idx")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("to_on__gt", models.F("from_on"))),
                        name="leave_period_forward",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("substitute", None),
                            models.Q(("substitute", models.F("user")), _negated=True),
                            _connector="OR",
                        ),
                        name="leave_substitute_other",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Skill",
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
                        related_name="skills",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("code", models.CharField(max_length=40, verbose_name="技能")),
                ("level", models.PositiveSmallIntegerField(default=1, verbose_name="级别")),
                ("until", models.DateField(blank=True, null=True, verbose_name="有效至")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("user", "code"), name="skill_once")
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="Team",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=20, unique=True, verbose_name="代码")),
                ("name", models.CharField(max_length=60, verbose_name="名称")),
                (
                    "region",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="people.region",
                    ),
                ),
                (
                    "lead",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="leads",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="people.team",
                    ),
                ),
            ],
            options={
                "indexes": [],
                "constraints": [],
            },
        ),
        migrations.CreateModel(
            name="CalendarVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "calendar",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="versions",
                        to="people.workcalendar",
                    ),
                ),
                ("version", models.PositiveIntegerField()),
                ("data", models.JSONField()),
                ("source", models.CharField(blank=True, max_length=120)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("calendar", "version"), name="calendar_version_once"
                    )
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="Post",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("role", models.CharField(max_length=40, verbose_name="岗位")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="posts",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "region",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="people.region",
                    ),
                ),
                ("from_on", models.DateField(verbose_name="从")),
                ("to_on", models.DateField(blank=True, null=True, verbose_name="到")),
                ("acting", models.BooleanField(default=False, verbose_name="代理")),
            ],
            options={
                "indexes": [
                    models.Index(fields=["role", "from_on"], name="people_post_role_d865ca_idx")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("to_on", None), ("to_on__gt", models.F("from_on")), _connector="OR"
                        ),
                        name="post_period_forward",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("to_on", None)),
                        fields=("role", "user", "region"),
                        name="post_held_once",
                        nulls_distinct=False,
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Capacity",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("role", models.CharField(blank=True, max_length=40, verbose_name="岗位")),
                ("per_week", models.PositiveIntegerField(verbose_name="每周件数")),
                (
                    "team",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="people.team",
                    ),
                ),
                (
                    "user",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("team", None), ("user", None)),
                            models.Q(("role", ""), ("team", None)),
                            models.Q(("role", ""), ("user", None)),
                            _connector="OR",
                        ),
                        name="capacity_of_one",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("team", None), ("user", None)),
                        fields=("role",),
                        name="capacity_of_role_once",
                    ),
                ],
                "indexes": [],
            },
        ),
    ]
