"""Where machines report to."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from django.conf import settings


def place() -> dict[str, Any]:
    """Where the private server listens (`config.nats_server.Place`), or the outside one's address."""
    if os.environ.get("NATS_URL"):
        host, _, port = os.environ.get("BIHUAN_MQTT", "").rpartition(":")
        return {
            "url": os.environ["NATS_URL"], "mqtt_host": host, "mqtt_port": int(port or 8883),
            "tls": os.environ.get("BIHUAN_MQTT_PLAIN") != "1", "ca": "",
        }  # fmt: skip
    path = Path(settings.HOME) / "nats" / "place.json"
    if not path.exists():
        return {}
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found
