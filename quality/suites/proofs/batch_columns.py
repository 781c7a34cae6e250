"""The columns of some rows in the form in which pandas compares them, each made when it is first asked for."""

from __future__ import annotations

from functools import cached_property

import pyarrow as pa
import pyarrow.compute as pc

from quality.suites.proofs.settings import LARGEST, NotUnderstood

MOMENT = pa.timestamp("us")


def is_number(kind: pa.DataType) -> bool:
    """Return whether a column holds numbers."""
    return bool(pa.types.is_integer(kind) or pa.types.is_decimal(kind) or pa.types.is_floating(kind))


def is_moment(kind: pa.DataType) -> bool:
    """Return whether a column holds days or moments."""
    return bool(pa.types.is_date(kind) or pa.types.is_timestamp(kind))


class BatchColumns:
    """Some rows. Numbers are floats, days are moments, NaN is a null: as pandas takes them for Great Expectations."""

    def __init__(self, table: pa.Table, chosen: pa.ChunkedArray | None = None) -> None:
        self._table = table
        self._chosen = chosen
        self._cells: dict[str, pa.Array] = {}
        self._values: dict[str, pa.Array] = {}
        self._distinct: dict[str, DistinctTexts] = {}
        self._parts: dict[tuple[str, str], BatchColumns] = {}

    @property
    def rows(self) -> int:
        """The number of rows."""
        return int(self._table.num_rows if self._chosen is None else pc.sum(self._chosen).as_py() or 0)

    def cells(self, name: str) -> pa.Array:
        """Return a column with its nulls; NotUnderstood when a number is too large for a float to hold exactly."""
        if name not in self._cells:
            self._cells[name] = _as_compared(self._column(name).combine_chunks())
        return self._cells[name]

    def missing(self, name: str) -> int:
        """Return the number of nulls of a column, of whatever type."""
        column = self._column(name)
        is_float = pa.types.is_floating(column.type)
        return int(self.cells(name).null_count if is_float else column.null_count)

    def values(self, name: str) -> pa.Array:
        """Return a column without its nulls."""
        if name not in self._values:
            self._values[name] = self.cells(name).drop_null()
        return self._values[name]

    def distinct(self, name: str) -> DistinctTexts:
        """Return the different texts of a column."""
        if name not in self._distinct:
            self._distinct[name] = DistinctTexts(self.values(name))
        return self._distinct[name]

    def where(self, name: str, text: str) -> BatchColumns:
        """Return the rows in which a column of texts holds this one."""
        if (name, text) not in self._parts:
            chosen = pc.fill_null(pc.equal(self._table.column(name), text), False)
            self._parts[name, text] = BatchColumns(self._table, chosen)
        return self._parts[name, text]

    def _column(self, name: str) -> pa.ChunkedArray:
        column = self._table.column(name)
        return column if self._chosen is None else column.filter(self._chosen)


class DistinctTexts:
    """The different texts of a column, and in how many rows each stands."""

    def __init__(self, values: pa.Array) -> None:
        counted = values.value_counts()
        self.texts: pa.Array = counted.field("values")
        self._counts = counted.field("counts")

    @cached_property
    def is_plain(self) -> pa.Array:
        """Whether each text is of printable ASCII and tabs alone; an empty one is not, for \\B is read in two ways."""
        return pc.match_substring_regex(self.texts, r"^[\t -~]+$")

    def rows_where(self, chosen: pa.Array) -> int:
        """Return the number of rows with a text that is chosen."""
        return int(pc.sum(self._counts.filter(chosen)).as_py() or 0)


def _as_compared(column: pa.Array) -> pa.Array:
    kind = column.type
    if pa.types.is_integer(kind):
        ends = pc.min_max(column)
        if any(abs(end) > LARGEST for end in (ends["min"].as_py(), ends["max"].as_py()) if end is not None):
            raise NotUnderstood(str(kind))
        return column.cast(pa.float64())
    if pa.types.is_decimal(kind):
        return column.cast(pa.float64())
    if pa.types.is_floating(kind):
        return pc.if_else(pc.is_nan(column), pa.scalar(None, kind), column)
    return column.cast(MOMENT) if is_moment(kind) else column
