"""The classes of demands and the words that speak for each: `data/classes.yaml`, read once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from django.utils.translation import get_language
from ruamel.yaml import YAML

from bihuan.apps.demands.rules import Class, Guess, guesses, proposal

FILE = Path(__file__).resolve().parent / "data" / "classes.yaml"


@cache
def _data() -> Mapping[str, Any]:
    found: Mapping[str, Any] = YAML(typ="safe", pure=True).load(FILE.read_text("utf-8"))
    return found


@cache
def classes() -> tuple[Class, ...]:
    """The classes in their order."""
    return tuple(Class(code, tuple(row["words"])) for code, row in _data()["classes"].items())


@cache
def kinds() -> tuple[Class, ...]:
    """The kinds of demand with the words that speak for each."""
    return tuple(Class(code, tuple(words)) for code, words in _data()["kinds"].items())


def about(code: str) -> str:
    """What a suggestion of this class is about (values of the fact `suggestion.received`)."""
    return str(_data()["classes"][code]["about"])


def codes() -> frozenset[str]:
    return frozenset(each.code for each in classes())


def titles() -> dict[str, str]:
    """Code -> title in the language of this page."""
    lang = "en" if (get_language() or "zh").startswith("en") else "zh"
    return {code: str(row["title"][lang]) for code, row in _data()["classes"].items()}


def title(code: str) -> str:
    """The title of a class; one that another program named stands as it named it."""
    return titles().get(code, code)


def proposed(text: str) -> tuple[Guess | None, list[Guess]]:
    """What the machine would say, and all that spoke."""
    found = guesses(text, classes())
    return proposal(found), found


def kind_heard(text: str) -> Guess | None:
    """The kind of demand that the words sound like."""
    return proposal(guesses(text, kinds()))
