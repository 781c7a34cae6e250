"""Alternatives of an expression put together by their first letter: what begins otherwise is not tried one by one."""

from __future__ import annotations

import re
from collections.abc import Iterable

_MARK = re.compile(r"\\.|\[(?:\\.|[^\]\\])*\]|[()|]", re.DOTALL)
_LETTER = re.compile(r"[a-z\d](?![?*+{])")


def alternatives_of(pattern: str) -> list[str]:
    """Return the alternatives of an expression, without those that stand within its brackets."""
    depth = begins = 0
    found = []
    for mark in _MARK.finditer(pattern):
        depth += (mark.group() == "(") - (mark.group() == ")")
        if mark.group() == "|" and not depth:
            found.append(pattern[begins : mark.start()])
            begins = mark.end()
    return [*found, pattern[begins:]]


def by_first_letter(alternatives: Iterable[str]) -> str:
    """Return an expression that finds what the alternatives find: `c(?:at|ar)|dog` for `cat`, `car` and `dog`.

    Where case is ignored, Python tries a hundred alternatives one after the other at each place of a text. One that
    begins with anything but a plain letter keeps its place, and parts those before it from those after it. One letter
    is enough: more of them make a text hardly faster to look at, and the expression slower to compile.
    """
    parts: list[str] = []
    rests: dict[str, list[str]] = {}

    def put_together() -> None:
        for letter, ends in rests.items():
            parts.append(letter + (ends[0] if len(ends) == 1 else f"(?:{'|'.join(ends)})"))
        rests.clear()

    for alternative in dict.fromkeys(alternatives):
        if _LETTER.match(alternative):
            rests.setdefault(alternative[0], []).append(alternative[1:])
        else:
            put_together()
            parts.append(alternative)
    put_together()
    return "|".join(parts)
