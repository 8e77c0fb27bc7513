"""Tables of calls and visits."""

from __future__ import annotations

from bihuan.apps.callbacks.models.calls import (
    Answer,
    Attempt,
    Brief,
    Callback,
    News,
    Sample,
    Script,
    Served,
    Touch,
)  # fmt: skip
from bihuan.apps.callbacks.models.plans import Campaign, PlannedDay, Target
from bihuan.apps.callbacks.models.problems import Problem, ProblemStep, Promise
from bihuan.apps.callbacks.models.visits import Participant, Visit

__all__ = [
    "Answer", "Attempt", "Brief", "Callback", "Campaign", "News", "Participant", "PlannedDay",
    "Problem", "ProblemStep", "Promise", "Sample", "Script", "Served", "Target", "Touch", "Visit",
]  # fmt: skip
