"""Texts as they are compared: one width, one case, and as they are spoken."""

from __future__ import annotations

import re
import unicodedata

_SPACES = re.compile(r"\s+")
_HAN = re.compile(r"[㐀-鿿]")
_RUNS = re.compile(r"[㐀-鿿]+")
CODE = re.compile(r"([a-z]{1,4})[-_. ]?0*(\d{1,6})")
_CODES = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{1,4}[-_. ]?\d{1,6}(?![A-Za-z0-9])")
_PARTED = re.compile(r"(?<![a-z0-9])([a-z]) (\d{1,6})(?![a-z0-9])")


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


def code_key(text: str) -> str:
    """A fault code as it is compared: E-047, e 47 and E47 are one; any other text folded."""
    said = fold(text)
    found = CODE.fullmatch(said)
    return f"{found[1]}{found[2]}" if found else re.sub(r"[-_. ]", "", said)


def codes_in(text: str) -> tuple[str, ...]:
    """The keys of what looks like a fault code in a text (报 E-047 停机), without repetition."""
    plain = unicodedata.normalize("NFKC", text)
    return tuple(dict.fromkeys(code_key(each) for each in _CODES.findall(plain)))


def joined(text: str) -> str:
    """Folded text in which a code that was typed in two words is one: e 47 -> e47."""
    return _PARTED.sub(r"\1\2", text)


def bigrams(text: str) -> tuple[str, ...]:
    """The pairs of Chinese letters in folded text, and the last letter of each run: what a word of
    two letters is found by, for the index knows only pieces of three.
    """
    found = [run[at : at + 2] for run in _RUNS.findall(text) for at in range(len(run))]
    return tuple(dict.fromkeys(found))
