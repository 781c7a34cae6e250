"""What a server says instead of the data, as one short line that is fit for a message."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from pathlib import Path

from packages.messages import unquoted
from packages.readers.opening.recognise import HEAD, decoded_head

SHOWN = 200
"""Characters of a server's words that a message shows."""


def finding_words(path: str) -> Callable[[Path], str]:
    """Return the task of the confined child: the words of the error that a server sent as XML."""
    return lambda _: server_error(Path(path))


def server_error(path: Path) -> str:
    """Return what a server says in an error that it sent as XML, as one short line."""
    with path.open("rb") as file:
        text = decoded_head(file.read(HEAD)) or ""
    text = re.sub(r"<!\[CDATA\[(.*?)\]\]>", r"\1", text, flags=re.DOTALL)
    said = re.sub(r"<[?!].*?>|<(?:[\w.-]+:)?(?:RequestId|HostId|faultcode)\b.*?</[^>]*>", " ", text, flags=re.DOTALL)
    return shown_error(html.unescape(re.sub(r"<[^>]*>", " ", said)))


def shown_error(text: str) -> str:
    """Return the words of a server fit for a message: one line, at most SHOWN characters."""
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return unquoted(line if len(line) <= SHOWN else line[: SHOWN - 1] + "…") or "no reason given"
