"""Who wrote a draft, and where pictures stand in a source; what waits names its last author."""

from __future__ import annotations

from django.db import migrations, models


def name_the_last(apps, schema_editor):
    rows = apps.get_model("policy", "PackVersion").objects
    waiting = rows.filter(status__in=["DRAFT", "REVIEW"]).exclude(changed_by=None)
    for pk, author in waiting.values_list("pk", "changed_by_id"):
        rows.filter(pk=pk).update(authors=[author])


class Migration(migrations.Migration):
    dependencies = [("policy", "0005_signature")]
    operations = [
        migrations.AddField(
            model_name="packversion", name="authors", field=models.JSONField(default=list)
        ),
        migrations.AddField(
            model_name="writing", name="unread", field=models.JSONField(default=list)
        ),
        migrations.RunPython(name_the_last, migrations.RunPython.noop),
    ]
