"""Numbers and lists of contracts: the pack in force first, else `data/contracts.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from bihuan.base.texts import in_language, in_words
from bihuan.base.vocabulary import vocabulary
from bihuan.lib.policy import Pack

FILE = Path(__file__).resolve().parent / "data" / "contracts.yaml"


@cache
def data() -> Mapping[str, Any]:
    """The file as read once."""
    found: Mapping[str, Any] = YAML(typ="safe", pure=True).load(FILE.read_text("utf-8"))
    return found


def number(name: str, pack: Pack | None) -> int:
    """A number of days by its name; the pack's parameter goes before the file. Raises KeyError."""
    row = data()["numbers"][name]
    parameter = pack.parameters.get(row["parameter"]) if pack is not None else None
    return int(str(parameter.value if parameter is not None else row["value"]).removesuffix("d"))


def entitlement_titles() -> dict[str, str]:
    """Code -> title in the language of the page."""
    return {code: in_language(row["title"]) for code, row in data()["entitlements"].items()}


def entitlement_title(code: str) -> str:
    return entitlement_titles().get(code, code)


def unit_of(code: str) -> str:
    row = data()["entitlements"].get(code)
    return in_language(row["unit"]) if row else ""


def term_duties() -> dict[str, str]:
    """Duty kinds that a contract may set a limit for, with their titles."""
    known = vocabulary().duties
    return {code: in_words(known[code].title) for code in data()["terms"] if code in known}
