"""Names folded for sorting, searching and finding doubles."""

from __future__ import annotations

import re
import unicodedata

FORMS = (
    "股份有限公司", "有限责任公司", "集团有限公司", "有限公司", "总公司", "分公司", "公司", "集团",
    "经营部", "商行", "厂", "co ltd", "company limited", "ltd", "limited", "inc", "corp", "corporation",
    "company", "gmbh", "llc",
)  # fmt: skip
PLACES = re.compile(r"\([^)]*\)")


def fold(text: str) -> str:
    """Half width, lower case, one space between words."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text)).strip().casefold()


def key(name: str) -> str:
    """What two spellings of one company share: no legal form, brackets, marks or spaces.

    The place in brackets stays, because 金陵泵业(南京) and 金陵泵业(苏州) are two companies.
    """
    short = re.sub(r"[\s.,·、，。\-_/'\"()]", "", _without_form(fold(name)))
    return short or re.sub(r"\s", "", fold(name))


def _without_form(folded: str) -> str:
    inside = "".join(PLACES.findall(folded))
    rest = re.sub(r"[.,]", "", PLACES.sub("", folded)).strip()
    for form in FORMS:
        if rest.endswith(form) and len(rest) > len(form):
            rest = rest[: -len(form)].strip()
            break
    return rest + inside
