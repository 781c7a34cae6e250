"""Turn a piece of a CSV file into columns of text, cell for cell as Python's `csv.reader` reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import csv

from packages.arrow_bytes import text_offsets, to_arrow
from packages.readers.delimited.pieces import CR, LF, Dialect, OutsideFastPath, Piece, csv_reader

Ints = np.ndarray[Any, np.dtype[np.int64]]

MOST_ODD = 50_000
"""Records of the wrong length in one piece that are kept as lists, each of which takes ten times its text."""


@dataclass(frozen=True, slots=True)
class PieceText:
    """The records of one piece.

    `cells` holds the records with the right number of cells, `numbers` their positions (from 0) among all records of
    the piece. `odd` holds the others by position: too short, too long, or an empty line.
    """

    cells: pa.RecordBatch
    numbers: Ints
    records: int
    odd: Mapping[int, list[str]] = field(default_factory=dict)


def tokenise(piece: Piece, names: list[str], dialect: Dialect) -> PieceText:
    """Return the cells of a piece in columns of text; OutsideFastPath where the text is not UTF-8."""
    text = tokenise_roughly(piece, names, dialect, is_utf_8=False)
    # Python's reader tells empty lines apart by itself
    if piece.records is not None:
        return text
    empty = np.ones(text.cells.num_rows, bool)
    for column in text.cells.columns:
        empty &= np.diff(text_offsets(column)) == 0
        if not empty.any():
            return text
    # to pyarrow empty lines look like rows of empty cells: they move to `odd`
    is_blank = _are_blank(np.frombuffer(piece.text, np.uint8), dialect)
    if len(is_blank) != text.records:
        raise OutsideFastPath("the lines cannot be told apart")
    kept = ~is_blank[text.numbers]
    blank: dict[int, list[str]] = {int(place): [] for place in text.numbers[~kept]}
    return PieceText(text.cells.filter(to_arrow(kept)), text.numbers[kept], text.records, {**text.odd, **blank})


def tokenise_roughly(piece: Piece, names: list[str], dialect: Dialect, *, is_utf_8: bool) -> PieceText:
    """Return the cells of a piece; empty lines may be among the `cells`, as rows of empty cells.

    `is_utf_8` is whether the text is known to be UTF-8, and need not be checked again.
    """
    if piece.records is not None:
        return _from_records(piece.records, names)
    odd: dict[int, list[str]] = {}

    def set_aside(row: Any) -> str:
        if len(odd) >= MOST_ODD:
            # Arrow gives up, and the exact reader goes on in batches
            return "error"
        odd[row.number - 1] = next(csv_reader([row.text], dialect), [])
        return "skip"

    # one block for the whole piece: Arrow would cut a record where a smaller block ends
    reading = csv.ReadOptions(column_names=names, use_threads=False, block_size=len(piece.text) + 1)
    parsing = csv.ParseOptions(
        delimiter=dialect.delimiter,
        quote_char=dialect.quote,
        newlines_in_values=True,
        ignore_empty_lines=False,
        invalid_row_handler=set_aside,
    )
    # every column as text, and no text as null: types and missing values are decided by the schema, not by Arrow
    converting = csv.ConvertOptions(
        check_utf8=not is_utf_8,
        column_types=dict.fromkeys(names, pa.string()),
        null_values=[],
        strings_can_be_null=False,
        quoted_strings_can_be_null=False,
    )
    try:
        table = csv.read_csv(pa.BufferReader(pa.py_buffer(piece.text)), reading, parsing, converting)
    except pa.ArrowInvalid as error:
        raise OutsideFastPath("the text cannot be decoded or taken apart") from error
    batches = table.combine_chunks().to_batches()
    cells = batches[0] if batches else _from_records([], names).cells
    records = cells.num_rows + len(odd)
    numbers = np.arange(records, dtype=np.int64)
    if odd:
        numbers = np.delete(numbers, list(odd))
    return PieceText(cells, numbers, records, odd)


def _are_blank(chars: np.ndarray[Any, np.dtype[np.uint8]], dialect: Dialect) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Return which records of a piece are a line end and nothing else."""
    breaks = chars == LF
    # a carriage return ends a line, unless a line feed follows and ends it
    returns = np.flatnonzero(chars == CR)
    breaks[returns[chars[np.minimum(returns + 1, len(chars) - 1)] != LF]] = True
    ends = np.flatnonzero(breaks)
    quotes = np.flatnonzero(chars == ord(dialect.quote))
    outside = ends[np.searchsorted(quotes, ends) % 2 == 0]
    begins = np.concatenate([[0], outside + 1])
    first = chars[begins[begins < len(chars)]]
    is_blank: np.ndarray[Any, np.dtype[np.bool_]] = (first == LF) | (first == CR)
    return is_blank


def _from_records(records: list[list[str]], names: list[str]) -> PieceText:
    odd = {place: record for place, record in enumerate(records) if len(record) != len(names)}
    numbers = np.array([place for place in range(len(records)) if place not in odd], np.int64)
    columns = zip(*(record for record in records if len(record) == len(names)), strict=True)
    arrays = [pa.array(column, pa.string()) for column in columns] or [pa.array([], pa.string()) for _ in names]
    return PieceText(pa.RecordBatch.from_arrays(arrays, names=names), numbers, len(records), odd)
