"""Rows that are there twice: a block of rows pasted in again, or a row that repeats one with its reference."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from packages.messages import finding
from packages.model import ROWS_KEPT, Check, CheckOutcome, Draft, Finding, Table, Where
from packages.spec import DatasetSpec, ResourceSpec
from quality.equal_rows import EqualRows, codes_at, equal_rows, rows_sharing, texts_at
from quality.verdict import JudgedPart

if TYPE_CHECKING:
    from quality.conform.masks import Ints

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


def _findings(draft: Draft, table: Table, equal: EqualRows, file: pq.ParquetFile) -> Iterator[Finding]:
    pasted = pasted_blocks(equal, _names(table, equal, file))
    rule, doubled = "rows-pasted-twice", pasted
    if not len(pasted) and (reference := _telling_field(table, equal, file)):
        rule, doubled = "rows-repeated", equal.places
        column = draft.heading(table.name, reference) or reference
    else:
        reference = column = ""
    if len(doubled):
        rows = draft.rows_at(table.name, doubled[:ROWS_KEPT].tolist())
        yield finding(rule, Where(table.name, reference, column, rows=rows, count=len(doubled), of=table.rows))


def _names(table: Table, equal: EqualRows, file: pq.ParquetFile) -> pa.Array:
    """Return a text of each equal row, from the column that has most different ones; without one, all are of a name."""
    # an invoice has many lines, all of them with its number
    words = {field.name for field in file.schema_arrow if pa.types.is_string(field.type)}
    texts = [c for c in table.columns if c.name in words and c.filled and not REFERENCE.search(c.name)]
    if not texts:
        return pa.nulls(len(equal.places))
    return texts_at(file, max(texts, key=lambda column: column.distinct).name, equal.places)


def pasted_blocks(equal: EqualRows, names: pa.Array) -> Ints:
    """Return the positions of rows in blocks that are there before, row after row in the same order.

    `names` is one text for each of the equal rows, such as the payee.
    """
    places, distance = equal.places, equal.places - equal.earlier
    borders = np.flatnonzero((np.diff(places) != 1) | (np.diff(distance) != 0)) + 1
    starts, ends = np.concatenate(([0], borders)), np.concatenate((borders, [len(places)]))
    # rows that equal each other are closer than their block is long, such as many payments of one amount
    blocks = [
        places[start:end]
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True)
        if end - start >= BLOCK
        and distance[start] >= end - start
        and len(names.slice(start, end - start).unique()) >= BLOCK
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
            # an empty cell counts as one more value
            sharing = rows_sharing(file, [column.name])
            values = table.rows - len(sharing) + len(np.unique(codes_at(file, [column.name], sharing)))
            if values - (column.filled < table.rows) >= TELLS_APART * different:
                return column.name
    return ""
