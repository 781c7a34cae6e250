"""A kind of personal data in text: a coarse net, an exact test of what it caught, and the columns it is looked for in.

A net (RE2) is run over whole columns; it may catch too much, but misses nothing that the exact test accepts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

from quality.disclosure.words.vocabulary import Expression

REFERENCE = re.compile(r"ref|number|\bno\b|invoice|transaction|trans\b|code|\bid\b|identifier|uprn|usrn|url|uri")
TELEPHONE = re.compile(r"phone|\btel\b|mobile|\bfax\b|contact")
HEALTH = re.compile(r"\bnhs\b|patient")
BANK = re.compile(r"\bbank\b|\bsort\b|\biban\b")
PAYMENT_CARD = re.compile(r"\bcards?\b")
TAX = re.compile(r"\butr\b|tax ?payer|self assessment|\btax ref")

OPEN_TEXT = ("", "free-text", "payee", "person", "home", "sensitive", "quasi-identifier")
"""Natures of columns whose cells may be about anybody."""


@cache
def _is_reference(words: str, nature: str) -> bool:
    personal = any(p.search(words) for p in (TELEPHONE, HEALTH, BANK, PAYMENT_CARD, TAX))
    return (bool(REFERENCE.search(words)) or nature == "code") and not personal


@dataclass(frozen=True, slots=True)
class ScreenedColumn:
    """A column to be screened.

    `words` are its names in lower case; `expected`: contact details are normal in it; `nature` as in the description;
    `typed`: its cells are numbers, written out here.
    """

    field: str
    words: str = ""
    expected: bool = False
    nature: str = ""
    typed: bool = False

    @property
    def is_reference(self) -> bool:
        """Whether it holds reference numbers, so that a run of digits is most likely one of them."""
        return _is_reference(self.words, self.nature)

    @property
    def has_contacts(self) -> bool:
        """Whether names and contact details of an office are normal in it."""
        return self.expected or self.nature == "role"

    @property
    def is_open(self) -> bool:
        """Whether its cells may be about anybody: free text, payees, and what nobody described."""
        return self.nature in OPEN_TEXT and not self.typed


def anywhere(_column: ScreenedColumn) -> bool:
    """Look in every column."""
    return True


def in_open_text(column: ScreenedColumn) -> bool:
    """Look where cells may be about anybody, whether or not contact details of an office are expected there."""
    return column.is_open or column.nature == "role"


def in_texts(column: ScreenedColumn) -> bool:
    """Look in all columns of text."""
    return not column.typed


@dataclass(frozen=True, slots=True)
class Pattern:
    """One kind of personal data: `find(text, column)` returns the part of the text that is it, or "".

    `rule` is its entry in messages.yaml, `title` names its check. `where` tells the columns in which it is looked for.
    `by_chance`: the exact test is a check digit, which some numbers in any column of reference numbers pass.
    `chance` is set where most numbers of that form are something else: it is the share of all such numbers that pass
    the test, and only a column in which far more do alarms. Then the net catches numbers of that form, and few others.
    `of_words`: it takes a word to say it, so that texts which are nothing but codes need not be asked.
    """

    rule: str
    title: str
    net: str
    find: Callable[[str, ScreenedColumn], str]
    where: Callable[[ScreenedColumn], bool] = anywhere
    by_chance: bool = False
    chance: float = 0.0
    of_words: bool = False


def digits(text: str) -> str:
    """Return the digits of a text."""
    return "".join(c for c in text if c.isdigit())


def first_part(pattern: re.Pattern[str] | Expression, text: str) -> str:
    """Return the first part of a text that the pattern matches, or ""."""
    hit = pattern.search(text)
    return hit.group() if hit else ""


PIECE = 4096
"""Characters of a text that are looked at together."""
SHARED = 256
"""Characters that a piece of a text shares with the next one, so that nothing is cut in two."""


def pieces(text: str) -> Iterator[str]:
    """Yield a text in pieces that differ: a cell of a megabyte, most often one text again and again, costs little."""
    if len(text) <= PIECE:
        yield text
        return
    seen = set()
    for start in range(0, len(text), PIECE - SHARED):
        # from the beginning of a word, as half a number may look like a whole one
        piece = text[start : start + PIECE]
        begin = piece.find(" ") if start else 0
        piece = piece[begin if 0 <= begin < SHARED // 2 else 0 :]
        if piece not in seen:
            seen.add(piece)
            yield piece
