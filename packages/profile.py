"""What the values of a column look like, without any of them: enough to see that its content has moved."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from decimal import Decimal

import pyarrow as pa

LOOKED_AT = 256
"""So many values of a batch are looked at, evenly spread."""

ENOUGH = 2_048
"""When so many have been seen, only every `SELDOM`th batch is looked at: a profile is a matter of shares."""
SELDOM = 16

_WORD, _DIGIT, _LETTER = re.compile(r"\w"), re.compile(r"\d"), re.compile(r"[^\W\d_]")

Profile = tuple[tuple[str, int], ...]
"""How many values are of each sort, the sorts in the order of their names."""


def text_kind(text: str) -> str:
    """The class of a text, its length to the next power of two, and its capitals: `code 8 AA`, `words 32 Aa Aa`."""
    length = 1 << (len(text) - 1).bit_length() if text else 0
    return f"{_class(text)} {length} {_capitals(text)}".strip()


def _capitals(text: str) -> str:
    words = [word for word in text.split() if word[0].isalpha()]
    if not words or text.islower():
        return "aa" if words else ""
    if text.isupper():
        return "AA"
    return "Aa Aa" if all(word[0].isupper() for word in words) else "Aa aa"


def _class(text: str) -> str:
    if not _WORD.search(text):
        return "signs"
    if "://" in text or text.casefold().startswith("www."):
        return "link"
    if "@" in text:
        return "address"
    digits = _DIGIT.search(text)
    if not _LETTER.search(text):
        return "number"
    if " " not in text.strip():
        return "code" if digits else "word"
    return "words and numbers" if digits else "words"


def number_kind(value: int | float | Decimal) -> str:
    """The sign and the power of ten: `-3` is minus a thousand to ten thousand; `0` is nothing."""
    number = Decimal(value) if not isinstance(value, float) else Decimal(repr(value))
    if not number or not number.is_finite():
        return "0"
    return f"{'-' if number < 0 else '+'}{number.adjusted()}"


SORTS: Mapping[str, Callable[..., str]] = {
    "string": text_kind,
    "integer": number_kind,
    "number": number_kind,
}
"""By the type of the field. Other types have a form of their own, and a value in the wrong place breaks it."""


class ProfileBuilder:
    """Looks at some values of each batch of a column; `sort` names what a value is like."""

    def __init__(self, sort: Callable[..., str]) -> None:
        self._sort = sort
        self._counts: Counter[str] = Counter()
        self._seen = 0
        self._batches = 0

    def add(self, values: pa.Array) -> None:
        """Take more filled cells in."""
        self._batches += 1
        if self._seen > ENOUGH and self._batches % SELDOM:
            return
        step = max(1, len(values) // LOOKED_AT)
        some = values.take(pa.array(range(0, len(values), step)[:LOOKED_AT], pa.int64())).to_pylist()
        for value, count in Counter(some).items():
            self._counts[self._sort(value)] += count
        self._seen += len(some)

    def result(self) -> Profile:
        """What was seen."""
        return tuple(sorted(self._counts.items()))


def profile_distance(one: Profile, other: Profile) -> float:
    """How unlike two profiles are: the share (0 to 1) of values that are of another sort."""
    first, second = _shares(one), _shares(other)
    return sum(abs(first.get(sort, 0) - second.get(sort, 0)) for sort in {*first, *second}) / 2


def ignore_capitals(profile: Profile) -> Profile:
    """The same, however the texts are capitalised: a new system that writes all in capitals changes no content."""
    counts: Counter[str] = Counter()
    for sort, count in profile:
        counts[re.sub(r"( (aa|AA|Aa))+$", "", sort)] += count
    return tuple(sorted(counts.items()))


def _shares(profile: Profile) -> dict[str, float]:
    whole = profile_size(profile) or 1
    return {sort: count / whole for sort, count in profile}


def profile_size(profile: Profile) -> int:
    """How many values a profile was made of."""
    return sum(count for _, count in profile)
