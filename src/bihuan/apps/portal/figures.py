"""The numbers of the customer's pages: the pack in force first, else `data/profile.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path

from ruamel.yaml import YAML

from bihuan.apps.policy.queries import NoPackInForce, pack_at
from bihuan.lib.policy.values import text_of

FILE = Path(__file__).resolve().parent / "data" / "profile.yaml"


@cache
def _own() -> Mapping[str, str]:
    found = YAML(typ="safe", pure=True).load(FILE.read_text("utf-8"))["values"]
    return {name: str(value) for name, value in found.items()}


def text(name: str, now: datetime) -> str:
    """Raises KeyError for an unknown name."""
    own = _own()[f"portal.{name}"]
    try:
        given = pack_at(now).parameters.get(f"portal.{name}")
    except NoPackInForce:
        return own
    return own if given is None or given.value is None else text_of(given.value)


def whole(name: str, now: datetime) -> int:
    return int(float(text(name, now)))
