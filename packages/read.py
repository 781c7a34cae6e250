"""Any tabular file as a stream of text cells, without guessing types."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from packages.headings import listed_names
from packages.messages import unquoted
from packages.model import Batch, ChangeLog, Extract, OnRows, Rows, Where, no_progress
from packages.readers.checks.headings import are_alike
from packages.readers.confined_rows import read_confined
from packages.readers.delimited.csv import read_csv
from packages.readers.file_kinds import (
    FILE_KINDS,
    Archive,
    ConvertedWorkbook,
    DelimitedText,
    FileKind,
    Records,
    Refused,
    Workbook,
)
from packages.readers.joined import NamedRows, join_tables
from packages.readers.opening.ask import file_kind, unpack_confined, words_of_server
from packages.readers.opening.refused_kinds import refuse_kind
from packages.readers.sandbox.temporary_folder import TemporaryFolder
from packages.refusal import refusal
from packages.spec import ReadingSpec


def read(extract: Extract, reading: ReadingSpec, known: Collection[str], on_rows: OnRows = no_progress) -> Rows:
    """Read the file of an extract as rows of text.

    `known` are the normalised headings that the description recognises. `on_rows` gets the number of rows read so far
    from a file that must be read whole before its rows can pass, 0 first. FileProblem names what the file is when it
    holds no table.
    """
    kind = file_kind(extract.path)
    match FILE_KINDS[kind]:
        case Refused():
            raise refuse_kind(kind, words_of_server(extract.path) if kind is FileKind.SERVER_ERROR else "")
        case DelimitedText():
            # its rows are counted while they pass, so there is nothing to report before
            return read_csv(extract, reading, known)
        case Archive():
            return _read_unpacked(extract, reading, known, on_rows)
        case Workbook() | ConvertedWorkbook() | Records():
            rows = read_confined(extract, reading, known, on_rows)
            if reading.sheets == "one" or not rows.alike:
                return rows
            named = [(name, reading.model_copy(update={"sheet": name})) for name in rows.alike]
            return join_tables([NamedRows(name, read_confined(extract, one, known, on_rows)) for name, one in named])


def _read_unpacked(extract: Extract, reading: ReadingSpec, known: Collection[str], on_rows: OnRows) -> Rows:
    folder = TemporaryFolder()
    inside = unpack_confined(extract.path, folder, reading.file, several=reading.sheets == "all")
    if any(isinstance(FILE_KINDS[file_kind(path)], Archive) for path in inside.values()):
        raise refusal("archive-in-archive")
    parts = [NamedRows(name, read(replace(extract, path=p), reading, known, on_rows)) for name, p in inside.items()]
    headings = [list(part.rows.headings.values()) for part in parts]
    if not all(are_alike(headings[0], others, known) for others in headings[1:]):
        names = listed_names([unquoted(part.name) for part in parts])
        raise refusal("archive-several", Where(count=len(parts), unit="file"), files=names)
    rows = parts[0].rows if len(parts) == 1 else join_tables(parts)

    def start(log: ChangeLog) -> Iterator[Batch]:
        # the pass holds the folder, so that it outlives the last reference to the rows
        with folder:
            yield from rows.start(log)

    return replace(rows, start=start, how_read=f"Unpacked; {rows.how_read}")
