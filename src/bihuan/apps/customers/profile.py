"""The numbers and defaults of customer care: the pack in force first, else `data/profile.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.utils.translation import get_language
from ruamel.yaml import YAML

from bihuan.apps.customers.enums import Checked, Flag, Nature
from bihuan.lib.policy import Pack

FILE = Path(__file__).resolve().parent / "data" / "profile.yaml"


@cache
def data() -> Mapping[str, Any]:
    """The file as read once."""
    found: Mapping[str, Any] = YAML(typ="safe", pure=True).load(FILE.read_text("utf-8"))
    return found


def number(name: str, pack: Pack | None) -> int:
    """A number of days by its name. Raises KeyError for an unknown name.

    A parameter of the pack in force (named in the file) goes before the file's own value.
    """
    row = data()["numbers"][name]
    parameter = pack.parameters.get(row["parameter"]) if pack is not None else None
    value = parameter.value if parameter is not None else row["value"]
    return int(str(value).removesuffix("d"))


def verify_days(what: Checked, pack: Pack | None) -> int:
    """For how many days a verified part of the record is trusted."""
    return number(f"verify_{str(what).lower()}_days", pack)


@dataclass(frozen=True)
class NatureProfile:
    """What goes with the nature of a customer."""

    care: str
    credit: str
    needs_credit_code: bool
    flags: tuple[Flag, ...]


def of_nature(nature: Nature | str) -> NatureProfile:
    """Default care and credit of a nature."""
    row = data()["natures"][str(nature)]
    care = data()["care"][row["care"]]
    flags = tuple(Flag(each) for each in care.get("flags", ()))
    return NatureProfile(row["care"], row["credit"], row["credit_code"], flags)


def titles(section: str) -> dict[str, str]:
    """Code -> title of `care` or `credit` in the language of the page."""
    language = "en" if (get_language() or "zh").startswith("en") else "zh"
    return {code: row["title"][language] for code, row in data()[section].items()}
