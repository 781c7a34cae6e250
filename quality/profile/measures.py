"""Measures of one column that are updated batch by batch: distinct values, range, sum, months, histogram."""

from __future__ import annotations

import decimal
import hashlib
import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from packages.formats.arrow import as_text
from packages.model import DISTINCT_LIMIT
from quality.profile.bins import NumberRange, bin_label

TOP = 8
"""Most frequent values that are named."""

LONG = 200
"""Bytes above which a text is counted by its hash, so that 10,000 long texts do not fill the memory."""

WAITING = 4 * DISTINCT_LIMIT
"""Counted values of several batches that are collected before they are summed by value."""

EXACT = decimal.Context(prec=100)
"""Enough digits for the sum of any column."""


@dataclass(frozen=True, slots=True)
class ValueCounts:
    """The number of distinct values of a column, and each with its count unless there are too many or long ones."""

    distinct: int
    values: pa.Array | None = None
    counts: pa.Array | None = None

    def as_dict(self) -> dict[Any, int]:
        if self.values is None or self.counts is None:
            return {}
        return dict(zip(self.values.to_pylist(), self.counts.to_pylist(), strict=True))

    def top(self) -> tuple[tuple[str, int], ...]:
        """Return the most frequent values, the most frequent first, equally frequent ones by their text."""
        return tuple(sorted(self._labelled(), key=lambda pair: (-pair[1], pair[0]))[:TOP])

    def in_order(self) -> tuple[tuple[str, int], ...]:
        """Return all values with their counts, the smallest value first."""
        order = pc.sort_indices(self.values)
        labelled = self._labelled()
        return tuple(labelled[i] for i in order.to_pylist())

    def _labelled(self) -> list[tuple[str, int]]:
        if self.values is None or self.counts is None:
            return []
        return list(zip(as_text(self.values).to_pylist(), self.counts.to_pylist(), strict=True))


class ValueCounter:
    """Counts distinct values exactly up to DISTINCT_LIMIT; beyond it only that there are more."""

    def __init__(self) -> None:
        self._waiting: list[pa.Table] = []
        self._is_full = False
        self._has_long = False

    def add(self, values: pa.Array) -> None:
        if self._is_full:
            return
        counts = values.value_counts()
        distinct = counts.field("values")
        if pa.types.is_string(distinct.type):
            long = pc.greater(pc.binary_length(distinct), LONG)
            if pc.any(long).as_py():
                # a digest in place of a long text bounds the memory, and is counted the same
                self._has_long = True
                hashes = [hashlib.sha256(text.encode()).hexdigest() for text in distinct.filter(long).to_pylist()]
                distinct = pc.replace_with_mask(distinct, long, pa.array(hashes, pa.string()))
        table = pa.table({"value": distinct, "count": counts.field("counts")})
        self._waiting.append(table)
        if sum(t.num_rows for t in self._waiting) > WAITING or table.num_rows > DISTINCT_LIMIT:
            self._sum_counts()

    def result(self) -> ValueCounts:
        if self._waiting:
            self._sum_counts()
        if self._is_full:
            return ValueCounts(DISTINCT_LIMIT + 1)
        if not self._waiting:
            return ValueCounts(0)
        table = self._waiting[0]
        if self._has_long:
            return ValueCounts(table.num_rows)
        return ValueCounts(table.num_rows, *(table.column(name).combine_chunks() for name in ("value", "count")))

    def _sum_counts(self) -> None:
        table = pa.concat_tables(self._waiting).group_by("value", use_threads=False).aggregate([("count", "sum")])
        self._is_full = table.num_rows > DISTINCT_LIMIT
        self._waiting = [] if self._is_full else [table.rename_columns(["value", "count"])]


class ValueRange:
    """The smallest and the largest value."""

    def __init__(self) -> None:
        self._ends: pa.Array | None = None

    def add(self, values: pa.Array) -> None:
        known = values if self._ends is None else pa.concat_arrays([self._ends, values])
        # as an array of two values, so that they keep their type and are written as the release writes them
        ends = pc.min_max(finite_values(known))
        self._ends = pa.array([ends["min"].as_py(), ends["max"].as_py()], values.type).drop_null()

    def result(self) -> tuple[str, str]:
        """Return the smallest and the largest value as text; both empty when there was no value."""
        if self._ends is None or not len(self._ends):
            return "", ""
        low, high = as_text(self._ends).to_pylist()
        return low, high


class AmountTotals:
    """The sum, exact for whole numbers and decimals, and the range that decides the bars of a histogram."""

    def __init__(self) -> None:
        self._whole = False
        self._sum = Decimal(0)
        self._floats: list[float] = []
        self._middles: list[Decimal] = []
        self._extent = ValueRange()

    def add(self, values: pa.Array) -> None:
        values = finite_values(values)
        if not len(values):
            return
        self._extent.add(values)
        self._whole = pa.types.is_integer(values.type)
        self._middles.append(Decimal(str(pc.quantile(values, 0.5, interpolation="nearest")[0].as_py())))
        if pa.types.is_floating(values.type):
            # a list of one number at most: the running sum of floats, each addition correctly rounded
            self._floats = [math.fsum((*self._floats, pc.sum(values).as_py()))]
        else:
            self._sum = EXACT.add(self._sum, exact_sum(values))

    def total(self) -> str:
        if self._floats:
            # the last digits of a sum of floats are rounding errors: 30779.69999999999
            rounded = [float(f"{total:.12g}") for total in self._floats]
            return str(as_text(pa.array(rounded))[0].as_py())
        return format(self._sum, "f") if self._middles else ""

    def spread(self) -> NumberRange | None:
        """Return the range and, as the middle, the median of the medians of batches; None when no value is finite."""
        if not self._middles:
            return None
        low, high = (Decimal(end) for end in self._extent.result())
        return NumberRange(low, high, sorted(self._middles)[len(self._middles) // 2], self._whole)


class MonthCounter:
    """Counts rows by month, numbered as year * 12 + month - 1."""

    def __init__(self) -> None:
        self.months: dict[int, int] = {}

    def add(self, values: pa.Array) -> None:
        number = pc.add(pc.multiply(pc.year(values), 12), pc.subtract(pc.month(values), 1))
        for pair in number.value_counts():
            month, count = pair["values"].as_py(), pair["counts"].as_py()
            self.months[month] = self.months.get(month, 0) + count


def finite_values(values: pa.Array) -> pa.Array:
    """Return the values without NaN and the infinities."""
    return values.filter(pc.is_finite(values)) if pa.types.is_floating(values.type) else values


def exact_sum(values: pa.Array) -> Decimal:
    """Return the sum of whole numbers or decimals; Arrow's own silently wraps round when it does not fit."""
    # an upper bound of the sum decides whether Arrow can be trusted with it
    ends = pc.min_max(values).as_py()
    largest = max(abs(ends["min"]), abs(ends["max"])) * len(values)
    room = Decimal(10) ** (38 - values.type.scale) if pa.types.is_decimal(values.type) else 2**63
    if largest < room:
        return Decimal(pc.sum(values).as_py())
    total = Decimal(0)
    for value in values.to_pylist():
        total = EXACT.add(total, Decimal(value))
    return total


def read_column(parquet: Path, name: str) -> Iterator[pa.Array]:
    """Yield one column of a Parquet file, a batch at a time."""
    # pre_buffer would keep all that was read in memory until the file is closed
    with pq.ParquetFile(parquet, pre_buffer=False) as file:
        for batch in file.iter_batches(columns=[name]):
            yield batch.column(0)


def histogram(batches: Iterable[pa.Array], steps: Sequence[Decimal]) -> tuple[tuple[str, int], ...]:
    """Return the number of values between each edge and the next; the last bar includes its end."""
    import numpy as np

    edges = np.array([float(step) for step in steps])
    counts = np.zeros(len(steps) - 1, dtype=np.int64)
    for values in batches:
        known = finite_values(values.drop_null().cast(pa.float64(), safe=False))
        # decimals and integers are compared as floats: at an edge of a bar a rounding error does not matter
        place = np.searchsorted(edges, known.to_numpy(zero_copy_only=False), side="right") - 1
        counts += np.bincount(place.clip(0, len(counts) - 1), minlength=len(counts))
    return tuple((bin_label(*pair), int(n)) for pair, n in zip(itertools.pairwise(steps), counts, strict=True))
