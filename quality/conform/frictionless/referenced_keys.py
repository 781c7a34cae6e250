"""The keys of a table that foreign keys refer to, as frictionless reads them."""

from __future__ import annotations

import csv
from typing import Any

import numpy as np
from frictionless.resources import TableResource

from packages.readers.delimited.pieces import PIECE, OutsideFastPath
from packages.readers.delimited.tokenise import tokenise
from quality.conform.fields import BOUNDS, conform_field
from quality.conform.frictionless.opened_file import OpenedFile, opened_file
from quality.conform.frictionless.resource import referenced_resource
from quality.conform.proofs.prove import read_values
from quality.conform.table_schema import trust_paths


def referenced_keys(source: Any, names: tuple[str, ...]) -> set[tuple[Any, ...]]:
    """Return the values of some fields in every row of another table: a path, or a resource descriptor."""
    with trust_paths():
        return frictionless_keys(referenced_resource("reference", source), names)


def frictionless_keys(resource: TableResource, names: tuple[str, ...]) -> set[tuple[Any, ...]]:
    """Return the values of some fields in every row of a table, without rows that have none of them."""
    if resource.schema:
        # the table's own references do not matter, and may form a circle
        resource.schema.foreign_keys = []
    with resource:
        try:
            for field in resource.schema.fields:
                bounds = [field.constraints[name] for name in BOUNDS if field.constraints.get(name) is not None]
                # frictionless reads every field of such a row, and breaks off where a cell is compared with no value
                if bounds and None in map(field.create_value_reader(), bounds):
                    raise OutsideFastPath("a minimum or maximum is no value of its field")
            file, expected = opened_file(resource, PIECE), resource.header.get_expected_fields()
            sources = {source.name: (place, source) for place, source in enumerate(expected)}
            if not set(names) <= sources.keys():
                raise OutsideFastPath("a field that is pointed to is not in its table")
            texts = distinct_cells(file, [sources[name][0] for name in names])
            # only distinct texts are read as values; zip of no texts would give no columns
            columns = zip(*texts, strict=True) if texts else [()] * len(names)
            fields = [conform_field(sources[name][1]) for name in names]
            values = [read_values(field, column) for field, column in zip(fields, columns, strict=True)]
            keys = set(zip(*values, strict=True))
        except (OutsideFastPath, UnicodeError, csv.Error):
            keys = {tuple(row.get(name) for name in names) for row in resource.row_stream}
    return keys - {(None,) * len(names)}


def distinct_cells(file: OpenedFile, places: list[int]) -> set[tuple[str | None, ...]]:
    """Return the distinct combinations of texts in some columns; None where a row is too short."""
    found: set[tuple[str | None, ...]] = set()
    base = 0
    for piece in file.pieces():
        text = tokenise(piece, file.names, file.dialect)
        above_data = int(np.searchsorted(text.numbers, file.first - 1 - base))
        cells = text.cells.slice(above_data)
        found.update(zip(*(cells.column(place).to_pylist() for place in places), strict=True))
        odd = (row for number, row in text.odd.items() if base + number + 1 >= file.first)
        found.update(tuple(row[place] if place < len(row) else None for place in places) for row in odd)
        base += text.records
    return found
