from __future__ import annotations

from django.db import migrations

from bihuan.base.append_only import only_grows


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [
        *only_grows("audit_entry"),
        *only_grows("audit_seal"),
    ]
