"""The architecture page names tables, functions and pages that there are."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

from django.apps import apps
from django.urls import get_resolver

ROOT = Path(__file__).resolve().parent.parent.parent

PAGE = (ROOT / "docs" / "architecture.md").read_text("utf-8")


def paragraphs() -> dict[str, str]:
    """App -> what the page says of its tables and functions."""
    part = PAGE.split("## Tables and what others may call")[1].split("\n## ")[0]
    found = re.findall(r"^\*\*([a-z.]+)\*\*(.*?)(?=^\*\*|\Z)", part, re.MULTILINE | re.DOTALL)
    return {name.removeprefix("base."): text for name, text in found}


def test_every_table_named_is_one():
    wrong = []
    for app, text in paragraphs().items():
        known = {model.__name__ for model in apps.get_app_config(app).get_models()}
        for code in re.findall(r"`([^`]*)`", text):
            names = code.split("(")[0] if "(" in code else code
            if re.fullmatch(r"[A-Z][A-Za-z]+(, [A-Z][A-Za-z]+)*", names):
                wrong += [f"{app}.{each}" for each in names.split(", ") if each not in known]
    assert wrong == []


def test_every_function_named_is_there():
    wrong = []
    for app, text in paragraphs().items():
        said = re.findall(r"`(?:([a-z]+)\.)?((?:actions|queries|calendars)\.[a-z_.]+)", text)
        for other, path in said:
            module, _dot, name = f"bihuan.apps.{other or app}.{path}".rpartition(".")
            if not hasattr(import_module(module), name):
                wrong.append(f"{app}: {path}")
    assert wrong == []


def test_every_page_named_has_an_address():
    known = set()
    for space, (_prefix, resolver) in get_resolver().namespace_dict.items():
        known |= {f"{space}:{name}" for name in resolver.reverse_dict if isinstance(name, str)}
    text = "\n".join(paragraphs().values())
    assert set(re.findall(r"`([a-z]+:[a-z_]+)`", text)) - known == set()
