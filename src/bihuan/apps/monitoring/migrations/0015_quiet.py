"""Alarms that were told before alarms called anybody call nobody: their calling is over from the start."""

from __future__ import annotations

from django.db import migrations

QUIET = """
INSERT INTO monitoring_calling (alarm_id, step, begun_at, over_at)
SELECT alarm.id, 0, alarm.told_at, alarm.told_at FROM monitoring_alarm alarm
WHERE alarm.hushed = '' AND alarm.acknowledged_at IS NULL
    AND NOT EXISTS (SELECT FROM monitoring_calling)
"""


class Migration(migrations.Migration):
    dependencies = [("monitoring", "0014_told")]

    operations = [migrations.RunSQL(QUIET, migrations.RunSQL.noop)]
