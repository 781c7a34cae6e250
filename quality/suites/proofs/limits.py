"""A lower and an upper limit of numbers, days or lengths."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from quality.suites.proofs.settings import KnownSettings, NotUnderstood


@dataclass(frozen=True, slots=True)
class Limits:
    """Where values must lie. A limit that is None does not count; a strict one is itself outside."""

    low: pa.Scalar | None
    high: pa.Scalar | None
    strict_low: bool = False
    strict_high: bool = False

    def met(self, values: pa.Array) -> pa.Array:
        """Return for each value (no nulls, of the limits' type) whether it lies within."""
        parts = []
        if self.low is not None:
            parts.append((pc.greater if self.strict_low else pc.greater_equal)(values, self.low))
        if self.high is not None:
            parts.append((pc.less if self.strict_high else pc.less_equal)(values, self.high))
        return parts[0] if len(parts) == 1 else pc.and_(*parts)


def take_limits(settings: KnownSettings, take: Callable[[str], Any], kind: pa.DataType) -> Limits:
    """Take both limits and whether they are strict; NotUnderstood when there is none, or nothing between them."""
    low, high = take("min_value"), take("max_value")
    strict_low, strict_high = settings.take("strict_min", bool, False), settings.take("strict_max", bool, False)
    # Great Expectations refuses such limits, or takes them for none
    if (low is None and high is None) or (low is not None and high is not None and low > high):
        raise NotUnderstood("min_value", "max_value")
    first, last = (None if limit is None else pa.scalar(limit, kind) for limit in (low, high))
    return Limits(first, last, strict_low, strict_high)
