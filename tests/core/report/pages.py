"""Reading a page in tests."""

import html
import re
from html.parser import HTMLParser


def plain(page: str) -> str:
    """The page's text, tags and style sheet left out, white space folded."""
    body = re.sub(r"<(style|svg)\b.*?</\1>", " ", page, flags=re.S)
    body = re.sub(r"</?(b|bdi)>|</?b class[^>]*>", "", body)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", body)).split())


class Elements(HTMLParser):
    """Every start tag with its attributes; ``open`` is what was never closed."""

    VOID = frozenset({"meta", "link", "img", "br"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self.all: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        assert len({name for name, _ in attrs}) == len(attrs), f"<{tag}> has an attribute twice"
        self.all.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.all.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag
