"""How alike two headings are, as a person would see it: by letters, by words in any order, by what is left out."""

from __future__ import annotations

import difflib
import re

WITHIN = 0.85
"""How alike two headings are when all words of one stand in the other: “Supplier” and “Supplier Name”."""


def heading_similarity(one: str, other: str) -> float:
    """From 0 to 1; 1 when they are the same but for case, spaces, punctuation and the order of their words."""
    first, second = _words(one), _words(other)
    if not first or not second:
        return 0.0
    if sorted(first) == sorted(second):
        return 1.0
    letters = max(_ratio("".join(first), "".join(second)), _ratio(" ".join(sorted(first)), " ".join(sorted(second))))
    within = set(first) <= set(second) or set(second) <= set(first)
    return max(letters, WITHIN) if within else letters


def _words(heading: str) -> list[str]:
    """`GeoAreaLabel (Ward)` as geo, area, label, ward; a number such as in `4. Date paid` is no word."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", heading)
    return re.findall(r"(?!\d+\b)[^\W_]+", spaced.casefold())


def _ratio(one: str, other: str) -> float:
    return difflib.SequenceMatcher(None, one, other, autojunk=False).ratio()
