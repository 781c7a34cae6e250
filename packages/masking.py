"""The shape of a value: what a report may show instead of a value of a column that is not known to be safe."""

from __future__ import annotations

from functools import lru_cache

LONGEST = 24
"""Characters of a shape; a longer one could identify a text like a fingerprint."""


def mask(text: str) -> str:
    """Return the shape of a text: `SW9 7HH` becomes `AA9 9AA`. ASCII punctuation and spaces stay."""
    shape = _shape(text[:LONGEST])
    return shape + "…" if len(text) > LONGEST else shape


# cached, because many cells of a column have few distinct texts
@lru_cache(maxsize=1024)
def _shape(text: str) -> str:
    symbols = []
    for char in text:
        if char.isdigit():
            symbols.append("9")
        elif char.isalpha():
            symbols.append("A" if char.isupper() else "a")
        else:
            symbols.append(char if char.isascii() and char.isprintable() else "·")
    return "".join(symbols)
