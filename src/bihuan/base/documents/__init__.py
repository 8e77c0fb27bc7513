"""Documents as PDF: a letter of the house around an app's own pages, set by Typst with our own font.

What goes in is data, never markup: a name full of signs is printed as it stands. For workers alone,
for the typesetter is large.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import segno

HERE = Path(__file__).resolve().parent
FONTS = HERE / "fonts"
LETTER = HERE / "letter.typ"


def pdf(template: Path, data: Mapping[str, Any], *, verify: str = "") -> bytes:
    """The document that a template makes of `data` (see `letter.typ` for what the letter reads of
    it); `verify` is the address of the code by which the paper is checked.
    """
    import typst

    given = {**data, "qr": code(verify) if verify else ""}
    source = LETTER.read_text("utf-8") + template.read_text("utf-8")
    found = typst.compile(
        source.encode(), font_paths=typst.Fonts(include_system_fonts=False, font_paths=[str(FONTS)]),
        format="pdf", sys_inputs={"data": json.dumps(given, ensure_ascii=False)},
    )  # fmt: skip
    assert isinstance(found, bytes)
    return found


def code(text: str) -> str:
    """A QR code as SVG."""
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        out, kind="svg", xmldecl=False, svgns=True, border=0
    )
    return out.getvalue().decode()
