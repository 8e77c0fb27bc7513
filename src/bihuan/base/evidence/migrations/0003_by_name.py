"""The same content under another name is a row of its own; what is there stays."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("evidence", "0002_sender")]

    operations = [
        migrations.AddConstraint(
            model_name="file",
            constraint=models.UniqueConstraint(fields=["sha256", "name"], name="file_once_by_name"),
        ),
        migrations.AlterField(
            model_name="file", name="sha256", field=models.CharField(max_length=64)
        ),
    ]
