"""The release that takes the place of one that has to go: the same rows without a column's cells, or without rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from flows.examine import described_headings, report_of_release
from flows.privacy.exposures import PurgeTarget
from flows.report_files import render_report
from flows.services import Services
from flows.state.anchors import anchor_of
from flows.state.instance_key import instance_key
from packages.errors import SetupProblem
from packages.formats.arrow import as_text
from packages.messages import finding
from packages.model import Batch, ChangeLog, Draft, Extract, Release, Rows, Table, Verdict, Where
from packages.release.seal import RenderedReport, seal
from packages.spec import DatasetSpec, FieldSpec, ResourceSpec, TableSchema
from quality.disclosure.taken_away import marks_of
from quality.drafting.draft import Staging, write_draft
from quality.report import for_public
from quality.tables import join_drafts, staged_tables

HEADINGS_ROW = 1
"""Row of the headings in a CSV file of ours: the first record stands on the next one."""

BATCH_ROWS = 16_384


@dataclass(frozen=True, slots=True)
class Replacement:
    """The sealed release, and the keyed hashes of the rows that it leaves out, made of the cells of `columns`."""

    release: Release
    marks: tuple[str, ...]
    columns: tuple[str, ...]


def make_replacement(
    old: Release, target: PurgeTarget, spec: DatasetSpec, services: Services, now: dt.datetime
) -> Replacement:
    """Make the release without what has to go, in the store; SetupProblem when that cannot be done."""
    table = _table_of(old, target)
    wanted, key = pa.array(target.rows, pa.int64()), instance_key(services.settings)
    marks: list[str] = []
    for first, cells in _text_batches(old.folder / table.parquet.name) if target.rows else ():
        numbers = pa.array(range(first, first + cells.num_rows), pa.int64())
        marks += marks_of(cells.filter(pc.is_in(numbers, wanted)), key)
    if target.rows and len(marks) != len(target.rows):
        raise SetupProblem(
            f"The public file of {spec.identity} has {table.rows:,} rows: the last stands on row "
            f"{table.rows + HEADINGS_ROW:,}.",
            fix="Download the CSV file that is public now and take the row numbers from there.",
        )
    report = report_of_release(old)
    with services.store.staging(spec.identity) as staging:
        drafts: list[Draft] = []
        for released in old.tables:
            resource = _as_released(released, spec, target if released.name == table.name else None)
            rows = _rows_without(old.folder / released.parquet.name, resource, target, is_concerned=released is table)
            place = Staging(staging, staged_tables(drafts), proves=False)
            # no file was received for it
            extract = Extract(old.folder, "", old.digest, 0, "", "", now)
            drafts.append(write_draft(rows, spec, resource, extract, place))
        draft = join_drafts(drafts, spec, {})
        # the shapes, rows and comparisons of the old report may speak of what is gone
        taken = finding("data-taken-away", Where(table.name, target.field, count=len(target.rows)), what=target.words)
        findings = tuple(
            replace(f, shapes=()) for f in report.findings if f.where.field != target.field or not f.where.field
        )
        new = replace(
            report,
            verdict=Verdict.PUBLISH,
            created=now,
            findings=(*findings, taken),
            tables=draft.tables,
            previous="",
            compared=(),
        )
        files = render_report(for_public(new, described_headings(spec)), spec, [], public=True)
        release = seal(
            draft,
            RenderedReport(new, files, anchor_of(services.ledger.chain)),
            spec,
            releases=services.store.releases,
            now=now,
        )
    release = services.store.keep_release(release)
    return Replacement(release, tuple(marks), tuple(field["name"] for field in table.schema["fields"]))


def _table_of(old: Release, target: PurgeTarget) -> Table:
    """Return the table that is concerned; SetupProblem when there is no such table or column, or it is a key."""
    by_name = {table.name: table for table in old.tables}
    table = by_name.get(target.table, old.tables[0]) if target.table in ("", *by_name) else None
    if table is None:
        raise SetupProblem(
            f"{old.identity} has no table “{target.table}”.", fix=f"Its tables are: {', '.join(by_name)}."
        )
    names = [field["name"] for field in table.schema["fields"]]
    if target.field and target.field not in names:
        raise SetupProblem(
            f"The public release of {old.identity} has no column “{target.field}”.",
            fix=f"Its columns are: {', '.join(names)}.",
        )
    schema = TableSchema.model_validate(table.schema)
    keys = (
        [schema.model_extra.get("primaryKey", []), *(own for own, _, _ in schema.points_to)]
        if schema.model_extra
        else []
    )
    if target.field and any(target.field in ([key] if isinstance(key, str) else key) for key in keys):
        raise SetupProblem(
            f"“{target.field}” tells the rows of {old.identity} apart: without it the table means nothing.",
            fix="Take rows away (--rows), or all of it (--everything).",
        )
    return table


def _as_released(table: Table, spec: DatasetSpec, target: PurgeTarget | None) -> ResourceSpec:
    """Return a table as its release describes it; the column that is emptied loses its constraints."""
    described = {f.name: f for r in spec.package.resources if r.name == table.name for f in r.table_schema.fields}
    fields = []
    for plain in table.schema["fields"]:
        known = described.get(plain["name"], FieldSpec(name=plain["name"]))
        own = {"safe": known.safe, "nature": known.nature, "decimals": known.decimals}
        gone: dict[str, Any] = {"constraints": {}} if target and plain["name"] == target.field else {}
        fields.append(FieldSpec(**plain | own | gone))
    schema = TableSchema(**dict(table.schema) | {"fields": fields})
    resource = next((r for r in spec.package.resources if r.name == table.name), None)
    if resource is None:
        return ResourceSpec(name=table.name, schema=schema)
    return resource.model_copy(update={"table_schema": schema})


def _rows_without(parquet: Path, resource: ResourceSpec, target: PurgeTarget, *, is_concerned: bool) -> Rows:
    names = resource.table_schema.names

    def start(_log: ChangeLog) -> Iterator[Batch]:
        for first, cells in _text_batches(parquet):
            numbers = pa.array(range(first, first + cells.num_rows), pa.int64())
            if is_concerned and target.field:
                place = names.index(target.field)
                cells = cells.set_column(place, target.field, pa.repeat(pa.scalar(""), cells.num_rows))
            elif is_concerned and target.rows:
                stays = pc.invert(pc.is_in(numbers, pa.array(target.rows, pa.int64())))
                cells, numbers = cells.filter(stays), numbers.filter(stays)
            yield Batch(cells, numbers)

    return Rows(names, {}, start, how_read="the release that was public before")


def _text_batches(parquet: Path) -> Iterator[tuple[int, pa.RecordBatch]]:
    """Yield the rows of a Parquet file as text, each batch with the number of its first row."""
    first = HEADINGS_ROW + 1
    with pq.ParquetFile(parquet, pre_buffer=False) as file:
        for batch in file.iter_batches(batch_size=BATCH_ROWS):
            texts = [pc.fill_null(as_text(column), "") for column in batch.columns]
            yield first, pa.RecordBatch.from_arrays(texts, names=batch.schema.names)
            first += batch.num_rows
