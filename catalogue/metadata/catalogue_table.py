"""Every file of every dataset as one Parquet table: where it is, what it holds, how fresh it is. Pure.

One line of SQL opens all of London with it; see the README.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from catalogue.listing import Distribution, Listing, dataset_title, lasting_address

if TYPE_CHECKING:
    import pyarrow as pa

TABLE = "catalogue.parquet"


def catalogue_table(listings: Iterable[Listing]) -> bytes:
    """Return the table as Parquet: a row for each table of each dataset of each publisher, in their order.

    Sizes are in bytes, checksums are sha256 in hex, days are dates, moments are UTC. Addresses are relative to the site
    where it has no public one.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = [row for listed in sorted(listings, key=lambda listed: listed.identity) for row in _rows(listed)]
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, _schema()), buffer, compression="zstd")
    return buffer.getvalue()


def _schema() -> pa.Schema:
    import pyarrow as pa

    moment = pa.timestamp("ms", tz="UTC")
    return pa.schema(
        [
            ("dataset", pa.string()), ("publisher", pa.string()), ("table", pa.string()), ("gss", pa.string()),
            ("title", pa.string()), ("publisher_title", pa.string()), ("theme", pa.string()), ("rows", pa.int64()),
            ("period_start", pa.date32()), ("period_end", pa.date32()), ("licence", pa.string()),
            ("licence_url", pa.string()), ("release", pa.string()), ("issued", moment), ("modified", moment),
            ("frequency", pa.string()), ("page", pa.string()),
            ("csv_url", pa.string()), ("csv_bytes", pa.int64()), ("csv_sha256", pa.string()),
            ("parquet_url", pa.string()), ("parquet_bytes", pa.int64()), ("parquet_sha256", pa.string()),
        ]
    )  # fmt: skip


def _rows(listed: Listing) -> Iterator[dict[str, Any]]:
    for name in dict.fromkeys(file.resource for file in listed.distributions):
        files = {file.format.lower(): file for file in listed.distributions if file.resource == name}
        row = _dataset_facts(listed) | {"table": name, "rows": next(iter(files.values())).rows}
        for kind, file in files.items():
            row |= _file_facts(listed, kind, file)
        yield row


def _dataset_facts(listed: Listing) -> dict[str, Any]:
    return {
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


def _file_facts(listed: Listing, kind: str, file: Distribution) -> dict[str, Any]:
    return {
        f"{kind}_url": lasting_address(listed, file),
        f"{kind}_bytes": file.bytes,
        f"{kind}_sha256": file.sha256,
    }


def _day(text: str) -> dt.date | None:
    """Return the day at the beginning of an ISO text; None where it names only a month or a year."""
    try:
        return dt.date.fromisoformat(text[:10])
    except ValueError:
        return None
