"""A thing may be looked after by several dealers, and be several customers'."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
from django.db import migrations, models

KNOWN = """
    UPDATE search_entry SET dealers = array_remove(ARRAY[dealer_id, customer_id], NULL),
                            customers = array_remove(ARRAY[customer_id], NULL)
    WHERE customer_id IS NOT NULL OR dealer_id IS NOT NULL
"""


def several() -> django.contrib.postgres.fields.ArrayField:
    return django.contrib.postgres.fields.ArrayField(
        base_field=models.BigIntegerField(), default=list, size=None
    )


class Migration(migrations.Migration):
    dependencies = [("search", "0004_named")]

    operations = [
        migrations.AddField("entry", "dealers", several()),
        migrations.AddField("entry", "customers", several()),
        migrations.RunSQL(KNOWN, migrations.RunSQL.noop),
        migrations.RemoveIndex("entry", "search_dealer"),
        migrations.RemoveField("entry", "dealer_id"),
        migrations.RemoveField("entry", "customer_id"),
        migrations.AddIndex(
            "entry",
            django.contrib.postgres.indexes.GinIndex(fields=["dealers"], name="search_dealers"),
        ),
        migrations.AddIndex(
            "entry",
            django.contrib.postgres.indexes.GinIndex(fields=["customers"], name="search_customers"),
        ),
    ]
