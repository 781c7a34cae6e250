"""How to mend cells that are not of their form, by what most of them look like."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

Hints = tuple[tuple[re.Pattern[str], str], ...]
"""The form of a cell, and what to do about it."""

_NUMBER = r"[-+(]?[0-9][0-9,.\s]*\)?"
SHORTENED = (
    re.compile(r"-?[0-9](\.[0-9]+)?[Ee]\+?[0-9]{1,3}"),
    "A spreadsheet has shortened the number, and the digits that it left out are lost. Export the column anew as text.",
)

NUMBERS: Hints = (
    SHORTENED,
    (
        re.compile(rf"{_NUMBER}\s*%"),
        "These are percentages. Write amounts with a decimal point, or name another column.",
    ),
    (
        re.compile(rf"(US)?[$€¥]\s*{_NUMBER}|-?(EUR|USD)\s*{_NUMBER}|{_NUMBER}\s*(US\$|[$€¥]|EUR|USD)"),
        "These amounts are in another currency than pounds. Write what was paid in pounds.",
    ),
    (
        re.compile(r"[-+(£]*[0-9]{1,3}(\.[0-9]{3})*,[0-9]{1,2}\)?"),
        "These numbers have a decimal comma. Write all of them with a decimal point, for example -1234.50.",
    ),
    (
        re.compile(r"[-+(£]*[0-9]{1,4}(,[0-9]{2,4})+(\.[0-9]*)?\)?"),
        "Their commas do not stand before every three digits: a digit may be missing. Write them without commas.",
    ),
)

CODES: Hints = (
    SHORTENED,
    (re.compile(r"[0-9]+\.0+"), "A program has written the codes as numbers with decimals. Export the column as text."),
    (
        re.compile(r"[0-9]{1,2}-[A-Za-z]{3}(-[0-9]+)?|[A-Za-z]{3}-[0-9]+"),
        "A spreadsheet has made dates of the codes. Write them anew from their source, in a column of text.",
    ),
    (
        re.compile(r"[1-9][0-9]{14}0+|[1-9][0-9]*0{6}"),
        "A spreadsheet has turned the last digits into zeros. Export the column as text from the system it comes from.",
    ),
)

HINTS: Mapping[str, tuple[Hints, str]] = {
    "cell-pattern": (CODES, "Look for lost leading zeros, spaces and letters that were mistyped."),
    "cell-not-a-number": (
        NUMBERS,
        "Write digits with a decimal point, for example -1234.50, and nothing else in the cell.",
    ),
    "cell-not-a-whole-number": (NUMBERS, "Write digits only, without a point, for example 12."),
}
"""By rule: the hints, the first that fits being given, and what is said where none does."""


def hint_for(rule: str, texts: Collection[str]) -> str:
    """Return what to do about faulty cells with these texts; empty for rules without hints."""
    hints, usual = HINTS.get(rule, ((), ""))
    fitting = (hint for form, hint in hints if sum(bool(form.fullmatch(t.strip())) for t in texts) * 2 > len(texts))
    return next(fitting, usual)
