"""Similar-case search over real fault texts, and how long it takes with 100,000 cases.

One quarter of the texts (seeded) are the queries, three quarters the cases; a case is right when it
shares a labelled (part, symptom) pair with the query. Whole texts are asked as they stand, short ones
as part + symptom. Queries to which no case is right are left out. The limit of
the time is on the CPU that one query takes here and in the database. Baseline of the same run: plain BM25
over jieba words. Needs the folder of the texts (`BIHUAN_SHARED`) and, for the baseline, rjieba.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from bihuan.config.bench._ground import folder, in_home

TEXTS = (
    Path(os.environ.get("BIHUAN_SHARED", Path(__file__).resolve().parents[5] / "shared"))
    / "data/fault_text/train.jsonl"
)


def run() -> dict[str, Any]:
    """Measure on an installation of its own; JSON-ready."""
    if not TEXTS.exists():
        return {"skipped": f"no fault texts at {TEXTS}"}
    with folder() as home:
        return in_home(home, "bihuan.config.bench._similar", str(TEXTS))
