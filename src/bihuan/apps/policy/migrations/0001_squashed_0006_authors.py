import bihuan.apps.policy.enums
import bihuan.apps.policy.models
import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    replaces = [
        ("policy", "0001_initial"),
        ("policy", "0002_unchangeable"),
        ("policy", "0003_drafts"),
        ("policy", "0004_writing"),
        ("policy", "0005_signature"),
        ("policy", "0006_authors"),
    ]

    initial = True

    dependencies = [
        ("access", "__first__"),
    ]

    operations = [
        migrations.CreateModel(
            name="PackVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=40, verbose_name="制度包")),
                ("version", models.CharField(max_length=20, verbose_name="版本")),
                ("title", models.JSONField()),
                ("files", models.JSONField()),
                ("hash", models.CharField(max_length=64)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            (
                                bihuan.apps.policy.enums.Status["DRAFT"],
                                bihuan.apps.policy.enums.Status["DRAFT"],
                            ),
                            (
                                bihuan.apps.policy.enums.Status["REVIEW"],
                                bihuan.apps.policy.enums.Status["REVIEW"],
                            ),
                            (
                                bihuan.apps.policy.enums.Status["PUBLISHED"],
                                bihuan.apps.policy.enums.Status["PUBLISHED"],
                            ),
                            (
                                bihuan.apps.policy.enums.Status["WITHDRAWN"],
                                bihuan.apps.policy.enums.Status["WITHDRAWN"],
                            ),
                        ],
                        default=bihuan.apps.policy.enums.Status["DRAFT"],
                        max_length=10,
                    ),
                ),
                ("in_force_from", models.DateTimeField(null=True, verbose_name="生效")),
                ("in_force_to", models.DateTimeField(null=True, verbose_name="失效")),
                ("made_at", models.DateTimeField()),
                ("published_at", models.DateTimeField(null=True)),
                (
                    "published_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "base",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="policy.packversion",
                    ),
                ),
                ("changed_at", models.DateTimeField(null=True)),
                (
                    "changed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("revision", models.PositiveIntegerField(default=0)),
                ("submission", models.JSONField(default=dict)),
                ("authors", models.JSONField(default=list)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("code", "version"), name="pack_version_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("status", bihuan.apps.policy.enums.Status["PUBLISHED"]),
                                _negated=True,
                            ),
                            ("in_force_from__isnull", False),
                            _connector="OR",
                        ),
                        name="pack_published_from",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("in_force_to", None),
                            ("in_force_to__gt", models.F("in_force_from")),
                            _connector="OR",
                        ),
                        name="pack_period_forward",
                    ),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        condition=models.Q(
                            ("status", bihuan.apps.policy.enums.Status["PUBLISHED"])
                        ),
                        expressions=[
                            (
                                bihuan.apps.policy.models.Period(
                                    "in_force_from",
                                    "in_force_to",
                                    django.contrib.postgres.fields.ranges.RangeBoundary(),
                                ),
                                "&&",
                            )
                        ],
                        name="pack_one_in_force",
                    ),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="Writing",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("title", models.CharField(max_length=120, verbose_name="名称")),
                ("source_name", models.CharField(max_length=200, verbose_name="原文件")),
                ("source_hash", models.CharField(max_length=64)),
                ("chapters", models.JSONField(default=list)),
                ("made_at", models.DateTimeField()),
                (
                    "draft",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="policy.packversion",
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
                ("unread", models.JSONField(default=list)),
            ],
            options={
                "indexes": [],
                "constraints": [],
            },
        ),
        migrations.CreateModel(
            name="PackSignature",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", models.TextField()),
                ("key", models.CharField(max_length=64)),
                ("signed_at", models.DateTimeField()),
                (
                    "signed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "version",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="signature",
                        to="policy.packversion",
                    ),
                ),
            ],
            options={
                "indexes": [],
                "constraints": [],
            },
        ),
        migrations.CreateModel(
            name="WritingClause",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("place", models.PositiveIntegerField()),
                ("chapter", models.CharField(max_length=20)),
                ("code", models.CharField(max_length=60)),
                ("number", models.CharField(max_length=60)),
                ("printed", models.CharField(max_length=60)),
                ("title", models.CharField(max_length=120, verbose_name="标题")),
                ("text", models.TextField(verbose_name="条文")),
                ("lead", models.TextField(default="")),
                (
                    "carrying",
                    models.CharField(
                        choices=[
                            (
                                bihuan.apps.policy.enums.Carrying["OPEN"],
                                bihuan.apps.policy.enums.Carrying["OPEN"],
                            ),
                            (
                                bihuan.apps.policy.enums.Carrying["RULE"],
                                bihuan.apps.policy.enums.Carrying["RULE"],
                            ),
                            (
                                bihuan.apps.policy.enums.Carrying["MANUAL"],
                                bihuan.apps.policy.enums.Carrying["MANUAL"],
                            ),
                            (
                                bihuan.apps.policy.enums.Carrying["PRINCIPLE"],
                                bihuan.apps.policy.enums.Carrying["PRINCIPLE"],
                            ),
                            (
                                bihuan.apps.policy.enums.Carrying["NOT_YET"],
                                bihuan.apps.policy.enums.Carrying["NOT_YET"],
                            ),
                            (
                                bihuan.apps.policy.enums.Carrying["DROPPED"],
                                bihuan.apps.policy.enums.Carrying["DROPPED"],
                            ),
                        ],
                        default=bihuan.apps.policy.enums.Carrying["OPEN"],
                        max_length=10,
                    ),
                ),
                ("rules", models.JSONField(default=list)),
                ("revision", models.PositiveIntegerField(default=0)),
                ("decided_at", models.DateTimeField(null=True)),
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
                    "writing",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="clauses",
                        to="policy.writing",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("writing", "code"), name="writing_clause_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("carrying", bihuan.apps.policy.enums.Carrying["OPEN"]),
                            ("decided_at__isnull", False),
                            _connector="OR",
                        ),
                        name="writing_clause_decided_at",
                    ),
                ],
                "indexes": [],
            },
        ),
        migrations.RunSQL(
            sql="\nCREATE FUNCTION policy_published_stays() RETURNS trigger LANGUAGE plpgsql AS $$\nBEGIN\n    IF OLD.status = 'DRAFT' THEN\n        RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;\n    END IF;\n    IF TG_OP = 'DELETE'\n       OR (NEW.code, NEW.version, NEW.title, NEW.files, NEW.hash, NEW.in_force_from)\n          IS DISTINCT FROM (OLD.code, OLD.version, OLD.title, OLD.files, OLD.hash, OLD.in_force_from)\n    THEN\n        RAISE EXCEPTION 'a published pack version never changes';\n    END IF;\n    RETURN NEW;\nEND $$;\nCREATE TRIGGER policy_published_stays BEFORE UPDATE OR DELETE ON policy_packversion\n    FOR EACH ROW EXECUTE FUNCTION policy_published_stays();\n",
            reverse_sql="\nDROP TRIGGER policy_published_stays ON policy_packversion;\nDROP FUNCTION policy_published_stays();\n",
        ),
        migrations.RunSQL(
            sql="\nCREATE OR REPLACE FUNCTION bihuan_append_only() RETURNS trigger LANGUAGE plpgsql AS $$\nBEGIN\n    IF TG_OP = 'TRUNCATE' AND current_database() LIKE 'test\\_%' AND pg_has_role(\n        current_user, (SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'USAGE'\n    ) THEN\n        RETURN NULL;\n    END IF;\n    RAISE EXCEPTION 'rows of % are only ever added', TG_TABLE_NAME\n        USING ERRCODE = 'insufficient_privilege';\nEND $$\n",
            reverse_sql="",
        ),
        migrations.RunSQL(
            sql="\nCREATE TRIGGER policy_packsignature_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON policy_packsignature\nFOR EACH STATEMENT EXECUTE FUNCTION bihuan_append_only()\n",
            reverse_sql="DROP TRIGGER policy_packsignature_append_only ON policy_packsignature",
        ),
        migrations.RunSQL(
            sql="\nDO $$ BEGIN\n    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'bihuan_app') THEN\n        REVOKE UPDATE, DELETE, TRUNCATE ON policy_packsignature FROM bihuan_app;\n    END IF;\nEND $$\n",
            reverse_sql="",
        ),
    ]
