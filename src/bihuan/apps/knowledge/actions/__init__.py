"""What is written of knowledge."""

from __future__ import annotations

from bihuan.apps.knowledge.actions.articles import (
    SolvedCase,
    change,
    doubt,
    draft,
    from_case,
    is_known,
    publish,
    retire,
    reviewed,
    send_back,
    submit,
)
from bihuan.apps.knowledge.actions.cases import ClosedCase, drop_case, put_article, put_case
from bihuan.apps.knowledge.actions.uses import did_not_help, drop_use, solved_itself, take_up
from bihuan.apps.knowledge.actions.votes import add_synonym, drop_synonym, vote

__all__ = [
    "ClosedCase", "SolvedCase", "add_synonym", "change", "did_not_help", "doubt", "draft", "drop_case", "drop_synonym", "drop_use", "from_case", "is_known", "publish",
    "put_article", "put_case", "retire", "reviewed", "send_back", "solved_itself", "submit", "take_up", "vote",
]  # fmt: skip
