"""From a piece of a CSV file to columns of text, cell for cell what Python's `csv.reader` gives."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import csv

from quality.conform.pieces import Dialect, OutsideFastPath, Piece, reader

Ints = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True, slots=True)
class Text:
    """The records of one piece.

    `cells` holds the records with the right number of cells, `numbers` their places among all records of the piece
    (from 0). `odd` holds the others by place: too short, too long, or a line with nothing in it.
    """

    cells: pa.RecordBatch
    numbers: Ints
    records: int
    odd: Mapping[int, list[str]] = field(default_factory=dict)


def tokenise(piece: Piece, names: list[str], dialect: Dialect) -> Text:
    """The cells of a piece in columns of text; OutsideFastPath where the text is not UTF-8."""
    if piece.records is not None:
        return _from_records(piece.records, names)
    odd: dict[int, list[str]] = {}

    def set_aside(row: Any) -> str:
        odd[row.number - 1] = next(reader([row.text], dialect), [])
        return "skip"

    reading = csv.ReadOptions(column_names=names, use_threads=False, block_size=len(piece.text) + 1)
    try:
        table = csv.read_csv(
            pa.BufferReader(pa.py_buffer(piece.text)), reading, _parse_options(dialect, set_aside), _as_text(names)
        )
    except pa.ArrowInvalid as error:
        raise OutsideFastPath("the text cannot be decoded or taken apart") from error
    text = _numbered(_one_batch(table), odd)
    return _without_blank_lines(text, piece, dialect)


def _parse_options(dialect: Dialect, set_aside: Any) -> Any:
    return csv.ParseOptions(
        delimiter=dialect.delimiter,
        quote_char=dialect.quote,
        newlines_in_values=True,
        ignore_empty_lines=False,
        invalid_row_handler=set_aside,
    )


def _as_text(names: list[str]) -> Any:
    return csv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()),
        null_values=[],
        strings_can_be_null=False,
        quoted_strings_can_be_null=False,
    )


def _one_batch(table: pa.Table) -> pa.RecordBatch:
    batches = table.combine_chunks().to_batches()
    return batches[0] if batches else _from_records([], table.column_names).cells


def _numbered(cells: pa.RecordBatch, odd: dict[int, list[str]]) -> Text:
    records = cells.num_rows + len(odd)
    numbers = np.arange(records, dtype=np.int64)
    if odd:
        numbers = np.delete(numbers, list(odd))
    return Text(cells, numbers, records, odd)


def _without_blank_lines(text: Text, piece: Piece, dialect: Dialect) -> Text:
    """Set apart the lines with nothing in them, which to pyarrow look like rows of empty cells."""
    blank = _all_empty(text.cells)
    if not blank.any():
        return text
    lines = io.StringIO(str(piece.text, "utf-8"), newline="")
    records = list(reader(lines, dialect))
    return _from_records(records, text.cells.schema.names)


def _all_empty(cells: pa.RecordBatch) -> np.ndarray[Any, Any]:
    empty = np.ones(cells.num_rows, bool)
    for column in cells.columns:
        if not empty.any():
            break
        empty &= np.diff(offsets(column)) == 0
    return empty


def _from_records(records: list[list[str]], names: list[str]) -> Text:
    odd = {place: record for place, record in enumerate(records) if len(record) != len(names)}
    numbers = np.array([place for place in range(len(records)) if place not in odd], np.int64)
    columns = zip(*(record for record in records if len(record) == len(names)), strict=True)
    arrays = [pa.array(column, pa.string()) for column in columns] or [pa.array([], pa.string()) for _ in names]
    return Text(pa.RecordBatch.from_arrays(arrays, names=names), numbers, len(records), odd)


def offsets(cells: pa.Array) -> np.ndarray[Any, np.dtype[np.int32]]:
    """Where each text of a string array begins in its data, and where the last one ends."""
    if not len(cells):
        return np.zeros(1, np.int32)
    return np.frombuffer(cells.buffers()[1], np.int32)[cells.offset : cells.offset + len(cells) + 1]
