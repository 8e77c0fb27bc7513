from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("monitoring", "0011_calling"),
    ]

    operations = [
        migrations.AddField(
            model_name="limit",
            name="lasting",
            field=models.FloatField(null=True),
        ),
    ]
