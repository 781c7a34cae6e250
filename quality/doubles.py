"""Rows that are there twice: a block of rows pasted in again, or a row that repeats one with its reference."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from packages.messages import finding
from packages.model import ROWS_KEPT, Check, CheckOutcome, Draft, Finding, Table, Where
from packages.spec import DatasetSpec, ResourceSpec
from quality.verdict import JudgedPart

if TYPE_CHECKING:
    import numpy as np

    Ints = np.ndarray[Any, np.dtype[np.int64]]

TITLE = "No rows are there twice"

BLOCK = 3
"""Rows one after the other that are there again in the same order, with as many different words in the column that has
most of them: that is no chance. Of one payee, many payments are alike, and come in the same order."""

REFERENCE = re.compile(
    r"(^|[-_ ])(id|ref|reference|uprn|number|no|code)$|(?<=[a-z])(Reference|Id|Ref|Number)$", re.IGNORECASE
)
"""Names of fields that may tell the rows of a table apart …"""
TELLS_APART = 0.98
"""… and do when so large a share of the different rows has a value of its own there."""

BINS = 22
"""Bits of the hash by which rows that are alone are ruled out."""


@dataclass(frozen=True, slots=True)
class EqualRows:
    """Rows that equal an earlier row in every column, as positions from 0, and the last row before each that does."""

    places: Ints
    earlier: Ints


def doubles_part(draft: Draft, spec: DatasetSpec) -> JudgedPart:
    """Check every table whose schema has no key: a key that repeats is a finding of conformance."""
    resources = {resource.name: resource for resource in spec.package.resources}
    due = [table for table in draft.tables if table.name in resources and not has_key(resources[table.name])]
    return JudgedPart.joined(_table_part(draft, table) for table in due)


def has_key(resource: ResourceSpec) -> bool:
    """Whether the schema asks for something that no two rows share."""
    extra = resource.table_schema.model_extra or {}
    is_unique = any(field.constraints.get("unique") for field in resource.table_schema.fields)
    return bool(extra.get("primaryKey") or extra.get("uniqueKeys") or is_unique)


def _table_part(draft: Draft, table: Table) -> JudgedPart:
    check = f"doubles/{table.name}"
    path = draft.folder / table.parquet.name
    # numbers and days are compared fastest, and of them those with most values rule most rows out
    columns = sorted(table.columns, key=lambda column: (column.type == "string", -column.distinct))
    with pq.ParquetFile(path, pre_buffer=False) as file:
        equal = equal_rows(file, [column.name for column in columns if column.filled])
        findings = tuple(_findings(draft, table, equal, file)) if len(equal.places) else ()
    return JudgedPart(findings, (Check(check, TITLE, CheckOutcome.FAILED if findings else CheckOutcome.PASSED),))


def equal_rows(file: pq.ParquetFile, columns: Sequence[str]) -> EqualRows:
    """Find the rows that equal another in all columns; each column is looked at only for rows still in question."""
    import numpy as np

    places, keys = np.arange(file.metadata.num_rows), np.zeros(file.metadata.num_rows, np.uint64)
    for name in columns if len(places) else ():
        cells = file.read(columns=[name]).column(0).combine_chunks()
        if len(places) < len(cells):
            cells = cells.take(pa.array(places))
        # the product wraps round: a number that is the same for the same values, and hardly ever for others
        keys = (keys + _codes(cells) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        bins = (keys >> np.uint64(64 - BINS)).astype(np.int64)
        in_question = np.bincount(bins, minlength=1)[bins] > 1
        places, keys = places[in_question], keys[in_question]
        if not len(places):
            break
    order = np.argsort(keys, kind="stable")
    places, keys = places[order], keys[order]
    repeats = np.flatnonzero(keys[1:] == keys[:-1]) + 1
    by_place = np.argsort(places[repeats])
    return EqualRows(places[repeats][by_place], places[repeats - 1][by_place])


def _codes(cells: pa.Array) -> np.ndarray[Any, np.dtype[np.uint64]]:
    """Return a number for each value: the same for the same values, and hardly ever for others."""
    import numpy as np

    width = {pa.date32(): np.uint32, pa.int64(): np.uint64, pa.float64(): np.uint64}.get(cells.type)
    if pa.types.is_decimal128(cells.type):
        width = np.uint64
    if width is None or cells.null_count:
        codes: np.ndarray[Any, np.dtype[np.uint64]] = (
            cells.dictionary_encode("encode").indices.to_numpy(zero_copy_only=False).astype(np.uint64)
        )
        return codes
    # the bits of a value are quicker than its place in a dictionary; of a decimal they are two numbers
    bits = np.frombuffer(cells.buffers()[1], width)
    step = 2 if pa.types.is_decimal128(cells.type) else 1
    bits = bits[cells.offset * step : (cells.offset + len(cells)) * step].astype(np.uint64)
    return bits if step == 1 else bits[::2] + bits[1::2] * np.uint64(3)


def _findings(draft: Draft, table: Table, equal: EqualRows, file: pq.ParquetFile) -> Iterator[Finding]:
    pasted = pasted_blocks(equal, _names(table, file))
    rule, doubled = "rows-pasted-twice", pasted
    if not len(pasted) and (reference := _telling_field(table, equal, file)):
        rule, doubled = "rows-repeated", equal.places
        column = draft.heading(table.name, reference) or reference
    else:
        reference = column = ""
    if len(doubled):
        rows = draft.rows_at(table.name, doubled[:ROWS_KEPT].tolist())
        yield finding(rule, Where(table.name, reference, column, rows=rows, count=len(doubled), of=table.rows))


def _names(table: Table, file: pq.ParquetFile) -> pa.Array:
    """Return the column of text that has most different values; rows that differ in nothing are of one name."""
    # an invoice has many lines, all of them with its number
    words = {field.name for field in file.schema_arrow if pa.types.is_string(field.type)}
    texts = [c for c in table.columns if c.name in words and c.filled and not REFERENCE.search(c.name)]
    if not texts:
        return pa.nulls(table.rows)
    return file.read(columns=[max(texts, key=lambda column: column.distinct).name]).column(0).combine_chunks()


def pasted_blocks(equal: EqualRows, names: pa.Array) -> Ints:
    """Return the positions of rows in blocks that are there before, row after row in the same order.

    `names` is one text for each row of the table, such as the payee.
    """
    import numpy as np

    places, distance = equal.places, equal.places - equal.earlier
    borders = np.flatnonzero((np.diff(places) != 1) | (np.diff(distance) != 0)) + 1
    starts, ends = np.concatenate(([0], borders)), np.concatenate((borders, [len(places)]))
    # rows that equal each other are closer than their block is long, such as many payments of one amount
    blocks = [
        places[start:end]
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True)
        if end - start >= BLOCK
        and distance[start] >= end - start
        and len(names.take(pa.array(places[start:end])).unique()) >= BLOCK
    ]
    return np.concatenate(blocks) if blocks else places[:0]


def _telling_field(table: Table, equal: EqualRows, file: pq.ParquetFile) -> str:
    """Return a field that tells the different rows of the table apart; empty when there is none."""
    different = table.rows - len(equal.places)
    for column in table.columns:
        if (
            column.type in ("string", "integer")
            and REFERENCE.search(column.name)
            and column.filled > TELLS_APART * table.rows
        ):
            cells = file.read(columns=[column.name]).column(0)
            if len(cells.drop_null().unique()) >= TELLS_APART * different:
                return column.name
    return ""
