"""A dealer finds the demands of his own house; those of before are told to the search."""

from django.db import migrations

OWN_HOUSE = """
    UPDATE search_entry SET dealer_id = customer_id
    WHERE kind = 'demand' AND dealer_id IS NULL
        AND customer_id IN (SELECT id FROM customers_customer WHERE relation = 'DEALER')
"""


class Migration(migrations.Migration):
    dependencies = [("search", "0001_initial"), ("demands", "0001_initial")]

    operations = [migrations.RunSQL(OWN_HOUSE, migrations.RunSQL.noop)]
