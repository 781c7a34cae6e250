"""Drafts made by hand: a Parquet file, and the nouns around it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from packages.model import (
    Check,
    CheckOutcome,
    ColumnStatistics,
    Draft,
    Extract,
    Finding,
    Identity,
    StagedFile,
    Table,
)
from packages.spec import DatasetSpec
from quality.judge import JudgeInput, ignore_part, judge

NOW = dt.datetime(2026, 11, 22, 4, 0, tzinfo=dt.UTC)
CONFORMS = Check("conformance", "The table follows its schema", CheckOutcome.PASSED)


def make_spec(fields: Sequence[Mapping[str, Any]], **quality: Any) -> DatasetSpec:
    """The description of a dataset `things` of Camden with one resource `things`."""
    described = [{"description": "What it is."} | dict(f) for f in fields]
    return DatasetSpec.model_validate(
        {
            "identity": Identity("things", "camden"),
            "folder": Path("things"),
            "package": {
                "name": "things",
                "title": "Things",
                "description": "All things that the council owns, with the day on which it bought them and the price.",
                "keywords": ["things", "assets"],
                "theme": "transparency",
                "cadence": "quarterly",
                "resources": [{"name": "things", "schema": {"fields": described}}],
            },
            "quality": quality,
            "mapping": {},
            "publisher": {
                "publisher": "camden",
                "contact": {"team": "Open data team", "email": "opendata@camden.example"},
                "source": {"kind": "folder", "path": "samples"},
            },
        }
    )


def make_draft(
    folder: Path,
    columns: Mapping[str, pa.Array],
    *,
    findings: tuple[Finding, ...] = (),
    headings: Mapping[str, str] | None = None,
) -> Draft:
    """A draft of one table `things` with these columns, written to Parquet in the folder."""
    table = pa.table(dict(columns))
    pq.write_table(table, folder / "things.parquet")
    return Draft(
        identity=Identity("things", "camden"),
        folder=folder,
        extract=Extract(folder / "received.csv", "received.csv", "0" * 64, 10, "text/csv", "", NOW),
        tables=(make_table(table.num_rows, [statistics(n, c) for n, c in columns.items()]),),
        findings=findings,
        checks=(CONFORMS,),
        changes=(),
        headings={"things": headings or {}},
    )


def make_table(rows: int, columns: Sequence[ColumnStatistics], name: str = "things") -> Table:
    """A table with these statistics, whose files nobody opens."""
    schema = {"fields": [{"name": c.name, "type": c.type} for c in columns]}
    csv = StagedFile(f"{name}.csv", "1" * 64, 1, "text/csv")
    parquet = StagedFile(f"{name}.parquet", "2" * 64, 1, "application/vnd.apache.parquet")
    return Table(name, schema, rows, csv, parquet, tuple(columns))


def statistics(name: str, cells: pa.Array) -> ColumnStatistics:
    """What a pass over the cells would have counted."""
    missing = cells.null_count
    return ColumnStatistics(name, "string", name, "", len(cells) - missing, missing, 0)


def judged(draft: Draft, spec: DatasetSpec, **changes: Any) -> Any:
    """The report on a draft as a first release, quickly, unless told otherwise."""
    usual: dict[str, Any] = {"previous": None, "previous_digest": "", "digest": "d1", "now": NOW, "quick": True}
    on_part = changes.pop("on_part", ignore_part)
    return judge(draft, spec, JudgeInput(**usual | changes), on_part)
