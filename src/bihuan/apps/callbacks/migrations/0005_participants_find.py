"""Who was at a visit finds it by its words, as its host does; those of before are told to the search."""

from django.db import migrations

TOLD = """
    UPDATE search_entry e SET own = own || there.people
    FROM (
        SELECT visit_id::text AS visit, array_agg(user_id) AS people
        FROM callbacks_participant WHERE user_id IS NOT NULL GROUP BY visit_id
    ) there
    WHERE e.kind = 'visit' AND e.thing_id = there.visit AND NOT e.own @> there.people
"""


class Migration(migrations.Migration):
    dependencies = [("search", "0001_initial"), ("callbacks", "0004_opening")]

    operations = [migrations.RunSQL(TOLD, migrations.RunSQL.noop)]
