"""Up to which value a leader said yes to a gift."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("callbacks", "0002_key_of_an_attempt")]

    operations = [
        migrations.AddField(
            "visit", "gift_allowed", models.DecimalField(max_digits=12, decimal_places=2, null=True)
        ),
    ]
