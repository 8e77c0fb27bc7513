"""The Django app of the design system."""

from __future__ import annotations

from django.apps import AppConfig


class UiConfig(AppConfig):
    """Holds the templates, static files and tags that every screen is made of."""

    name = "bihuan.base.ui"
    label = "ui"

    def ready(self) -> None:
        from bihuan.base.ui import lookups, said

        said.install()
        lookups.install()
