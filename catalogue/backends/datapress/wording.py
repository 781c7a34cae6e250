"""Texts that people see in a DataPress and that we read again: descriptions, the record, what a file is. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape
from html.parser import HTMLParser

MARK = re.compile(
    r"(?P<part>[\w.-]+) of release (?P<release>[0-9a-f]{64}); SHA-256 (?P<sha256>[0-9a-f]{64})"
    r"(?:; (?P<rows>\d+) rows)?\."
)
"""The description of a file of ours: which one it is, of which release, and its digest."""

BLOCKS = frozenset({"p", "div", "br", "li", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "table", "tr"})
REASON = "reason="


def file_mark(part: str, release: str, sha256: str, rows: int | None) -> str:
    """Return the description of a file, which says to people and to us what it is."""
    counted = "" if rows is None else f"; {rows} rows"
    return f"{part} of release {release}; SHA-256 {sha256}{counted}."


def read_file_mark(description: str) -> dict[str, str]:
    """Return `part`, `release`, `sha256` and `rows` from the description of a file; empty when it is not ours."""
    found = MARK.fullmatch(html_to_text(description))
    return {name: text for name, text in found.groupdict().items() if text} if found else {}


def record_text(values: Mapping[str, str]) -> str:
    """Return what we know a dataset by as one line: `identifier=…; release=…`; a reason comes last."""
    ordered = sorted((name, text) for name, text in values.items() if text and name != "reason")
    # a line break or a mark of ours in a reason would be read as something else
    reason = " ".join(values.get("reason", "").split())
    last = [REASON + reason] if reason else []
    return "; ".join([*(f"{name}={text}" for name, text in ordered), *last])


def read_record(text: object) -> dict[str, str]:
    """Return the values of a record; empty when the text is not one."""
    told, found, reason = str(text or "").partition(REASON)
    pairs = (pair.partition("=") for pair in told.split("; "))
    values = {name.strip(): value.strip().rstrip(";") for name, mark, value in pairs if mark}
    return values | ({"reason": reason} if found else {})


def text_to_html(text: str) -> str:
    """Return paragraphs of plain text as HTML in which nothing of the text is markup."""
    return "".join(f"<p>{escape(paragraph)}</p>" for paragraph in _paragraphs(text))


def plain_paragraphs(text: str) -> str:
    """Return a text as it comes back from HTML: paragraphs, with one space between words."""
    return "\n\n".join(_paragraphs(text))


def html_to_text(html: str) -> str:
    """Return the text of HTML as paragraphs."""
    reader = _Text()
    reader.feed(html)
    reader.close()
    return plain_paragraphs("".join(reader.pieces))


def _paragraphs(text: str) -> list[str]:
    parts = (" ".join(part.split()) for part in re.split(r"\n\s*\n", text))
    return [part for part in parts if part]


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002 - the library's names
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in BLOCKS:
            self.pieces.append("\n\n")

    def handle_data(self, data: str) -> None:
        self.pieces.append(data)
