"""Who helps at a ticket finds it by its words, as its owner does; those of before are told to the search."""

from django.db import migrations

TOLD = """
    UPDATE search_entry e SET own = own || helping.people
    FROM (
        SELECT ticket_id::text AS ticket, array_agg(user_id) AS people
        FROM tickets_ticket_helpers GROUP BY ticket_id
    ) helping
    WHERE e.kind = 'ticket' AND e.thing_id = helping.ticket AND NOT e.own @> helping.people
"""


class Migration(migrations.Migration):
    dependencies = [("search", "0001_initial"), ("tickets", "0017_ended")]

    operations = [migrations.RunSQL(TOLD, migrations.RunSQL.noop)]
