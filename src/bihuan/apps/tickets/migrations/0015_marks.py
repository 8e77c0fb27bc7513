"""What pages read of these tables is kept until they change."""

from django.db import migrations

from bihuan.base.seldom import marked


class Migration(migrations.Migration):
    dependencies = [("tickets", "0014_ladder"), ("system", "0003_change")]

    operations = [
        *marked(
            "tickets_check_item",
            "tickets_label",
            "tickets_phrase",
            "tickets_queue",
            "tickets_queue_members",
        )
    ]
