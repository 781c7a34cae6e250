"""Every file of every dataset as one Parquet table: where it is, what it holds, how fresh it is. Pure.

One line of SQL opens all of London with it; see the README.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterable, Iterator
from typing import Any

from catalogue.listing import Listing, dataset_title, lasting_address

TABLE = "catalogue.parquet"


TABLE_COLUMNS = {
    "dataset": "string", "publisher": "string", "table": "string", "gss": "string", "title": "string",
    "publisher_title": "string", "theme": "string", "rows": "int64", "period_start": "date32",
    "period_end": "date32", "licence": "string", "licence_url": "string", "release": "string", "issued": "moment",
    "modified": "moment", "frequency": "string", "page": "string",
    "csv_url": "string", "csv_bytes": "int64", "csv_sha256": "string",
    "parquet_url": "string", "parquet_bytes": "int64", "parquet_sha256": "string",
}  # fmt: skip
"""The columns, with the names of their Arrow types; a moment is in UTC, to the millisecond."""


def catalogue_table(listings: Iterable[Listing]) -> bytes:
    """Return the table as Parquet: a row for each table of each dataset of each publisher, in their order.

    Sizes are in bytes, checksums are sha256 in hex, days are dates, moments are UTC. Addresses are relative to the site
    where it has no public one.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = [row for listed in sorted(listings, key=lambda listed: listed.identity) for row in _rows(listed)]
    moment, buffer = pa.timestamp("ms", tz="UTC"), io.BytesIO()
    types = ((name, moment if kind == "moment" else getattr(pa, kind)()) for name, kind in TABLE_COLUMNS.items())
    pq.write_table(pa.Table.from_pylist(rows, pa.schema(types)), buffer, compression="zstd")
    return buffer.getvalue()


def _rows(listed: Listing) -> Iterator[dict[str, Any]]:
    facts: dict[str, Any] = {
        "dataset": listed.identity.dataset,
        "publisher": listed.identity.publisher,
        "gss": listed.publisher.gss or None,
        "title": dataset_title(listed),
        "publisher_title": listed.publisher.title,
        "theme": listed.theme.title,
        "period_start": _day(listed.period.start),
        "period_end": _day(listed.period.end),
        "licence": listed.licence.name,
        "licence_url": listed.licence.url,
        "release": listed.release,
        "issued": listed.issued,
        "modified": listed.modified,
        "frequency": listed.frequency.title,
        "page": listed.page or None,
    }
    for name in dict.fromkeys(file.resource for file in listed.distributions):
        files = {file.format.lower(): file for file in listed.distributions if file.resource == name}
        row = facts | {"table": name, "rows": next(iter(files.values())).rows}
        for kind, file in files.items():
            row[f"{kind}_url"] = lasting_address(listed, file)
            row[f"{kind}_bytes"], row[f"{kind}_sha256"] = file.bytes, file.sha256
        yield row


def _day(text: str) -> dt.date | None:
    """Return the day at the beginning of an ISO text; None where it names only a month or a year."""
    try:
        return dt.date.fromisoformat(text[:10])
    except ValueError:
        return None
