"""The samples of the last days: a partition a day, made on demand by a function of the owner."""

from __future__ import annotations

from django.db import migrations

HOT = """
CREATE TABLE monitoring_hot (
    device_id bigint NOT NULL,
    at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    layout_id smallint NOT NULL,
    "values" double precision[] NOT NULL,
    PRIMARY KEY (device_id, at)
) PARTITION BY RANGE (at);

CREATE FUNCTION monitoring_hot_day(day date) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    EXECUTE format(
        'CREATE TABLE IF NOT EXISTS monitoring_hot_%s PARTITION OF monitoring_hot '
        'FOR VALUES FROM (%L) TO (%L)',
        to_char(day, 'YYYYMMDD'), day::timestamp AT TIME ZONE 'UTC',
        (day + 1)::timestamp AT TIME ZONE 'UTC'
    );
END $$;

CREATE FUNCTION monitoring_drop_day(day date) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    EXECUTE format('DROP TABLE IF EXISTS monitoring_hot_%s', to_char(day, 'YYYYMMDD'));
END $$;
"""
GONE = """
DROP FUNCTION monitoring_drop_day(date); DROP FUNCTION monitoring_hot_day(date); DROP TABLE monitoring_hot;
"""
PARTITIONS = "INSERT INTO monitoring_checkpoint (partition, seq) SELECT number, 0 FROM generate_series(0, 15) AS number"


class Migration(migrations.Migration):
    dependencies = [("monitoring", "0001_initial")]

    operations = [
        migrations.RunSQL(HOT, GONE),
        migrations.RunSQL(PARTITIONS, migrations.RunSQL.noop),
        migrations.RunSQL(
            "CREATE SEQUENCE monitoring_alarm_number", "DROP SEQUENCE monitoring_alarm_number"
        ),
    ]
