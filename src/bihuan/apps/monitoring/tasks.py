"""Background jobs; procrastinate finds them here."""

from __future__ import annotations

from bihuan.apps.monitoring.history.tasks import work_job

__all__ = ["work_job"]
