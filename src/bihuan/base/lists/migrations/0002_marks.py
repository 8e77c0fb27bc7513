"""What pages read of these tables is kept until they change."""

from django.db import migrations

from bihuan.base.seldom import marked


class Migration(migrations.Migration):
    dependencies = [("lists", "0001_views"), ("system", "0003_change")]

    operations = [*marked("lists_arrangement", "lists_view")]
