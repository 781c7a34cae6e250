"""Similarity of two headings as a person would see it: by letters, and by words in any order."""

from __future__ import annotations

import difflib
import re

NUMBERING = (
    "id", "ids", "no", "number", "nr", "fid", "gid", "oid", "objectid", "key", "code", "ref", "reference"
)  # fmt: skip
PROGRAMS = (
    "uprn", "kml", "gml", "fid", "ogc", "shape", "object", "unnamed", "column", "field", "attribute", "index", "row"
)  # fmt: skip
"""Last words of headings above numbers of things, and words that programs put where there is no heading."""

WITHIN = 0.85
"""Similarity of headings when all words of one are in the other: “Supplier” and “Supplier Name”."""


def heading_similarity(first: str, second: str) -> float:
    """Return 0 to 1; 1 for headings that differ in case, spaces, punctuation and the order of their words only."""
    first_words, second_words = _words(first), _words(second)
    if not first_words or not second_words:
        return 0.0
    if sorted(first_words) == sorted(second_words):
        return 1.0
    # together: “Post code” and “Postcode” differ in a space only
    in_order = _letter_ratio("".join(first_words), "".join(second_words))
    sorted_words = _letter_ratio(" ".join(sorted(first_words)), " ".join(sorted(second_words)))
    is_within = set(first_words) <= set(second_words) or set(second_words) <= set(first_words)
    return max(in_order, sorted_words, WITHIN if is_within else 0.0)


def is_numbering(heading: str) -> bool:
    """Whether a heading stands above numbers of things, as `Supplier ID`, `kml_1` and `Unnamed: 3` do."""
    words = _words(heading)
    return not words or words[-1] in NUMBERING or all(word in PROGRAMS for word in words)


def _words(heading: str) -> list[str]:
    """Split `GeoAreaLabel (Ward)` into geo, area, label, ward; a number as in `4. Date paid` is no word."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", heading)
    return re.findall(r"(?!\d+\b)[^\W_]+", spaced.casefold())


def _letter_ratio(first: str, second: str) -> float:
    # without autojunk: difflib would ignore letters that are frequent in a long heading
    return difflib.SequenceMatcher(None, first, second, autojunk=False).ratio()
