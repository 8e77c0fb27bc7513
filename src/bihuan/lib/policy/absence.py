"""Whether a condition has an answer when one of its names has no value."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'')
_JOIN = re.compile(r"\s*(&&|\|\||\?|:|\)|$)")
_OPEN, _CLOSE = "([{", ")]}"
_MOST = 10
"""Different parts of one condition whose answers are tried in every combination (2^10)."""

Answer = bool | None
"""None: there is none, for something is absent."""


@dataclass(frozen=True)
class Part:
    """A comparison, a flag or a call (`of` empty), or parts joined by `&&`, `||`, `!` or `?`."""

    text: str
    joined: str = ""
    of: tuple[Part, ...] = ()


def always_answers(text: str, name: str, guard: str) -> bool:
    """Whether a condition is true or false whatever its other parts say, when `name` is absent and
    `guard` (its `has_` name) therefore false.

    A part that asks for both is believed. So is a condition of more than ten parts.
    """
    whole = parts(text)
    asks, guards = _word(name), _word(guard)
    leaves = {leaf.text for leaf in _leaves(whole)}
    fixed: dict[str, Answer] = {}
    for leaf in leaves:
        if leaf == guard:
            fixed[leaf] = False
        elif asks.search(leaf) and not guards.search(leaf):
            fixed[leaf] = None
    free = sorted(leaves - fixed.keys())
    if len(free) > _MOST:
        return True
    return all(
        _answer(whole, fixed | dict(zip(free, said, strict=True))) is not None
        for said in product((True, False), repeat=len(free))
    )


def _word(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.]){re.escape(name)}(?![\w])")


def _leaves(part: Part) -> Iterator[Part]:
    if not part.of:
        yield part
    for each in part.of:
        yield from _leaves(each)


def _answer(part: Part, said: Mapping[str, Answer]) -> Answer:
    """As CEL answers: one side may decide alone, whichever it is."""
    if part.joined == "?":
        test = _answer(part.of[0], said)
        return None if test is None else _answer(part.of[1 if test else 2], said)
    found = [_answer(each, said) for each in part.of]
    if part.joined == "!":
        return None if found[0] is None else not found[0]
    if part.joined:
        decides = part.joined == "||"
        if decides in found:
            return decides
        return None if None in found else not decides
    return said[part.text]


def parts(text: str) -> Part:
    """A condition (that CEL has compiled) taken apart at its `&&`, `||`, `!` and `? :`."""
    bare = _STRING.sub(lambda found: "_" * len(found[0]), text)
    return _Reader(text, bare).whole()


class _Reader:
    def __init__(self, text: str, bare: str) -> None:
        self._text, self._bare, self._at = text, bare, 0

    def whole(self) -> Part:
        test = self._either()
        if not self._take("?"):
            return test
        yes = self.whole()
        self._take(":")
        return Part("", "?", (test, yes, self.whole()))

    def _either(self) -> Part:
        found = [self._both()]
        while self._take("||"):
            found.append(self._both())
        return found[0] if len(found) == 1 else Part("", "||", tuple(found))

    def _both(self) -> Part:
        found = [self._one()]
        while self._take("&&"):
            found.append(self._one())
        return found[0] if len(found) == 1 else Part("", "&&", tuple(found))

    def _one(self) -> Part:
        if self._take("!"):
            return Part("", "!", (self._one(),))
        self._space()
        if self._bare.startswith("(", self._at):
            end = self._closing(self._at)
            if _JOIN.match(self._bare, end + 1):  # else a number in brackets, with more to come
                self._at += 1
                inner = self.whole()
                self._at = end + 1
                return inner
        begun = self._at
        while self._at < len(self._bare) and not _JOIN.match(self._bare, self._at):
            here = self._bare[self._at]
            self._at = (self._closing(self._at) if here in _OPEN else self._at) + 1
        return Part(self._text[begun : self._at].strip())

    def _take(self, sign: str) -> bool:
        self._space()
        if not self._bare.startswith(sign, self._at):
            return False
        self._at += len(sign)
        return True

    def _space(self) -> None:
        while self._at < len(self._bare) and self._bare[self._at].isspace():
            self._at += 1

    def _closing(self, at: int) -> int:
        """Where the bracket that opens here is closed."""
        depth = 0
        for place in range(at, len(self._bare)):
            depth += (self._bare[place] in _OPEN) - (self._bare[place] in _CLOSE)
            if depth == 0:
                return place
        return len(self._bare)
