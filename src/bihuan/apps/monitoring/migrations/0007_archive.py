"""When the stream got the message up to which a partition is read; which days are archived."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("monitoring", "0006_alarms")]

    operations = [
        migrations.AddField("checkpoint", "at", models.FloatField(null=True)),
        migrations.CreateModel(
            "ArchivedDay",
            [
                ("day", models.DateField(primary_key=True, serialize=False)),
                ("values", models.BigIntegerField()),
                ("version", models.BigIntegerField()),
                ("at", models.DateTimeField()),
                ("stale", models.BooleanField(default=False)),
                ("back_until", models.DateTimeField(null=True)),
            ],
        ),
    ]
