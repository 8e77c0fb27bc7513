"""What a calendar's correction and its preview alone read; PostgreSQL read it whole, without a calendar,
beside the index of what is late.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("obligations", "0016_living_remote")]

    operations = [migrations.RemoveIndex(model_name="obligation", name="ob_live_calendar")]
