"""From blocks to the chapters and clauses of a regulation."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from bihuan.lib.policy.writing.blocks import Block
from bihuan.lib.policy.writing.markers import ORDER, Marker, marker, pieces
from bihuan.lib.policy.writing.numerals import LETTERS, chinese

MOST_CLAUSES = 1500
_CODE = 40  # characters of a code at most
_TITLE = 24  # characters of a title at most
_FIRMS = ("公司", "集团", "厂")
_STOPS = "。；;！？!?"
_HEADED = re.compile(r"([^：:。；，,;]{2,24})[：:](.+)$")
_CONTENTS = re.compile(r"(目\s*录|contents)$", re.IGNORECASE)
_DOTTED = re.compile(r".*(?:[.．…·]{3,}|\s{2,}|\t)\s*\d{1,3}$")


@dataclass(frozen=True)
class Article:
    """One clause as it stands in the text.

    ``number`` is ``chapter·path`` (五·3甲), ``printed`` the mark in the source. ``id`` is a code
    for the pack. ``lead`` is the sentence above a list that its points hang on.
    """

    id: str
    chapter: str
    number: str
    printed: str
    title: str
    text: str
    lead: str = ""


@dataclass(frozen=True)
class Heading:
    """A chapter: its number in Chinese and its title."""

    number: str
    title: str


@dataclass(frozen=True)
class Outline:
    """A regulation taken apart."""

    title: str
    chapters: tuple[Heading, ...]
    articles: tuple[Article, ...]


@dataclass
class _Node:
    kind: str
    path: tuple[str, ...]
    printed: str
    title: str = ""
    texts: list[str] = field(default_factory=list)
    children: list[_Node] = field(default_factory=list)
    anchor: str = ""


def outline(blocks: Iterable[Block]) -> Outline:
    """Take a regulation apart by the numbering of its lines.

    A mark of a kind that is open goes on with that list, a new kind opens one below: so
    ``一、 > 1. > •`` and ``第一章 > 第三条 > （一）`` nest as they are read. The points of a list
    are clauses; what stands above them as a whole sentence is one too.
    """
    told = [block for block in blocks if not block.picture]
    found = _named(_levelled(list(_pieces(_without_contents(told)))))
    ranks = _ranks(found)
    root = _Node("root", (), "")
    stack = [root]
    header: tuple[str, ...] = ()
    for block, mark in found:
        if block.cells:
            header = block.cells if block.head else header
            _row(_holder(stack), block, header)
            continue
        if mark is None:
            _plain(root, stack, block)
            continue
        node = _Node(mark.kind, mark.path, mark.printed, anchor=block.anchor)
        _say(node, mark.rest, heading=bool(block.level))
        while len(stack) > 1 and not _inside(mark, stack[-1], ranks):
            stack.pop()
        stack[-1].children.append(node)
        stack.append(node)
    return _Teller(root, ranks).outline()


def _holder(stack: list[_Node]) -> _Node:
    """What a table belongs to: the article, not the last point of a list inside it."""
    article = next((node for node in reversed(stack) if node.kind == "article"), None)
    return article or stack[-1]


def _pieces(blocks: list[Block]) -> Iterator[tuple[Block, Marker | None]]:
    """Every block with its mark; a line in which a list runs on, point by point."""
    for block in blocks:
        if block.cells or block.level:
            yield block, None if block.cells else marker(block.text)
            continue
        for piece in pieces(block.text):
            yield replace(block, text=piece), marker(piece)


def _named(
    found: list[tuple[Block, Marker | None]],
) -> list[tuple[Block, Marker | None]]:
    """Paragraphs in a row that each begin with their name and a colon are points, too."""
    heads = [
        mark is None and not block.cells and not block.level and bool(_HEADED.match(block.text))
        for block, mark in found
    ]
    begun = next((at for at, (_block, mark) in enumerate(found) if mark is not None), len(found))
    return [
        (block, Marker("named", (), "", block.text))
        if heads[at] and at > begun and (heads[at - 1] or heads[at + 1 : at + 2] == [True])
        else (block, mark)
        for at, (block, mark) in enumerate(found)
    ]


def _levelled(
    found: list[tuple[Block, Marker | None]],
) -> list[tuple[Block, Marker | None]]:
    """A heading without a number (附则) stands where the numbered headings of its level stand."""
    kinds: dict[int, str] = {}
    for block, mark in found:
        if block.level and mark is not None:
            kinds.setdefault(block.level, mark.kind)
    deep = min(kinds, default=2)
    return [
        (block, Marker(kinds.get(block.level, f"h{block.level}"), (), "", block.text))
        if mark is None and at and block.level >= deep
        else (block, mark)
        for at, (block, mark) in enumerate(found)
    ]


def _ranks(found: list[tuple[Block, Marker | None]]) -> dict[str, int]:
    """The rank of each kind, 0 the highest.

    The usual order holds, except where the text itself shows another: 1. that counts through the
    whole text while （一） begins anew again and again stands above it.
    """
    order = list(ORDER)
    marks = [mark for _block, mark in found if mark is not None]
    ones = Counter(mark.kind for mark in marks if mark.path in (("1",), ("a",)))
    for high, low in (("cn", "dec1"), ("paren", "dec1"), ("cn", "paren"), ("paren", "pnum")):
        if ones[low] == 1 and ones[high] > 1 and _first(marks, low) < _first(marks, high):
            order.remove(low)
            order.insert(order.index(high), low)
    ranks = {kind: place for place, kind in enumerate(order)}
    styled = [f"h{level}" for level in range(1, 10)]
    return ranks | {kind: place - len(styled) for place, kind in enumerate(styled)}


def _first(marks: list[Marker], kind: str) -> int:
    return next((at for at, mark in enumerate(marks) if mark.kind == kind), len(marks))


def _inside(mark: Marker, open_: _Node, ranks: dict[str, int]) -> bool:
    """Whether a mark hangs below this open node."""
    if mark.kind == open_.kind == "point":
        return open_.path == mark.path[: len(open_.path)] != mark.path
    if mark.kind.startswith("dec") and open_.kind.startswith("dec") and len(mark.path) > 1:
        return len(open_.path) < len(mark.path) and mark.path[: len(open_.path)] == open_.path
    return ranks[open_.kind] < ranks[mark.kind]


def _plain(root: _Node, stack: list[_Node], block: Block) -> None:
    if (len(stack) == 1 and not root.title and len(block.text) <= 60) or (
        block.level == 1 and not root.title
    ):
        root.title = block.text
    elif (
        len(stack) == 1 and root.title.endswith(_FIRMS) and not root.texts and len(block.text) <= 40
    ):
        root.title = (root.title + block.text).rstrip("?？")  # the company, then its regulation
    else:
        stack[-1].texts.append(block.text)


def _say(node: _Node, rest: str, *, heading: bool) -> None:
    """What stands behind the mark: a title, a title with its text, or the text."""
    headed = _HEADED.match(rest)
    if heading:
        node.title = rest
    elif headed and len(headed[2].strip()) > 1:
        node.title = headed[1].strip()
        node.texts.append(headed[2].strip())
    elif rest and len(rest) <= _TITLE and not any(sign in rest for sign in _STOPS + "，,"):
        node.title = rest.rstrip("：:")
    elif rest:
        node.texts.append(rest)


def _row(into: _Node, block: Block, header: tuple[str, ...]) -> None:
    """A row of a table is a point of its own: ``head: cell`` joined."""
    cells = [cell for cell in block.cells if cell]
    if not cells or block.head:
        return
    named = [
        f"{name}：{cell}" if name and name != cell else cell
        for name, cell in zip((*header, *[""] * len(block.cells)), block.cells, strict=False)
        if cell
    ]
    into.children.append(_Node("row", (), "", cells[0][:_TITLE], ["；".join(named)]))


def _without_contents(blocks: list[Block]) -> list[Block]:
    """Without a table of contents: its lines end in page numbers."""
    kept: list[Block] = []
    inside = False
    for block in blocks:
        if _CONTENTS.fullmatch(block.text.strip()):
            inside = True
            continue
        if _DOTTED.fullmatch(block.text) and (inside or re.search(r"[.．…]{3,}", block.text)):
            continue
        inside = False
        kept.append(block)
    return kept


class _Teller:
    """Numbers the nodes and tells them as chapters and articles."""

    def __init__(self, root: _Node, ranks: dict[str, int]) -> None:
        self.root, self.ranks = root, ranks
        self.articles: list[Article] = []
        self.chapters: list[Heading] = []
        self.ids: set[str] = set()

    def outline(self) -> Outline:
        before, tops = self.tops()
        if not tops and not before and self.root.title and not self.root.texts:
            self.root.texts.append(self.root.title)
        if self.root.texts or before:
            self.chapters.append(Heading("序", ""))
            if self.root.texts:
                self.article("序", ("0",), self.root, "")
            for place, node in enumerate(before, 1):
                self.walk(node, "序", (str(place),), "", top=False)
        for place, node in enumerate(tops, 1):
            self.chapter(node, place)
        return Outline(self.root.title, tuple(self.chapters), tuple(self.articles[:MOST_CLAUSES]))

    def tops(self) -> tuple[list[_Node], list[_Node]]:
        """What stands before the chapters, and the chapters: the highest kind that counts.

        Below parts if there are some; a flat list is one chapter.
        """
        tops = self.root.children
        if any(node.kind == "part" and node.children for node in tops):
            tops = [
                each for node in tops for each in (node.children if node.kind == "part" else [node])
            ]
        if not tops:
            return [], []
        highest = min((node.kind for node in tops), key=lambda kind: self.ranks.get(kind, 99))
        start = next(at for at, node in enumerate(tops) if node.kind == highest)
        before, chapters = tops[:start], tops[start:]
        if len(chapters) > 1 and sum(1 for node in chapters if not node.children) * 2 > len(
            chapters
        ):
            flat = _Node("chapter", ("1",), "", self.root.title, [], list(chapters))
            return before, [flat]
        return before, list(chapters)

    def chapter(self, node: _Node, place: int) -> None:
        said = node.path[0] if len(node.path) == 1 and node.path[0].isdigit() else ""
        number = chinese(int(said)) if said and int(said) < 1000 else chinese(place)
        if any(each.number == number for each in self.chapters):
            number = chinese(max(place, len(self.chapters) + 1))
        self.chapters.append(Heading(number, node.title))
        self.walk(node, number, (), "", top=True)

    def walk(
        self, node: _Node, chapter: str, path: tuple[str, ...], lead: str, *, top: bool
    ) -> None:
        """A node's own text, then its points."""
        text = "".join(_joined(node.texts))
        leading = bool(node.children) and _leads(text)
        if not leading and (text or not node.children):
            own = path or (() if top and node.children else ("1",) if top else path)
            self.article(chapter, own, node, lead)
        below = (
            text
            if text.endswith(("：", ":"))
            else node.title
            if node.children and not top
            else lead
        )
        for place, child in enumerate(node.children, 1):
            step = _step(child, place, siblings=len(node.children), deep=bool(path))
            self.walk(child, chapter, _below(path, step), below, top=False)

    def article(self, chapter: str, path: tuple[str, ...], node: _Node, lead: str) -> None:
        number = chapter + ("·" + _shown(path) if path else "")
        first = node.texts[0] if len(node.texts) > 1 and node is not self.root else ""
        whole = f"{node.title}：{first}" if node.title else first
        if first and len(whole) <= _TITLE and not any(sign in first for sign in _STOPS):
            node.title = whole
            del node.texts[0]
        text = "".join(_joined(node.texts)) or node.title
        if not text:
            return  # a mark with no words behind it
        code = node.anchor or self.code(chapter, path)
        if len(code) > _CODE:
            code = f"C.{len(self.articles) + 1}"
        if code in self.ids:
            code = next(f"{code}.{n}" for n in range(2, 9999) if f"{code}.{n}" not in self.ids)
        self.ids.add(code)
        self.articles.append(
            Article(code, chapter, number, node.printed, node.title or brief(text), text, lead)
        )

    def code(self, chapter: str, path: tuple[str, ...]) -> str:
        place = next((at for at, each in enumerate(self.chapters) if each.number == chapter), 0)
        first = 0 if chapter == "序" else _value(chapter) or place + 1
        steps = [str(_letter(step)) for step in path]
        return "C" + ".".join([str(first), *steps])


def _leads(text: str) -> bool:
    """Whether a text only introduces the list below it and says nothing by itself."""
    return not text or (text.endswith(("：", ":")) and not re.search("[，,。；;]", text[:-1]))


def _step(child: _Node, place: int, *, siblings: int, deep: bool) -> tuple[str, ...]:
    """What a point adds to the number of the list above."""
    if child.kind == "point":
        return child.path[1:]
    if child.kind.startswith("dec") and len(child.path) > 1:
        return child.path[1:]
    if child.path:
        return child.path
    return (LETTERS[place - 1],) if deep and siblings <= len(LETTERS) else (str(place),)


def _below(path: tuple[str, ...], step: tuple[str, ...]) -> tuple[str, ...]:
    """The path of a point: ``1.2.3`` says its own way, others add to what is above."""
    return step if len(step) > len(path) and step[: len(path)] == path and path else (*path, *step)


def _shown(path: tuple[str, ...]) -> str:
    """3 and 甲 as 3甲, 2 and 3 as 2.3."""
    said = path[0]
    for step in path[1:]:
        said += step if step in LETTERS else f".{step}"
    return said


def _letter(step: str) -> str:
    return "abcdefghij"[LETTERS.index(step)] if step in LETTERS else step


def _value(chapter: str) -> int:
    return next((n for n in range(1, 1000) if chinese(n) == chapter), 0)


def _joined(texts: list[str]) -> Iterator[str]:
    """Paragraphs one after the other; Latin words keep a blank between them."""
    for place, text in enumerate(texts):
        last = texts[place - 1][-1:] if place else ""
        yield (" " if last.isascii() and last and text[:1].isascii() else "") + text


def brief(text: str) -> str:
    """A title for a text without one: its first phrase."""
    first = re.split(r"[。；;，,：:！？!?]", text, maxsplit=1)[0].strip()
    return (
        first
        if 2 <= len(first) <= _TITLE
        else text[: _TITLE - 1].strip() + "…"
        if len(text) > _TITLE
        else text
    )
