"""The shape of a value instead of the value: what a report may show of a column that is not known to be safe."""

from __future__ import annotations

from functools import lru_cache

LONGEST = 24
"""Shapes are cut here, so that a long text does not become a fingerprint."""


def mask(text: str) -> str:
    """`SW9 7HH` becomes `AA9 9AA`: letters and digits are replaced, the rest of ASCII punctuation stays."""
    shown = _shown(text[:LONGEST])
    return shown + "…" if len(text) > LONGEST else shown


@lru_cache(maxsize=1024)
def _shown(text: str) -> str:
    return "".join(_symbol(c) for c in text)


def _symbol(char: str) -> str:
    if char.isdigit():
        return "9"
    if char.isalpha():
        return "A" if char.isupper() else "a"
    return char if char.isascii() and char.isprintable() else "·"
