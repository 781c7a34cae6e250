"""Data that were taken away for good and come again in a later file: a column with content, or the same rows."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from packages.formats.arrow import as_text
from packages.messages import finding
from packages.model import ROWS_KEPT, Check, CheckOutcome, Draft, Finding, Table, Where
from quality.verdict import JudgedPart

TITLE = "Nothing that was taken away comes again"


@dataclass(frozen=True, slots=True)
class TakenRows:
    """Rows of a table that were taken away: their keyed hashes over the cells of these columns."""

    table: str
    columns: tuple[str, ...]
    marks: frozenset[str]


@dataclass(frozen=True, slots=True)
class TakenAway:
    """What was taken away from a dataset: fields (table, field) that stay empty, rows, and releases by digest.

    `key` is the secret that the hashes of rows are made with.
    """

    fields: frozenset[tuple[str, str]] = frozenset()
    rows: tuple[TakenRows, ...] = ()
    releases: frozenset[str] = frozenset()
    key: bytes = b""

    @property
    def anything(self) -> bool:
        """Whether anything was ever taken away."""
        return bool(self.fields or self.rows or self.releases)


NOTHING_TAKEN = TakenAway()
"""What most datasets have: nothing was ever taken away."""


def marks_of(cells: pa.RecordBatch, key: bytes) -> list[str]:
    """Return the keyed hash (HMAC-SHA256, hex) of each row of text; a null is an empty cell."""
    rows = zip(*(column.to_pylist() for column in cells.columns), strict=True)
    texts = ("\x1f".join(f"{text or ''}" for text in row) for row in rows)
    return [hmac.new(key, f"row {text}".encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest() for text in texts]


def taken_away_part(draft: Draft, digest: str, taken: TakenAway) -> JudgedPart:
    """Look for what was taken away; `digest` is that of the draft's content."""
    found = [finding("personal-taken-away", Where(), what="This content")] if digest in taken.releases else []
    for table in draft.tables:
        for column in table.columns:
            if column.filled and {(table.name, column.name), ("", column.name)} & taken.fields:
                where = Where(table.name, column.name, draft.heading(table.name, column.name), count=column.filled)
                found.append(finding("personal-taken-away", where, what=f"What the column “{column.name}” holds"))
        for rows in taken.rows:
            if rows.table in ("", table.name):
                found += _again_in_rows(draft, table, rows, taken.key)
    return JudgedPart(
        tuple(found), (Check("taken-away", TITLE, CheckOutcome.FAILED if found else CheckOutcome.PASSED),)
    )


def _again_in_rows(draft: Draft, table: Table, rows: TakenRows, key: bytes) -> Iterator[Finding]:
    path = draft.folder / table.parquet.name
    if not set(rows.columns) <= set(pq.read_schema(path).names):
        return
    places: list[int] = []
    start = count = 0
    for batch in pq.ParquetFile(path).iter_batches(columns=list(rows.columns)):
        texts = [pc.fill_null(as_text(batch.column(name)), "") for name in rows.columns]
        marks = marks_of(pa.RecordBatch.from_arrays(texts, names=list(rows.columns)), key)
        hits = [start + place for place, mark in enumerate(marks) if mark in rows.marks]
        count += len(hits)
        places += hits[: ROWS_KEPT - len(places)]
        start += batch.num_rows
    if count:
        where = Where(table.name, rows=draft.rows_at(table.name, places), count=count)
        yield finding("personal-taken-away", replace(where, of=table.rows), what="What these rows hold")
