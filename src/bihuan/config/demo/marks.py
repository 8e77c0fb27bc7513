"""The mark of a demo maker: initials on its colour."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw, ImageFont

SIDE = 256  # px


def drawn(*, initials: str, colour: str) -> bytes:
    """A PNG with white letters on a rounded square; `colour` as #rrggbb."""
    image = Image.new("RGBA", (SIDE, SIDE))
    pen = ImageDraw.Draw(image)
    pen.rounded_rectangle((0, 0, SIDE - 1, SIDE - 1), radius=SIDE // 5, fill=colour)
    middle = (SIDE / 2, SIDE / 2)
    pen.text(middle, initials, "white", ImageFont.load_default(SIDE * 0.52), anchor="mm")
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()
