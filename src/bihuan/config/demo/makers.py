"""The five demo makers: what differs between them is data, the life they live is one."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from bihuan.base.vocabulary import vocabulary

DATA = Path(__file__).resolve().parent / "data"
DEFAULT = "centrifuge"
Book = Mapping[str, Any]


class Maker:
    """One maker under the pack of the same name.

    `company` is itself and its people, `names` what its trade speaks of, `story` the customers that
    everybody finds again, `knowledge` what it has written down, `trade` its tiers, how often what happens, and what is told about it.
    """

    def __init__(self, code: str) -> None:
        self.code = code
        self.company = _read(code, "company")
        self.names = {**_read("", "common"), **_read(code, "names")}
        self.story = _read(code, "story")
        self.trade = _read(code, "trade")
        self.knowledge = _read(code, "knowledge") if _has(code, "knowledge") else {}

    def who(self, role: str, nth: int = 0) -> str:
        """The sign-in name of the first (or a later) holder of a post, else up the ladder."""
        held = [
            row["username"]
            for row in self.company["staff"]
            if any(post.partition("@")[0] == role for post in row["posts"])
        ]
        up = vocabulary().roles[role].up
        return str(held[min(nth, len(held) - 1)]) if held or not up else self.who(up)

    def customer_code(self, number: int) -> str:
        """The code of a customer by its number: HY-0012."""
        return f"{self.company['company']['code']}-{number:04d}"

    @property
    def served_tiers(self) -> list[str]:
        """The tiers of those who buy, the highest first."""
        return [name for name in self.trade["tiers"] if name != self.trade["prospect"]]


@cache
def maker(code: str) -> Maker:
    """The maker who lives under this pack, read once."""
    return Maker(code)


def _has(code: str, name: str) -> bool:
    return (DATA / code / f"{name}.yaml").exists()


def _read(code: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = YAML(typ="safe", pure=True).load(
        (DATA / code / f"{name}.yaml").read_text("utf-8")
    )
    return found
