"""
Builds `static/ui/icons.svg` from the names in `icons.txt`.

Run it with the folder of the unpacked npm package `@tabler/icons` (MIT):
``python -m bihuan.base.ui.sprite path/to/package``. The product itself never runs this.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

HERE = Path(__file__).parent
NAMES = HERE / "icons.txt"
SPRITE = HERE / "static" / "ui" / "icons.svg"
_BOX = re.compile(r'<path stroke="none"[^>]*/>')
_BODY = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)


def names() -> list[str]:
    """The names of the icons that the product uses, sorted."""
    return sorted(line for line in NAMES.read_text(encoding="utf-8").split() if line)


def symbol(name: str, drawing: str) -> str:
    """One `<symbol>` from one drawing of the package; the invisible box is dropped."""
    found = _BODY.search(drawing)
    if found is None:
        raise ValueError(f"{name} is not an SVG drawing")
    body = re.sub(r"\s*\n\s*", "", _BOX.sub("", found.group(1))).strip()
    return f'<symbol id="{name}" viewBox="0 0 24 24">{body}</symbol>'


def build(package: Path) -> str:
    """The whole sprite; raises FileNotFoundError for a name that the package lacks."""
    outline = package / "icons" / "outline"
    symbols = [symbol(name, (outline / f"{name}.svg").read_text("utf-8")) for name in names()]
    inside = "\n".join(symbols)
    return f'<svg xmlns="http://www.w3.org/2000/svg">\n{inside}\n</svg>\n'


if __name__ == "__main__":
    SPRITE.write_text(build(Path(sys.argv[1])), encoding="utf-8")
