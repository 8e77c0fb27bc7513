"""What has a word in its title, tickets apart: a key customer with a thousand tickets is found by his name."""

import django.contrib.postgres.indexes
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("search", "0003_reach_by_index")]

    operations = [
        migrations.AddIndex(
            model_name="entry",
            index=django.contrib.postgres.indexes.GinIndex(
                condition=models.Q(("kind", "ticket"), _negated=True),
                fields=["head"],
                name="search_named",
                opclasses=["gin_trgm_ops"],
            ),
        ),
    ]
