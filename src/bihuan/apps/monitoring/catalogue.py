"""The templates of machines that the product knows, and which one a machine has."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from ruamel.yaml import YAML

from bihuan.apps.assets.models import Asset
from bihuan.lib import condition
from bihuan.lib.machines import Template, read

FOLDER = Path(__file__).resolve().parent / "data" / "templates"
HEALTH = FOLDER.parent / "health.yaml"


@cache
def templates() -> Mapping[str, Template]:
    """All of them by code."""
    reader = YAML(typ="safe", pure=True)
    found = [read(reader.load(path.read_text("utf-8"))) for path in sorted(FOLDER.glob("*.yaml"))]
    return {template.code: template for template in found}


def template_for(asset: Asset) -> Template | None:
    """The template of the family of the machine's model."""
    family = asset.model.family
    return next((each for each in templates().values() if family in each.families), None)


@cache
def plans() -> Mapping[str, condition.Plan]:
    """What the templates say of parts, service and health, by code."""
    reader = YAML(typ="safe", pure=True)
    house = reader.load(HEALTH.read_text("utf-8"))
    given = [reader.load(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.yaml"))]
    return {body["code"]: condition.read(body, templates()[body["code"]], house) for body in given}
