"""Images are written anew: what is kept holds pixels and nothing else (no EXIF, no place)."""

from __future__ import annotations

import io
import threading
import warnings

from PIL import Image, ImageOps

from bihuan.base.evidence.errors import ImageBroken, ImageTooLarge

LONGEST = 4096  # px; enough to read a type plate
MOST_PIXELS = 17_000_000
"""So many are held at once, at four bytes each and half as much again to make them smaller: the
most that screens have, and a phone's usual photo. The decoder of WebP holds them twice.
"""
MOST_DRAFTED = 80_000_000
"""A larger photo is made smaller while it is read."""
_FORMATS = {"image/png": "PNG", "image/gif": "PNG", "image/bmp": "PNG", "image/webp": "WEBP"}
_ONE = threading.Lock()  # two at once would hold twice as much


def rewritten(content: bytes, mime: str, name: str = "") -> tuple[bytes, str, int, int]:
    """(bytes, MIME type, width, height) of the same picture. Raises ImageBroken, ImageTooLarge."""
    form = _FORMATS.get(mime, "JPEG")
    modes = ("RGB",) if form == "JPEG" else ("RGB", "RGBA", "L")
    with _ONE:
        image = _opened(content, name, modes, LONGEST)
        out = io.BytesIO()
        image.save(out, form, **({"quality": 88} if form != "PNG" else {}))
        return out.getvalue(), Image.MIME[form], image.width, image.height


def as_png(content: bytes, *, longest: int) -> bytes:
    """A PNG whose longer side is at most `longest` px. Raises ImageBroken, ImageTooLarge."""
    with _ONE:
        image = _opened(content, "", ("RGB", "RGBA", "L"), longest)
        out = io.BytesIO()
        image.save(out, "PNG")
        return out.getvalue()


def _opened(content: bytes, name: str, modes: tuple[str, ...], longest: int) -> Image.Image:
    """The picture in one of these modes and at most so long, the right way up."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image: Image.Image = Image.open(io.BytesIO(content))
            _lighten(image, content, name)
            image.load()
            if image.mode not in modes:
                image = image.convert("RGB" if modes == ("RGB",) else "RGBA")
            image.thumbnail((longest, longest))
            ImageOps.exif_transpose(image, in_place=True)
    except ImageBroken:
        raise
    except Exception as error:  # Pillow's decoders raise whatever the bytes led them to
        raise ImageBroken(name=name) from error
    image.info.clear()
    return image


def _lighten(image: Image.Image, content: bytes, name: str) -> None:
    """Have a photo read smaller, before its pixels are. Raises ImageTooLarge."""
    width, height = image.size
    drafted = image.format in ("JPEG", "MPO") and _in_one_go(content, len(image.getbands()))
    most = MOST_PIXELS // 2 if image.format == "WEBP" else MOST_PIXELS
    if width * height > (MOST_DRAFTED if drafted else most):
        raise ImageTooLarge(name=name)
    if drafted:
        scale = next(each for each in (1, 2, 4, 8) if width * height <= MOST_PIXELS * each**2)
        image.draft(None, (width // scale, height // scale))


def _in_one_go(jpeg: bytes, parts: int) -> bool:
    """Whether all is read in one pass. Of a progressive picture, or one with a pass for each
    colour, the decoder holds the whole at its full size, however small it is to come out.
    """
    at = 2
    while jpeg[at : at + 1] == b"\xff" and len(jpeg) > at + 4:
        marker = jpeg[at + 1]
        if marker == 0xDA:  # the first pass: of how many colours
            return jpeg[at + 4] == parts
        if marker in (0xC2, 0xC6, 0xCA, 0xCE):  # progressive
            return False
        at += 2 + int.from_bytes(jpeg[at + 2 : at + 4])
    return False
