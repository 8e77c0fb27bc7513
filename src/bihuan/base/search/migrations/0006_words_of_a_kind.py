"""What a kind has of a word is looked up by both: few articles beside very many tickets."""

import django.contrib.postgres.indexes
from django.contrib.postgres.operations import BtreeGinExtension
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("search", "0005_several")]

    operations = [
        BtreeGinExtension(),
        migrations.RemoveIndex("entry", "search_hay"),
        migrations.AddIndex(
            "entry",
            django.contrib.postgres.indexes.GinIndex(
                fields=["kind", "hay"],
                name="search_hay",
                opclasses=["varchar_ops", "gin_trgm_ops"],
            ),
        ),
    ]
