"""Tables that only grow: the database itself refuses to change or remove their rows."""

from __future__ import annotations

from django.db import migrations

# Emptying a whole table is left to its owner, and only in a database made for tests: their
# framework empties tables between tests. Changing or removing a row is refused to everybody.
FUNCTION = """
CREATE OR REPLACE FUNCTION bihuan_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' AND current_database() LIKE 'test\\_%' AND pg_has_role(
        current_user, (SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'USAGE'
    ) THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'rows of % are only ever added', TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$
"""
TRIGGER = """
CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION bihuan_append_only()
"""
GRANT = """
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'bihuan_app') THEN
        REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM bihuan_app;
    END IF;
END $$
"""


def only_grows(table: str) -> list[migrations.RunSQL]:
    """Migration operations that guard one table."""
    return [
        migrations.RunSQL(FUNCTION, migrations.RunSQL.noop),
        migrations.RunSQL(
            TRIGGER.format(table=table), f"DROP TRIGGER {table}_append_only ON {table}"
        ),
        migrations.RunSQL(GRANT.format(table=table), migrations.RunSQL.noop),
    ]
