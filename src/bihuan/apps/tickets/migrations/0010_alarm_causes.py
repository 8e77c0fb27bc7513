from django.db import migrations, models
from django.db.models import deletion


class Migration(migrations.Migration):
    dependencies = [("tickets", "0009_agreed_pause")]

    operations = [
        migrations.AlterField(
            model_name="alarm",
            name="ticket",
            field=models.ForeignKey(
                on_delete=deletion.PROTECT, related_name="alarms", to="tickets.ticket"
            ),
        ),
        migrations.AddField(
            model_name="alarm", name="cause", field=models.CharField(blank=True, max_length=40)
        ),
        migrations.AddField(
            model_name="alarm",
            name="entry",
            field=models.ForeignKey(
                null=True, on_delete=deletion.PROTECT, related_name="+", to="tickets.entry"
            ),
        ),
        migrations.AddConstraint(
            model_name="alarm",
            constraint=models.UniqueConstraint(fields=["ticket", "cause"], name="alarm_cause_once"),
        ),
    ]
