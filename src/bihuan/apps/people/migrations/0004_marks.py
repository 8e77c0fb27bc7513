"""What pages read of these tables is kept until they change."""

from django.db import migrations

from bihuan.base.seldom import marked


class Migration(migrations.Migration):
    dependencies = [("people", "0003_leaves_told"), ("system", "0003_change")]

    operations = [*marked("people_region", "people_workcalendar")]
