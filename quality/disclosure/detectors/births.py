"""When somebody was born: dates of birth, and the ages of single people."""

from __future__ import annotations

import re
from functools import partial

from quality.disclosure.detectors.pattern import ScreenedColumn, first_part
from quality.disclosure.words.vocabulary import phrases

_said = partial(phrases, "ages")

BORN = re.compile(_said("born"), re.IGNORECASE)
OF_MANY_BIRTHS = re.compile(rf"\b(?:{_said('many-births')})\b", re.IGNORECASE)
AGED = re.compile(_said("aged"), re.IGNORECASE)
AGE_OF_ONE = re.compile(_said("of-one"), re.IGNORECASE)
OF_GROUPS = re.compile(rf"\b(?:{_said('groups')})\b", re.IGNORECASE)
OF_STATISTICS = re.compile(rf"\b(?:{_said('statistics')})(?!\w)", re.IGNORECASE)


def birth(text: str, column: ScreenedColumn) -> str:  # noqa: ARG001 - the signature of every pattern
    """Find a date of birth, or the age of one person; not that of a group."""
    if (found := first_part(BORN, text)) and not OF_MANY_BIRTHS.search(text):
        return found
    if (found := first_part(AGE_OF_ONE, text)) and not OF_STATISTICS.search(text):
        return found
    return "" if OF_GROUPS.search(text) else first_part(AGED, text)
