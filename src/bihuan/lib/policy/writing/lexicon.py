"""The words by which prose names roles, duties, facts and evidence (``vocabulary/words.yaml``)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bihuan.lib.policy.errors import PackErrors
from bihuan.lib.policy.reading import Reading
from bihuan.lib.policy.source import Node, load
from bihuan.lib.policy.vocabulary import Vocabulary

_GAP = r"[^，,。；;：:]{0,8}?"
_SECTIONS = ("roles", "duties", "facts", "evidence")


@dataclass(frozen=True)
class Hit:
    """A word that was found: the code it stands for and its place in the text."""

    code: str
    start: int
    end: int

    @property
    def length(self) -> int:
        return self.end - self.start


class Words:
    """The words of one section, the longest first."""

    def __init__(self, entries: Iterable[tuple[str, str]]) -> None:
        told = {word.lower(): code for word, code in entries if len(word) > 1}
        ordered = sorted(told, key=len, reverse=True)
        self._codes = [told[word] for word in ordered]
        self._pattern = re.compile(
            "|".join(f"(?P<w{at}>{_written(word)})" for at, word in enumerate(ordered)) or "(?!)"
        )

    def find(self, text: str) -> list[Hit]:
        """Every word in the order of the text; where several fit, the longest."""
        return [
            Hit(self._codes[int(str(found.lastgroup)[1:])], found.start(), found.end())
            for found in self._pattern.finditer(text.lower())
        ]


def _written(word: str) -> str:
    parts = [re.escape(part) for part in word.split("…")]
    body = _GAP.join(parts)
    return rf"\b{body}\b" if word.isascii() else body


@dataclass(frozen=True)
class Lexicon:
    """What prose may call the things of a vocabulary."""

    roles: Words
    duties: Words
    facts: Words
    evidence: Words

    @classmethod
    def read(cls, text: str, vocabulary: Vocabulary, file: str = "words.yaml") -> Lexicon:
        """Read the word lists; raises ``PackErrors`` for a code that the vocabulary lacks."""
        r = Reading()
        root = load(file, text, r.problems) or Node({}, file, 1)
        r.keys(root, _SECTIONS, file)
        known: Mapping[str, Mapping[str, object]] = {
            "roles": vocabulary.roles, "duties": vocabulary.duties,
            "facts": vocabulary.facts, "evidence": vocabulary.evidence,
        }  # fmt: skip
        found: dict[str, Words] = {}
        for section in _SECTIONS:
            node = root.map.get(section) or Node({}, file, 1)
            # a title of a proof (方案, 报告) is too common a word to say that it proves
            entries = _titles(known[section]) if section != "evidence" else []
            for code, item in node.map.items():
                if code not in known[section]:
                    r.unknown(item, "word.unknown", "代码", "code", code, known[section])
                entries += [(word, code) for word in r.texts(item)]
            found[section] = Words(entries)
        if r.problems:
            raise PackErrors(r.problems)
        return cls(**found)


def _titles(things: Mapping[str, object]) -> list[tuple[str, str]]:
    entries: list[tuple[str, str]] = []
    for code, thing in things.items():
        title = getattr(thing, "title", None)
        if title is not None:
            entries += [(title.zh, code), (title.en, code)]
    return entries
