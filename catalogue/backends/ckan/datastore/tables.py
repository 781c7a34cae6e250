"""The tables in CKAN's DataStore: made of released CSV files, read back as the public would, and taken away.

A table of an earlier release goes before the files of a new one are shown, so that file and table never tell different
releases: in between there is no table. One within a single call is made in one transaction; a larger one is marked as
whole by its last call, so that the next run knows half of one and makes it anew.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

from ckanapi import CKANAPIError, NotAuthorized, NotFound, ValidationError

from catalogue.backends.ckan.client import CkanClient
from catalogue.backends.ckan.datastore.rows import (
    Record,
    batches,
    csv_rows,
    is_ours,
    is_same_row,
    mark_of,
    table_fields,
)
from catalogue.backends.ckan.problems import no_right
from catalogue.backends.ckan.schema import TargetSchema
from catalogue.backends.transport.answers import Unsettled
from packages.errors import SetupProblem

PAGE = 10_000
"""Rows that are read back at a time."""

VIEWS = ("datatables_view", "recline_view")
"""Kinds of views that show a table of the DataStore, the better one first."""

UNSETTLED_DATASTORE = "its DataStore gave no clear answer"


@dataclass(frozen=True, slots=True)
class WantedTable:
    """The table of one CSV file: the resource in CKAN, the file, its Table Schema, its rows and its release."""

    resource: str
    path: Path
    schema: Mapping[str, Any]
    rows: int
    release: str

    @property
    def fields(self) -> list[dict[str, Any]]:
        """The columns as they are when the table is whole."""
        return table_fields(self.schema, self.release)


class DataStore:
    """The DataStore of one CKAN: `client` is ours, `public` that of anybody. Every method may raise Unsettled."""

    def __init__(self, url: str, client: CkanClient, public: CkanClient) -> None:
        self._url, self._client, self._public = url, client, public

    def drop(self, resource: str, intend: Callable[[], None]) -> None:
        """Remove the table of a resource, whoever made it, and prove that it is gone; `intend` is called before."""
        if self._fields(self._client, resource) is None:
            return
        intend()
        self._write("datastore_delete", {"resource_id": resource, "force": True})
        if self._fields(self._public, resource) is not None:
            raise Unsettled("its DataStore still gives the data to the public")

    def has_ours(self, resource: str) -> bool:
        """Return whether there is a table that we made."""
        return is_ours(self._fields(self._client, resource) or [])

    def release_of(self, resource: str) -> str:
        """Return the release that a table of ours holds whole; empty for every other table, and for none."""
        return mark_of(self._fields(self._client, resource) or [])

    def holds(self, table: WantedTable) -> bool:
        """Return whether the public gets this table, whole, with its dictionary and every value."""
        fields = self._fields(self._public, table.resource)
        if not fields or mark_of(fields) != table.release:
            return False
        # `_id` is the DataStore's own
        stripped = [{key: field[key] for key in ("id", "type", "info") if field.get(key)} for field in fields[1:]]
        wanted = [{key: value for key, value in field.items() if value} for field in table.fields]
        if stripped != wanted:
            return False
        pairs = zip_longest(csv_rows(table.path), self._rows(table.resource))
        return all(cells and shown and is_same_row(cells, shown, table.fields) for cells, shown in pairs)

    def load(self, table: WantedTable, intend: Callable[[], None]) -> None:
        """Make the table anew. `intend` is called before every call that writes."""
        intend()
        self.drop(table.resource, intend)
        loads = batches(csv_rows(table.path), table.fields)
        first, second = next(loads, []), next(loads, None)
        is_whole = second is None
        fields = table.fields if is_whole else table_fields(table.schema, "")
        self._make(table.resource, fields, first)
        if is_whole:
            return
        while second is not None:
            intend()
            self._write(
                "datastore_upsert",
                {"resource_id": table.resource, "force": True, "method": "insert", "records": second},
            )
            second = next(loads, None)
        intend()
        self._make(table.resource, table.fields, [])

    def ensure_view(self, resource: str, target: TargetSchema, intend: Callable[[], None]) -> None:
        """Make a view of the table unless the resource has a view; nothing where the CKAN can show no tables."""
        kind = next((view for view in VIEWS if target.has(view)), "")
        if kind and not self._client.ask("resource_view_list", id=resource):
            intend()
            self._write("resource_view_create", {"resource_id": resource, "title": "Table", "view_type": kind})

    def _make(self, resource: str, fields: list[dict[str, Any]], records: list[Record]) -> None:
        data: dict[str, Any] = {"resource_id": resource, "force": True, "fields": fields}
        self._write("datastore_create", data | ({"records": records} if records else {}))

    def _fields(self, client: CkanClient, resource: str) -> list[dict[str, Any]] | None:
        """Return the columns of a table; None when there is none, or no DataStore."""
        try:
            found = client.ask("datastore_search", resource_id=resource, limit="0")
        except (NotFound, NotAuthorized):
            return None
        except CKANAPIError as error:
            # a CKAN without a DataStore does not know the action
            if "not known" in str(error):
                return None
            raise Unsettled(UNSETTLED_DATASTORE) from None
        fields: list[dict[str, Any]] = found["fields"]
        return fields

    def _rows(self, resource: str) -> Iterator[list[str]]:
        """Yield the rows as the public gets them, as text, in the order in which they were loaded."""
        offset, page = 0, [[""]]
        while page:
            asked = {"resource_id": resource, "limit": str(PAGE), "offset": str(offset), "sort": "_id"}
            try:
                found = self._public.ask("datastore_search", records_format="csv", include_total="false", **asked)
            except (NotFound, NotAuthorized, CKANAPIError):
                raise Unsettled(UNSETTLED_DATASTORE) from None
            page = list(csv.reader(io.StringIO(found["records"], newline="")))
            yield from (row[1:] for row in page)
            offset += len(page)

    def _write(self, action: str, data: Mapping[str, Any]) -> None:
        try:
            self._client.write(action, data)
        except NotAuthorized:
            raise no_right(self._url, "write to the DataStore of that organisation") from None
        except NotFound:
            raise Unsettled("the table went away while it was written") from None
        except ValidationError as error:
            raise SetupProblem(
                f"The DataStore of the catalogue {self._url} did not take the table: {_words(error)}.",
                fix="Change the named column in datapackage.yaml, or set LONDATA_CKAN_DATASTORE=false.",
                why="The files are public; the table is not.",
            ) from None
        except CKANAPIError:
            raise Unsettled(UNSETTLED_DATASTORE) from None


def _words(error: ValidationError) -> str:
    """Return what was refused without the refused values: PostgreSQL quotes them."""
    return ", ".join(sorted(key for key in error.error_dict if not key.startswith("__"))) or "without a word"
