"""Does a machine leave its own baseline, and what probably is wrong with it?

Pure: samples, symptoms, closed tickets and the text of a knowledge file are handed over.
"""

from __future__ import annotations

from bihuan.lib.diagnosis.baseline import (
    Baseline,
    Channel,
    Judged,
    NoBaseline,
    follow,
    judged,
    learn,
)
from bihuan.lib.diagnosis.calibration import (
    Bin,
    Said,
    brier,
    calibration_error,
    reliability,
    weighed,
    wilson,
)
from bihuan.lib.diagnosis.causes import (
    Check,
    Diagnosis,
    Evidence,
    Ranked,
    Rules,
    diagnose,
    probabilities,
)
from bihuan.lib.diagnosis.fleet import apart
from bihuan.lib.diagnosis.knowledge import ADVICE, FOLLOWS, OTHER, Cause, Knowledge, Symptom
from bihuan.lib.diagnosis.learned import Closed, Counts, Strength, taught
from bihuan.lib.diagnosis.ordinary import Departure, Ordinary, departed, departures, ordinary
from bihuan.lib.diagnosis.reader import KnowledgeErrors, read
from bihuan.lib.diagnosis.seen import NEVER, Seen, symptoms
from bihuan.lib.diagnosis.settings import FAST, SLOW, Settings
from bihuan.lib.diagnosis.state import Line, State
from bihuan.lib.diagnosis.wording import for_customer, for_engineer

__all__ = [
    "ADVICE",
    "FAST",
    "FOLLOWS",
    "NEVER",
    "OTHER",
    "SLOW",
    "Baseline",
    "Bin",
    "Cause",
    "Channel",
    "Check",
    "Closed",
    "Counts",
    "Departure",
    "Diagnosis",
    "Evidence",
    "Judged",
    "Knowledge",
    "KnowledgeErrors",
    "Line",
    "NoBaseline",
    "Ordinary",
    "Ranked",
    "Rules",
    "Said",
    "Seen",
    "Settings",
    "State",
    "Strength",
    "Symptom",
    "apart",
    "brier",
    "calibration_error",
    "departed",
    "departures",
    "diagnose",
    "follow",
    "for_customer",
    "for_engineer",
    "judged",
    "learn",
    "ordinary",
    "probabilities",
    "read",
    "reliability",
    "symptoms",
    "taught",
    "weighed",
    "wilson",
]
