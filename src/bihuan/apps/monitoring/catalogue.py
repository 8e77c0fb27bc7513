"""The templates of machines that are in force, and which one a machine has."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from django.db.models import Max

from bihuan.apps.assets.models import Asset
from bihuan.apps.monitoring.models import TemplateVersion
from bihuan.lib import condition
from bihuan.lib.machines import BadTemplate, Template, read
from bihuan.lib.policy.errors import Problem
from bihuan.lib.policy.source import Node, load

log = logging.getLogger(__name__)
FOLDER = Path(__file__).resolve().parent / "data" / "templates"
HEALTH = FOLDER.parent / "health.yaml"
"""How the health index is counted where a template does not say."""
EXAMPLE = (FOLDER.parent / "template.yaml").read_text("utf-8")
"""Where a new template begins."""
LOOK = 2.0
"""Seconds: so soon a process hears of a version that another one has put in force."""


@dataclass
class _Held:
    """What this process knows, and the last version that it has seen."""

    templates: Mapping[str, Template]
    plans: Mapping[str, condition.Plan]
    last: int | None
    looked: float


_held: list[_Held] = []


def templates() -> Mapping[str, Template]:
    """All of them by code: the company's newest, else the shipped ones. The same object until one
    is changed.
    """
    return _known().templates


def plans() -> Mapping[str, condition.Plan]:
    """What the templates say of parts, service and health, by code."""
    return _known().plans


def _known() -> _Held:
    now = time.monotonic()
    held = _held[0] if _held else None
    if held is not None and now - held.looked < LOOK:
        return held
    last = TemplateVersion.objects.aggregate(last=Max("pk"))["last"]
    if held is None or held.last != last:
        held = _Held(*_in_force(), last, now)
    held.looked = now
    _held[:] = [held]
    return held


def forget() -> None:
    """Look again at the next question: a version was put in force here."""
    _held.clear()


def template_for(asset: Asset) -> Template | None:
    """The template of the family of the machine's model."""
    return of_family(asset.model.family)


def of_family(family: str) -> Template | None:
    return next((each for each in templates().values() if family in each.families), None)


def read_text(text: str) -> tuple[Template, condition.Plan]:
    """What a text (YAML) says. Raises BadText."""
    problems: list[Problem] = []
    node = load("template.yaml", text, problems)
    if node is None or problems:
        first = min(problems, key=lambda each: each.line)
        raise BadText(first.line, "", {"zh": first.zh, "en": first.en})
    body = node.plain()
    try:
        template = read(body)
        return template, condition.read(body, template, _house())
    except BadTemplate as error:
        raise BadText(_line(node, error.place), error.place, error.said) from None


class BadText(ValueError):
    """Where a template's text is wrong: `line` counts from 1, 0 for the whole."""

    def __init__(self, line: int, place: str, said: Mapping[str, str]) -> None:
        super().__init__(f"{line} {place}: {said['en']}")
        self.line, self.place, self.said = line, place, said


def rest_on_shipped() -> None:
    """No look at the database until `forget`: it comes by the clock, and tests count queries."""
    _held[:] = [_Held(*_beside({}), last=None, looked=math.inf)]


@cache
def shipped() -> Mapping[str, str]:
    """The texts that come with the product, by code."""
    return {path.stem: path.read_text("utf-8") for path in sorted(FOLDER.glob("*.yaml"))}


@cache
def as_shipped() -> Mapping[str, Template]:
    """What the product's own words about faults (data/causes) speak of."""
    return {code: template for code, (template, _plan) in _shipped().items()}


@cache
def _shipped() -> Mapping[str, tuple[Template, condition.Plan]]:
    return {code: read_text(text) for code, text in shipped().items()}


@cache
def _house() -> Mapping[str, Any]:
    node = load(HEALTH.name, HEALTH.read_text("utf-8"), [])
    assert node is not None
    found: Mapping[str, Any] = node.plain()
    return found


def _in_force() -> tuple[Mapping[str, Template], Mapping[str, condition.Plan]]:
    newest = TemplateVersion.objects.order_by("code", "-version").distinct("code")
    own = {}
    for row in newest:
        try:
            own[row.code] = read_text(row.text)
        except BadText:
            log.exception("version %s of a template is not understood any more", row)
    return _beside(own)


def _beside(
    own: Mapping[str, tuple[Template, condition.Plan]],
) -> tuple[Mapping[str, Template], Mapping[str, condition.Plan]]:
    """The shipped ones, and the company's over them."""
    found = {**own} | {code: both for code, both in _shipped().items() if code not in own}
    return (
        MappingProxyType({code: template for code, (template, _plan) in found.items()}),
        MappingProxyType({code: plan for code, (_template, plan) in found.items()}),
    )


def _line(node: Node, place: str) -> int:
    """The line of what a path of keys leads to; names of alarms have points in them."""
    line, rest = node.line, place
    while rest:
        key = next(
            (k for k in sorted(node.map, key=len, reverse=True) if rest == k or rest.startswith((f"{k}.", f"{k}["))),
            None,
        )  # fmt: skip
        if key is None:
            break
        line, node = node.line_of(key), node.map[key]
        rest = rest[len(key) :].lstrip(".")
        if rest.startswith("["):
            number, _sep, rest = rest[1:].partition("]")
            if int(number) < len(node.list):
                node = node.list[int(number)]
                line = node.line
            rest = rest.lstrip(".")
    return line
