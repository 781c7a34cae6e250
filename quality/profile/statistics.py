"""Statistics of each column from one pass over the typed rows, in memory that does not grow with the rows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pyarrow as pa

from packages.model import ColumnStatistics
from packages.profile import SORTS, ProfileBuilder
from packages.spec import FieldSpec, TableSchema
from quality.profile.bins import BINS, bin_edges, calendar_bins, year_bins
from quality.profile.measures import (
    AmountTotals,
    MonthCounter,
    ValueCounter,
    ValueCounts,
    ValueRange,
    histogram,
    read_column,
)

EXTENT = frozenset({"integer", "number", "year", "date", "datetime", "time"})
AMOUNTS = frozenset({"integer", "number"})
DATES = frozenset({"date", "datetime"})

AT_ONCE = 32_768
"""Rows that are counted at once: counting a column has a fixed cost, however few its cells are."""


class Statistics:
    """Collects typed batches and computes the statistics of each column in the schema's order.

    Only `safe` fields show values. `period_field` also shows its first and last, which the metadata publish anyway.
    """

    def __init__(self, schema: TableSchema, period_field: str = "") -> None:
        self._columns = [_ColumnCounter(field, period=field.name == period_field) for field in schema.fields]
        self._waiting: list[pa.RecordBatch] = []
        self._rows = 0

    def add(self, batch: pa.RecordBatch) -> None:
        """Add some rows."""
        self._waiting.append(batch)
        self._rows += batch.num_rows
        if self._rows >= AT_ONCE:
            self._count_waiting()

    def _count_waiting(self) -> None:
        waiting, self._waiting, self._rows = self._waiting, [], 0
        for place, column in enumerate(self._columns if waiting else ()):
            column.add(pa.concat_arrays([batch.column(place) for batch in waiting]))

    def finish(self, parquet: Path) -> tuple[ColumnStatistics, ...]:
        """Return the statistics; histograms read their columns again from the staged Parquet file."""
        self._count_waiting()
        return tuple(column.finish(parquet) for column in self._columns)


class _ColumnCounter:
    def __init__(self, field: FieldSpec, *, period: bool) -> None:
        self._field = field
        self._filled = 0
        self._missing = 0
        self._counts = ValueCounter()
        self._extent = ValueRange() if field.type in EXTENT and (field.safe or period) else None
        self._amounts = AmountTotals() if field.type in AMOUNTS and field.safe else None
        self._months = MonthCounter() if field.type in DATES and field.safe else None
        self._profile = ProfileBuilder(SORTS[field.type]) if field.type in SORTS else None

    def add(self, cells: pa.Array) -> None:
        self._missing += cells.null_count
        values = cells.drop_null()
        self._filled += len(values)
        if not len(values):
            return
        self._counts.add(values)
        for measure in (self._extent, self._amounts, self._months, self._profile):
            if measure is not None:
                measure.add(values)

    def finish(self, parquet: Path) -> ColumnStatistics:
        field = self._field
        counted = self._counts.result()
        low, high = self._extent.result() if self._extent else ("", "")
        # what may be shown of any column, safe or not
        counts = ColumnStatistics(
            name=field.name,
            type=field.type,
            title=field.title,
            description=field.description,
            filled=self._filled,
            missing=self._missing,
            distinct=counted.distinct,
            safe=field.safe,
            minimum=low,
            maximum=high,
            profile=self._profile.result() if self._profile else (),
        )
        if not (field.safe and self._filled):
            return counts
        top = counted.top() if counted.distinct < self._filled else ()
        total = self._amounts.total() if self._amounts else ""
        return replace(counts, total=total, top=top, bars=self._bars(counted, top, parquet))

    def _bars(
        self, counted: ValueCounts, top: tuple[tuple[str, int], ...], parquet: Path
    ) -> tuple[tuple[str, int], ...]:
        if self._months is not None:
            return calendar_bins(self._months.months)
        if self._field.type == "year":
            return year_bins(counted.as_dict())
        if self._amounts is None:
            return top
        if counted.distinct <= BINS:
            return counted.in_order()
        spread = self._amounts.spread()
        return histogram(read_column(parquet, self._field.name), bin_edges(spread)) if spread else ()
