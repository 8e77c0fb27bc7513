"""Texts as they are compared: one width, one case, and as they are spoken."""

from __future__ import annotations

import re
import unicodedata

_SPACES = re.compile(r"\s+")
_HAN = re.compile(r"[㐀-鿿]")


def fold(text: str) -> str:
    """One width (ＡＢＣ１２３ = abc123), lower case, single spaces."""
    return _SPACES.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()


def digits_of(text: str) -> str:
    return "".join(each for each in unicodedata.normalize("NFKC", text) if each in "0123456789")


def spoken(text: str) -> tuple[str, ...]:
    """Pinyin without tones and its initials: 张三 -> ("zhangsan", "zs"); empty without Chinese."""
    plain = unicodedata.normalize("NFKC", text)
    if not _HAN.search(plain):
        return ()
    # 55 MB of dictionaries, which most processes never need.
    from pypinyin import Style, lazy_pinyin

    full = "".join(lazy_pinyin(plain, style=Style.NORMAL, errors="default"))
    first = "".join(lazy_pinyin(plain, style=Style.FIRST_LETTER, errors="default"))
    return _solid(full), _solid(first)


def _solid(text: str) -> str:
    return _SPACES.sub("", text.casefold())
