"""Any tabular file as a stream of text cells, without guessing types."""

from __future__ import annotations

from collections.abc import Callable, Collection

from packages.model import Extract, Rows
from packages.readers.csv import read_csv
from packages.readers.recognise import Kind, recognise, refuse
from packages.readers.workbook import read_workbook
from packages.spec import Reading

READERS: dict[Kind, Callable[[Extract, Reading, Collection[str]], Rows]] = {
    Kind.CSV: read_csv,
    Kind.XLSX: read_workbook,
}


def read(extract: Extract, reading: Reading, known: Collection[str]) -> Rows:
    """Read the file of an extract; `known` are the normalised headings that we would recognise.

    FileProblem names what the file is when it is no table that we can read.
    """
    kind = recognise(extract.path)
    if kind not in READERS:
        raise refuse(kind)
    return READERS[kind](extract, reading, known)
