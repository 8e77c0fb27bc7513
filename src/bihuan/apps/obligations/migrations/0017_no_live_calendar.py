"""What a calendar's correction alone read; beside other indexes PostgreSQL read it without a calendar."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("obligations", "0016_living_remote")]

    operations = [migrations.RemoveIndex(model_name="obligation", name="ob_live_calendar")]
