"""Who helps at a ticket finds it by its words, as its owner does, and a dealer the tickets about his own
house; those of before are told to the search.
"""

from django.db import migrations

TOLD = """
    UPDATE search_entry e SET own = own || helping.people
    FROM (
        SELECT ticket_id::text AS ticket, array_agg(user_id) AS people
        FROM tickets_ticket_helpers GROUP BY ticket_id
    ) helping
    WHERE e.kind = 'ticket' AND e.thing_id = helping.ticket AND NOT e.own @> helping.people
"""
OWN_HOUSE = """
    UPDATE search_entry SET dealer_id = customer_id
    WHERE kind = 'ticket' AND dealer_id IS NULL
        AND customer_id IN (SELECT id FROM customers_customer WHERE relation = 'DEALER')
"""


class Migration(migrations.Migration):
    dependencies = [("search", "0001_initial"), ("tickets", "0017_ended")]

    operations = [
        migrations.RunSQL(TOLD, migrations.RunSQL.noop),
        migrations.RunSQL(OWN_HOUSE, migrations.RunSQL.noop),
    ]
