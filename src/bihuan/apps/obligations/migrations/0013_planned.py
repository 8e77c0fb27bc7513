"""The spreading of a first period is a plan: the limit is the clause's own again."""

from __future__ import annotations

from django.db import migrations, models

EVERY = {"quarter": "^[0-9]{4}-Q[1-4]$", "half": "^[0-9]{4}-H[12]$", "month": "^[0-9]{4}-[0-9]{2}$", "year": "^[0-9]{4}$"}  # fmt: skip
# Only what may be done at any time of its period was ever spread; its limit is the period's end.
MOVED = """
    UPDATE obligations_obligation
    SET planned_at = CASE WHEN due_at < clause_due_at THEN due_at END,
        due_at = CASE WHEN due_at IS NOT NULL THEN clause_due_at END,
        internal_due_at = clause_due_at, within = %s, anchor_at = window_from
    WHERE clause_due_at IS NOT NULL AND window_from IS NOT NULL AND occasion ~ %s
"""


def to_the_clause(apps, editor):  # type: ignore[no-untyped-def]
    with editor.connection.cursor() as cursor:
        for every, occasion in EVERY.items():
            cursor.execute(MOVED, [f"end of {every}", occasion])


class Migration(migrations.Migration):
    atomic = True
    dependencies = [("obligations", "0012_late_matters")]

    operations = [
        migrations.AddField(
            model_name="obligation", name="planned_at", field=models.DateTimeField(null=True)
        ),
        migrations.RunPython(to_the_clause, migrations.RunPython.noop),
    ]
