"""The packaged data files of working time; the one place that reads them."""

from __future__ import annotations

import csv
from functools import lru_cache
from importlib.resources import files


def read_rows(name: str) -> list[dict[str, str]]:
    """The rows of a packaged CSV file."""
    text = read_text(name)
    return list(csv.DictReader(text.splitlines()))


@lru_cache(maxsize=32)
def read_text(name: str) -> str:
    return (files(__package__) / name).read_text(encoding="utf-8")


def notice_years() -> list[int]:
    """The years whose official Chinese notice is packaged, in order."""
    names = (entry.name for entry in files(__package__).iterdir())
    return sorted(int(name[3:7]) for name in names if name.startswith("cn-"))
