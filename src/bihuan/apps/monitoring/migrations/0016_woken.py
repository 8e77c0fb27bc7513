"""When an alarm that was hushed was told after all. Those that a trial or a flood had hushed for good
before there was this are not told by an update.
"""

from __future__ import annotations

from django.db import migrations, models

QUIET = """
UPDATE monitoring_alarm SET woken_at = statement_timestamp()
WHERE cleared_at IS NULL AND hushed IN ('TRIAL', 'FLOOD')
"""


class Migration(migrations.Migration):
    dependencies = [
        ("monitoring", "0015_quiet"),
    ]

    operations = [
        migrations.AddField(
            model_name="alarm",
            name="woken_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="condition",
            name="tried_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.RunSQL(QUIET, migrations.RunSQL.noop),
    ]
