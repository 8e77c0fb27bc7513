from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.apps.knowledge import marked

OURS = {"p", "h3", "h4", "h5", "ul", "ol", "li", "br", "strong", "code", "pre", "blockquote", "a"}
HOSTILE = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "[点这里](javascript:alert(1))",
    "[点这里](JaVaScRiPt:alert(1))", "[点](data:text/html,<script>1</script>)", "[点](//evil.example)",
    '[点](https://a.example/"onmouseover="alert(1))', "**<b onclick=x>粗</b>**", "`<svg/onload=1>`",
    "```\n</code></pre><script>1</script>\n```", "# <iframe src=x>", "- <style>*{}</style>", "1. <a href=javascript:1>x</a>",
    "> <base href=//x>", "[<img src=x>](https://a.example)", "[点](java\nscript:1)", "[点](https:/\\evil)", "\x00<\x01script>",
    "[a](/\\evil.example)", "&lt;script&gt;", "[点](vbscript:x)",
]  # fmt: skip


class Seen(HTMLParser):
    """Tags and attributes as a browser would read them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


def is_safe(text: str) -> bool:
    for tag, attributes in Seen(marked.html(text)).tags:
        if (
            tag not in OURS
            or set(attributes) - {"href", "rel", "target"}
            or (attributes and tag != "a")
        ):
            return False
        address = attributes.get("href") or "#"
        if not re.match(r"https?://[^/\\]|mailto:|/(?![/\\])|#", address, re.IGNORECASE):
            return False
    return True


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_markup_stays_text(text):
    assert is_safe(text)
    assert "<script" not in marked.html(text)


@given(st.text(alphabet="<>\"'&[]()*`#-1. \n:/\\abjavscript中", max_size=80))
def test_whatever_is_written_only_our_tags_come_out(text):
    assert is_safe(text)


def test_marks_become_headings_lists_steps_and_links():
    text = "# 步骤\n\n1. 停机\n2、断电\n\n- 扳手\n- **万用表**\n\n见[说明](https://a.example/x?a=1&b=2)和[条目](/knowledge/3/)\n第二行"
    assert marked.html(text) == (
        "<h3>步骤</h3>\n<ol><li>停机</li><li>断电</li></ol>\n<ul><li>扳手</li><li><strong>万用表</strong></li></ul>\n"
        '<p>见<a href="https://a.example/x?a=1&amp;b=2" rel="noopener noreferrer nofollow" target="_blank">说明</a>'
        '和<a href="/knowledge/3/">条目</a><br>第二行</p>'
    )


def test_the_beginning_is_one_plain_line():
    assert marked.plain("# 标题\n\n- **一**\n[二](https://a.example)") == "标题 一 二"
    assert marked.plain("字" * 200, 20) == "字" * 19 + "…"
