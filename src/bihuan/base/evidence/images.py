"""Images are written anew: what is kept holds pixels and nothing else (no EXIF, no place)."""

from __future__ import annotations

import io
import warnings

from PIL import Image, ImageOps

from bihuan.base.evidence.errors import ImageBroken

LONGEST = 4096  # px; enough to read a type plate
MOST_PIXELS = 80_000_000
_FORMATS = {"image/png": "PNG", "image/gif": "PNG", "image/bmp": "PNG", "image/webp": "WEBP"}


def rewritten(content: bytes, mime: str, name: str = "") -> tuple[bytes, str, int, int]:
    """(bytes, MIME type, width, height) of the same picture. Raises ImageBroken."""
    image = _opened(content, name)
    form = _FORMATS.get(mime, "JPEG")
    if form == "JPEG" and image.mode != "RGB":
        image = image.convert("RGB")
    elif image.mode not in ("RGB", "RGBA", "L"):
        image = image.convert("RGBA")
    image.thumbnail((LONGEST, LONGEST))
    out = io.BytesIO()
    image.save(out, form, **({"quality": 88} if form != "PNG" else {}))
    return out.getvalue(), Image.MIME[form], image.width, image.height


def as_png(content: bytes, *, longest: int) -> bytes:
    """A PNG whose longer side is at most `longest` px. Raises ImageBroken."""
    image = _opened(content, "")
    if image.mode not in ("RGB", "RGBA", "L"):
        image = image.convert("RGBA")
    image.thumbnail((longest, longest))
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def _opened(content: bytes, name: str) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(content))
            if image.width * image.height > MOST_PIXELS:
                raise ImageBroken(name=name)
            image.load()
            turned = ImageOps.exif_transpose(image)
    except ImageBroken:
        raise
    except Exception as error:  # Pillow's decoders raise whatever the bytes led them to
        raise ImageBroken(name=name) from error
    turned.info.clear()
    return turned
