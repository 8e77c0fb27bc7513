from __future__ import annotations

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("obligations", "0013_planned")]

    operations = [
        migrations.RemoveField(model_name="obligation", name="clause_due_at"),
        migrations.AddIndex(
            model_name="obligation",
            index=models.Index(
                fields=["assignee", "planned_at"], name="ob_planned",
                condition=Q(planned_at__isnull=False),
            ),
        ),
    ]  # fmt: skip
