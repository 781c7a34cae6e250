"""Ask Great Expectations in bounded memory: what is asked of each row by batches of rows, the rest of the whole table.

The answers are those on the whole table, number for number and row for row.
"""

from __future__ import annotations

import gc
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from packages.model import ROWS_KEPT
from quality.suites.expectations import (
    ExpectationAnswer,
    ExpectationQuestion,
    FrameAnswer,
    ask_about_frame,
    ask_great_expectations,
    frame_of,
    needed_columns,
)
from quality.suites.proofs.proof import is_share_met
from quality.suites.proofs.settings import NotUnderstood
from quality.suites.proofs.text_patterns import TextPattern
from quality.suites.repeated_rows import ask_of_repeated_rows, is_about_repeats

BATCH_ROWS = 65_536
"""Rows that are in pandas at once: fewer cost more time, since a call of Great Expectations has a high fixed cost."""

PLACES = 20
"""Positions of rows that Great Expectations gives."""

BY_ROW = frozenset(
    {
        "expect_column_values_to_be_between", "expect_column_values_to_be_in_set",
        "expect_column_values_to_not_be_in_set", "expect_column_values_to_be_null",
        "expect_column_values_to_not_be_null", "expect_column_value_lengths_to_be_between",
        "expect_column_value_lengths_to_equal", "expect_column_pair_values_a_to_be_greater_than_b",
        "expect_column_pair_values_to_be_equal",
    }
)  # fmt: skip
"""Expectations on each row alone, whatever is in the other rows."""

BY_PATTERN = frozenset(
    {
        "expect_column_values_to_match_regex", "expect_column_values_to_not_match_regex",
        "expect_column_values_to_match_regex_list", "expect_column_values_to_not_match_regex_list",
    }
)  # fmt: skip
"""Expectations on each row alone, but for the engine that pandas chooses by what is in the whole column."""

COMPARISON = re.compile(r'[A-Za-z_]\w* (==|!=|<=|>=|<|>) ("[^"\\@`]*"|-?\d+(\.\d+)?)', re.ASCII)
"""A condition on rows that is about each row alone."""


def ask_in_batches(
    asked: Sequence[ExpectationQuestion], parquet: Path, dates: frozenset[str], batch_rows: int = BATCH_ROWS
) -> dict[str, ExpectationAnswer]:
    """Return the answers of `ask_great_expectations`, in memory that grows with the rows only where it must."""
    table = _StagedTable(parquet)
    answers: dict[str, ExpectationAnswer] = {}
    if table.rows > batch_rows:
        by_row = [q for q in asked if _is_by_row(q, table)]
        answers |= _merged(by_row, table.frames(by_row, batch_rows), dates)
        for question in filter(is_about_repeats, asked):
            answers |= ask_of_repeated_rows(question, parquet, dates)
    # what stopped on a batch may stop for want of the others
    left = [q for q in asked if q.name not in answers or answers[q.name].problem]
    return answers | (ask_great_expectations(left, parquet, dates) if left else {})


@dataclass(frozen=True, slots=True)
class _StagedTable:
    """A Parquet file, and what pandas takes from the whole of a column."""

    parquet: Path

    @property
    def rows(self) -> int:
        return int(pq.read_metadata(self.parquet).num_rows)

    def frames(self, asked: Sequence[ExpectationQuestion], batch_rows: int) -> Iterator[Any]:
        """Yield the rows that expectations need as pandas frames, typed as the whole table would be."""
        with pq.ParquetFile(self.parquet, pre_buffer=False) as file:
            names = needed_columns(asked, file.schema_arrow.names) if asked else []
            mixed = frozenset(name for name in names if self._is_mixed(name, file.schema_arrow.field(name).type))
            begin = 0
            for batch in file.iter_batches(batch_rows, columns=names) if asked else ():
                yield frame_at(pa.Table.from_batches([batch]), np.arange(begin, begin + batch.num_rows), mixed)
                begin += batch.num_rows

    def _is_mixed(self, name: str, kind: pa.DataType) -> bool:
        is_typed_by_nulls = pa.types.is_integer(kind) or pa.types.is_boolean(kind)
        return is_typed_by_nulls and any(cells.null_count for cells in self._cells(name))

    def is_one_engine(self, name: str) -> bool:
        """Return whether a column of texts is matched alike in parts and as a whole."""
        is_ascii, has_lines = True, False
        for cells in self._cells(name):
            is_ascii = is_ascii and bool(pc.all(pc.string_is_ascii(cells), min_count=0).as_py())
            has_lines = has_lines or bool(pc.any(pc.match_substring(cells, "\n"), min_count=0).as_py())
        return is_ascii or not has_lines

    def _cells(self, name: str) -> Iterator[pa.Array]:
        with pq.ParquetFile(self.parquet, pre_buffer=False) as file:
            for batch in file.iter_batches(BATCH_ROWS, columns=[name]):
                yield batch.column(0)


def frame_at(table: pa.Table, positions: Any, mixed: frozenset[str]) -> Any:
    """Return rows as a frame with their positions as its index; `mixed` are columns of which other rows have nulls."""
    frame = frame_of(table)
    frame.index = positions
    for name in mixed.intersection(frame.columns):
        is_number = pa.types.is_integer(table.schema.field(name).type)
        # as pandas types whole numbers, and yes and no, where a cell of the column is missing
        frame[name] = frame[name].astype("float64" if is_number else "object")
    return frame


def _is_by_row(question: ExpectationQuestion, table: _StagedTable) -> bool:
    if type(question.kwargs.get("mostly", 1)) not in (int, float):
        return False
    condition = question.kwargs.get("row_condition")
    if condition is not None and not (isinstance(condition, str) and COMPARISON.fullmatch(condition)):
        return False
    return question.type in BY_ROW or (question.type in BY_PATTERN and _is_by_pattern(question, table))


def _is_by_pattern(question: ExpectationQuestion, table: _StagedTable) -> bool:
    regexes = [question.kwargs.get("regex"), *(question.kwargs.get("regex_list") or ())]
    try:
        patterns = [TextPattern.read(regex) for regex in regexes if regex is not None]
    except (NotUnderstood, TypeError):
        return False
    kinds = pq.read_schema(table.parquet)
    columns = [c for c in question.columns if c in kinds.names and pa.types.is_string(kinds.field(c).type)]
    is_text = len(columns) == len(question.columns)
    return is_text and all(p.is_simple for p in patterns) and all(map(table.is_one_engine, columns))


def _merged(
    asked: Sequence[ExpectationQuestion], frames: Iterable[Any], dates: frozenset[str]
) -> dict[str, ExpectationAnswer]:
    found: dict[str, list[FrameAnswer]] = {q.name: [] for q in asked}
    for frame in frames:
        for name, answer in ask_about_frame(asked, frame, dates).items():
            found[name].append(answer)
        # what it keeps of a frame refers to itself, and goes only when Python looks for such
        del frame
        gc.collect()
    return {q.name: _merge(q, found[q.name]) for q in asked}


def _merge(question: ExpectationQuestion, parts: Sequence[FrameAnswer]) -> ExpectationAnswer:
    """Return the answer on all rows from those on their batches, in their order."""
    for part in parts:
        if part.answer.problem:
            return part.answer
    count, of = sum(part.answer.count for part in parts), sum(part.answer.of for part in parts)
    met = is_share_met(sum(part.considered for part in parts), count, question.kwargs.get("mostly", 1))
    places = [place for part in parts for place in part.answer.places[:PLACES]]
    return ExpectationAnswer(met, count, of, places=tuple(places[: min(PLACES, ROWS_KEPT)]))
