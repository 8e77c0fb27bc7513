"""What holds the house together: keys and templates point down, no script or style in a page,
small files, an explained app."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest
from django.apps import apps
from django.urls import reverse

from bihuan.base import registry
from bihuan.base.access.rights import RIGHTS
from bihuan.base.lists.listing import listings

ROOT = Path(__file__).resolve().parent.parent.parent
SRC = ROOT / "src" / "bihuan"


def order() -> dict[str, int]:
    """App -> its floor; apps on one line stand on the same floor. Lowest is 0."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"][
        "contracts"
    ]
    layers = next(each for each in contracts if each["name"] == "Apps")["layers"]
    found = {}
    for floor, layer in enumerate(reversed(layers)):
        for name in layer.split("|"):
            found[name.strip()] = floor
    return found


def app_of(module: str) -> str:
    """`bihuan.apps.customers...` -> customers; everything below the apps -> ""."""
    parts = module.split(".")
    return parts[2] if parts[:2] == ["bihuan", "apps"] else ""


def may_know(app: str, other: str) -> bool:
    return not other or app == other or order().get(app, -1) > order().get(other, 99)


def test_foreign_keys_point_down():
    wrong = [
        f"{model._meta.label}.{field.name} -> {field.related_model._meta.label}"
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if field.is_relation and not field.auto_created and field.related_model is not None
        if model.__module__.startswith("bihuan.")
        if not may_know(app_of(model.__module__), app_of(field.related_model.__module__))
    ]
    assert wrong == []


def templates() -> list[Path]:
    return sorted(SRC.rglob("templates/**/*.html"))


def place_of(template: Path) -> str:
    """The app a template belongs to, "" for the base."""
    parts = template.relative_to(SRC).parts
    return parts[1] if parts[0] == "apps" else ""


NAMED = re.compile(
    r"""\{%-?\s*(?:url|ui_url)\s+["']([a-z_]+):|\{%-?\s*(?:include|extends)\s+["']([a-z_]+)/"""
)


@pytest.mark.parametrize("template", templates(), ids=lambda path: str(path.relative_to(SRC)))
def test_templates_name_only_what_is_below(template):
    labels = {each.rpartition(".")[2] for each in registry.app_names()}
    for url, part in NAMED.findall(template.read_text()):
        name = url or part
        if name in labels:
            assert may_know(place_of(template), name), f"names {name}"


INLINE = re.compile(
    r"<script(?![^>]*\b(?:src=|type=.application/json))[^>]*>|<style\b|\sstyle\s*=|\son[a-z]+\s*=\s*[\"']|javascript:",
    re.IGNORECASE,
)


@pytest.mark.parametrize("template", templates(), ids=lambda path: str(path.relative_to(SRC)))
def test_no_script_and_no_style_within_a_page(template):
    text = re.sub(
        r"\{#.*?#\}|\{% comment %\}.*?\{% endcomment %\}", "", template.read_text(), flags=re.DOTALL
    )
    assert INLINE.findall(text) == []


POLLS = re.compile(r"<[a-z][^<>]*\bevery \d+s[^<>]*>")


def test_what_a_page_asks_by_itself_is_not_use_of_the_session():
    """Else a page that is left open signs nobody out (`base/access/sessions.py`)."""
    found = [
        (str(template.relative_to(SRC)), tag)
        for template in templates()
        for tag in POLLS.findall(template.read_text())
    ]
    said = sum(len(re.findall(r"\bevery \d+s", each.read_text())) for each in templates())
    assert len(found) == said > 0
    assert [name for name, tag in found if """hx-headers='{"X-Poll": "1"}'""" not in tag] == []


@pytest.mark.parametrize("name", registry.app_names())
def test_every_app_explains_itself(name):
    folder = SRC / "apps" / name.rpartition(".")[2]
    assert (folder / "README.md").exists()
    config = next(each for each in registry.manifests() if each.name == name)
    assert str(config.title)


def test_apps_stand_in_the_order():
    assert {each.rpartition(".")[2] for each in registry.app_names()} <= set(order())


def test_what_manifests_name_exists():
    for config in registry.manifests():
        for attribute in (
            "listeners", "ticks", "snapshots", "searches", "files", "holds", "choices", "numbered", "only_there",
        ):  # fmt: skip
            entries = getattr(config, attribute)
            for dotted in entries.values() if isinstance(entries, dict) else entries:
                assert callable(registry.resolve(config, dotted)), f"{config.label}: {dotted}"
        for dotted in (config.people_of, config.holdings, config.transfer):
            assert not dotted or callable(registry.resolve(config, dotted)), dotted
        for item in config.menu:
            assert item.needs in __import__("bihuan.base.access.rights", fromlist=["RIGHTS"]).RIGHTS


@pytest.mark.django_db
def test_lists_and_stamps_name_rights_and_keys_of_their_own():
    found = list(listings())
    assert len({each.key for each in found}) == len(found)
    for each in found:
        assert {each.needs, *(deed.needs for deed in each.deeds)} <= set(RIGHTS), each.key
        assert registry.reach_of(each.model._meta.label), each.key
        assert reverse(each.url)
    for config in registry.manifests():
        for name, watched in config.stamps.items():
            assert watched.needs in RIGHTS
            assert registry.reach_of(f"{config.label}.{name}")
            assert registry.resolve(config, watched.stamps)([]) == {}
        for command in config.commands:
            assert command.needs in RIGHTS
            assert reverse(command.url)


def test_registered_models_have_a_reach_that_exists():
    for config in registry.manifests():
        for name, reach in config.reach.items():
            model = apps.get_model(config.label, name)
            for dimension in ("own", "team", "region", "dealer", "customer"):
                for path in getattr(reach, dimension):
                    model._default_manager.filter(**{path: None})


def test_a_template_that_shows_a_form_with_its_button_can_send_it() -> None:
    """`ui/parts/form.html` has the fields and the button, not the form around them."""
    shows = re.compile(r'include "ui/parts/form\.html" with [^%]*submit=')
    for template in sorted((ROOT / "src").rglob("templates/**/*.html")):
        text = template.read_text("utf-8")
        for found in shows.finditer(text):
            before = text[: found.start()]
            assert before.count("<form") > before.count("</form>"), template


def test_every_deed_that_is_logged_is_named_in_words():
    named = {verb for config in registry.manifests() for verb in config.deeds}
    logged = {
        each.value
        for path in sorted(SRC.rglob("*.py"))
        if "/tests/" not in path.as_posix()
        for call in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(call, ast.Call) and ast.unparse(call.func) in ("log", "audit.log")
        for each in ast.walk(call.args[0])
        if isinstance(each, ast.Constant) and re.fullmatch(r"[a-z_]+\.[a-z_]+", str(each.value))
    }
    assert len(logged) > 100
    assert sorted(logged - named) == []
