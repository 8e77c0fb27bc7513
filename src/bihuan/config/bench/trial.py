"""A trial run of a year of 1,000,000 facts: a draft beside the version in force.

20,000 customers, each with fifty facts of a year: quarters that began, faults and answers, calls.
`seconds` is what a draft takes, in as many processes as the machine has processors, with the bar
moving. Baseline of the same run: the same rows read bare by COPY.
"""

from __future__ import annotations

from typing import Any

from bihuan.config.bench._ground import folder, in_home


def run() -> dict[str, Any]:
    """Measure on an installation of its own; JSON-ready."""
    with folder() as home:
        return in_home(home, "bihuan.config.bench._trial")
