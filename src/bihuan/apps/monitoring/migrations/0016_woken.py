from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("monitoring", "0015_quiet"),
    ]

    operations = [
        migrations.AddField(
            model_name="alarm",
            name="woken_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="condition",
            name="tried_at",
            field=models.DateTimeField(null=True),
        ),
    ]
