"""When somebody was born: dates of birth, and the ages of single people."""

from __future__ import annotations

from functools import partial

from quality.disclosure.detectors.pattern import ScreenedColumn, first_part
from quality.disclosure.words.vocabulary import Expression, phrases

_said = partial(phrases, "ages")

BORN = Expression(_said("born"))
OF_MANY_BIRTHS = Expression(rf"\b(?:{_said('many-births')})\b")
AGED = Expression(_said("aged"))
AGE_OF_ONE = Expression(_said("of-one"))
OF_GROUPS = Expression(rf"\b(?:{_said('groups')})\b")
OF_STATISTICS = Expression(rf"\b(?:{_said('statistics')})(?!\w)")


def birth(text: str, column: ScreenedColumn) -> str:  # noqa: ARG001 - the signature of every pattern
    """Find a date of birth, or the age of one person; not that of a group."""
    if (found := first_part(BORN, text)) and not OF_MANY_BIRTHS.search(text):
        return found
    if (found := first_part(AGE_OF_ONE, text)) and not OF_STATISTICS.search(text):
        return found
    return "" if OF_GROUPS.search(text) else first_part(AGED, text)
