"""Have a workbook, a map or a JSON document read by the confined child, and pass on its rows."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from packages.headings import LISTED
from packages.messages import finding, unquoted
from packages.model import Batch, ChangeLog, Extract, Finding, OnRows, Rows, Severity, Where, no_progress
from packages.readers.budget import ReadingBudget, budget_of
from packages.readers.checks.damage import DamageCheck
from packages.readers.checks.edges import EdgeRows
from packages.readers.checks.headings import UnnamedColumns, header_findings, name_columns
from packages.readers.checks.rows import RowChecks, RowTally
from packages.readers.child_protocol import ROWS, is_rows_schema, rows_written
from packages.readers.file_kinds import FILE_KINDS, Records
from packages.readers.opening.ask import file_kind, require_known_encoding
from packages.readers.sandbox.confined import ConfinedJob, given_file, run_confined
from packages.readers.sandbox.orders import ChildTask
from packages.readers.sandbox.temporary_folder import TemporaryFolder
from packages.refusal import refusal
from packages.spec import ReadingSpec


def read_confined(
    extract: Extract,
    reading: ReadingSpec,
    known: Collection[str],
    on_rows: OnRows = no_progress,
    budget: ReadingBudget | None = None,
) -> Rows:
    """Read a workbook, a map file or a JSON document; FileProblem when it cannot be opened safely.

    `known` are the normalised headings that the description recognises. `on_rows` gets the number of rows read so far,
    about once a second; 0 while the library opens the file. The budget is that of its kind where none is given.
    """
    require_known_encoding(reading.encoding)
    kind, folder = file_kind(extract.path), TemporaryFolder()
    arguments = {
        "kind": kind.value,
        "sheet": reading.sheet,
        "encoding": reading.encoding,
        "header_row": reading.header_row,
        "known": sorted(known),
    }
    group = "records" if isinstance(FILE_KINDS[kind], Records) else "workbooks"
    job = ConfinedJob(ChildTask.READ, extract.path.resolve(), arguments, group, budget or budget_of(kind.name))
    progress = _Progress(folder.path / ROWS, on_rows)
    outcome = run_confined(job, folder.path, progress.look)["found"]
    return _rows_of(outcome, folder, reading, known)


class _Progress:
    """Tells how many rows a child has written."""

    def __init__(self, rows: Path, on_rows: OnRows) -> None:
        self._path = rows
        self._on_rows = on_rows
        self._rows = 0

    def look(self) -> None:
        # the child may be about to write the count anew, which is empty then
        self._rows = max(self._rows, rows_written(self._path))
        self._on_rows(self._rows)


def _given_batches(path: Path) -> Iterator[pa.RecordBatch]:
    """Yield what a child has written; FileProblem when it is no rows: who takes over a reader may write anything."""
    try:
        with pa.OSFile(str(given_file(path))) as file, pa.ipc.open_stream(file) as reader:
            if not is_rows_schema(reader.schema):
                raise refusal("workbook-unreadable")
            for batch in reader:
                batch.validate(full=True)
                yield batch
    except (pa.ArrowException, OSError) as error:
        raise refusal("workbook-unreadable") from error


def _rows_of(outcome: dict[str, Any], folder: TemporaryFolder, reading: ReadingSpec, known: Collection[str]) -> Rows:
    """Return the rows that the child left, without columns that have neither a heading nor a cell."""
    headings, filled, sheet = outcome["headings"], outcome["filled"], outcome["sheet"]
    kept = tuple(i for i, heading in enumerate(headings) if heading.strip() or filled[i : i + 1] == [True])
    header = name_columns(outcome["row"], headings, tuple(outcome["above"])).only(kept)
    findings = []
    for values in outcome["findings"]:
        # JSON turned tuples into lists and the severity into its text
        where = Where(**values["where"] | {"rows": tuple(values["where"]["rows"])})
        found = {"where": where, "severity": Severity(values["severity"]), "shapes": ()}
        findings.append(Finding(**values | found))
    findings += header_findings(header, sheet)
    alike = outcome["alike"]
    if alike and reading.sheets == "one":
        sizes = [f"“{unquoted(t['name'])}” ({t['rows']:,} {'row' if t['rows'] == 1 else 'rows'})" for t in alike]
        where = Where(sheet=sheet, count=len(alike), unit="table")
        findings.append(finding("tables-alike", where, tables=", ".join(sizes[:LISTED]), read=unquoted(sheet)))

    def batches() -> Iterator[Batch]:
        positions = [str(i) for i in kept]
        for batch in _given_batches(folder.path / ROWS):
            cells = batch.select(positions).rename_columns(list(header.columns))
            yield Batch(cells, batch.column("row"))

    def start(log: ChangeLog) -> Iterator[Batch]:
        for found in findings:
            log.find(found)
        checks = RowChecks(RowTally(), DamageCheck(header.headings), EdgeRows())
        unnamed = UnnamedColumns(header, known)
        for batch in checks.kept(batches()):
            unnamed.watch(batch)
            yield batch
        checks.report(log, sheet)
        unnamed.report(log, sheet)

    made = frozenset(column for column, heading in header.headings.items() if heading in outcome["made"])
    names = tuple(table["name"] for table in alike)
    return Rows(header.columns, header.headings, start, sheet, outcome["how_read"], names, made)
