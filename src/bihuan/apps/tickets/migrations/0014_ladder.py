"""What calls people at night is a ladder; an alarm is a machine's."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tickets", "0013_late_and_untaken")]

    operations = [
        migrations.RemoveConstraint(model_name="paging", name="paging_step_once"),
        migrations.RenameModel(old_name="Alarm", new_name="Ladder"),
        migrations.RenameField(model_name="paging", old_name="alarm", new_name="ladder"),
        migrations.AddConstraint(
            model_name="paging",
            constraint=models.UniqueConstraint(fields=["ladder", "step"], name="paging_step_once"),
        ),
        migrations.AlterField(
            model_name="ladder", name="ticket",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="ladders",
                to="tickets.ticket",
            ),
        ),
    ]  # fmt: skip
