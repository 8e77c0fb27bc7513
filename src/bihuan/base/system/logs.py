"""Lines of the logs: what went wrong and where, never the values that it went wrong with."""

from __future__ import annotations

import logging
import traceback
from typing import Any

INNERMOST = 30


def reason(error: BaseException, *, most: int = INNERMOST) -> str:
    """Kind and place of an error without its message: PostgreSQL quotes whole rows, and Python the
    text that it could not read.
    """
    steps = traceback.extract_tb(error.__traceback__)[-most:]
    places = [
        f"{step.filename.rpartition('bihuan/')[2]}:{step.lineno} {step.name}" for step in steps
    ]
    return "\n".join([type(error).__name__, *places])


class Line(logging.Formatter):
    """One line an entry; an error below it by its kind and place, with what caused it."""

    def formatException(self, ei: Any) -> str:  # noqa: N802 - the name is logging's
        found: list[str] = []
        error: BaseException | None = ei[1]
        while error is not None and len(found) < INNERMOST:
            found.append(reason(error))
            error = error.__cause__ or error.__context__
        return "\n".join(found)
