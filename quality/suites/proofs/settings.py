"""The settings of an expectation, read strictly: one that is left over or of another type ends the proof."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Mapping
from typing import Any

LARGEST = 2**53
"""Up to this number whole numbers and floats are the same, whichever of them pandas makes of a column."""

DAY = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d)?", re.ASCII)
"""The form of a day or a moment in a setting."""


class NotUnderstood(Exception):
    """A setting or a value with which nothing can be proven."""


class KnownSettings:
    """The settings of one expectation; each is taken once, and `finish` wants none to be left."""

    def __init__(self, kwargs: Mapping[str, Any]) -> None:
        self._left = dict(kwargs)

    def take(self, name: str, kind: type, default: Any = None) -> Any:
        """Take a setting of exactly one type; NotUnderstood when it has another, or is needed and not there."""
        value = self._left.pop(name, default)
        # exactly: a bool is an int in Python, and Great Expectations may turn one type into another
        if type(value) is not kind:
            raise NotUnderstood(name)
        return value

    def take_number(self, name: str) -> float | None:
        """Take a number that a float holds exactly, or None where it is not given."""
        value = self._left.pop(name, None)
        if value is None:
            return None
        if type(value) not in (int, float) or not math.isfinite(value) or abs(value) > LARGEST:
            raise NotUnderstood(name)
        return float(value)

    def take_count(self, name: str) -> int | None:
        """Take a whole number, or None where it is not given."""
        value = self._left.pop(name, None)
        if value is not None and (type(value) is not int or abs(value) > LARGEST):
            raise NotUnderstood(name)
        return value

    def take_moment(self, name: str) -> dt.datetime | None:
        """Take a day or a moment in ISO 8601, without a zone, or None where it is not given."""
        value = self._left.pop(name, None)
        return None if value is None else read_moment(value)

    def take_list(self, name: str) -> list[Any]:
        """Take a list that holds something."""
        values: list[Any] = self.take(name, list)
        if not values:
            raise NotUnderstood(name)
        return values

    def take_texts(self, name: str) -> list[str]:
        """Take a list of texts that holds something."""
        values = self.take_list(name)
        if not all(type(value) is str for value in values):
            raise NotUnderstood(name)
        return values

    def take_share(self) -> float:
        """Take `mostly`: the share of rows, 0 to 1, that must be as expected."""
        share = self._left.pop("mostly", 1)
        if type(share) not in (int, float) or not 0 <= share <= 1:
            raise NotUnderstood("mostly")
        return float(share)

    def has(self, name: str) -> bool:
        """Return whether a setting is left."""
        return name in self._left

    def finish(self) -> None:
        """Raise NotUnderstood when a setting is left that nobody took."""
        if self._left:
            raise NotUnderstood(*self._left)


def read_moment(value: Any) -> dt.datetime:
    """Return a day or a moment that is written in ISO 8601; NotUnderstood when it is anything else."""
    if type(value) is not str or not DAY.fullmatch(value):
        raise NotUnderstood(value)
    try:
        return dt.datetime.fromisoformat(value)
    except ValueError as error:
        raise NotUnderstood(value) from error
