"""Any tabular file as a stream of text cells, without guessing types."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace

from packages.model import Batch, Extract, Log, OnRows, Rows, untold
from packages.readers.confined import read_confined
from packages.readers.csv import read_csv
from packages.readers.packed import unpack
from packages.readers.recognise import Kind, recognise, refuse
from packages.readers.refusal import refusal
from packages.readers.temporary import Folder
from packages.spec import Reading


def _read_text(extract: Extract, reading: Reading, known: Collection[str], _on_rows: OnRows) -> Rows:
    # its rows are read while they pass, and counted then
    return read_csv(extract, reading, known)


def _read_packed(extract: Extract, reading: Reading, known: Collection[str], on_rows: OnRows) -> Rows:
    folder = Folder()
    inside = unpack(extract.path, folder, reading.file)
    if READERS.get(recognise(inside)) is _read_packed:
        raise refusal("archive-in-archive")
    rows = read(replace(extract, path=inside), reading, known, on_rows)

    def start(log: Log) -> Iterator[Batch]:
        # the pass keeps the folder, even when nobody keeps the rows
        with folder:
            yield from rows.start(log)

    return replace(rows, start=start, how_read=f"Unpacked; {rows.how_read}")


READERS: dict[Kind, Callable[[Extract, Reading, Collection[str], OnRows], Rows]] = {
    Kind.CSV: _read_text,
    Kind.XLSX: read_confined,
    Kind.XLS: read_confined,
    Kind.XLSB: read_confined,
    Kind.ODS: read_confined,
    Kind.JSON: read_confined,
    Kind.GEOJSON: read_confined,
    Kind.KML: read_confined,
    Kind.GML: read_confined,
    Kind.SHAPEFILE: read_confined,
    Kind.GEOPACKAGE: read_confined,
    Kind.ZIP: _read_packed,
    Kind.GZIP: _read_packed,
}


def read(extract: Extract, reading: Reading, known: Collection[str], on_rows: OnRows = untold) -> Rows:
    """Read the file of an extract; `known` are the normalised headings that we would recognise.

    A file that has to be read whole before its rows can pass tells `on_rows` how many it has read, 0 at first.

    FileProblem names what the file is when it is no table that we can read.
    """
    kind = recognise(extract.path)
    if kind not in READERS:
        raise refuse(kind)
    return READERS[kind](extract, reading, known, on_rows)
