"""A table of each dataset whose every value is known: as it is published, so that reading it must give it back."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from packages.fetch import extract_file
from packages.headings import known_headings
from packages.model import ChangeLog, Identity
from packages.read import read
from packages.shaping.shape import shape
from packages.spec import DatasetSpec, FieldSpec, PublisherFile, load_spec
from tests.datasets.make_samples import write

Record = tuple[str, ...]

NOW = dt.datetime(2026, 11, 20, 4, 0, tzinfo=dt.UTC)
MOST_ROWS = 60

SOURCES = {
    "spend-over-500": "barnet",
    "purchase-cards": "bexley",
    "contracts-register": "",
    "public-toilets": "",
    "polling-stations": "",
    "brownfield-land": "",
    "conservation-areas": "",
    "developer-contributions": "",
}
"""The publisher whose sample becomes the table of each dataset; the first that has one where none is named."""


@dataclass(frozen=True)
class TrueTable:
    """The fields of a table and its rows as text, exactly as they are published."""

    spec: DatasetSpec
    rows: tuple[Record, ...]

    @property
    def name(self) -> str:
        return self.spec.identity.dataset

    @property
    def fields(self) -> tuple[FieldSpec, ...]:
        return tuple(self.spec.resource.table_schema.fields)

    @property
    def names(self) -> tuple[str, ...]:
        return self.spec.resource.table_schema.names

    def column(self, name: str) -> tuple[str, ...]:
        place = self.names.index(name)
        return tuple(row[place] for row in self.rows)

    def with_column(self, name: str, texts: Sequence[str]) -> TrueTable:
        """The table with other cells in one column."""
        place = self.names.index(name)
        rows = ((*row[:place], text, *row[place + 1 :]) for row, text in zip(self.rows, texts, strict=True))
        return replace(self, rows=tuple(rows))

    def with_cell(self, row: int, name: str, text: str) -> TrueTable:
        """The table with one other cell; rows count from 0."""
        texts = list(self.column(name))
        texts[row] = text
        return self.with_column(name, texts)

    def changed(self, name: str, change: Callable[[str], str]) -> TrueTable:
        """The table with every filled cell of a column changed."""
        return self.with_column(name, [change(text) if text else text for text in self.column(name)])

    def of_type(self, *types: str) -> tuple[str, ...]:
        """The fields of some types that are filled in most rows."""
        return tuple(f.name for f in self.fields if f.type in types and self.is_filled(f.name))

    @property
    def dates(self) -> tuple[str, ...]:
        return self.of_type("date")

    @property
    def amounts(self) -> tuple[str, ...]:
        return tuple(f.name for f in self.fields if f.decimals == 2 and self.is_filled(f.name))

    @property
    def texts(self) -> tuple[str, ...]:
        """Free texts: no list, no pattern, no code, no link and no shape."""
        return tuple(
            f.name
            for f in self.fields
            if f.type == "string"
            and not set(f.constraints) & {"enum", "pattern"}
            and self.is_filled(f.name)
            and all(any(char.isalpha() for char in text) for text in self.column(f.name) if text)
            and not any(mark in text for text in self.column(f.name) for mark in ("://", "((", "POINT", "@"))
            and f.name not in self.codes
            and f.name not in ("postcode", "Postcode")
        )

    @property
    def codes(self) -> tuple[str, ...]:
        """References by which people find a record."""
        wanted = ("reference", "SiteReference", "uprn", "UPRN")
        return tuple(f.name for f in self.fields if f.name in wanted and self.is_filled(f.name))

    @property
    def free_codes(self) -> tuple[str, ...]:
        """References that may have any form."""
        return tuple(f.name for f in self.fields if f.name in self.codes and not f.constraints.get("pattern"))

    @property
    def shape(self) -> str:
        """The field of shapes in WKT, or empty."""
        places = self.spec.quality.places
        return places[0].wkt if places and places[0].wkt else ""

    @property
    def point(self) -> tuple[str, str] | None:
        """The fields of longitude and latitude."""
        places = self.spec.quality.places
        return (places[0].x, places[0].y) if places and places[0].x else None

    def is_filled(self, name: str) -> bool:
        column = self.column(name)
        return sum(map(bool, column)) > len(column) * 0.8

    def as_csv(self, **how: str) -> bytes:
        return csv_of([self.names, *self.rows], **how)


def csv_of(
    rows: Sequence[Sequence[str]], *, delimiter: str = ",", newline: str = "\r\n", encoding: str = "utf-8"
) -> bytes:
    """Rows as delimited text."""
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator=newline).writerows(rows)
    return out.getvalue().encode(encoding)


@cache
def true_tables() -> Mapping[str, TrueTable]:
    """The true table of each dataset: the rows of a sample, brought into form, and thinned out."""
    return {dataset: _true_table(dataset, publisher) for dataset, publisher in SOURCES.items()}


def _true_table(dataset: str, publisher: str) -> TrueTable:
    from tests.datasets.make_samples import SAMPLES

    slug = publisher or next(name for name in SAMPLES if name.startswith(f"{dataset}/")).partition("/")[2]
    described = load_spec(Identity(dataset, slug))
    with TemporaryDirectory() as folder:
        files = write(f"{dataset}/{slug}", Path(folder))
        # of several tables the first is the one that needs no other
        resource = described.package.reading_order[0]
        path = next((p for p in files if p.stem.startswith(resource.name)), files[0])
        extract = extract_file(path, store=None, now=NOW)
        rows = read(extract, described.reading_of(resource), known_headings(described, resource))
        shaped = shape(rows, described, resource, day=NOW.date())
        records = [
            tuple(cell or "" for cell in record.values())
            for batch in shaped.start(ChangeLog())
            for record in batch.cells.to_pylist()
        ]
    bare = {
        "publisher": slug,
        "contact": {"team": "Open data team"},
        "source": {"kind": "folder", "path": "in"},
        "layouts": [{"name": "maps", "columns": {}, "ignore": ["gml_id"]}],
    }
    package = described.package.model_copy(update={"resources": [resource]})
    spec = described.model_copy(update={"publisher": PublisherFile.model_validate(bare), "package": package})
    records = [_as_published(record, spec) for record in records]
    chosen = sorted(Random(dataset).sample(range(len(records)), min(MOST_ROWS, len(records))))
    table = TrueTable(spec, tuple(records[place] for place in chosen))
    if "uprn" in table.names:
        table = table.with_column("uprn", [str(5_000_017 + 1_037 * n) for n in range(len(table.rows))])
    return table


def _as_published(record: Record, spec: DatasetSpec) -> Record:
    """The record with coordinates and areas as a binary number is written."""
    floats = [field.type == "number" and field.decimals is None for field in spec.resource.table_schema.fields]
    return tuple(
        repr(float(text)) if is_float and text else text for text, is_float in zip(record, floats, strict=True)
    )
