"""Make a text from outside fit to be shown: cut to a sensible length, with nothing in it that acts on the page."""

from __future__ import annotations

import unicodedata

from packages.model import Finding

NAME = 60
"""Longest heading, file or sheet name that is shown, in characters."""

BRIEF = 300
"""Longest title, note or description that is shown, in characters."""

SENTENCE = 1_200
"""Longest text of any kind that is shown, in characters."""

STRANGE = "\N{REPLACEMENT CHARACTER}"
_JOINERS = "\N{ZERO WIDTH JOINER}\N{ZERO WIDTH NON-JOINER}"
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def sanitise(text: str, limit: int = SENTENCE) -> str:
    """Return the text on one line, at most `limit` characters; control characters become a visible mark."""
    shown = text[:limit]
    # nearly every text is printable through and through: no line breaks, nothing of what is hidden
    if not shown.isprintable():
        shown = "".join(map(_symbol, shown))
    return shown if len(text) <= limit else shown[:-1].rstrip() + "…"


def _symbol(char: str) -> str:
    if char in "\n\r\t":
        return " "
    # joiners shape Persian, Indic scripts and emoji; unlike other format characters they reverse nothing
    if char in _JOINERS:
        return char
    return STRANGE if unicodedata.category(char) in _HIDDEN else char


def sanitise_sentence(text: str, finding: Finding) -> str:
    """Sanitise a text of a finding with the names from the file shortened, so that the sentence keeps its end."""
    where = finding.where
    for name in (where.column, where.field, where.sheet, where.resource):
        if len(name) > NAME:
            text = text.replace(name, sanitise(name, NAME))
    return sanitise(text)
