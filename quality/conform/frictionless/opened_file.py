"""A CSV file that frictionless has opened, as our own readers tokenise it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from frictionless.formats.csv import CsvControl
from frictionless.resources import TableResource

from packages.readers.delimited.pieces import Dialect, OutsideFastPath, Piece, cut_pieces
from packages.readers.delimited.utf8_blocks import utf8_blocks


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """A CSV file as frictionless opened it, read in pieces of `piece` bytes.

    Records count from 1; the first with data is `first`.
    """

    path: Path
    encoding: str
    dialect: Dialect
    first: int
    width: int
    piece: int

    @property
    def names(self) -> list[str]:
        """Names for the columns, by position: headings may be missing or repeated."""
        return [str(place) for place in range(self.width)]

    def pieces(self) -> Iterator[Piece]:
        """Yield the file cut at the ends of records."""
        with self.path.open("rb") as file:
            yield from cut_pieces(utf8_blocks(file, self.encoding, self.piece), self.dialect)


def opened_file(resource: TableResource, piece: int) -> OpenedFile:
    """Return how to tokenise a resource that is open; OutsideFastPath for anything out of the ordinary."""
    dialect, control = resource.dialect, CsvControl.from_dialect(resource.dialect)
    cut = Dialect(control.delimiter, control.quote_char)
    is_local = resource.scheme == "file" and resource.normpath is not None
    is_part = bool(resource.compression or resource.extrapaths or resource.innerpath)
    leaves_out = bool(dialect.comment_char or dialect.comment_rows or dialect.skip_blank_rows)
    obstacles = {
        f"the format is {resource.format}, not csv": resource.format != "csv",
        "it is not one plain local file": not is_local or is_part,
        "rows are left out by the dialect": leaves_out,
        "cells have an escape character": control.escape_char is not None,
        "spaces after a separator are dropped": control.skip_initial_space,
        "the separator or the quote is not one ASCII character": not cut.can_be_cut,
    }
    for reason, applies in obstacles.items():
        if applies:
            raise OutsideFastPath(reason)
    width = len(resource.header.get_expected_fields())
    if not width:
        raise OutsideFastPath("there are no fields")
    return OpenedFile(Path(resource.normpath), resource.encoding, cut, dialect.create_first_content_row(), width, piece)
