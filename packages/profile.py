"""Profiles of columns: shares of kinds of values, without any value, to notice that a column's content has changed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from decimal import Decimal

import pyarrow as pa

SAMPLED = 256
"""Values of a batch that are sampled, evenly spread."""

ENOUGH = 2_048
"""Values after which only every `SPARSE`th batch is sampled: shares need no more."""
SPARSE = 16

_WORD, _DIGIT, _LETTER = re.compile(r"\w"), re.compile(r"\d"), re.compile(r"[^\W\d_]")

LOOKED_AT = 1 << 16
"""Characters of a text of which the words are looked at: what goes on longer is a shape, and its words are numbers."""

Profile = tuple[tuple[str, int], ...]
"""The number of values of each kind, in the order of the kinds' names."""


def text_kind(text: str) -> str:
    """Return the class of a text, its length up to a power of two, and its capitals: `code 8 AA`, `words 32 Aa Aa`."""
    # powers of two, so that a somewhat longer name is no new kind
    length = 1 << (len(text) - 1).bit_length() if text else 0
    text = text[:LOOKED_AT]
    words = [word for word in text.split() if word[0].isalpha()]
    if not words:
        capitals = ""
    elif text.islower():
        capitals = "aa"
    elif text.isupper():
        capitals = "AA"
    else:
        capitals = "Aa Aa" if all(word[0].isupper() for word in words) else "Aa aa"
    return f"{_text_class(text)} {length} {capitals}".strip()


def _text_class(text: str) -> str:
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
    """Return the sign and the power of ten: `-3` is minus a thousand to ten thousand; `0` also for NaN and infinity."""
    # repr: the shortest digits of a float, not those of its exact binary value
    number = Decimal(value) if not isinstance(value, float) else Decimal(repr(value))
    if not number or not number.is_finite():
        return "0"
    return f"{'-' if number < 0 else '+'}{number.adjusted()}"


SORTS: Mapping[str, Callable[..., str]] = {
    "string": text_kind,
    "integer": number_kind,
    "number": number_kind,
}
"""By the type of the field. Other types need no profile: a value in the wrong column does not fit their form."""


class ProfileBuilder:
    """Builds the profile of a column from a sample of each batch; `kind_of` returns the kind of a value."""

    def __init__(self, kind_of: Callable[..., str]) -> None:
        self._kind_of = kind_of
        self._counts: Counter[str] = Counter()
        self._seen = 0
        self._batches = 0

    def add(self, values: pa.Array) -> None:
        """Add the filled cells of a batch."""
        self._batches += 1
        if self._seen > ENOUGH and self._batches % SPARSE:
            return
        step = max(1, len(values) // SAMPLED)
        sample = values.take(pa.array(range(0, len(values), step)[:SAMPLED], pa.int64())).to_pylist()
        for value, count in Counter(sample).items():
            self._counts[self._kind_of(value)] += count
        self._seen += len(sample)

    def result(self) -> Profile:
        """Return the profile of all samples."""
        return tuple(sorted(self._counts.items()))


def profile_distance(first: Profile, second: Profile) -> float:
    """Return the share (0 to 1) of values that are of another kind in the other profile."""
    first_shares, second_shares = _shares(first), _shares(second)
    kinds = {*first_shares, *second_shares}
    # each moved value is missing in one kind and surplus in another
    return sum(abs(first_shares.get(kind, 0) - second_shares.get(kind, 0)) for kind in kinds) / 2


def rescaled(profile: Profile, power: int) -> Profile:
    """Return the profile of numbers as it would be after multiplying each by a power of ten."""
    return tuple(sorted((f"{k[0]}{int(k[1:]) + power}" if k != "0" else k, count) for k, count in profile))


def ignore_capitals(profile: Profile) -> Profile:
    """Return the profile without capitals: a new system that writes everything in capitals changes no content."""
    counts: Counter[str] = Counter()
    for kind, count in profile:
        counts[re.sub(r"( (aa|AA|Aa))+$", "", kind)] += count
    return tuple(sorted(counts.items()))


def _shares(profile: Profile) -> dict[str, float]:
    size = profile_size(profile) or 1
    return {kind: count / size for kind, count in profile}


def profile_size(profile: Profile) -> int:
    """Return the number of values in a profile."""
    return sum(count for _, count in profile)
