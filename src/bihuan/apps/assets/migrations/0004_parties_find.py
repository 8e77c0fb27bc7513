"""The owner of a machine that stands elsewhere finds it, and so do its customer's dealer and the one who
serves it; those of before are told to the search.
"""

from django.db import migrations

TOLD = """
    UPDATE search_entry e SET dealers = array_remove(ARRAY[c.dealer_id, c.id, a.serviced_by_id], NULL),
                              customers = array_remove(ARRAY[c.id, a.owner_id], NULL)
    FROM assets_asset a JOIN customers_customer c ON c.id = a.customer_id
    WHERE e.kind = 'asset' AND e.thing_id = a.id::text
"""


class Migration(migrations.Migration):
    dependencies = [("search", "0005_several"), ("assets", "0003_in_use")]

    operations = [migrations.RunSQL(TOLD, migrations.RunSQL.noop)]
