from django.db import migrations, models

KINDS = [
    "FAULT", "CONSULT", "OPTIMISE", "INSTALL", "COMMISSION", "MAINTENANCE", "INSPECTION", "TRAINING",
    "PARTS", "CUSTOM", "RENTAL", "OTHER",
]  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("tickets", "0010_alarm_causes")]

    operations = [
        migrations.AddField(
            model_name="ticket",
            name="claimed_impact",
            field=models.CharField(blank=True, max_length=14),
        ),
        migrations.AddField(
            model_name="ticket",
            name="claimed_severity",
            field=models.CharField(blank=True, max_length=8),
        ),
        migrations.AddField(
            model_name="ticket", name="topic", field=models.CharField(blank=True, max_length=10)
        ),
        migrations.AlterField(
            model_name="ticket",
            name="kind",
            field=models.CharField(choices=[(each, each) for each in KINDS], max_length=12),
        ),
        migrations.AlterField(
            model_name="checkitem",
            name="kind",
            field=models.CharField(choices=[(each, each) for each in KINDS], max_length=12),
        ),
    ]
