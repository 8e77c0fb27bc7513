"""A listener's process for the test of kill -9: hears small portions until it is killed."""

from __future__ import annotations

import os
import sys
import time
from datetime import datetime

import django


def main() -> None:
    django.setup()
    from bihuan.apps.obligations.handlers import on_facts
    from bihuan.base.facts.listeners import drain

    now = datetime.fromisoformat(os.environ["NOW"])
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while True:
        if not drain("obligations", on_facts, now, limit=3):
            time.sleep(0.02)


if __name__ == "__main__":
    main()
