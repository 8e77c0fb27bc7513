"""The key of a form belongs to the attempt that it recorded, not to the call."""

from __future__ import annotations

from typing import Any

from django.db import migrations, models


def move(apps: Any, _editor: Any) -> None:
    attempts = apps.get_model("callbacks", "Attempt").objects
    for call in apps.get_model("callbacks", "Callback").objects.exclude(key=None).iterator():
        last = attempts.filter(callback=call).order_by("-pk").first()
        if last is not None:
            attempts.filter(pk=last.pk).update(key=call.key)


class Migration(migrations.Migration):
    dependencies = [("callbacks", "0001_initial")]

    operations = [
        migrations.AddField("attempt", "key", models.UUIDField(null=True, unique=True)),
        migrations.RunPython(move, migrations.RunPython.noop),
        migrations.RemoveField("callback", "key"),
    ]
