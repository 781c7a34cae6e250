"""The child's side of reading a workbook, a map or a JSON document: its rows go into the job's folder."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from packages.readers.child_protocol import ReadJob, ReadTable
from packages.readers.file_kinds import FILE_KINDS, ConvertedWorkbook, FileKind, Records, Workbook, load_reference
from packages.readers.opening.archive_limits import check_archive, is_archive


def reading_rows(kind: str, known: Sequence[str], **described: Any) -> Callable[[Path], dict[str, Any]]:
    """Return the task of the confined child: the fields of a `ReadTable`, whose rows are in the job's folder.

    `described` are the other fields of a `ReadJob`, but its folder.
    """
    reader = load_reader(FileKind(kind))

    def read(folder: Path) -> dict[str, Any]:
        path = Path(described["path"])
        if is_archive(path):
            check_archive(path)
        job = ReadJob(folder=str(folder), kind=FileKind(kind), known=frozenset(known), **described)
        return dataclasses.asdict(reader(job))

    return read


def load_reader(kind: FileKind) -> Callable[[ReadJob], ReadTable]:
    """Import the reader of a kind, and only that: a workbook needs no parser of maps, nor the other way round."""
    match FILE_KINDS[kind]:
        case Workbook(title, inspect):
            from packages.readers.workbooks.sheets import read_sheet

            return partial(read_sheet, title=title, inspect=load_reference(inspect))
        case ConvertedWorkbook(title, convert, inspect):
            from packages.readers.workbooks.sheets import read_sheet

            reader = partial(read_sheet, title=title, inspect=load_reference(inspect))
            converter = load_reference(convert)
            return lambda job: reader(dataclasses.replace(job, path=str(converter(Path(job.path), Path(job.folder)))))
        case Records(source):
            from packages.readers.records.read_records import read_records

            return partial(read_records, open_source=load_reference(source))
    raise KeyError(kind)
