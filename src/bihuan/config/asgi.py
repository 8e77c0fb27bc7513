"""The web entry point, served by granian."""

from __future__ import annotations

import os

from django.conf import settings
from django.core.asgi import get_asgi_application

from bihuan.config.body import Bounded

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bihuan.config.settings")
application = Bounded(get_asgi_application(), settings.BODY_MB, settings.BODY_MB_OF)
