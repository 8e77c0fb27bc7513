"""The kinds of things that are found, how they are called and their icons."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from bihuan.base import registry
from bihuan.base.registry import Text

# Kinds that several apps speak of; a manifest's `search_kinds` goes before.
USUAL: dict[str, tuple[Text, str]] = {
    "customer": (pgettext_lazy("many", "客户"), "building"),
    "contact": (pgettext_lazy("many", "联系人"), "user"),
    "asset": (_("设备"), "engine"),
    "contract": (pgettext_lazy("many", "合同"), "file-certificate"),
    "clause": (pgettext_lazy("many", "条款"), "book"),
}


def looks(kind: str) -> tuple[Text, str]:
    """Title and icon of a kind of thing, as its app names them."""
    for config in registry.manifests():
        if kind in config.search_kinds:
            return config.search_kinds[kind]
    return USUAL.get(kind, (kind, "search"))


def kinds() -> list[str]:
    """The kinds that the index may hold: not what is only known by its number (YW)."""
    configs = registry.manifests()
    named = {kind for config in configs for kind in config.search_kinds}
    return sorted(
        {*USUAL, *named} - {letters for _config, letters, _found in registry.named("numbered")}
    )
