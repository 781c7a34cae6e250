"""Frictionless itself, given only the rows that may have an error.

Opening the file, the header, every message, the order of errors, the error limit: all of it is frictionless' own code.
Its row stream gets, instead of every record, those that could not be proven good and those that may share a key with
another. A record without an error adds nothing to the report, so the report is the same.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from frictionless import Resource
from frictionless.formats.csv import CsvControl
from frictionless.resources import TableResource
from frictionless.table import Lookup

from packages.readers.delimited.pieces import PIECE, Dialect, OutsideFastPath
from quality.conform.column_judge import ColumnJudge
from quality.conform.fields import ConformField, conform_field
from quality.conform.frictionless.byte_digests import BackgroundDigest
from quality.conform.frictionless.resource import LeanDetector, in_package
from quality.conform.frictionless.scan import OpenedFile, Scan, distinct_cells
from quality.conform.keys.references import ReferenceGroup, is_known_in
from quality.conform.proofs.prove import read_values
from quality.conform.stored_values import KEYS
from quality.conform.table_judge import TableJudge, TableKey

BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")


class ProvenTable(TableResource):  # type: ignore[misc]
    """A frictionless table whose rows are proven in bulk; only suspects are read one by one."""

    limit_errors = 1000
    piece = PIECE

    def open(self) -> ProvenTable:
        """Open as frictionless does; OutsideFastPath where the file needs frictionless alone."""
        super().open()
        self._few_rows = self._suspects()
        return self

    def _TableResource__open_lookup(self) -> None:  # noqa: N802 the name that Python gives to frictionless' own
        """Collect the keys of the tables that are pointed to: as frictionless does, and sooner."""
        lookup = Lookup()
        for key in self.schema.foreign_keys:
            name, fields = key["reference"]["resource"], tuple(key["reference"]["fields"])
            is_other = name and name != self.name
            if is_other and not (self.package and self.package.has_resource(name)):
                super()._TableResource__open_lookup()
                return
            source = self.package.get_resource(name) if is_other else self
            if fields not in lookup.setdefault(name, {}):
                lookup[name][fields] = frictionless_keys(source.to_copy(), fields)
        self._TableResource__lookup = lookup

    @property
    def row_stream(self) -> Iterator[Any]:
        """The rows that may have an error."""
        return self._few_rows

    def _suspects(self) -> Iterator[Any]:
        file, digesting = _file(self, self.piece), BackgroundDigest(Path(self.normpath))
        try:
            yield from self._read(Scan(file, _table(self)), digesting)
        finally:
            digesting.stop()

    def _read(self, scan: Scan, digesting: BackgroundDigest) -> Iterator[Any]:
        errors = len(self.header.errors) + (not (self.labels or self.fragment))
        if self.limit_errors and errors >= self.limit_errors:
            raise OutsideFastPath("the header alone has too many errors")
        scan.run(most=max(self.limit_errors - errors, 0))
        if not scan.is_whole:
            digesting.stop()
        self._number(scan.fetch())
        for row in super().row_stream:
            errors += len(row.errors)
            self.stats.rows = row.row_number - scan.file.first + 1
            if self.limit_errors and errors >= self.limit_errors:
                self._read_as_far_as(row.row_number)
            yield row
        if not scan.is_whole:
            raise OutsideFastPath("fewer errors were found than expected")
        self._count(scan, digesting)

    def _number(self, records: Iterator[tuple[int, list[str]]]) -> None:
        """Let frictionless' own row stream take these records under these numbers."""
        # it would number records by counting them; the attribute is set past frictionless' own bookkeeping
        object.__setattr__(self.dialect, "read_enumerated_content_stream", lambda _: records)
        self._TableResource__open_row_stream()
        object.__delattr__(self.dialect, "read_enumerated_content_stream")

    def _read_as_far_as(self, number: int) -> None:
        """Frictionless stops after this record: let it count the bytes that it would have read until then."""
        for _ in islice(self.cell_stream, number):
            pass

    def _count(self, scan: Scan, digesting: BackgroundDigest) -> None:
        digests = digesting.result()
        self.stats.rows = max(scan.records - scan.file.first + 1, 0)
        self.stats.md5, self.stats.sha256, self.stats.bytes = digests.md5, digests.sha256, digests.bytes


def frictionless_keys(resource: TableResource, names: tuple[str, ...]) -> set[tuple[Any, ...]]:
    """The values of some fields in every row of a table, as frictionless reads them."""
    if resource.schema:
        resource.schema.foreign_keys = []
    with resource:
        try:
            return _keys_in_bulk(resource, names)
        except (OutsideFastPath, UnicodeError, csv.Error):
            found = {tuple(row.get(name) for name in names) for row in resource.row_stream}
            return found - {(None,) * len(names)}


def _keys_in_bulk(resource: TableResource, names: tuple[str, ...]) -> set[tuple[Any, ...]]:
    if any(_has_no_such_bound(field) for field in resource.schema.fields):
        # frictionless reads key fields in every row that is pointed to, and breaks off where they are compared
        raise OutsideFastPath("a minimum or maximum is no value of its field")
    file = _file(resource, PIECE)
    sources = {source.name: (place, source) for place, source in enumerate(resource.header.get_expected_fields())}
    if not set(names) <= sources.keys():
        raise OutsideFastPath("a field that is pointed to is not in its table")
    texts = distinct_cells(file, [sources[name][0] for name in names])
    columns = zip(*texts, strict=True) if texts else [()] * len(names)
    values = [read_values(conform_field(sources[name][1]), column) for name, column in zip(names, columns, strict=True)]
    return set(zip(*values, strict=True)) - {(None,) * len(names)}


def _has_no_such_bound(field: Any) -> bool:
    bounds = [field.constraints[name] for name in BOUNDS if field.constraints.get(name) is not None]
    return bool(bounds) and None in map(field.create_value_reader(), bounds)


def open_proven_table(path: str, options: Mapping[str, Any], references: Mapping[str, Any]) -> ProvenTable:
    """The file as a table that is proven in bulk; OutsideFastPath where frictionless takes it for no table."""
    if not isinstance(Resource(path, **options), TableResource):
        raise OutsideFastPath("frictionless does not take it for a table")
    return in_package(ProvenTable(path=path, detector=LeanDetector(), **options), references)


def _file(resource: TableResource, piece: int) -> OpenedFile:
    """How to tokenise a file that frictionless has opened; OutsideFastPath for anything out of the ordinary."""
    _check_plain(resource)
    control = CsvControl.from_dialect(resource.dialect)
    width = len(resource.header.get_expected_fields())
    if not width:
        raise OutsideFastPath("there are no fields")
    return OpenedFile(
        Path(resource.normpath),
        resource.encoding,
        Dialect(control.delimiter, control.quote_char),
        resource.dialect.create_first_content_row(),
        width,
        piece,
    )


def _check_plain(resource: TableResource) -> None:
    dialect, control = resource.dialect, CsvControl.from_dialect(resource.dialect)
    reasons = {
        f"the format is {resource.format}, not csv": resource.format != "csv",
        "it is not one plain local file": resource.scheme != "file"
        or bool(resource.compression or resource.extrapaths or resource.innerpath)
        or resource.normpath is None,
        "rows are left out by the dialect": bool(
            dialect.comment_char or dialect.comment_rows or dialect.skip_blank_rows
        ),
        "cells have an escape character": control.escape_char is not None,
        "spaces after a separator are dropped": control.skip_initial_space,
        "the separator or the quote is not one ASCII character": not Dialect(
            control.delimiter, control.quote_char
        ).can_be_cut,
    }
    for reason, holds in reasons.items():
        if holds:
            raise OutsideFastPath(reason)


def _table(resource: TableResource) -> TableJudge:
    """The judges of a resource's columns, with its keys and references."""
    sources = resource.header.get_expected_fields()
    names = [source.name for source in sources]
    keys = _keys(resource, sources)
    in_key = {place for key in keys for place in key.places}
    fields = [_field(source, place in in_key) for place, source in enumerate(sources)]
    single, groups = _references(resource, fields, names)
    judges = [ColumnJudge(field, is_known_in(single[field.name]) if field.name in single else None) for field in fields]
    return TableJudge(judges, keys, groups)


def _field(source: Any, is_key: bool) -> ConformField:
    if not is_key:
        return conform_field(source)
    if source.type not in KEYS:
        raise OutsideFastPath(f"a key is of type {source.type}")
    return conform_field(source, *KEYS[source.type])


def _keys(resource: TableResource, sources: list[Any]) -> list[TableKey]:
    names = [source.name for source in sources]
    keys = [TableKey((place,)) for place, source in enumerate(sources) if source.constraints.get("unique")]
    primary = resource.schema.primary_key
    if not primary or not set(primary) <= set(names):
        return keys
    if not resource.dialect.header_case:
        raise OutsideFastPath("headings are matched without case, and there is a key")
    return [*keys, TableKey(tuple(names.index(name) for name in primary), is_primary=True)]


def _references(
    resource: TableResource, fields: list[ConformField], names: list[str]
) -> tuple[dict[str, list[Any]], list[ReferenceGroup]]:
    single: dict[str, list[Any]] = {}
    groups = []
    for key in resource.schema.foreign_keys:
        fields_of_key, reference = key["fields"], key["reference"]
        if not set(fields_of_key) <= set(names):
            continue
        known = resource.lookup[reference["resource"]].get(tuple(reference["fields"]), set())
        places = [names.index(name) for name in fields_of_key]
        if len(places) == 1:
            single.setdefault(fields_of_key[0], []).append(known)
        else:
            groups.append(ReferenceGroup(places, [fields[place] for place in places], known))
    return single, groups
