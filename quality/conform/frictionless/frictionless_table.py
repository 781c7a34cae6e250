"""Frictionless itself, given only the rows that may have an error.

Opening the file, the header, every message, the order of errors, the error limit: all of it is frictionless' own code.
Its row stream gets, instead of every record, those that could not be proven good and those that may share a key with
another. A record without an error adds nothing to the report, so the report is the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from frictionless import Resource
from frictionless.resources import TableResource
from frictionless.table import Lookup

from packages.readers.delimited.pieces import PIECE, OutsideFastPath
from quality.conform.frictionless.byte_digests import BackgroundDigest
from quality.conform.frictionless.opened_file import opened_file
from quality.conform.frictionless.referenced_keys import frictionless_keys
from quality.conform.frictionless.resource import LeanDetector, in_package
from quality.conform.frictionless.resource_judge import resource_judge
from quality.conform.frictionless.scan import Scan


class ProvenTable(TableResource):  # type: ignore[misc]
    """A frictionless table whose rows are proven in bulk; only suspects are read one by one."""

    limit_errors = 1000
    piece = PIECE

    def open(self) -> ProvenTable:
        """Open as frictionless does; the row stream raises OutsideFastPath where the file is unusual."""
        super().open()
        self._suspect_rows = self._read_suspects()
        return self

    # frictionless has no public hook for the keys of referenced tables: this is the mangled name of its method
    def _TableResource__open_lookup(self) -> None:  # noqa: N802
        """Collect the keys of the tables that are referred to, with the same result as frictionless."""
        lookup = Lookup()
        for key in self.schema.foreign_keys:
            name, fields = key["reference"]["resource"], tuple(key["reference"]["fields"])
            is_other = name and name != self.name
            if is_other and not (self.package and self.package.has_resource(name)):
                # frictionless raises its own error
                super()._TableResource__open_lookup()
                return
            source = self.package.get_resource(name) if is_other else self
            if fields not in lookup.setdefault(name, {}):
                # a copy, because reading the keys closes the resource
                lookup[name][fields] = frictionless_keys(source.to_copy(), fields)
        self._TableResource__lookup = lookup

    @property
    def row_stream(self) -> Iterator[Any]:
        """The rows that may have an error."""
        return self._suspect_rows

    def _read_suspects(self) -> Iterator[Any]:
        """Yield the suspect rows and count errors as frictionless does, so that both stop at the same row."""
        file, digesting = opened_file(self, self.piece), BackgroundDigest(Path(self.normpath))
        try:
            scan = Scan(file, resource_judge(self))
            errors = len(self.header.errors) + (not (self.labels or self.fragment))
            if self.limit_errors and errors >= self.limit_errors:
                raise OutsideFastPath("the header alone has too many errors")
            scan.run(most=max(self.limit_errors - errors, 0))
            if not scan.is_whole:
                digesting.stop()
            records = scan.fetch()
            # the dialect would number records by counting them; a plain assignment to it would be kept as its metadata
            object.__setattr__(self.dialect, "read_enumerated_content_stream", lambda _: records)
            self._TableResource__open_row_stream()
            object.__delattr__(self.dialect, "read_enumerated_content_stream")
            for row in super().row_stream:
                errors += len(row.errors)
                self.stats.rows = row.row_number - file.first + 1
                if self.limit_errors and errors >= self.limit_errors:
                    # frictionless stops after this record: let it count the bytes it would have read until then
                    for _ in islice(self.cell_stream, row.row_number):
                        pass
                yield row
            if not scan.is_whole:
                raise OutsideFastPath("fewer errors were found than expected")
            # frictionless' own stream has seen the suspects alone, so its counts are replaced
            digests = digesting.result()
            self.stats.rows = max(scan.records - file.first + 1, 0)
            self.stats.md5, self.stats.sha256, self.stats.bytes = digests.md5, digests.sha256, digests.bytes
        finally:
            # also when frictionless drops the generator at its error limit
            digesting.stop()


def open_proven_table(path: str, options: Mapping[str, Any], references: Mapping[str, Any]) -> ProvenTable:
    """Return the file as a table that is proven in bulk; OutsideFastPath where frictionless sees no table in it."""
    if not isinstance(Resource(path, **options), TableResource):
        raise OutsideFastPath("frictionless does not take it for a table")
    return in_package(ProvenTable(path=path, detector=LeanDetector(), **options), references)
