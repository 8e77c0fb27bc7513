"""What the customer said of a matter is kept, for duties that are heard of after it."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("facts", "0003_key_once"), ("obligations", "0017_no_live_calendar")]

    operations = [
        migrations.CreateModel(
            name="Spoken",
            fields=[
                (
                    "fact",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="facts.fact",
                    ),
                ),
                ("tx", models.BigIntegerField()),
                ("matter", models.CharField(max_length=200)),
            ],
            options={"indexes": [models.Index(fields=["matter"], name="spoken_of_matter")]},
        ),
    ]
