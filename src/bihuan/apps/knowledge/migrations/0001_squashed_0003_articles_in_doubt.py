import bihuan.apps.knowledge.enums
import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    replaces = [
        ("knowledge", "0001_initial"),
        ("knowledge", "0002_uses_and_files"),
        ("knowledge", "0003_articles_in_doubt"),
    ]

    initial = True

    dependencies = [
        ("access", "__first__"),
    ]

    operations = [
        migrations.CreateModel(
            name="Case",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "origin",
                    models.CharField(
                        choices=[("ARTICLE", "ARTICLE"), ("TICKET", "TICKET")], max_length=7
                    ),
                ),
                ("origin_id", models.BigIntegerField()),
                ("number", models.CharField(max_length=40)),
                ("title", models.CharField(max_length=200)),
                ("part", models.CharField(blank=True, max_length=60)),
                ("symptom", models.CharField(blank=True, max_length=80)),
                ("cause", models.TextField(blank=True)),
                ("remedy", models.TextField(blank=True)),
                (
                    "families",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=30), default=list, size=None
                    ),
                ),
                (
                    "model_codes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=60), default=list, size=None
                    ),
                ),
                ("url", models.CharField(max_length=300)),
                ("needs", models.CharField(max_length=60)),
                (
                    "grams",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.IntegerField(), default=list, size=None
                    ),
                ),
                ("closed_at", models.DateTimeField()),
            ],
            options={
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        fastupdate=False, fields=["grams"], name="case_grams"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("origin", "origin_id"), name="case_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Pair",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("part", models.CharField(max_length=60)),
                ("symptom", models.CharField(max_length=80)),
                ("part_head", models.CharField(max_length=2)),
                ("symptom_head", models.CharField(max_length=2)),
            ],
            options={
                "indexes": [models.Index(fields=["part_head", "symptom_head"], name="pair_heads")],
                "constraints": [
                    models.UniqueConstraint(fields=("part", "symptom"), name="pair_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Synonym",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("other", models.CharField(max_length=40, unique=True)),
                ("ours", models.CharField(max_length=40)),
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
                "ordering": ("ours", "other"),
                "indexes": [],
                "constraints": [],
            },
        ),
        migrations.CreateModel(
            name="CasePair",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="pairs",
                        to="knowledge.case",
                    ),
                ),
                (
                    "pair",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="knowledge.pair",
                    ),
                ),
            ],
            options={
                "indexes": [],
                "constraints": [
                    models.UniqueConstraint(fields=("pair", "case"), name="case_pair_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Article",
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
                            ("FAQ", "FAQ"),
                            ("MANUAL", "MANUAL"),
                            ("CASE", "CASE"),
                            ("GUIDE", "GUIDE"),
                        ],
                        max_length=8,
                    ),
                ),
                ("title", models.CharField(max_length=160)),
                ("title_en", models.CharField(blank=True, max_length=200)),
                ("body", models.TextField(blank=True)),
                (
                    "audiences",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("ENGINEER", "ENGINEER"),
                                ("STAFF", "STAFF"),
                                ("DEALER", "DEALER"),
                                ("CUSTOMER", "CUSTOMER"),
                                ("PUBLIC", "PUBLIC"),
                            ],
                            max_length=8,
                        ),
                        size=None,
                    ),
                ),
                (
                    "families",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=30),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                (
                    "model_codes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=60),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                ("part", models.CharField(blank=True, max_length=60)),
                ("symptom", models.CharField(blank=True, max_length=80)),
                ("cause", models.TextField(blank=True)),
                ("remedy", models.TextField(blank=True)),
                (
                    "codes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                ("language", models.CharField(default="zh", max_length=2)),
                ("safety", models.BooleanField(default=False)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("DRAFT", "DRAFT"),
                            ("REVIEW", "REVIEW"),
                            ("PUBLISHED", "PUBLISHED"),
                            ("RETIRED", "RETIRED"),
                        ],
                        default=bihuan.apps.knowledge.enums.Status["DRAFT"],
                        max_length=9,
                    ),
                ),
                ("review_on", models.DateField(null=True)),
                ("written_at", models.DateTimeField()),
                ("version", models.PositiveIntegerField(default=1)),
                ("published", models.PositiveIntegerField(default=0)),
                ("published_at", models.DateTimeField(null=True)),
                ("pending_at", models.DateTimeField(null=True)),
                ("ticket", models.CharField(blank=True, max_length=40)),
                ("helpful", models.PositiveIntegerField(default=0)),
                ("unhelpful", models.PositiveIntegerField(default=0)),
                (
                    "author",
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
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="articles",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
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
                    "code_keys",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                (
                    "files",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), blank=True, default=list, size=None
                    ),
                ),
                ("reminded", models.DateField(null=True)),
                ("used", models.PositiveIntegerField(default=0)),
                ("doubt", models.CharField(blank=True, max_length=500)),
                ("doubted_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["status", "-published_at"], name="article_by_status"),
                    models.Index(
                        condition=models.Q(
                            ("status", bihuan.apps.knowledge.enums.Status["PUBLISHED"])
                        ),
                        fields=["review_on"],
                        name="article_due",
                    ),
                    models.Index(
                        condition=models.Q(("ticket", ""), _negated=True),
                        fields=["ticket"],
                        name="article_of_ticket",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("audiences", []), _negated=True),
                        name="article_has_readers",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("published", 0), ("published_at__isnull", False), _connector="OR"
                        ),
                        name="article_published_at",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("doubted_at", None),
                            models.Q(("doubt", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="article_doubt_has_reason",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ArticleStep",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("what", models.CharField(max_length=9)),
                ("version", models.PositiveIntegerField()),
                ("text", models.CharField(blank=True, max_length=500)),
                ("at", models.DateTimeField()),
                (
                    "article",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="steps",
                        to="knowledge.article",
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
            ],
            options={
                "ordering": ("-at", "-id"),
                "indexes": [],
                "constraints": [],
            },
        ),
        migrations.CreateModel(
            name="ArticleVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("said", models.JSONField()),
                ("note", models.CharField(blank=True, max_length=200)),
                ("at", models.DateTimeField()),
                (
                    "article",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions",
                        to="knowledge.article",
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
            ],
            options={
                "ordering": ("-number",),
                "indexes": [],
                "constraints": [
                    models.UniqueConstraint(fields=("article", "number"), name="version_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Vote",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("helpful", models.BooleanField()),
                ("reason", models.CharField(blank=True, max_length=300)),
                ("version", models.PositiveIntegerField()),
                ("at", models.DateTimeField()),
                (
                    "article",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="votes",
                        to="knowledge.article",
                    ),
                ),
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
                "constraints": [
                    models.UniqueConstraint(fields=("article", "by"), name="vote_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Use",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "door",
                    models.CharField(
                        choices=[("TICKET", "TICKET"), ("PORTAL", "PORTAL")], max_length=6
                    ),
                ),
                ("matter", models.CharField(max_length=40)),
                ("helped", models.BooleanField(null=True)),
                ("reason", models.CharField(blank=True, max_length=300)),
                ("version", models.PositiveIntegerField()),
                ("at", models.DateTimeField()),
                (
                    "article",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="uses",
                        to="knowledge.article",
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
            ],
            options={
                "indexes": [models.Index(fields=["door", "at"], name="use_by_door")],
                "constraints": [
                    models.UniqueConstraint(fields=("door", "matter", "article"), name="use_once")
                ],
            },
        ),
        migrations.AddField(
            model_name="Article",
            name="pending",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="knowledge.articleversion",
            ),
        ),
        migrations.RunSQL(
            sql="\nCREATE OR REPLACE FUNCTION bihuan_append_only() RETURNS trigger LANGUAGE plpgsql AS $$\nBEGIN\n    IF TG_OP = 'TRUNCATE' AND current_database() LIKE 'test\\_%' AND pg_has_role(\n        current_user, (SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'USAGE'\n    ) THEN\n        RETURN NULL;\n    END IF;\n    RAISE EXCEPTION 'rows of % are only ever added', TG_TABLE_NAME\n        USING ERRCODE = 'insufficient_privilege';\nEND $$\n",
            reverse_sql="",
        ),
        migrations.RunSQL(
            sql="\nCREATE TRIGGER knowledge_articleversion_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON knowledge_articleversion\nFOR EACH STATEMENT EXECUTE FUNCTION bihuan_append_only()\n",
            reverse_sql="DROP TRIGGER knowledge_articleversion_append_only ON knowledge_articleversion",
        ),
        migrations.RunSQL(
            sql="\nDO $$ BEGIN\n    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'bihuan_app') THEN\n        REVOKE UPDATE, DELETE, TRUNCATE ON knowledge_articleversion FROM bihuan_app;\n    END IF;\nEND $$\n",
            reverse_sql="",
        ),
        migrations.RunSQL(
            sql="\nCREATE OR REPLACE FUNCTION bihuan_append_only() RETURNS trigger LANGUAGE plpgsql AS $$\nBEGIN\n    IF TG_OP = 'TRUNCATE' AND current_database() LIKE 'test\\_%' AND pg_has_role(\n        current_user, (SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'USAGE'\n    ) THEN\n        RETURN NULL;\n    END IF;\n    RAISE EXCEPTION 'rows of % are only ever added', TG_TABLE_NAME\n        USING ERRCODE = 'insufficient_privilege';\nEND $$\n",
            reverse_sql="",
        ),
        migrations.RunSQL(
            sql="\nCREATE TRIGGER knowledge_articlestep_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON knowledge_articlestep\nFOR EACH STATEMENT EXECUTE FUNCTION bihuan_append_only()\n",
            reverse_sql="DROP TRIGGER knowledge_articlestep_append_only ON knowledge_articlestep",
        ),
        migrations.RunSQL(
            sql="\nDO $$ BEGIN\n    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'bihuan_app') THEN\n        REVOKE UPDATE, DELETE, TRUNCATE ON knowledge_articlestep FROM bihuan_app;\n    END IF;\nEND $$\n",
            reverse_sql="",
        ),
    ]
