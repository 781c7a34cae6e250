"""A small dataset as YAML, and tables by hand, for the tests of shaping."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import yaml

from packages.model import Batch, Change, ChangeLog, Finding, Identity, Rows
from packages.shaping.shape import shape
from packages.spec import DatasetSpec, load_spec

DAY = dt.date(2026, 11, 20)
FIRST_ROW = 2
"""The headings stand on row 1."""

FIELDS: list[dict[str, Any]] = [
    {"name": "paid_on", "type": "date", "title": "Date of payment", "constraints": {"required": True}},
    {"name": "supplier", "type": "string", "title": "Supplier", "constraints": {"required": True}},
    {"name": "kind", "type": "string", "constraints": {"enum": ["goods", "Services"]}},
    {"name": "amount", "type": "number", "title": "Amount (£)", "constraints": {"required": True}, "decimals": 2},
    {"name": "note", "type": "string"},
]
HEADINGS = ("paid_on", "supplier", "kind", "amount", "note")


def a_spec(
    root: Path,
    *,
    fields: Sequence[Mapping[str, Any]] = tuple(FIELDS),
    mapping: Mapping[str, Any] | None = None,
    publisher: Mapping[str, Any] | None = None,
) -> DatasetSpec:
    """Write a dataset called payments with a publisher called camden, and load it."""
    package = {
        "name": "payments",
        "title": "Payments",
        "description": "Payments of a council, line by line.",
        "theme": "transparency",
        "cadence": "monthly",
        "resources": [{"name": "payments", "schema": {"fields": [dict(field) for field in fields]}}],
    }
    source = {"kind": "folder", "path": "samples"}
    camden = {"publisher": "camden", "contact": {"team": "Open data team"}, "source": source} | dict(publisher or {})
    folder = root / "payments"
    (folder / "publishers").mkdir(parents=True, exist_ok=True)
    _write(folder / "datapackage.yaml", package)
    _write(folder / "mapping.yaml", dict(mapping or {}))
    _write(folder / "publishers" / "camden.yaml", camden)
    return load_spec(Identity("payments", "camden"), root)


def _write(path: Path, content: Mapping[str, Any]) -> None:
    path.write_text(yaml.safe_dump(dict(content), sort_keys=False), encoding="utf-8")


def a_field(kind: str, **properties: Any) -> tuple[dict[str, Any], ...]:
    """The fields of a dataset that has one field only, called value."""
    return ({"name": "value", "type": kind, **properties},)


Row = Sequence[str | None]


def table(headings: Sequence[str], rows: Sequence[Row], *, batch: int = 1000) -> Rows:
    """Rows as a reader makes them, in batches of so many rows; a repeated heading gets “ (2)” as its column."""
    columns = [h if h not in headings[:i] else f"{h} (2)" for i, h in enumerate(headings)]

    def start(log: ChangeLog) -> Iterator[Batch]:
        for first in range(0, len(rows), batch):
            part = rows[first : first + batch]
            arrays = [pa.array([row[i] for row in part], pa.string()) for i in range(len(columns))]
            numbers = pa.array(range(FIRST_ROW + first, FIRST_ROW + first + len(part)), pa.int64())
            yield Batch(pa.RecordBatch.from_arrays(arrays, names=columns), numbers)

    return Rows(tuple(columns), dict(zip(columns, headings, strict=True)), start, sheet="Sheet1", how_read="by hand")


@dataclass(frozen=True)
class Shaped:
    """All that one pass gives."""

    rows: list[dict[str, Any]]
    numbers: list[int]
    headings: Mapping[str, str]
    changes: tuple[Change, ...]
    findings: tuple[Finding, ...]

    def column(self, name: str) -> list[str | None]:
        return [row[name] for row in self.rows]

    def counts(self) -> dict[tuple[str, str], int]:
        """Number of changed cells by rule and field."""
        return {(change.rule, change.field): change.count for change in self.changes}

    def rules(self) -> list[str]:
        return [found.rule for found in self.findings]

    def found(self, rule: str) -> Finding:
        (one,) = [found for found in self.findings if found.rule == rule]
        return one


def run(rows: Rows, spec: DatasetSpec, day: dt.date = DAY) -> Shaped:
    """Shape a table and take everything it gives in one pass."""
    shaped, log = shape(rows, spec, spec.resource, day=day), ChangeLog()
    batches = list(shaped.start(log))
    cells = [row for batch in batches for row in batch.cells.to_pylist()]
    numbers = [number for batch in batches for number in batch.numbers.to_pylist()]
    return Shaped(cells, numbers, shaped.headings, log.changes, log.findings)


def values(texts: Sequence[str | None], spec: DatasetSpec, **how: Any) -> Shaped:
    """Shape a table of one column called value."""
    return run(table(["value"], [[text] for text in texts], **how), spec)
