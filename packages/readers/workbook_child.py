"""Reads a workbook in a process of its own, so that one made to exhaust a reader only exhausts this.

Started by `packages.readers.workbook` with a job as JSON on standard input; leaves `outcome.json` and `rows.arrow` in
the job's folder.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import python_calamine as calamine

from packages.errors import FileProblem
from packages.messages import finding
from packages.model import Finding, Where
from packages.readers.cells import as_text
from packages.readers.headings import LOOKED_AT, Header, find_header, known_headings_in
from packages.readers.refusal import refusal
from packages.readers.workbook_look import SheetLook, look_into

BATCH_ROWS = 8_192
Record = list[str]


def main() -> None:
    """Do the job on standard input."""
    job = json.load(sys.stdin)
    _limit_memory(job["memory"])
    folder = Path(job["folder"])
    try:
        outcome = _read(job, folder / "rows.arrow")
    except FileProblem as problem:
        outcome = {"problem": [problem.what, problem.fix, problem.why]}
    except calamine.CalamineError:
        unreadable = refusal("workbook-unreadable")
        outcome = {"problem": [unreadable.what, unreadable.fix, unreadable.why]}
    (folder / "outcome.json").write_text(json.dumps(outcome), encoding="utf-8")


def _limit_memory(limit: int) -> None:
    try:
        import resource
    except ImportError:  # not on Windows, where the time limit alone must do
        return
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _read(job: dict[str, Any], rows: Path) -> dict[str, Any]:
    looks, findings = look_into(Path(job["path"]))
    with calamine.CalamineWorkbook.from_path(job["path"]) as book:
        look, left_out = _choose(book, looks, job["sheet"], frozenset(job["known"]))
        if left_out and not job["sheet"]:
            where = Where(sheet=look.name, count=left_out, unit="sheet")
            findings.append(finding("sheets-left-out", where, sheet=look.name))
        if look.errors:
            findings.append(_errors_found(look))
        records = _records(book, look)
        first = list(islice(records, max(LOOKED_AT, job["header_row"] or 0)))
        header = find_header(first, job["known"], job["header_row"])
        filled = _write(chain(first[header.row :], records), header, rows)
    return _outcome(look, header, filled, findings) | {"headings": first[header.row - 1]}


def _errors_found(look: SheetLook) -> Finding:
    rows = sorted({row for row, _ in look.errors})
    return finding("workbook-error-cells", Where(sheet=look.name, rows=tuple(rows[:3]), count=len(look.errors)))


def _outcome(look: SheetLook, header: Header, filled: Sequence[bool], findings: Sequence[Finding]) -> dict[str, Any]:
    return {
        "sheet": look.name,
        "row": header.row,
        "above": header.above,
        "filled": filled,
        "findings": [[f.rule, f.where.sheet, f.where.rows, f.where.count, f.what] for f in findings],
    }


def _choose(
    book: calamine.CalamineWorkbook, looks: Sequence[SheetLook], asked: str, known: Collection[str]
) -> tuple[SheetLook, int]:
    """The sheet to read, and how many others hold something."""
    if asked:
        for look in looks:
            if look.name.strip().casefold() == asked.strip().casefold():
                return look, 0
        raise refusal("sheet-missing", asked=asked)
    filled = [look for look in looks if look.cells]
    if not filled:
        raise refusal("file-empty")
    # a hidden sheet is chosen only when no other will do; max() keeps the first of equals
    best = filled[0] if len(filled) == 1 else max(filled, key=lambda s: (not s.hidden, _promise(book, s, known)))
    return best, len(filled) - 1


def _promise(book: calamine.CalamineWorkbook, look: SheetLook, known: Collection[str]) -> int:
    return max(known_headings_in(record, known) for record in islice(_records(book, look), LOOKED_AT))


def _records(book: calamine.CalamineWorkbook, look: SheetLook) -> Iterator[Record]:
    """The rows of a sheet from row 1 and column A on; errors are put back where the library has left them out."""
    width = max(look.columns, default=0)
    sheet = book.get_sheet_by_name(look.name)
    left = [""] * (sheet.start[1] if sheet.start else 0)
    errors: dict[int, list[tuple[int, str]]] = {}
    for (row, column), text in look.errors.items():
        errors.setdefault(row, []).append((column, text))
    rows = sheet.iter_rows() if sheet.start else iter([])
    for number in range(1, look.last_row + 1):
        record = left + [as_text(value) for value in next(rows, [])]
        record += [""] * (width - len(record))
        for column, text in errors.get(number, ()):
            record[column - 1] = text
        yield record


def _write(records: Iterator[Record], header: Header, path: Path) -> list[bool]:
    """Write the rows below the headings as Arrow; tells for each column whether it holds anything."""
    width = len(header.columns)
    names = [str(i) for i in range(width)]
    schema = pa.schema([("row", pa.int64()), *((name, pa.string()) for name in names)])
    filled = [False] * width
    number = header.row + 1
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, schema) as writer:
        while piece := list(islice(records, BATCH_ROWS)):
            columns = list(zip(*piece, strict=True))
            filled = [was or any(column) for was, column in zip(filled, columns, strict=True)]
            numbers = pa.array(range(number, number + len(piece)), pa.int64())
            arrays = [numbers, *(pa.array(column, pa.string()) for column in columns)]
            writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=schema))
            number += len(piece)
    return filled


if __name__ == "__main__":
    main()
