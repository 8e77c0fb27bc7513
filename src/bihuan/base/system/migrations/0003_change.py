"""What says that a table changed."""

from django.db import migrations

from bihuan.base.seldom import NO_TABLE, TABLE, marked


class Migration(migrations.Migration):
    dependencies = [("system", "0002_undertaking")]

    operations = [migrations.RunSQL(TABLE, NO_TABLE), *marked("system_company")]
