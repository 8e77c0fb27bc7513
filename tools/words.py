"""The English words: `words.py update` collects, `compile` builds, `check` finds what is missing.

Chinese is the source language, so only English has catalogues: one `locale/en/LC_MESSAGES/
django.po` in every Django app that has words, and one in `src/bihuan/locale` for the rest. A text
that several apps use stands in one catalogue only, the first in the order below.
"""

from __future__ import annotations

import io
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "bihuan"
KEYWORDS: dict[str, tuple[object, ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
PLACES = re.compile(r"%\([a-z_0-9]+\)[a-z]|%[sd]|\{[a-z_0-9.]*\}")
Key = tuple[str | None, str | tuple[str, str]]


@dataclass
class Text:
    context: str | None
    words: str | tuple[str, ...]
    places: list[tuple[str, int]] = field(default_factory=list)


def main() -> None:
    deed = sys.argv[1] if len(sys.argv) > 1 else "update"
    if deed == "compile":
        compile_all()
        return
    catalogues = {path: read(path) for path in po_files()}
    wanted = collect()
    if deed == "update":
        update(catalogues, wanted)
        compile_all()
    problems = list(find_problems(catalogues, wanted))
    print("\n".join(problems) or f"words: {len(wanted)} texts, all in English")
    sys.exit(bool(problems) and deed == "check")


def po_files() -> list[Path]:
    return sorted(SOURCE.rglob("locale/en/LC_MESSAGES/django.po"), key=order)


def order(path: Path) -> tuple[bool, bool, str]:
    """The shared catalogue first, then the base's, then the apps'."""
    name = str(path.relative_to(SOURCE))
    return (not name.startswith("locale"), not name.startswith("base"), name)


def home_of(path: Path) -> Path:
    """Return the catalogue of the Django app that a source file belongs to."""
    for folder in path.parents:
        if folder in {SOURCE, SOURCE / "config"}:
            break
        if (folder / "apps.py").exists():
            return folder / "locale" / "en" / "LC_MESSAGES" / "django.po"
    return SOURCE / "locale" / "en" / "LC_MESSAGES" / "django.po"


def collect() -> dict[Key, Text]:
    found: dict[Key, Text] = {}
    for path in sorted(SOURCE.rglob("*.py")) + sorted(SOURCE.rglob("*.html")):
        if {"tests", "migrations"} & set(path.parts) or path.name == "conftest.py":
            continue
        for line, words, context in texts_of(path):
            key = (context, words if isinstance(words, str) else (words[0], words[1]))
            text = found.setdefault(key, Text(context, words))
            text.places.append((str(path.relative_to(ROOT)), line))
    return found


def texts_of(path: Path) -> Iterator[tuple[int, str | tuple[str, ...], str | None]]:
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".html":
        from django.conf import settings
        from django.utils.translation.template import templatize

        if not settings.configured:
            settings.configure()
        # In brackets, so that a template's indentation is not read as Python's.
        text = f"({templatize(text)})"
    stream = io.BytesIO(text.encode())
    for line, words, _comments, context in extract("python", stream, keywords=KEYWORDS):
        if words:
            yield line, words, context


def read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale="en")


def fresh() -> Catalog:
    header = "# English words; `make words` collects the texts.\n#"
    catalogue = Catalog(locale="en", domain="django", header_comment=header)
    catalogue.fuzzy = False
    return catalogue


def update(catalogues: dict[Path, Catalog], wanted: dict[Key, Text]) -> None:
    """Add new texts where they belong, drop texts nobody uses, keep every translation."""
    known: dict[Key, tuple[Path, object]] = {}
    for path, catalogue in catalogues.items():
        for message in catalogue:
            if message.id:
                key = (message.context, message.id)
                if key not in known or (message.string and not filled(known[key][1])):
                    known[key] = (path, message.string)
    new: dict[Path, list[tuple[Text, object]]] = defaultdict(list)
    for key, text in wanted.items():
        homes = sorted({home_of(ROOT / name) for name, _ in text.places}, key=order)
        path, string = known.get(key, (homes[0], ""))
        new[path if path in homes else homes[0]].append((text, string))
    for path in {*catalogues, *new}:
        catalogue = fresh()
        for text, string in new.get(path, []):
            identity = text.words if isinstance(text.words, str) else text.words[:2]
            catalogue.add(identity, string or None, locations=text.places, context=text.context)
        write(path, catalogue)
        catalogues[path] = catalogue


def write(path: Path, catalogue: Catalog) -> None:
    if not len(catalogue):
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    stream = io.BytesIO()
    # Without line numbers and dates: a catalogue changes when words do.
    write_po(
        stream, catalogue, width=100, sort_output=True, include_lineno=False, omit_header=False
    )
    lines = stream.getvalue().decode().splitlines(keepends=True)
    dated = ('"POT-Creation', '"PO-Revision', '"Last-Translator', '"Generated-By')
    dated += ('"Project-Id', '"Report-Msgid', '"Language-Team')
    path.write_text("".join(line for line in lines if not line.startswith(dated)), encoding="utf-8")


def compile_all() -> None:
    for path in po_files():
        target = path.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= path.stat().st_mtime:
            continue
        stream = io.BytesIO()
        write_mo(stream, read(path))
        target.write_bytes(stream.getvalue())


def find_problems(catalogues: dict[Path, Catalog], wanted: dict[Key, Text]) -> Iterator[str]:
    """Texts without English, with other places for values, or with two different translations."""
    strings: dict[Key, set[object]] = defaultdict(set)
    for catalogue in catalogues.values():
        for message in catalogue:
            if message.id and filled(message.string) and not message.fuzzy:
                strings[(message.context, message.id)].add(message.string)
    for key, text in wanted.items():
        where = ":".join(str(part) for part in text.places[0])
        shown = text.words if isinstance(text.words, str) else text.words[0]
        if not re.search(r"[㐀-鿿]", shown):
            continue  # not Chinese: a name, or a text of Django itself
        found = strings.get(key)
        if not found:
            yield f"{where}: no English for {shown!r}"
            continue
        if len({str(each) for each in found}) > 1:
            yield f"{where}: two English texts for {shown!r}"
        for string in found:
            whole = string if isinstance(string, str) else string[-1]
            if sorted(set(PLACES.findall(shown))) != sorted(set(PLACES.findall(whole))):
                yield f"{where}: other places for values in the English of {shown!r}: {whole!r}"


def filled(string: object) -> bool:
    return all(string) if isinstance(string, tuple) else bool(string)


if __name__ == "__main__":
    main()
