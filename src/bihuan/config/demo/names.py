"""Names, addresses and numbers that read as real and belong to nobody."""

from __future__ import annotations

from typing import Any

from bihuan.apps.customers.rules.credit_code import ALPHABET, check_character
from bihuan.config.demo.stage import Stage

PLACES = {
    "华东": "32",
    "华北": "12",
    "华南": "44",
    "华中": "42",
    "西南": "51",
    "东北": "21",
    "西北": "61",
}


def person(stage: Stage) -> str:
    """A family name and a given name."""
    words, chance = stage.maker.names, stage.chance
    return str(chance.pick(words["surnames"])) + str(chance.pick(words["given"]))


def organisation(stage: Stage, kind: dict[str, Any], city: str, taken: set[str]) -> str:
    """A name of this kind that nobody has yet."""
    words, chance = stage.maker.names["words"], stage.chance
    for _try in range(200):
        name = chance.pick(kind["names"]).format(city=city, word=chance.pick(words))
        if name not in taken:
            taken.add(name)
            return str(name)
    name = f"{city}{chance.pick(words)}{chance.pick(words)}{kind['industry']}中心"
    taken.add(name)
    return name


def credit_code(stage: Stage, region: str, number: int, *, public: bool) -> str:
    """A code with a right check character whose middle is a serial number of ours."""
    head = ("12" if public else "91") + PLACES[region] + "0000"
    maker = stage.maker.company["company"]["code"]
    body = f"{maker}{stage.chance.whole(100, 999)}{number:04d}".replace("I", "J")
    first = (head + body)[:17]
    assert all(each in ALPHABET for each in first)
    return first + check_character(first)


def address(stage: Stage, city: str) -> str:
    """A street in a city."""
    words, chance = stage.maker.names, stage.chance
    return f"{city}市{chance.pick(words['districts'])}{chance.pick(words['streets'])}{chance.whole(2, 399)} 号"
