"""The data files of the demo company, read once."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

DATA = Path(__file__).resolve().parent / "data"


@cache
def book(name: str) -> dict[str, Any]:
    """The content of `data/<name>.yaml`."""
    found: dict[str, Any] = YAML(typ="safe", pure=True).load(
        (DATA / f"{name}.yaml").read_text("utf-8")
    )
    return found
