"""Small drafts and descriptions for the tests of formats and releases."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa

from packages.formats.arrow import arrow_schema, released_schema
from packages.formats.csv import CsvWriter
from packages.formats.parquet import ParquetWriter
from packages.model import ColumnStatistics, Draft, Extract, Identity, Report, Table, Verdict
from packages.spec import DataPackage, DatasetSpec, PublisherFile, QualitySpec, SharedMapping, TableSchema

NOW = dt.datetime(2026, 11, 22, 4, 0, tzinfo=dt.UTC)

FIELDS = [
    {"name": "reference", "type": "string", "title": "Reference", "constraints": {"required": True}},
    {"name": "amount", "type": "number", "decimals": 2, "safe": True, "description": "In pounds, without VAT."},
    {"name": "paid", "type": "date", "safe": True},
    {"name": "count", "type": "integer"},
]

COLUMNS: dict[str, Sequence[Any]] = {
    "reference": ["000123", 'He said "no", twice', "two\r\nlines", "=1+1"],
    "amount": [Decimal("1234.50"), Decimal("-0.05"), None, Decimal("99999999999999999999.99")],
    "paid": [dt.date(2026, 4, 1), None, dt.date(2026, 4, 30), dt.date(2026, 6, 30)],
    "count": [2**62, None, -1, 0],
}


def schema(fields: Sequence[Mapping[str, Any]] = FIELDS) -> TableSchema:
    return TableSchema.model_validate({"fields": list(fields)})


def batch(columns: Mapping[str, Sequence[Any]], of: TableSchema) -> pa.RecordBatch:
    arrow = arrow_schema(of)
    return pa.RecordBatch.from_arrays([pa.array(columns[f.name], f.type) for f in arrow], schema=arrow)


def spec(fields: Sequence[Mapping[str, Any]] = FIELDS, description: str = "All payments over £500.") -> DatasetSpec:
    package = DataPackage.model_validate(
        {
            "name": "spend-over-500",
            "title": "Spending over £500",
            "description": description,
            "license": "OGL-UK-3.0",
            "keywords": ["spending"],
            "theme": "transparency",
            "cadence": "quarterly",
            "period_field": "paid" if any(f["name"] == "paid" for f in fields) else "",
            "resources": [{"name": "spend-over-500", "title": "Payments", "schema": {"fields": list(fields)}}],
        }
    )
    publisher = PublisherFile.model_validate(
        {
            "publisher": "camden",
            "contact": {"team": "Open data team", "email": "opendata@camden.example"},
            "source": {"kind": "folder", "path": "samples"},
        }
    )
    return DatasetSpec(
        identity=Identity("spend-over-500", "camden"),
        folder=Path("spend-over-500"),
        package=package,
        quality=QualitySpec(),
        mapping=SharedMapping(),
        publisher=publisher,
    )


def write_table(folder: Path, columns: Mapping[str, Sequence[Any]] = COLUMNS, of: TableSchema | None = None) -> Table:
    """Both files of a table in `folder`, in batches of two rows."""
    of = of or schema()
    rows = batch(columns, of)
    csv = CsvWriter(folder / "spend-over-500.csv", of.names)
    parquet = ParquetWriter(folder / "spend-over-500.parquet", arrow_schema(of))
    for start in range(0, rows.num_rows, 2):
        csv.write(rows.slice(start, 2))
        parquet.write(rows.slice(start, 2))
    statistics = ColumnStatistics("paid", "date", "", "", 3, 1, 3, minimum="2026-04-01", maximum="2026-06-30")
    return Table("spend-over-500", released_schema(of), rows.num_rows, csv.close(), parquet.close(), (statistics,))


def make_draft(folder: Path, columns: Mapping[str, Sequence[Any]] = COLUMNS) -> Draft:
    folder.mkdir(parents=True, exist_ok=True)
    extract = Extract(folder / "in.csv", "in.csv", "0" * 64, 1, "text/csv", "", NOW)
    identity = Identity("spend-over-500", "camden")
    return Draft(identity, folder, extract, (write_table(folder, columns),), (), (), ())


def report(draft: Draft, verdict: Verdict = Verdict.PUBLISH) -> Report:
    return Report(draft.identity, verdict, NOW, (), (), (), draft.tables, {})


def with_cell(columns: Mapping[str, Sequence[Any]], name: str, row: int, value: object) -> dict[str, Sequence[Any]]:
    """The columns with one cell altered."""
    cells = list(columns[name])
    cells[row] = value
    return {**columns, name: cells}


def with_table(draft: Draft, table: Table) -> Draft:
    return replace(draft, tables=(table,))
