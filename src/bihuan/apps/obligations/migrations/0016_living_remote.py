"""Duties that a program carries out, found at every beat."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("obligations", "0015_fewer_indexes")]

    operations = [
        migrations.AddIndex(
            model_name="obligation",
            index=models.Index(
                condition=models.Q(
                    ("kind", "remote.approve"), ("state__in", ("SCHEDULED", "OPEN"))
                ),
                fields=["id"],
                name="ob_live_remote",
            ),
        ),
    ]
