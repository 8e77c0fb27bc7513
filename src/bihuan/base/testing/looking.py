"""Whether a page shows what was written, or does what was written."""

from __future__ import annotations

from html.parser import HTMLParser

SCHEMES = ("javascript:", "vbscript:", "data:")
LINKS = ("href", "src", "action", "formaction", "hx-get", "hx-post", "data", "xlink:href")


class Looking(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.text: list[str] = []
        self.inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.inside = tag
        if tag in ("iframe", "object", "embed", "base", "math", "style"):
            self.found.append(f"<{tag}>")
        if tag == "script" and not given.get("src", "").startswith("/static/"):
            self.found.append(
                f"<script {given}>" if given.get("type") != "application/json" else ""
            )
        for name, value in given.items():
            plain = "".join(value.split()).lower()
            if name.startswith(("on", "hx-on")) or "zq7" in name:
                self.found.append(f"<{tag} {name}={value}>")
            if name in LINKS and (plain.startswith(SCHEMES) or "//evil.example" in plain):
                self.found.append(f"<{tag} {name}={value}>")

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def doings(page: str) -> list[str]:
    """What of a page would do something that none of our pages does."""
    looking = Looking()
    looking.feed(page)
    return [each for each in looking.found if each]


def read(page: str) -> str:
    looking = Looking()
    looking.feed(page)
    return "".join(looking.text)
