from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("monitoring", "0013_summaries"),
    ]

    operations = [
        migrations.AddField(
            model_name="command",
            name="told_value",
            field=models.FloatField(null=True),
        ),
        migrations.AddField(
            model_name="consent",
            name="left_out_at",
            field=models.DateTimeField(null=True),
        ),
    ]
