"""What has ended, the newest first: nobody reads past everything that is open to find it."""

from django.db import migrations, models

OPEN = (
    "NEW", "ACCEPTED", "DIAGNOSING", "DISPATCHED", "WORKING", "WAITING", "SOLVED", "FED_BACK", "CONFIRMED",
    "UNCONFIRMED",
)  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("tickets", "0016_place")]

    operations = [
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(
                condition=models.Q(("status__in", OPEN), _negated=True),
                fields=["-reported_at", "-id"],
                name="ticket_ended",
            ),
        ),
    ]
