"""Hours that were packed long after they were over (history from a table, a worker that had been away)
were not known as packed, so that the archive never asked for their days.
"""

from __future__ import annotations

from django.db import migrations

HOURS = """
INSERT INTO monitoring_hour (hour, packed_at)
SELECT DISTINCT hour, statement_timestamp() FROM monitoring_block
WHERE hour < statement_timestamp() - interval '30 days'
AND device_id IN (SELECT device_id FROM monitoring_history WHERE state = 'DONE')
ON CONFLICT DO NOTHING
"""


class Migration(migrations.Migration):
    dependencies = [
        ("monitoring", "0016_woken"),
    ]

    operations = [migrations.RunSQL(HOURS, migrations.RunSQL.noop)]
