"""What holds for every template and style of the product."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bihuan.base.ui import sprite

SOURCE = Path(__file__).resolve().parents[4] / "bihuan"
UI = SOURCE / "base" / "ui"
TEMPLATES = sorted(SOURCE.rglob("templates/**/*.html"))
SPRITE = (UI / "static" / "ui" / "icons.svg").read_text(encoding="utf-8")
IN_SPRITE = set(re.findall(r'<symbol id="([\w-]+)"', SPRITE))


def test_templates_are_found():
    assert len(TEMPLATES) > 40


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_no_inline_style_script_or_handler(path):
    text = re.sub(r"\{#.*?#\}", "", path.read_text(encoding="utf-8"))
    assert not re.search(r"<style\b", text)
    assert not re.search(r"\sstyle\s*=", text)
    assert not re.search(r"\son[a-z]+\s*=\s*[\"']", text)
    assert "javascript:" not in text
    for attributes in re.findall(r"<script\b([^>]*)>", text):
        assert "src=" in attributes or "application/json" in attributes, attributes
    assert "hx-on" not in text
    assert "hx-vals='js:" not in text


def test_every_icon_used_is_in_the_sprite():
    used: dict[str, str] = {}
    for path in TEMPLATES:
        for name in re.findall(r'\{% icon "([\w-]+)"', path.read_text(encoding="utf-8")):
            used[name] = path.name
    for path in SOURCE.rglob("*.py"):
        if "tests" in path.parts:
            continue
        text = path.read_text(encoding="utf-8")
        found = re.findall(r'icon"?\s*[=:]\s*"([a-z][\w-]+)"', text)
        found += re.findall(r"MenuItem\([^()]*(?:\([^()]*\)[^()]*)*?\bicon=\"([\w-]+)\"", text)
        used.update(dict.fromkeys(found, path.name))
    for path in (UI / "static" / "ui").glob("*.js"):
        if path.name == "htmx.min.js":
            continue
        for name in re.findall(r'\bicon\("([\w-]+)"', path.read_text(encoding="utf-8")):
            used[name] = path.name
    missing = {name: where for name, where in used.items() if name not in IN_SPRITE}
    assert not missing


def test_the_sprite_holds_what_the_list_says():
    assert sorted(IN_SPRITE) == sprite.names()
    assert (UI / "static" / "ui" / "icons.LICENSE.txt").read_text().startswith("MIT License")


def tokens(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+):\s*(#[0-9A-Fa-f]{6})", block))


STYLE = (UI / "static" / "ui" / "tokens.css").read_text(encoding="utf-8")
LIGHT = tokens(STYLE[: STYLE.index("@media")])
DARK = tokens(STYLE[STYLE.index('[data-theme="dark"]') :])


def test_the_system_and_the_chosen_dark_are_the_same():
    by_system = tokens(STYLE[STYLE.index("@media") : STYLE.index('[data-theme="dark"]')])
    assert by_system == DARK
    assert set(DARK) == set(LIGHT)


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


WORDS_ON = [
    ("text", "surface", 13.5),
    ("text-2", "surface", 7.5),
    ("text-3", "surface", 5.4),
    *[("text-3", back, 4.6) for back in ("bg", "sunken", "hover")],
    *[("text-2", back, 4.6) for back in ("bg", "sunken", "hover", "grey-bg")],
    ("brand", "surface", 8.3),
    ("brand", "brand-soft", 6.7),
    ("on-brand", "brand", 8.0),
    *[(hue, f"{hue}-bg", 5.6) for hue in ("red", "orange", "blue", "green", "grey")],
    *[(hue, "surface", 6.4) for hue in ("red", "orange", "blue", "green", "grey")],
    ("on-ink", "ink", 7.0),
    ("tier-on", "tier-ink", 7.0),
    ("toast-text", "toast", 7.0),
    *[(f"toast-{name}", "toast", 4.6) for name in ("green", "orange", "red", "link")],
    ("heat-low-text", "heat-low", 4.6),
    *[("text", f"heat-{step}", 4.6) for step in (90, 80, 70)],
]
SHAPES_ON = [
    *[(f"{hue}-solid", "surface", 3.0) for hue in ("red", "orange", "blue", "green", "grey")],
    ("field", "surface", 3.4),
    ("ink", "surface", 8.9),
    ("focus", "bg", 3.0),
]


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("front", "back", "least"), WORDS_ON + SHAPES_ON)
def test_contrast(theme, front, back, least):
    assert contrast(theme[front], theme[back]) >= least


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_white_on_the_red_button(theme):
    assert contrast("#FFFFFF", theme["red-button"]) >= 4.6


def test_components_read_only_tokens():
    for name in ("base.css", "components.css"):
        text = (UI / "static" / "ui" / name).read_text(encoding="utf-8")
        colours = set(re.findall(r"#[0-9A-Fa-f]{3,8}\b(?![^{]*\{)", text))
        assert colours <= {"#fff"}, name
        used = set(re.findall(r"var\(--([\w-]+)", text))
        known = set(re.findall(r"--([\w-]+):", STYLE))
        assert used <= known, used - known
