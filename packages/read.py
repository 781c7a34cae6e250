"""Reading of any tabular file as a stream of text cells, without guessing types."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace

from packages.model import Batch, ChangeLog, Extract, OnRows, Rows, no_progress
from packages.readers.archive import unpack
from packages.readers.delimited.csv import read_csv
from packages.readers.recognise import FileKind, recognise_kind, refuse_kind
from packages.readers.sandbox.confined import read_confined
from packages.readers.sandbox.temporary_folder import TemporaryFolder
from packages.refusal import refusal
from packages.spec import ReadingSpec


def _read_text(extract: Extract, reading: ReadingSpec, known: Collection[str], _on_rows: OnRows) -> Rows:
    # no progress to report: its rows are read while the pass over them runs, which counts them itself
    return read_csv(extract, reading, known)


def _read_packed(extract: Extract, reading: ReadingSpec, known: Collection[str], on_rows: OnRows) -> Rows:
    folder = TemporaryFolder()
    inside = unpack(extract.path, folder, reading.file)
    if READERS.get(recognise_kind(inside)) is _read_packed:
        raise refusal("archive-in-archive")
    rows = read(replace(extract, path=inside), reading, known, on_rows)

    def start(log: ChangeLog) -> Iterator[Batch]:
        # the folder must live as long as the pass, even when the caller has dropped `rows` by then
        with folder:
            yield from rows.start(log)

    return replace(rows, start=start, how_read=f"Unpacked; {rows.how_read}")


READERS: dict[FileKind, Callable[[Extract, ReadingSpec, Collection[str], OnRows], Rows]] = {
    FileKind.CSV: _read_text,
    FileKind.XLSX: read_confined,
    FileKind.XLS: read_confined,
    FileKind.XLSB: read_confined,
    FileKind.ODS: read_confined,
    FileKind.JSON: read_confined,
    FileKind.GEOJSON: read_confined,
    FileKind.KML: read_confined,
    FileKind.GML: read_confined,
    FileKind.SHAPEFILE: read_confined,
    FileKind.GEOPACKAGE: read_confined,
    FileKind.ZIP: _read_packed,
    FileKind.GZIP: _read_packed,
}


def read(extract: Extract, reading: ReadingSpec, known: Collection[str], on_rows: OnRows = no_progress) -> Rows:
    """Read the file of an extract; `known` are the normalised headings that would be recognised.

    For a file that has to be read whole before its rows can pass, `on_rows` is called with the number of rows read so
    far, first with 0. Raises FileProblem, which names the kind of the file, when it is no table that can be read.
    """
    kind = recognise_kind(extract.path)
    if kind not in READERS:
        raise refuse_kind(kind)
    return READERS[kind](extract, reading, known, on_rows)
