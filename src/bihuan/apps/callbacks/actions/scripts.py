"""Scripts: those that ship are read from the data folder; a change is a new version."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from bihuan.apps.callbacks import figures
from bihuan.apps.callbacks.models import Script
from bihuan.base.access.models import User
from bihuan.base.audit.actions import log
from bihuan.base.errors import BadInput
from bihuan.base.texts import listed

FOLDER = figures.FILE.parent / "scripts"
ROUTINE = "routine"
WIDGETS = ("choice", "text", "score", "date")


def newest() -> dict[str, Script]:
    """Code -> the newest version of every script (one query)."""
    found: dict[str, Script] = {}
    for row in Script.objects.order_by("code", "-version"):
        found.setdefault(row.code, row)
    return found


def serving(
    kinds: Sequence[str], now: datetime, known: Mapping[str, Script] | None = None
) -> Script | None:
    """The newest script that serves the first of these duties that any serves."""
    scripts = newest() if known is None else known
    for kind in kinds:
        for row in scripts.values():
            if kind in row.body.get("serves", ()):
                return routine(scripts, now) if row.code == ROUTINE else row
    return None


def routine(known: Mapping[str, Script], now: datetime) -> Script | None:
    """The script of routine talks: the one that the regulation names, else the ordinary one."""
    return known.get(figures.value("routine_script", now)) or known.get(ROUTINE)


def read(text: str) -> dict[str, Any]:
    """A script as data. Raises BadInput with the place and what to do."""
    try:
        found = YAML(typ="safe", pure=True).load(text)
    except YAMLError as bad:
        mark = getattr(bad, "problem_mark", None)
        line = mark.line + 1 if mark is not None else 1
        raise BadInput(
            {"text": _("第 %(line)d 行读不懂。请检查缩进和引号。") % {"line": line}}
        ) from bad
    problem = _fault(found)
    if problem:
        raise BadInput({"text": problem})
    return dict(found)


def _fault(found: Any) -> str:
    if not isinstance(found, Mapping):
        return _("话术要写成 code、title、blocks、steps 几项。")
    for name in ("code", "title", "blocks", "steps"):
        if not found.get(name):
            return _("缺少 %(name)s。") % {"name": name}
    blocks = found["blocks"]
    for block in found.get("mandatory", ()):
        if block not in blocks:
            return _("必谈的 %(block)s 不在 blocks 里。") % {"block": block}
    for number, step in enumerate(found["steps"], 1):
        if step.get("block") not in blocks:
            return _("第 %(n)d 步的 block 不在 blocks 里。") % {"n": number}
        for question in step.get("questions", ()):
            if question.get("widget") not in WIDGETS:
                return _("第 %(n)d 步：widget 只能是 %(known)s。") % {
                    "n": number,
                    "known": listed(WIDGETS),
                }
    return ""


def put(*, text: str, by: User | None, now: datetime) -> Script:
    """Keep this script as the newest version of its code; the same text adds nothing.

    Raises BadInput.
    """
    body = read(text)
    mark = hashlib.sha256(json.dumps(body, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
    with transaction.atomic():
        last = Script.objects.select_for_update().filter(code=body["code"]).first()
        if last is not None and last.hash == mark:
            return last
        made = Script.objects.create(
            code=body["code"], version=last.version + 1 if last else 1, title=body["title"],
            body={**body, "text": text}, hash=mark, made_at=now, by=by,
        )  # fmt: skip
        if by is not None:
            log("callbacks.script", by=by, now=now, thing=made, after={"version": made.version})
        return made


def shipped(now: datetime) -> list[Script]:
    """Put the scripts of the data folder that no version is there of yet."""
    known = set(Script.objects.values_list("code", flat=True))
    return [
        put(text=path.read_text("utf-8"), by=None, now=now)
        for path in sorted(FOLDER.glob("*.yaml"))
        if path.stem not in known
    ]
