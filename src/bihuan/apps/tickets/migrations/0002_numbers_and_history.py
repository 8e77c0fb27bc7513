"""The sequence of ticket numbers; the history only grows."""

from django.db import migrations

from bihuan.base.append_only import only_grows


class Migration(migrations.Migration):
    dependencies = [("tickets", "0001_initial")]

    operations = [
        migrations.RunSQL(
            "CREATE SEQUENCE IF NOT EXISTS tickets_number",
            "DROP SEQUENCE IF EXISTS tickets_number",
        ),
        *only_grows("tickets_entry"),
    ]
